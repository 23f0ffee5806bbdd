#include "tidemark/pipeline/lake_access.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tidemark/base/file.h"
#include "tidemark/base/s3_credentials.h"
#include "tidemark/base/text.h"
#include "tidemark/candle/trade_bars.h"
#include "tidemark/market/series.h"

namespace tidemark {
namespace {

Result<EventTime> TimeFlag(std::string_view flag, const std::string& text) {
  auto time = ParseTime(text);
  if (time) return time;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} '{}' is not a time; write for example 2019-12-31 or "
                          "2019-12-31T23:59",
                          flag, text));
}

// "17" is an epoch; anything longer than nine digits, or with other characters, a time.
std::optional<int64_t> EpochNumber(const std::string& text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || text.size() > 9 || number < 0) return std::nullopt;
  return number;
}

std::string NoSuchEpoch(Lake& lake, int64_t epoch) {
  std::string message = fmt::format("there is no epoch {}", epoch);
  if (const auto there = lake.Epochs(); there && !there->empty()) {
    message +=
        fmt::format("; --as-of reaches from {} to {}", there->front().epoch, there->back().epoch);
  }
  return message;
}

}  // namespace

bool Selection::Matches(const SeriesKey& series) const {
  return (venue.empty() || venue == series.venue) && (symbol.empty() || symbol == series.symbol) &&
         (interval.empty() || interval == series.interval);
}

Result<Selection> MakeSelection(const SelectionFlags& flags) {
  Selection selection;
  selection.venue = ToLower(flags.venue);
  if (!flags.symbol.empty()) {
    const auto symbol = Symbol::Parse(flags.symbol);
    if (!symbol) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("'{}' is not a symbol; write for example LTC-USD", flags.symbol));
    }
    selection.symbol = symbol->text();
  }
  if (!flags.interval.empty()) {
    const auto interval = BarRule::Parse(flags.interval);
    if (!interval) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("--interval '{}' is not an interval; write for example 1m, 1h, 1d, "
                              "1w, 1mo, or tick_100 of bars",
                              flags.interval));
    }
    selection.interval = interval->ToString();
  }
  if (!flags.since.empty()) {
    TM_ASSIGN(selection.times.start, TimeFlag("--since", flags.since));
  }
  if (!flags.until.empty()) {
    TM_ASSIGN(selection.times.end, TimeFlag("--until", flags.until));
  }
  if (selection.times.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "--since must be before --until");
  }
  selection.as_of = flags.as_of;
  return selection;
}

Result<S3Options> CredentialsOf(const Config& config) {
  return ResolveS3(config.s3, config.s3_credentials_file);
}

Result<PinnedLake> PinLake(const Config& config, const std::string& as_of) {
  S3Options s3 = config.s3;
  if (IsS3Uri(config.lake)) {
    TM_ASSIGN(s3, CredentialsOf(config));
  } else if (!IsDirectory(config.lake)) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("there is no lake at {0}; `tidemark run FILE --lake {0}` makes one",
                            config.lake));
  }
  TM_ASSIGN(auto lake, Lake::Open(config.lake, s3));
  if (as_of.empty()) {
    TM_ASSIGN(LakeView view, lake->Pin());
    if (view.epoch() == 0) {
      return Fail(ErrorCode::kNotFound,
                  fmt::format("{0} holds no epoch yet; `tidemark run FILE --lake {0}` makes one",
                              config.lake));
    }
    return PinnedLake{std::move(lake), std::move(view)};
  }
  int64_t epoch = 0;
  if (const auto number = EpochNumber(as_of)) {
    epoch = *number;
  } else {
    TM_ASSIGN(const EventTime time, TimeFlag("--as-of", as_of));
    TM_ASSIGN(epoch, lake->EpochAsOf(ReceiveTime{time.us}));
    if (epoch == 0) {
      return Fail(ErrorCode::kNotFound, fmt::format("no epoch is as old as {}", as_of));
    }
  }
  auto view = lake->PinEpoch(epoch);
  if (!view && view.error().code() == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kNotFound, NoSuchEpoch(*lake, epoch));
  }
  if (!view) return Fail(view.error());
  return PinnedLake{std::move(lake), *std::move(view)};
}

Result<std::vector<SeriesKey>> SelectSeries(const LakeView& view, const TableSpec& spec,
                                            const Selection& selection) {
  TM_ASSIGN(auto series, SelectSeries(view, {&spec}, selection));
  return std::move(series.front());
}

Result<std::vector<std::vector<SeriesKey>>> SelectSeries(
    const LakeView& view, std::initializer_list<const TableSpec*> specs,
    const Selection& selection) {
  std::vector<std::vector<SeriesKey>> matching;
  std::vector<SeriesKey> all;
  std::vector<std::string> tables;  // that have series
  bool any = false;
  for (const TableSpec* spec : specs) {
    matching.emplace_back();
    if (!view.HasTable(spec->name)) continue;
    TM_ASSIGN(const std::vector<SeriesKey> there, view.SeriesOf(*spec));
    std::ranges::copy_if(there, std::back_inserter(matching.back()),
                         [&](const SeriesKey& series) { return selection.Matches(series); });
    any = any || !matching.back().empty();
    if (!there.empty()) tables.push_back(spec->name);
    all.insert(all.end(), there.begin(), there.end());
  }
  if (any || all.empty()) return matching;
  std::string there;
  for (size_t i = 0; i < all.size() && i < 8; ++i) {
    there += fmt::format("{}{} {}{}{}", i == 0 ? "" : ", ", all[i].venue, all[i].symbol,
                         all[i].interval.empty() ? "" : " ", all[i].interval);
  }
  if (all.size() > 8) there += ", …";
  return Fail(ErrorCode::kNotFound,
              fmt::format("{} {} no series of {}{}{}; there are {}", fmt::join(tables, " and "),
                          tables.size() == 1 ? "has" : "have",
                          selection.venue.empty() ? "" : selection.venue + " ",
                          selection.symbol.empty() ? "that name" : selection.symbol,
                          selection.interval.empty() ? "" : " " + selection.interval, there));
}

TableSpec StoredFeaturesTable(const LakeView& view) {
  std::vector<std::string> names;
  const TableSpec empty = FeaturesTable({});
  if (view.HasTable(empty.name)) {
    for (const Field& field : view.SchemaOf(empty.name).fields) {
      if (empty.schema.IndexOf(field.name) < 0) names.push_back(field.name);
    }
  }
  return FeaturesTable(names);
}

}  // namespace tidemark

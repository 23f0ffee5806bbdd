#include "tidemark/pipeline/check_sources.h"

#include <algorithm>

#include "tidemark/base/clock.h"
#include "tidemark/pipeline/alphavantage_feed.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/source/feed/venue_protocol.h"
#include "tidemark/source/file/row_reader.h"

namespace tidemark {
namespace {

constexpr std::string_view kSeenEnough = "seen enough";

// Stops the read as soon as there are rows.
class FirstRows : public RowSink {
 public:
  explicit FirstRows(FileCheck& check) : check_(check) {}

  Status OnCandles(const SeriesId& series, const CandleColumns& rows) override {
    if (rows.size() == 0) return {};
    check_.series = series.ToString();
    check_.first_time = {*std::ranges::min_element(rows.open_time)};
    return Fail(ErrorCode::kCheckFailed, std::string(kSeenEnough));
  }
  Status OnTrades(const TradeSeriesId& series, const TradeColumns& rows) override {
    if (rows.rows() == 0) return {};
    check_.series = series.ToString();
    check_.first_time = {*std::ranges::min_element(rows.time)};
    return Fail(ErrorCode::kCheckFailed, std::string(kSeenEnough));
  }
  Status OnRejects(std::span<const RejectedRow> rejects) override {
    check_.rejected += static_cast<int64_t>(rejects.size());
    if (first_reject_.empty() && !rejects.empty()) first_reject_ = rejects[0].message;
    return {};
  }
  const std::string& first_reject() const { return first_reject_; }

 private:
  FileCheck& check_;
  std::string first_reject_;
};

FileCheck LookInto(const InputFile& file, const SourceConfig& source, const S3Options& s3) {
  FileCheck check{.uri = file.uri, .bytes = file.size, .series = {}, .problem = {}};
  CandleFileOptions options = source.options;
  options.now = SystemClock().Now();
  FirstRows sink(check);
  const auto summary = ReadRows(file, options, s3, nullptr, sink);
  if (!summary && check.series.empty()) {
    check.problem = summary.error().message();
  } else if (summary && check.series.empty()) {
    check.problem =
        check.rejected == 0
            ? "holds no candle and no trade"
            : "holds no row that is a candle or a trade; the first says: " + sink.first_reject();
  }
  return check;
}

}  // namespace

bool SourceCheck::ok() const {
  return problem.empty() &&
         std::ranges::all_of(looked_at, [](const FileCheck& f) { return f.problem.empty(); });
}

namespace {

Status CheckFeed(const FeedConfig& feed) {
  if (feed.venue == kAlphaVantage) {
    TM_TRY(AlphaVantageRequestsOf(feed));
    TM_TRY(AlphaVantageKeyOf(feed));
    return {};
  }
  TM_ASSIGN(const auto protocol, MakeVenueProtocol(feed.venue));
  for (const Symbol& symbol : feed.symbols) {
    if (feed.trades) {
      if (const auto topic = protocol->Trades(symbol); !topic) return Fail(topic.error());
    }
    for (const Interval& interval : feed.candles) {
      if (const auto topic = protocol->Candles(symbol, interval); !topic)
        return Fail(topic.error());
    }
  }
  return {};
}

}  // namespace

std::vector<SourceCheck> CheckSources(const Config& config, size_t files_max) {
  std::vector<SourceCheck> checks;
  for (const SourceConfig& source : config.sources) {
    SourceCheck& check = checks.emplace_back();
    check.name = source.name;
    if (source.is_feed()) {
      check.feed = true;
      if (check.name.empty()) check.name = "feed " + source.feed.venue;
      if (const Status offered = CheckFeed(source.feed); !offered) {
        check.problem = offered.error().message();
      }
      continue;
    }
    if (check.name.empty()) {
      for (const std::string& path : source.paths)
        check.name += (check.name.empty() ? "" : ", ") + path;
    }
    S3Options s3 = config.s3;
    if (std::ranges::any_of(source.paths, [](const std::string& p) { return IsS3Uri(p); })) {
      auto resolved = CredentialsOf(config);
      if (!resolved) {
        check.problem = resolved.error().message();
        continue;
      }
      s3 = *std::move(resolved);
    }
    const auto files = ListInputs(source.paths, s3);
    if (!files) {
      check.problem = files.error().message();
      continue;
    }
    for (const InputFile& file : *files) {
      ++check.files;
      check.bytes += file.size;
      if (check.looked_at.size() < files_max) {
        check.looked_at.push_back(LookInto(file, source, s3));
      }
    }
  }
  return checks;
}

}  // namespace tidemark

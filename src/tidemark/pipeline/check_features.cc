#include "tidemark/pipeline/check_features.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "tidemark/base/math.h"
#include "tidemark/base/random.h"
#include "tidemark/feature/feature_pack.h"
#include "tidemark/pipeline/base_series.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/lake_access.h"

namespace tidemark {
namespace {

constexpr int64_t kRowsMax = 300'000;
constexpr size_t kCuts = 2000;
constexpr size_t kSimulatedRows = 20'000;

using Values = std::vector<std::vector<double>>;

// A random walk with wicks and volume; with `holes`, minutes are missing as on a thin market.
CandleColumns SimulatedRows(uint64_t seed, size_t count, bool holes) {
  Random random(seed);
  CandleColumns rows;
  rows.Reserve(count);
  double close = 100;
  int64_t time = 1'577'836'800'000'000;  // 2020-01-01
  for (size_t i = 0; i < count; ++i) {
    const double open = close;
    close *= Exp(0.001 * random.Normal());
    const double wick = 1 + 0.0005 * random.Uniform();
    rows.Append({.open_time = {time},
                 .open = open,
                 .high = std::max(open, close) * wick,
                 .low = std::min(open, close) / wick,
                 .close = close,
                 .volume = Exp(random.Normal())});
    time += kMicrosPerMinute *
            (holes && random.Bernoulli(0.3) ? 1 + static_cast<int64_t>(random.Below(30)) : 1);
  }
  return rows;
}

CandleColumns Slice(const CandleColumns& rows, size_t begin, size_t end) {
  CandleColumns slice;
  slice.Append(rows, begin, end);
  return slice;
}

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

// Ends of the pieces, ascending, the last one rows. Some in the first rows, where warm-ups end.
std::vector<size_t> ChooseCuts(uint64_t seed, size_t rows) {
  Random random(seed);
  std::vector<size_t> cuts = {rows};
  for (size_t i = 0; i < kCuts; ++i) {
    const size_t bound = i % 4 == 0 ? std::min<size_t>(rows, 3000) : rows;
    cuts.push_back(1 + random.Below(bound));
  }
  std::ranges::sort(cuts);
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

// Folds the whole, then piece by piece, each piece in memory of its own that ends with it: the
// value of a piece's last row cannot have come from a later one.
Status CompareCutWithWhole(const Config& config, const std::string& what, Interval interval,
                           const CandleColumns& rows, CheckReport& report) {
  TM_ASSIGN(FeaturePack whole, FeaturePack::Make(config.features, interval));
  TM_ASSIGN(FeaturePack cut, FeaturePack::Make(config.features, interval));
  const size_t count = whole.names().size();
  Values expected(count);
  whole.Step(rows, 0, rows.size(), &expected);
  std::vector<int64_t> wrong(count);
  std::vector<int64_t> first_wrong(count);
  size_t begin = 0;
  for (const size_t end : ChooseCuts(config.seed, rows.size())) {
    const CandleColumns piece = Slice(rows, begin, end);
    Values values(count);
    cut.Step(piece, 0, piece.size(), &values);
    for (size_t f = 0; f < count; ++f) {
      ++report.compared;
      if (SameBits(values[f].back(), expected[f][end - 1])) continue;
      if (wrong[f]++ == 0) first_wrong[f] = rows.open_time[end - 1];
    }
    begin = end;
  }
  for (size_t f = 0; f < count; ++f) {
    if (wrong[f] == 0) continue;
    report.findings.push_back(
        fmt::format("{}: {} sees the future: at {} times its value changes when later rows are cut "
                    "off, first at the candle of {}",
                    what, whole.names()[f], wrong[f], FormatTime({first_wrong[f]})));
  }
  report.rows += static_cast<int64_t>(rows.size());
  report.series.push_back(what);
  return {};
}

Result<CandleColumns> ReadRows(const LakeView& view, const SeriesKey& key) {
  TM_ASSIGN(Batch batch,
            view.Read(VendorCandlesTable(),
                      {.series = key, .times = TimeRange::All(), .columns = CandleColumnNames()}));
  CandleColumns all = TakeCandles(batch);
  const size_t skipped = all.size() > kRowsMax ? all.size() - kRowsMax : 0;
  return skipped == 0 ? all : Slice(all, skipped, all.size());
}

// What is checked: the lake, when there is one, and the definitions that hold on it.
struct Subject {
  std::optional<PinnedLake> lake;
  Config config;
};

Result<Subject> SubjectOf(const Config& config) {
  auto lake = PinLake(config);
  if (!lake && lake.error().code() == ErrorCode::kNotFound) return Subject{std::nullopt, config};
  if (!lake) return Fail(lake.error());
  TM_ASSIGN(Config effective, WithStoredDefinitions(config, lake->view, config.definitions_given));
  return Subject{*std::move(lake), std::move(effective)};
}

}  // namespace

Result<CheckReport> CheckLookahead(const Config& given) {
  TM_ASSIGN(const Subject subject, SubjectOf(given));
  const Config& config = subject.config;
  CheckReport report;
  report.features = static_cast<int64_t>(config.features.size());
  if (subject.lake) {
    const LakeView& view = subject.lake->view;
    TM_ASSIGN(const std::vector<SeriesId> stored, StoredSeries(view));
    for (const SeriesId& id : stored) {
      TM_ASSIGN(const CandleColumns rows, ReadRows(view, KeyOf(id)));
      if (rows.size() == 0) continue;
      TM_TRY(CompareCutWithWhole(config, id.ToString(), id.interval, rows, report));
    }
  }
  if (report.series.empty()) {
    TM_TRY(CompareCutWithWhole(config, "simulated 1m", Interval(),
                               SimulatedRows(config.seed, kSimulatedRows, true), report));
  }
  return report;
}

Result<CheckReport> CheckWarmup(const Config& given) {
  TM_ASSIGN(const Subject subject, SubjectOf(given));
  const Config& config = subject.config;
  CheckReport report;
  report.features = static_cast<int64_t>(config.features.size());
  for (const std::string& spec : config.features) {
    TM_ASSIGN(FeaturePack pack, FeaturePack::Make({spec}, Interval()));
    const auto claimed = static_cast<size_t>(pack.warmup_rows());
    const CandleColumns rows = SimulatedRows(config.seed, claimed + 1000, false);
    Values values(1);
    pack.Step(rows, 0, rows.size(), &values);
    const auto has_value = [](double v) { return !std::isnan(v); };
    const auto first =
        static_cast<size_t>(std::ranges::find_if(values[0], has_value) - values[0].begin());
    const auto null_later =
        std::find_if_not(values[0].begin() + static_cast<ptrdiff_t>(std::min(first, rows.size())),
                         values[0].end(), has_value);
    if (first != claimed) {
      report.findings.push_back(fmt::format(
          "{}: its first value is in row {}, its warm-up claims row {}", spec, first, claimed));
    } else if (null_later != values[0].end()) {
      report.findings.push_back(fmt::format("{}: null in row {}, after its warm-up of {} rows",
                                            spec, null_later - values[0].begin(), claimed));
    }
    report.rows += static_cast<int64_t>(rows.size());
    report.compared += static_cast<int64_t>(rows.size());
  }
  report.series.push_back("simulated 1m without holes");
  return report;
}

}  // namespace tidemark

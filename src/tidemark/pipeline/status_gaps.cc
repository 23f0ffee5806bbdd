#include "tidemark/pipeline/status_gaps.h"

#include <algorithm>

#include <fmt/format.h>

#include "tidemark/market/interval.h"

namespace tidemark {
namespace {

std::vector<GapClass> EmptyClasses() {
  const auto minutes = [](int64_t n) { return n * kMicrosPerMinute; };
  return {
      {.name = "under 5 min", .least_us = 0, .below_us = minutes(5)},
      {.name = "5 to 15 min", .least_us = minutes(5), .below_us = minutes(15)},
      {.name = "15 to 60 min", .least_us = minutes(15), .below_us = minutes(60)},
      {.name = "1 to 4 h", .least_us = minutes(60), .below_us = minutes(240)},
      {.name = "4 to 24 h", .least_us = minutes(240), .below_us = kMicrosPerDay},
      {.name = "1 d and more", .least_us = kMicrosPerDay, .below_us = INT64_MAX},
  };
}

Result<std::vector<MonthCoverage>> ReadCoverage(const LakeView& view, const SeriesKey& series,
                                                TimeRange times) {
  const TableSpec& spec = VendorCandlesTable();
  TM_ASSIGN(const Batch batch,
            view.Read(spec, {.series = series, .times = times, .columns = {"open_time"}}));
  TM_ASSIGN(const Interval interval, Interval::Parse(series.interval));
  std::vector<MonthCoverage> months;
  const auto& open_times = batch["open_time"].ints;
  for (const int64_t open : open_times) {
    while (months.empty() || AddMonths(months.back().month, 1).us <= open) {
      const EventTime month =
          months.empty() ? FloorToMonth({open}) : AddMonths(months.back().month, 1);
      months.push_back({.month = month});
    }
    ++months.back().rows;
  }
  // Only what lies between the first and the last row can be covered.
  for (MonthCoverage& month : months) {
    const EventTime from = std::max(month.month, EventTime{open_times.front()});
    const EventTime to =
        std::min(AddMonths(month.month, 1), interval.CloseOf(EventTime{open_times.back()}));
    month.expected = std::max(
        month.rows, (to - from + interval.nominal_micros() - 1) / interval.nominal_micros());
  }
  return months;
}

}  // namespace

Result<GapReport> ReadGaps(const LakeView& view, const GapQuery& query) {
  if (!query.reason.empty() && query.reason != "unknown" && query.reason != "suspected_outage") {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--reason '{}' is not a reason of gaps in files; there are unknown and "
                            "suspected_outage",
                            query.reason));
  }
  GapReport report;
  report.epoch = view.epoch();
  TM_ASSIGN(const auto keys, SelectSeries(view, VendorCandlesTable(), query.selection));
  for (const SeriesKey& key : keys) {
    SeriesGaps& summary = report.series.emplace_back();
    summary.series = key;
    summary.classes = EmptyClasses();
    TM_ASSIGN(const Batch gaps,
              view.Read(GapsTable(), {.series = key, .times = TimeRange::All(), .columns = {}}));
    for (size_t i = 0; i < gaps.rows; ++i) {
      const GapRow row{.series = key,
                       .from = {gaps["from"].ints[i]},
                       .to = {gaps["to"].ints[i]},
                       .missing = gaps["missing"].ints[i],
                       .suspected_outage = gaps["suspected_outage"].ints[i] != 0};
      if (!query.selection.times.Overlaps({row.from, row.to}) || row.micros() < query.min_micros ||
          (!query.reason.empty() && query.reason != row.reason())) {
        continue;
      }
      ++summary.gaps;
      summary.missing += row.missing;
      summary.suspected_outages += row.suspected_outage;
      const auto of_class = std::ranges::find_if(
          summary.classes, [&](const GapClass& c) { return row.micros() < c.below_us; });
      ++of_class->gaps;
      of_class->missing += row.missing;
      of_class->suspected_outages += row.suspected_outage;
      report.rows.push_back(row);
    }
    TM_ASSIGN(summary.coverage, ReadCoverage(view, key, query.selection.times));
  }
  return report;
}

}  // namespace tidemark

#include "tidemark/pipeline/status_gaps.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tidemark/market/interval.h"
#include "tidemark/pipeline/feed_intake.h"
#include "tidemark/pipeline/sure_times.h"
#include "tidemark/pipeline/trade_gaps.h"
#include "tidemark/pipeline/watermarks.h"
#include "tidemark/source/feed/venues.h"

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

bool Wanted(const GapQuery& query, const GapRow& row) {
  const bool ids = query.reason == "ids" && row.reason.starts_with("ids ");
  return query.selection.times.Overlaps({row.from, row.to}) && row.micros() >= query.min_micros &&
         (query.reason.empty() || query.reason == row.reason || ids);
}

void Count(const GapRow& row, SeriesGaps* summary) {
  ++summary->gaps;
  summary->missing += row.missing;
  summary->suspected_outages += row.suspected_outage;
  if (row.of_trades()) return;
  const auto of_class = std::ranges::find_if(
      summary->classes, [&](const GapClass& c) { return row.micros() < c.below_us; });
  ++of_class->gaps;
  of_class->missing += row.missing;
  of_class->suspected_outages += row.suspected_outage;
}

Status ReadCandleGaps(const LakeView& view, const std::vector<SeriesKey>& keys,
                      const Watermarks& watermarks, const GapQuery& query, GapReport* report) {
  for (const SeriesKey& key : keys) {
    TM_ASSIGN(const Symbol symbol, Symbol::Parse(key.symbol));
    TM_ASSIGN(const Interval interval, Interval::Parse(key.interval));
    const EventTime until =
        watermarks.Of({key.venue, symbol, interval}, FeedCandlesSource(key.venue));
    if (until != kMinTime) report->candles_until.emplace_back(key, until);
    SeriesGaps& summary = report->series.emplace_back();
    summary.series = key;
    summary.classes = EmptyClasses();
    TM_ASSIGN(const Batch gaps,
              view.Read(GapsTable(), {.series = key, .times = TimeRange::All(), .columns = {}}));
    for (size_t i = 0; i < gaps.rows; ++i) {
      const bool outage = gaps["suspected_outage"].ints[i] != 0;
      GapRow row{.series = key,
                 .from = {gaps["from"].ints[i]},
                 .to = {gaps["to"].ints[i]},
                 .missing = gaps["missing"].ints[i],
                 .suspected_outage = outage,
                 .reason = outage ? "suspected_outage" : "unknown"};
      if (!Wanted(query, row)) continue;
      Count(row, &summary);
      report->rows.push_back(std::move(row));
    }
    TM_ASSIGN(summary.coverage, ReadCoverage(view, key, query.selection.times));
  }
  return {};
}

// One by one, as the events tell them: in the table `gaps` those that touch are one.
Status ReadTradeGaps(const LakeView& view, const std::vector<SeriesKey>& keys,
                     const Watermarks& watermarks, const GapQuery& query, GapReport* report) {
  TM_ASSIGN(const TradeGaps open, TradeGapsOf(view));
  for (const SeriesKey& key : keys) {
    TM_ASSIGN(const Symbol symbol, Symbol::Parse(key.symbol));
    const TradeSeriesId series = {key.venue, symbol};
    const EventTime until = watermarks.Of(series);
    report->trades_until.emplace_back(key, until);
    if (watermarks.Of(series, FeedTradesSource(key.venue)) != kMinTime) {
      if (!CountsTrades(key.venue)) report->checked_until.emplace_back(key, kMinTime);
      report->feeds_until = std::min(report->feeds_until, until);
    }
    SeriesGaps summary;
    summary.series = key;
    for (const TradeGap& gap : open.Of(series)) {
      const auto ids = gap.ids();
      GapRow row{.series = key,
                 .from = gap.times().start,
                 .to = gap.times().end,
                 .missing = ids ? ids->second - ids->first : 0,
                 .reason = gap.reason};
      if (!Wanted(query, row)) continue;
      Count(row, &summary);
      report->rows.push_back(std::move(row));
    }
    if (summary.gaps > 0) report->series.push_back(std::move(summary));
  }
  return {};
}

// The journal says it, on the machine that writes the lake, and of its last epoch only: which is
// asked last, for an epoch may come meanwhile.
void ReadChecks(const PinnedLake& lake, GapReport* report) {
  KnownUntil& checked = report->checked_until;
  if (checked.empty()) return;
  const auto journal = Journal::OpenForReading(lake.lake->journal_path());
  if (!journal) return;
  JournalSnapshots snapshots(**journal);
  KnownUntil told = checked;
  for (auto& [key, until] : told) {
    const std::string series = key.venue + " " + key.symbol;  // TradeSeriesId's text
    until = SureTo(snapshots, Sure::kTrades, series).value_or(kMinTime);
  }
  const auto epoch = (*journal)->LastEpoch();
  if (epoch && *epoch == report->epoch) checked = std::move(told);
}

Status ReadPartial(const LakeView& view, const GapQuery& query, GapReport* report) {
  const TableSpec& spec = CandlesTable();
  TM_ASSIGN(const auto keys, SelectSeries(view, spec, query.selection));
  for (const SeriesKey& key : keys) {
    TM_ASSIGN(const Batch rows,
              view.Read(spec, {.series = key,
                               .times = query.selection.times,
                               .columns = {"open_time", "close_time", "complete", "origin"}}));
    bool goes_on = false;
    for (size_t i = 0; i < rows.rows; ++i) {
      if (rows["complete"].ints[i] != 0) {
        goes_on = false;
        continue;
      }
      const std::string& origin = rows["origin"].strings.At(i);
      if (!goes_on || report->partial.back().origin != origin) {
        report->partial.push_back({key, origin, {rows["open_time"].ints[i]}, {}, 0});
      }
      goes_on = true;
      report->partial.back().to = {rows["close_time"].ints[i]};
      ++report->partial.back().candles;
    }
  }
  return {};
}

}  // namespace

Result<GapReport> ReadGaps(const PinnedLake& lake, const GapQuery& query) {
  static const std::set<std::string> kReasons = {"",     "unknown",     "suspected_outage",
                                                 "ids",  "disconnect",  "silence",
                                                 "loss", "cross_check", "history"};
  if (!kReasons.contains(query.reason)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--reason '{}' is not a reason of gaps; there are unknown and "
                            "suspected_outage in files, ids, disconnect, silence, loss, "
                            "cross_check and history in feeds",
                            query.reason));
  }
  const LakeView& view = lake.view;
  GapReport report;
  report.epoch = view.epoch();
  TM_ASSIGN(const auto keys,
            SelectSeries(view, {&VendorCandlesTable(), &TradesTable()}, query.selection));
  TM_ASSIGN(const Watermarks watermarks, WatermarksOf(view));
  TM_TRY(ReadCandleGaps(view, keys[0], watermarks, query, &report));
  TM_TRY(ReadTradeGaps(view, keys[1], watermarks, query, &report));
  ReadChecks(lake, &report);
  for (const KnownUntil* of : {&report.checked_until, &report.candles_until}) {
    for (const auto& [series, until] : *of) {
      report.feeds_until = std::min(report.feeds_until, until);
    }
  }
  if (query.partial) TM_TRY(ReadPartial(view, query, &report));
  return report;
}

}  // namespace tidemark

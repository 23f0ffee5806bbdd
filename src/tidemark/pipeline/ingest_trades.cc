// The base tables of trades.
#include "tidemark/pipeline/ingest.h"

namespace tidemark {

Status Intake::Spool() {
  for (FeedTrades& part : unspooled) {
    TM_TRY(trades->Add(part.series, part.rows, part.source));
    part.rows = {};
  }
  unspooled.clear();
  return {};
}

Result<RangeSet> WriteTrades(TradeSeries& series, const std::vector<EventTime>& days,
                             const SourceList& sources, int64_t epoch, EpochWriter& writer,
                             std::vector<MergeCounts>* counts) {
  RangeSet changes;
  for (const EventTime day : days) {
    TM_ASSIGN(const std::vector<MergedTrades> parts, series.MergeTouched(day));
    for (const MergedTrades& merged : parts) {
      for (size_t s = 0; s < merged.counts.size(); ++s) (*counts)[s] += merged.counts[s];
      if (merged.ambiguous.rows.rows() > 0) {
        TM_TRY(writer.Append(AmbiguousTradesTable(),
                             AmbiguousTradeRows(merged, series.id(), sources, epoch)));
      }
      if (merged.superseded.rows.rows() > 0) {
        TM_TRY(writer.Append(TradeRevisionsTable(),
                             TradeRevisionRows(merged.superseded, series.id(), sources, epoch)));
      }
      if (merged.changes.empty()) continue;
      changes.Add(merged.changes);
      const SeriesKey key = KeyOf(series.id());
      if (merged.appended_from < merged.rows.rows()) {
        TM_TRY(writer.Append(
            TradesTable(), key,
            TradeRows(merged, merged.appended_from, merged.rows.rows(), series.id(), sources)));
        continue;
      }
      const TimeRange hull = merged.changes.Hull();
      TM_TRY(
          writer.Replace(TradesTable(), key, hull, TradeRows(merged, hull, series.id(), sources)));
    }
  }
  return changes;
}

Result<RangeSet> RewriteTrades(TradeSeries& series, const std::vector<EventTime>& days,
                               const SourceList& sources, int64_t epoch, EpochWriter& writer) {
  RangeSet changes;
  const SeriesKey key = KeyOf(series.id());
  for (const EventTime day : days) {
    TM_ASSIGN(const MergedTrades merged, series.MergeDay(day));
    const TimeRange whole = {day, day + kMicrosPerDay};
    TM_TRY(
        writer.Replace(TradesTable(), key, whole, TradeRows(merged, whole, series.id(), sources)));
    TM_TRY(writer.Replace(TradeRevisionsTable(), key, whole,
                          TradeRevisionRows(merged.kept, series.id(), sources, epoch)));
    changes.Add(merged.changes);
  }
  return changes;
}

}  // namespace tidemark

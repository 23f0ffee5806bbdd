// The forecasts that were said while live, as they were said: kept in `issued`, never rewritten.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "tidemark/market/series.h"
#include "tidemark/pipeline/derived_sink.h"

namespace tidemark {

// From when on the candles of a venue and symbol have been seen to close.
using LiveSince = std::map<TradeSeriesId, EventTime>;

// Hands everything on to another sink, and keeps the first forecast for each candle that has closed
// while live. Notes which series' features or models are others.
class IssuingSink : public DerivedSink {
 public:
  // All borrowed. `now`: when the forecasts are said.
  IssuingSink(DerivedSink& to, const LakeView& view, const LiveSince& since, ReceiveTime now)
      : to_(to), view_(view), since_(since), now_(now) {}

  Result<RangeSet> Replace(const TableSpec& spec, const SeriesKey& series, TimeRange range,
                           const Batch& rows) override;
  // Rows of `issued` that were said before the epoch began: they come first.
  Status Add(const Batch& issued);
  Status ReplaceAll(const TableSpec& spec, const SeriesKey& series, const Batch& rows) override {
    return to_.ReplaceAll(spec, series, rows);
  }

  // The series' rows of `issued` with time in `times` as they will be after Write(), in the table's
  // order.
  Result<Batch> Read(const SeriesKey& series, TimeRange times);

  // Appends what was said to the table, after everything has been derived.
  Status Write(EpochWriter& writer);
  // What forecasts are computed from is another there.
  std::set<SeriesId> changed() const { return changed_; }

 private:
  DerivedSink& to_;
  const LakeView& view_;
  const LiveSince& since_;
  ReceiveTime now_;
  std::mutex mutex_;
  std::map<SeriesKey, Batch> said_;
  std::set<SeriesId> changed_;
};

}  // namespace tidemark

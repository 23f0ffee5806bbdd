// The forecasts that were said while live, as they were said: kept in `issued`, never rewritten.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>

#include "tidemark/market/series.h"
#include "tidemark/pipeline/derived_sink.h"
#include "tidemark/pipeline/watermarks.h"

namespace tidemark {

// From when on the candles of a venue and symbol have been seen to close.
using LiveSince = std::map<TradeSeriesId, EventTime>;

// Hands everything on to another sink, and keeps the forecasts for candles that the epoch closes,
// while live, unless somebody has said them already: those of models that the lake had before the
// epoch. What a model forecasts of candles that closed before it was there, nobody could have been
// told. Notes which series' features or models are others.
class IssuingSink : public DerivedSink {
 public:
  // All borrowed. `before`: those of the epoch before; `now`: when the forecasts are said.
  IssuingSink(DerivedSink& to, const LakeView& view, const Watermarks& before,
              const LiveSince& since, ReceiveTime now)
      : to_(to), view_(view), before_(before), since_(since), now_(now) {}

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
  // Forecasts that were not said because their model was not there yet.
  int64_t unready() const { return unready_; }

 private:
  // Adds to what is said.
  Status Issue(const SeriesKey& series, EventTime after, const Batch& forecasts);

  DerivedSink& to_;
  const LakeView& view_;
  const Watermarks& before_;
  const LiveSince& since_;
  ReceiveTime now_;
  std::mutex mutex_;
  std::map<SeriesKey, Batch> said_;
  std::set<SeriesId> changed_;
  int64_t unready_ = 0;
};

}  // namespace tidemark

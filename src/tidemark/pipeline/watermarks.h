// How far series are believed complete, and base series closed by it.
#pragma once

#include <map>
#include <memory>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/market/series.h"
#include "tidemark/pipeline/base_series.h"

namespace tidemark {

// Event times up to which series are believed complete: of candles the greatest close time, of
// trades the greatest time reached.
struct Watermarks {
  std::map<SeriesId, EventTime> candles;
  std::map<TradeSeriesId, EventTime> trades;

  // kMinTime when the series has none.
  EventTime Of(const SeriesId& series) const;
  EventTime Of(const TradeSeriesId& series) const;
  void RaiseTo(const Watermarks& other);

  // The trades from which candles of `series` are made; null when it is not a series of minutes or
  // there are none.
  const TradeSeriesId* TradesFor(const SeriesId& series) const;
  // Up to which the rows of `series` are closed: the vendor's, and minutes made from trades.
  EventTime ClosedUntil(const SeriesId& series) const;
};

// The greatest watermark of every series. Errors: kCorrupt.
Result<Watermarks> WatermarksOf(const LakeView& view);

// What base series are read from; all borrowed. Spools may be null.
struct BaseInputs {
  const LakeView& view;
  const SourceList& sources;
  ReceiveTime now;
  const RowSpool* rows = nullptr;
  const TradeSpool* trades = nullptr;
};

// `id` with the trades of its symbol, closed as the watermarks say, and not beyond `until`.
std::unique_ptr<BaseSeries> OpenBase(const SeriesId& id, const BaseInputs& inputs,
                                     const Watermarks& watermarks, EventTime until = kMaxTime);

}  // namespace tidemark

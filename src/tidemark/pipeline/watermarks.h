// How far series are believed complete, and base series closed by it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/market/series.h"
#include "tidemark/pipeline/base_series.h"

namespace tidemark {

// What one source says of one series: of candles the greatest close time, of trades the greatest
// time reached.
struct SourceWatermark {
  EventTime at = kMinTime;
  std::string reason = "end";  // "data", "idle": the source goes on
};
// By source and partition, the series' text.
using SourceWatermarks = std::map<std::pair<std::string, std::string>, SourceWatermark>;

// A series is complete up to the least watermark of its sources that go on; when all have ended, up
// to the greatest reached. That never goes back: a source that begins anew, behind, opens nothing
// that was closed; its rows are late.
class Watermarks {
 public:
  // kMinTime when the series has none.
  EventTime Of(const SeriesId& series) const;
  EventTime Of(const TradeSeriesId& series) const;
  // What `source` alone says; kMinTime when it has given none.
  EventTime Of(const TradeSeriesId& series, const std::string& source) const;
  EventTime Of(const SeriesId& series, const std::string& source) const;

  // Every series that has one, in order.
  std::vector<std::pair<TradeSeriesId, EventTime>> Trades() const;
  std::vector<std::pair<SeriesId, EventTime>> Candles() const;

  // The trades from which candles of `series` are made; null when it is not a series of minutes or
  // there are none.
  const TradeSeriesId* TradesFor(const SeriesId& series) const;
  // Up to which the rows of `series` are closed: the vendor's, and minutes made from trades.
  EventTime ClosedUntil(const SeriesId& series) const;

  // What one more epoch says. Errors: kParse.
  Status Add(const SourceWatermarks& said);
  // The end of all that goes on and is not in `following`, as "SOURCE VENUE SYMBOL".
  SourceWatermarks Ends(const std::set<std::string>& following) const;

 private:
  struct Reached {
    EventTime Of(const std::string& source) const;
    std::map<std::string, SourceWatermark, std::less<>> sources;
    EventTime complete = kMinTime;
    void Add(const std::string& source, const SourceWatermark& said);
    void Settle();
  };
  std::map<SeriesId, Reached> candles_;
  std::map<TradeSeriesId, Reached> trades_;
};

// Those of the lake. Errors: kCorrupt.
Result<Watermarks> WatermarksOf(const LakeView& view);

// What base series are read from; all borrowed. Spools may be null.
struct BaseInputs {
  const LakeView& view;
  const SourceList& sources;
  const TradeGaps& gaps;
  ReceiveTime now;
  const RowSpool* rows = nullptr;
  const TradeSpool* trades = nullptr;
  const std::vector<BarRule>* bars = nullptr;  // that are made of the trades
};

// Lets `base` take the minutes that the lake's candles tell from them instead of from its trades.
// `watermarks` and `gaps` are of the view that it reads. REQUIRES candles made with today's
// definitions, where there are any. `series`: all there are; a finer one makes the minutes.
void TrustCandles(const LakeView& view, const Watermarks& watermarks, const TradeGaps& gaps,
                  const std::vector<SeriesId>& series, BaseSeries* base);

// `id` with the trades of its symbol, closed as the watermarks say, and not beyond `until`.
std::unique_ptr<BaseSeries> OpenBase(const SeriesId& id, const BaseInputs& inputs,
                                     const Watermarks& watermarks, EventTime until = kMaxTime);

}  // namespace tidemark

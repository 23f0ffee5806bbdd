#include "tidemark/pipeline/watermarks.h"

#include <algorithm>

namespace tidemark {
namespace {

template <typename Id>
EventTime Find(const std::map<Id, EventTime>& watermarks, const Id& series) {
  const auto it = watermarks.find(series);
  return it == watermarks.end() ? kMinTime : it->second;
}

template <typename Id>
void Raise(std::map<Id, EventTime>* watermarks, const Id& series, EventTime to) {
  EventTime& watermark = watermarks->try_emplace(series, to).first->second;
  watermark = std::max(watermark, to);
}

// The minute that trades have only reached is not closed.
EventTime MinutesClosed(EventTime trades) {
  return trades == kMinTime ? kMinTime : Interval().OpenOf(trades);
}

}  // namespace

EventTime Watermarks::Of(const SeriesId& series) const { return Find(candles, series); }
EventTime Watermarks::Of(const TradeSeriesId& series) const { return Find(trades, series); }

void Watermarks::RaiseTo(const Watermarks& other) {
  for (const auto& [series, to] : other.candles) Raise(&candles, series, to);
  for (const auto& [series, to] : other.trades) Raise(&trades, series, to);
}

const TradeSeriesId* Watermarks::TradesFor(const SeriesId& series) const {
  if (series.interval != Interval()) return nullptr;
  const auto it = trades.find(TradeSeriesId{series.venue, series.symbol});
  return it == trades.end() ? nullptr : &it->first;
}

EventTime Watermarks::ClosedUntil(const SeriesId& series) const {
  const TradeSeriesId* made_from = TradesFor(series);
  const EventTime vendor = Of(series);
  return made_from == nullptr ? vendor : std::max(vendor, MinutesClosed(Of(*made_from)));
}

Result<Watermarks> WatermarksOf(const LakeView& view) {
  Watermarks watermarks;
  if (!view.HasTable("watermarks")) return watermarks;
  TM_ASSIGN(const Batch stored, view.Read(WatermarksTable(), {}));
  for (size_t i = 0; i < stored.rows; ++i) {
    const std::string& partition = stored["partition"].strings.At(i);
    const EventTime to{stored["watermark"].ints[i]};
    if (const auto trades = TradeSeriesId::Parse(partition)) {
      Raise(&watermarks.trades, *trades, to);
      continue;
    }
    const auto series = SeriesId::Parse(partition);
    if (!series) return Fail(ErrorCode::kCorrupt, "watermarks: " + series.error().message());
    Raise(&watermarks.candles, *series, to);
  }
  return watermarks;
}

std::unique_ptr<BaseSeries> OpenBase(const SeriesId& id, const BaseInputs& inputs,
                                     const Watermarks& watermarks, EventTime until) {
  auto base =
      std::make_unique<BaseSeries>(id, inputs.view, inputs.rows, inputs.sources, inputs.now);
  base->SetClosedUntil(std::min(watermarks.ClosedUntil(id), until));
  if (const TradeSeriesId* trades = watermarks.TradesFor(id)) {
    auto series = std::make_unique<TradeSeries>(*trades, inputs.view, inputs.trades, inputs.sources,
                                                inputs.now);
    series->SetClosedUntil(std::min(MinutesClosed(watermarks.Of(*trades)), until));
    base->SetTrades(std::move(series));
  }
  return base;
}

}  // namespace tidemark

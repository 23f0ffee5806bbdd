#include "tidemark/pipeline/watermarks.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace tidemark {
namespace {

constexpr std::string_view kEnd = "end";

// The minute that trades have only reached is not closed.
EventTime MinutesClosed(EventTime trades) {
  return trades == kMinTime ? kMinTime : Interval().OpenOf(trades);
}

}  // namespace

void Watermarks::Reached::Add(const std::string& source, const SourceWatermark& said) {
  SourceWatermark& watermark = sources[source];
  watermark.at = std::max(watermark.at, said.at);
  watermark.reason = said.reason;
}

void Watermarks::Reached::Settle() {
  EventTime least = kMaxTime, greatest = kMinTime;
  for (const auto& [source, watermark] : sources) {
    greatest = std::max(greatest, watermark.at);
    if (watermark.reason != kEnd) least = std::min(least, watermark.at);
  }
  complete = std::max(complete, least == kMaxTime ? greatest : least);
}

std::vector<std::pair<TradeSeriesId, EventTime>> Watermarks::Trades() const {
  std::vector<std::pair<TradeSeriesId, EventTime>> all;
  for (const auto& [series, reached] : trades_) all.emplace_back(series, reached.complete);
  return all;
}

std::vector<std::pair<SeriesId, EventTime>> Watermarks::Candles() const {
  std::vector<std::pair<SeriesId, EventTime>> all;
  for (const auto& [series, reached] : candles_) all.emplace_back(series, reached.complete);
  return all;
}

EventTime Watermarks::Of(const SeriesId& series) const {
  const auto it = candles_.find(series);
  return it == candles_.end() ? kMinTime : it->second.complete;
}

EventTime Watermarks::Of(const TradeSeriesId& series) const {
  const auto it = trades_.find(series);
  return it == trades_.end() ? kMinTime : it->second.complete;
}

EventTime Watermarks::Of(const TradeSeriesId& series, const std::string& source) const {
  const auto it = trades_.find(series);
  return it == trades_.end() ? kMinTime : it->second.Of(source);
}

EventTime Watermarks::Of(const SeriesId& series, const std::string& source) const {
  const auto it = candles_.find(series);
  return it == candles_.end() ? kMinTime : it->second.Of(source);
}

EventTime Watermarks::Reached::Of(const std::string& source) const {
  const auto it = sources.find(source);
  return it == sources.end() ? kMinTime : it->second.at;
}

const TradeSeriesId* Watermarks::TradesFor(const SeriesId& series) const {
  if (series.interval != Interval()) return nullptr;
  const auto it = trades_.find(TradeSeriesId{series.venue, series.symbol});
  return it == trades_.end() ? nullptr : &it->first;
}

EventTime Watermarks::ClosedUntil(const SeriesId& series) const {
  const TradeSeriesId* made_from = TradesFor(series);
  const EventTime vendor = Of(series);
  return made_from == nullptr ? vendor : std::max(vendor, MinutesClosed(Of(*made_from)));
}

Status Watermarks::Add(const SourceWatermarks& said) {
  std::set<Reached*> touched;
  for (const auto& [key, watermark] : said) {
    const auto& [source, partition] = key;
    Reached* reached = nullptr;
    if (const auto trades = TradeSeriesId::Parse(partition)) {
      reached = &trades_[*trades];
    } else {
      TM_ASSIGN(const SeriesId series, SeriesId::Parse(partition));
      reached = &candles_[series];
    }
    reached->Add(source, watermark);
    touched.insert(reached);
  }
  for (Reached* reached : touched) reached->Settle();
  return {};
}

SourceWatermarks Watermarks::Ends(const std::set<std::string>& following) const {
  SourceWatermarks ends;
  const auto add = [&](const auto& all) {
    for (const auto& [series, reached] : all) {
      for (const auto& [source, watermark] : reached.sources) {
        const TradeSeriesId symbol = {series.venue, series.symbol};
        if (watermark.reason == kEnd || following.contains(source + " " + symbol.ToString())) {
          continue;
        }
        ends[{source, series.ToString()}] = {watermark.at, std::string(kEnd)};
      }
    }
  };
  add(candles_);
  add(trades_);
  return ends;
}

Result<Watermarks> WatermarksOf(const LakeView& view) {
  Watermarks watermarks;
  if (!view.HasTable("watermarks")) return watermarks;
  TM_ASSIGN(const Batch stored, view.Read(WatermarksTable(), {}));
  const std::vector<int64_t>& epochs = stored["epoch"].ints;
  std::vector<size_t> order(stored.rows);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return epochs[a] < epochs[b]; });
  SourceWatermarks said;  // of one epoch
  for (size_t n = 0; n < order.size(); ++n) {
    const size_t i = order[n];
    said[{stored["source"].strings.At(i), stored["partition"].strings.At(i)}] = {
        {stored["watermark"].ints[i]}, stored["reason"].strings.At(i)};
    if (n + 1 < order.size() && epochs[order[n + 1]] == epochs[i]) continue;
    if (const Status added = watermarks.Add(said); !added) {
      return Fail(ErrorCode::kCorrupt, "watermarks: " + added.error().message());
    }
    said.clear();
  }
  return watermarks;
}

void TrustCandles(const LakeView& view, const Watermarks& watermarks, const TradeGaps& gaps,
                  const std::vector<SeriesId>& series, BaseSeries* base) {
  TradeSeries* trades = base->trades();
  if (trades == nullptr || !view.HasTable(CandlesTable().name)) return;
  const SeriesId& id = base->id();
  const bool finest = std::ranges::none_of(series, [&](const SeriesId& other) {
    return other.venue == id.venue && other.symbol == id.symbol &&
           other.interval.nominal_micros() < id.interval.nominal_micros();
  });
  if (!finest) return;
  trades->TrustCandles(MinutesClosed(watermarks.Of(trades->id())),
                       CandlesOver(TimesOf(gaps.Of(trades->id())), Interval()));
}

std::unique_ptr<BaseSeries> OpenBase(const SeriesId& id, const BaseInputs& inputs,
                                     const Watermarks& watermarks, EventTime until) {
  auto base =
      std::make_unique<BaseSeries>(id, inputs.view, inputs.rows, inputs.sources, inputs.now);
  base->SetClosedUntil(std::min(watermarks.ClosedUntil(id), until));
  if (const TradeSeriesId* trades = watermarks.TradesFor(id)) {
    auto series = std::make_unique<TradeSeries>(*trades, inputs.view, inputs.trades, inputs.sources,
                                                inputs.now);
    const EventTime reached = watermarks.Of(*trades);
    series->SetClosedUntil(std::min(MinutesClosed(reached), until));
    // A bar that is open at `until` may have been stored since, at the time of one before it.
    if (inputs.bars != nullptr) {
      series->SetBars(*inputs.bars, until < reached ? FloorToDay(until) : reached);
    }
    base->SetTrades(std::move(series));
  }
  base->SetTradeGaps(inputs.gaps.Of({id.venue, id.symbol}));
  return base;
}

}  // namespace tidemark

#include "tidemark/pipeline/live_forecaster.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemark/candle/trade_bars.h"
#include "tidemark/flow/fold_month.h"
#include "tidemark/pipeline/trade_merge.h"

namespace tidemark {
namespace {

// The minutes of [from, until), in order.
CandleColumns ClosedMinutes(const OpenMinutes& open, EventTime from, EventTime until) {
  CandleColumns minutes;
  for (size_t i = 0; i < open.candles.size(); ++i) {
    const EventTime at = open.candles.At(i).open_time;
    if (at < from || at >= until) continue;
    if (minutes.size() > 0 && minutes.open_time.back() >= at.us) continue;  // told twice
    minutes.Append(open.candles.At(i));
  }
  IncomingTrades trades;
  for (size_t i = 0; i < open.trades.rows(); ++i) {
    const int64_t at = open.trades.time[i];
    if (at >= from.us && at < until.us) trades.rows.Append(open.trades, i, i + 1);
  }
  if (trades.rows.rows() == 0) return minutes;
  trades.source.assign(trades.rows.rows(), 0);
  const MergedTrades merged = MergeTrades({}, {}, std::move(trades), {0}, {});
  TradeBars bars;
  TradeBarFold fold{BarRule()};
  fold.Step(merged.rows, 0, merged.rows.rows(), &bars);
  fold.AdvanceTo(until, &bars);
  return std::move(bars.candles);
}

}  // namespace

void LiveForecaster::Adopt(std::vector<Tip> tips, FeedIntake& intake) {
  std::map<TradeSeriesId, OpenMinutes>& open = intake.OpenNow();
  for (Tip& tip : tips) {
    const TradeSeriesId id = {tip.series.venue, tip.series.symbol};
    const Interval interval = tip.series.interval;
    Series& series = series_[id];
    series.tip = std::move(tip);
    series.closed = std::max(series.closed, series.tip.closed);
    CandleColumns later;
    for (size_t i = 0; i < series.recent.size(); ++i) {
      const Candle candle = series.recent.At(i);
      if (interval.CloseOf(candle.open_time) > series.tip.closed) later.Append(candle);
    }
    series.recent = std::move(later);
    std::vector<std::vector<double>> features(series.tip.features->names().size());
    series.tip.features->Step(series.recent, 0, series.recent.size(), &features);
    OpenMinutes& minutes = open[id];
    minutes.trades.Append(series.tip.trades, 0, series.tip.trades.rows());
    series.tip.trades = {};
    minutes.DropBefore(series.closed);
  }
}

void LiveForecaster::Turn(FeedIntake& intake,
                          const std::function<void(const SaidForecasts&)>& say) {
  if (series_.empty()) return;
  for (auto& [id, open] : intake.OpenNow()) {
    const auto known = series_.find(id);
    if (known == series_.end() || open.complete == kMinTime) continue;
    Series& series = known->second;
    const EventTime until = series.tip.series.interval.OpenOf(open.complete);
    if (until <= series.closed) continue;
    const auto since = intake.live_since().find(id);
    Close(series, open, until, since == intake.live_since().end() ? kMaxTime : since->second, say);
  }
}

void LiveForecaster::Close(Series& series, OpenMinutes& open, EventTime until, EventTime live_since,
                           const std::function<void(const SaidForecasts&)>& say) {
  const CandleColumns minutes = ClosedMinutes(open, series.closed, until);
  for (size_t i = 0; i < minutes.size(); ++i) {
    std::vector<std::vector<double>> features(series.tip.features->names().size());
    series.tip.features->Step(minutes, i, i + 1, &features);
    const EventTime time = series.tip.series.interval.CloseOf({minutes.open_time[i]});
    if (time <= live_since) continue;
    const SaidForecasts said = Forecasts(series, time, minutes.close[i], features);
    if (!said.all.empty()) say(said);
  }
  series.recent.Append(minutes, 0, minutes.size());
  series.closed = until;
  open.DropBefore(until);
}

SaidForecasts LiveForecaster::Forecasts(const Series& series, EventTime time, double close,
                                        const std::vector<std::vector<double>>& features) {
  SaidForecasts said = {series.tip.series, time, close, {}};
  FeatureView row;
  row.time = {&time.us, 1};
  for (const std::vector<double>& column : features) row.features.push_back(column.data());
  row.rows = 1;
  for (const Horizon& horizon : config_.horizons) {
    const TipModels* models = series.tip.ModelsOf(FoldMonthOf(time), horizon.ToString());
    if (models == nullptr) {
      ++unready_;
      continue;
    }
    for (const TipModels::One& one : models->all) {
      double prediction = 0;
      one.fitted->Predict(row, 0, 1, &prediction);
      if (std::isnan(prediction)) continue;
      said.all.push_back({models->horizon, one.model, one.model_id, prediction});
    }
  }
  return said;
}

}  // namespace tidemark

#include "tidemark/pipeline/live_forecaster.h"

#include <cmath>
#include <utility>

#include "tidemark/flow/fold_month.h"

namespace tidemark {

// What is late is the epochs' business, so nothing that is closed is held.
LiveForecaster::Series::Series(EventTime start) : stream({.start = start, .retention_us = 0}) {}

void LiveForecaster::Adopt(std::vector<Tip> tips, FeedIntake& intake) {
  for (Tip& tip : tips) {
    const TradeSeriesId id = {tip.series.venue, tip.series.symbol};
    const Interval interval = tip.series.interval;
    Series& series = series_.try_emplace(id, tip.closed).first->second;
    std::vector<size_t> too_old;
    series.stream.Take(tip.trades, 0, tip.trades.rows(), &too_old);
    tip.trades = {};
    std::vector<StreamCandle> over;  // closed by the lake, over a gap say
    if (tip.closed > series.stream.closed_until()) series.stream.AdvanceTo(tip.closed, &over);
    intake.Want(id, tip.closed);
    CandleColumns later;
    for (size_t i = 0; i < series.recent.size(); ++i) {
      const Candle candle = series.recent.At(i);
      if (interval.CloseOf(candle.open_time) > tip.closed) later.Append(candle);
    }
    series.recent = std::move(later);
    std::vector<std::vector<double>> features(tip.features.names().size());
    tip.features.Step(series.recent, 0, series.recent.size(), &features);
    series.tip = std::move(tip);
  }
}

void LiveForecaster::Turn(FeedIntake& intake,
                          const std::function<void(const SaidForecasts&)>& say) {
  for (auto& [id, open] : intake.OpenNow()) {
    Series& series = series_.try_emplace(id, kMinTime).first->second;
    const CandleColumns minutes = Close(series, open);
    open.due = series.stream.closed_until() + kMicrosPerMinute;
    if (minutes.size() == 0) continue;
    series.recent.Append(minutes, 0, minutes.size());
    if (!series.tip) continue;
    const auto since = intake.live_since().find(id);
    for (size_t i = 0; i < minutes.size(); ++i) {
      std::vector<std::vector<double>> features(series.tip->features.names().size());
      series.tip->features.Step(minutes, i, i + 1, &features);
      const EventTime time = series.tip->series.interval.CloseOf({minutes.open_time[i]});
      if (since == intake.live_since().end() || time <= since->second) continue;
      if (time <= open.given) continue;  // the epoch speaks, or has spoken
      const SaidForecasts said = Forecasts(series, time, minutes.close[i], features);
      if (!said.all.empty()) say(said);
    }
  }
}

CandleColumns LiveForecaster::Close(Series& series, OpenMinutes& open) {
  CandleColumns minutes;
  for (size_t i = 0; i < open.candles.size(); ++i) {
    const Candle candle = open.candles.At(i);
    if (candle.open_time < series.stream.closed_until()) continue;  // told twice
    minutes.Append(candle);
    std::vector<StreamCandle> none;
    series.stream.AdvanceTo(Interval().CloseOf(candle.open_time), &none);
  }
  open.candles = {};
  if (open.trades.rows() > 0) {
    std::vector<size_t> too_old;
    series.stream.Take(open.trades, 0, open.trades.rows(), &too_old);
    open.trades = {};
  }
  if (Interval().OpenOf(open.complete) <= series.stream.closed_until()) return minutes;
  std::vector<StreamCandle> closed;
  series.stream.AdvanceTo(open.complete, &closed);
  for (const StreamCandle& candle : closed) {
    const CandleValues& v = candle.values;
    minutes.Append({candle.open_time, v.open, v.high, v.low, v.close, v.volume});
  }
  return minutes;
}

SaidForecasts LiveForecaster::Forecasts(const Series& series, EventTime time, double close,
                                        const std::vector<std::vector<double>>& features) {
  SaidForecasts said = {series.tip->series, time, close, {}};
  FeatureView row;
  row.time = {&time.us, 1};
  for (const std::vector<double>& column : features) row.features.push_back(column.data());
  row.rows = 1;
  for (const Horizon& horizon : config_.horizons) {
    const TipModels* models = series.tip->ModelsOf(FoldMonthOf(time), horizon.ToString());
    if (models == nullptr) continue;  // not fitted yet
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

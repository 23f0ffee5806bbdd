// Forecasts as soon as a candle closes, between the epochs: candles are made as the rows come
// (CandleStream) and folded on from where the lake is (Tip), with the code that epochs use, so what
// it says of a candle is what the epoch will say unless a row came late. Where it does not know
// enough (over a gap, of a new symbol) it is silent, and the epoch speaks.
//
//   lake's tip      ────┤ 12:03                    an epoch later: ──────┤ 12:05
//   folded here         ├── 12:04 ──┤ 12:05                               ├── 12:06
//   open                             ├ trades
//
// One thread. TipReader may run elsewhere meanwhile; Adopt() catches up.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "tidemark/candle/candle_stream.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/feed_intake.h"
#include "tidemark/pipeline/said_forecasts.h"
#include "tidemark/pipeline/tip.h"

namespace tidemark {

class LiveForecaster {
 public:
  // `config` is borrowed.
  explicit LiveForecaster(const Config& config) : config_(config) {}

  // How far the lake is now.
  void Adopt(std::vector<Tip> tips, FeedIntake& intake);
  // Closes what can be closed, and hands over what is to be said of it, in order of time for each
  // series.
  void Turn(FeedIntake& intake, const std::function<void(const SaidForecasts&)>& say);

 private:
  struct Series {
    explicit Series(EventTime start);
    CandleStream stream;
    std::optional<Tip> tip;  // nullopt: the lake has no candle yet
    CandleColumns recent;    // candles closed here since the lake's tip
  };
  // The candles that the rows of `open` close.
  CandleColumns Close(Series& series, OpenMinutes& open);
  SaidForecasts Forecasts(const Series& series, EventTime time, double close,
                          const std::vector<std::vector<double>>& features);

  const Config& config_;
  std::map<TradeSeriesId, Series> series_;
};

}  // namespace tidemark

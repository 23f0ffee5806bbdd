// Where the lake has brought a series of minutes to: what the forecasts of its next candle are
// computed from.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/feature/feature_pack.h"
#include "tidemark/forecast/model.h"
#include "tidemark/market/series.h"
#include "tidemark/market/trade.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/session.h"

namespace tidemark {

// The models of one horizon that are effective in one month.
struct TipModels {
  struct One {
    std::string model, model_id;
    std::unique_ptr<Model> fitted;
  };
  EventTime month;
  std::string horizon;
  std::vector<One> all;  // in the order of the configuration; empty: too few rows to train on
};

struct Tip {
  SeriesId series;
  EventTime closed = kMinTime;  // its candles are folded up to this close
  FeaturePack features;         // as they left them
  std::vector<std::shared_ptr<const TipModels>> models;
  TradeColumns trades;  // later ones that the lake has

  // Null: there are none for that month, yet.
  const TipModels* ModelsOf(EventTime month, const std::string& horizon) const;
};

// Those of `series` that have candles; `with_trades`: of minutes that are open in the lake, too.
// Errors: those of the lake and the journal.
Result<std::vector<Tip>> ReadTips(const Config& config, WriteSession& session,
                                  const std::set<SeriesId>& series, bool with_trades);

}  // namespace tidemark

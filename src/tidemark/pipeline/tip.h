// Where the lake has brought a series of minutes to: what the forecasts of its next candle are
// computed from.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/feature/feature_pack.h"
#include "tidemark/forecast/model.h"
#include "tidemark/market/series.h"
#include "tidemark/market/trade.h"
#include "tidemark/pipeline/base_series.h"
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

// Used by one thread at a time.
class TipReader {
 public:
  // Those of `series` that have candles; `with_trades`: of minutes that are open in the lake, too.
  // In the last `forecasts.refit_lead` of a month the next one's models are fitted, for as many
  // series as seconds allow. Errors: those of the lake and the journal.
  Result<std::vector<Tip>> Read(const Config& config, WriteSession& session,
                                const std::set<SeriesId>& series, bool with_trades);

 private:
  using ModelsPtr = std::shared_ptr<const TipModels>;
  Result<ModelsPtr> Ahead(const Config& config, WriteSession& session, BaseSeries& base,
                          EventTime month, const Horizon& horizon);

  std::map<std::pair<SeriesId, std::string>, ModelsPtr> ahead_;  // by horizon
  int64_t ahead_until_ns_ = 0;                                   // time to begin another fit
};

}  // namespace tidemark

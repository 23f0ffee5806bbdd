#include "tidemark/pipeline/components.h"

namespace tidemark {

const std::vector<Component>& Components() {
  static const std::vector<Component> components = {
      {"file",
       ComponentKind::kSource,
       "candles and trades from CSV, JSON and Parquet files, plain or compressed, local or on S3",
       {"files"},
       {"vendor_candles", "trades", "revisions", "trade_revisions", "rejects", "ledger",
        "watermarks"}},
      {"trade_bars",
       ComponentKind::kOperator,
       "candles of one minute from trades",
       {"trades"},
       {"candles"}},
      {"rollup",
       ComponentKind::kOperator,
       "candles of longer intervals from the base candles",
       {"vendor_candles"},
       {"candles"}},
      {"gap_finder",
       ComponentKind::kOperator,
       "holes in the base candles, suspected outages among them",
       {"vendor_candles"},
       {"gaps", "gap_events"}},
      {"feature_pack",
       ComponentKind::kOperator,
       "the features named in features.names, one column each",
       {"vendor_candles"},
       {"features"}},
      {"persistence",
       ComponentKind::kModel,
       "the close stays where it is: what every model is measured against",
       {"features"},
       {"models", "forecasts", "outcomes", "scores"}},
      {"drift",
       ComponentKind::kModel,
       "the mean return of the training rows",
       {"features"},
       {"models", "forecasts", "outcomes", "scores"}},
      {"linear",
       ComponentKind::kModel,
       "linear regression on the features",
       {"features"},
       {"models", "forecasts", "outcomes", "scores"}},
      {"tree",
       ComponentKind::kModel,
       "a decision tree on histograms of the features",
       {"features"},
       {"models", "forecasts", "outcomes", "scores"}},
      {"boosted",
       ComponentKind::kModel,
       "gradient boosted trees by XGBoost, when asked for",
       {"features"},
       {"models", "forecasts", "outcomes", "scores"}},
  };
  return components;
}

std::vector<std::string> ComponentNames(ComponentKind kind) {
  std::vector<std::string> names;
  for (const Component& component : Components()) {
    if (component.kind == kind) names.emplace_back(component.name);
  }
  return names;
}

}  // namespace tidemark

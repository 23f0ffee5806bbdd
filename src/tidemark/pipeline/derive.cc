#include "tidemark/pipeline/derive.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/hash.h"
#include "tidemark/flow/fold_month.h"
#include "tidemark/forecast/boosted_grow.h"
#include "tidemark/pipeline/series_forecaster.h"

namespace tidemark {

TimeRange ExtentOf(BaseSeries& base, const RangeSet& closes) {
  EventTime first = base.first_month();
  if (!closes.empty()) first = std::min(first, FoldMonthOf(closes.Hull().start));
  const EventTime tip = base.closed_until() + 1;
  return {first < tip ? FoldMonth(first).start : tip, tip};
}

std::string ForecastsSpecHash(const Config& config, Interval base) {
  ByteWriter spec;
  spec.PutString(FeaturesSpecHash(config, base));
  for (const std::string& model : config.models) spec.PutString(model);
  for (const Horizon& horizon : config.horizons) spec.PutString(horizon.ToString());
  spec.Put(config.max_target_span_us);
  spec.Put(config.train_window_us);
  spec.Put(config.refit_lead_us);
  spec.Put(config.min_training_rows);
  spec.Put(config.tree_depth);
  spec.Put(config.tree_min_leaf);
  spec.Put(config.tree_bins);
  spec.Put(config.seed);
  // Only where it counts: lakes without it keep their hash when its parameters change.
  if (std::ranges::find(config.models, "boosted") != config.models.end()) {
    spec.PutString(BoostedLibrary());
    spec.Put(config.boosted_rounds);
    spec.Put(config.boosted_depth);
    spec.Put(config.boosted_min_leaf);
    spec.Put(config.boosted_learning_rate);
  }
  return Sha256::Of(spec.bytes()).substr(0, 16);
}

std::string ForecastStatesName(std::string_view what, const Config& config, Interval base,
                               const std::string& horizon) {
  return fmt::format("{}:{}:{}", what, ForecastsSpecHash(config, base), horizon);
}

ModelOptions ModelOptionsOf(const Config& config) {
  ModelOptions options;
  options.min_training_rows = config.min_training_rows;
  options.max_depth = config.tree_depth;
  options.min_leaf = config.tree_min_leaf;
  options.bins = config.tree_bins;
  options.boosted = {.rounds = config.boosted_rounds,
                     .max_depth = config.boosted_depth,
                     .min_leaf = config.boosted_min_leaf,
                     .learning_rate = config.boosted_learning_rate};
  return options;
}

Status DeriveForecasts(const DeriveContext& context, BaseSeries& base, const Horizon& horizon,
                       const CandleResult& candles, const RangeSet& close_changes,
                       const RangeSet& feature_changes, const FeatureOverlay& overlay) {
  const EventTime tip = base.closed_until() + 1;
  TM_ASSIGN(const FeaturePack pack, FeaturePack::Make(context.config.features, base.id().interval));
  const TableSpec features = FeaturesTable(pack.names());
  FrameStore frames(base, context.view, features, overlay,
                    {horizon, context.config.max_target_span_us, candles.outages}, tip);
  RangeSet changes = Manageable(close_changes);
  changes.Add(Manageable(feature_changes));
  if (horizon.micros > 0) {
    // A duration's target is due at t + d whatever rows there are, and null over an outage: a
    // change reaches the rows up to d before it.
    changes.Add(candles.outage_changes);
    changes = changes.Widen(-horizon.micros, 0);
  }
  SeriesForecaster forecaster(context, base, frames, pack.SpecHash(), tip);
  return forecaster.Run(changes.Clip({kMinTime, tip}));
}

Status DeriveSeries(const DeriveContext& context, BaseSeries& base, const DeriveChange& change) {
  const auto failed = [&](const Error& error) { return Fail(error.With(base.id().ToString())); };
  CandleResult candles;
  if (context.config.candles) {
    auto result = DeriveCandles(context, base, change);
    if (!result) return failed(result.error());
    candles = *std::move(result);
    if (!change.trades.empty()) {
      if (auto status = DeriveBars(context, base, change.trades); !status) {
        return failed(status.error());
      }
    }
  }
  if (!context.config.derive_features) return {};
  // The spool has half of the memory; the series in hand share the rest.
  FeatureOverlay overlay(context.config.memory_limit_bytes / 4);
  const auto feature_changes = DeriveFeatures(context, base, change.features, &overlay);
  if (!feature_changes) return failed(feature_changes.error());
  if (!context.config.derive_forecasts) return {};
  const int64_t interval_us = base.id().interval.nominal_micros();
  RangeSet close_changes = change.forecasts.Widen(interval_us, interval_us);
  // What the watermark passed falls due, rows or not.
  if (change.closed_before > kMinTime) {
    close_changes.Add({change.closed_before + 1, base.closed_until() + 1});
  }
  for (const Horizon& horizon : context.config.horizons) {
    if (auto status = DeriveForecasts(context, base, horizon, candles, close_changes,
                                      *feature_changes, overlay);
        !status) {
      return failed(status.error());
    }
  }
  return {};
}

}  // namespace tidemark

// From the accepted candles of one series to everything derived from them. The same code runs for a
// first load, an appended day, a correction five years back and `verify`: only the sink, the
// snapshots and the change differ.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "tidemark/base/parallel.h"
#include "tidemark/base/result.h"
#include "tidemark/feature/feature_pack.h"
#include "tidemark/flow/range_set.h"
#include "tidemark/forecast/training.h"
#include "tidemark/pipeline/base_series.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/derived_sink.h"
#include "tidemark/pipeline/frames.h"
#include "tidemark/pipeline/snapshots.h"

namespace tidemark {

struct DeriveCounts {
  std::atomic<int64_t> models_fitted{0}, models_reused{0}, models_too_few_rows{0};
  std::atomic<int64_t> feature_rows{0}, forecast_rows{0};
};

// Rows of `issued` of one series whose time lies in a range, in the table's order.
using IssuedReader = std::function<Result<Batch>(const SeriesKey&, TimeRange)>;

struct DeriveContext {
  const Config& config;
  const LakeView& view;  // the epoch this one builds on
  DerivedSink& sink;
  Snapshots& snapshots;
  ThreadPool& threads;
  DeriveCounts& counts;
  EpochWriter* events = nullptr;  // where gap events go; null when nothing is being written
  int64_t epoch = 0;
  IssuedReader issued = {};  // what was said, in the epoch in the making too; empty: as in `view`
};

// Changes scattered over years, as a few dozen stretches. Files hold a month, so what lies between
// two changes of a month is read and compared anyway.
inline RangeSet Manageable(const RangeSet& changes) {
  return changes.Coarse(48, 31 * kMicrosPerDay);
}

// The available times that the rows of `base` span or spanned, for Refold: from its first month, or
// that of a change before it whose rows have vanished, to the closed tip.
TimeRange ExtentOf(BaseSeries& base, const RangeSet& closes);

// What an operator's snapshots and its table's metadata are keyed by: a change of any of these
// recomputes the stage.
std::string CandlesSpecHash(const Config& config);
std::string BarsSpecHash(const Config& config);
std::string FeaturesSpecHash(const Config& config, Interval base);
std::string ForecastsSpecHash(const Config& config, Interval base);
// The operator that keeps `what` ("models", "training", …) of the forecasts of one horizon.
std::string ForecastStatesName(std::string_view what, const Config& config, Interval base,
                               const std::string& horizon);

// What the configuration says about fits.
ModelOptions ModelOptionsOf(const Config& config);

// A series of a longer interval that the vendor gives for the same symbol: its rows win over
// roll-ups.
struct VendorOverlay {
  BaseSeries* series;
  RangeSet open_times;  // its changed rows
};

struct DeriveChange {
  // Base rows that appeared, changed or vanished; per stage, since a stage with a new spec has to
  // see all rows while the others need not.
  RangeSet candles, features, forecasts;
  RangeSet trades;                     // times whose trades, or gaps among them, are others
  EventTime closed_before = kMinTime;  // the watermark of the previous epoch
  bool trade_gaps = false;             // the open gaps in its trades are others
  bool finest = true;                  // of its symbol: roll-ups are made from it
  bool newly_finest = false;           // another series was, so far
  bool own_candles = true;             // false: a roll-up with this series over it writes them
  std::vector<VendorOverlay> overlays;
};

// Runs all configured stages for `base`, which returns closed rows only. Errors: those of the lake,
// the journal and the features' specs.
Status DeriveSeries(const DeriveContext& context, BaseSeries& base, const DeriveChange& change);

// The stages, in order. Each returns or takes the times at which its output changed.
struct CandleResult {
  std::vector<TimeRange> outages;  // suspected outages of the whole series, in order
  RangeSet outage_changes;
};
// The outages that the tables of `view` were computed with.
Result<std::vector<TimeRange>> StoredOutages(const LakeView& view, const SeriesId& series);
Result<CandleResult> DeriveCandles(const DeriveContext& context, BaseSeries& base,
                                   const DeriveChange& change);
// Bars of whole days. REQUIRES base.trades().
Status DeriveBars(const DeriveContext& context, BaseSeries& base, const RangeSet& trades);
Result<RangeSet> DeriveFeatures(const DeriveContext& context, BaseSeries& base,
                                const RangeSet& open_times, FeatureOverlay* overlay);
Status DeriveForecasts(const DeriveContext& context, BaseSeries& base, const Horizon& horizon,
                       const CandleResult& candles, const RangeSet& close_changes,
                       const RangeSet& feature_changes, const FeatureOverlay& overlay);

}  // namespace tidemark

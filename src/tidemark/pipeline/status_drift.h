// Drift alarms that stand: models whose forecasts have become worse against persistence. Computed
// from the tables when asked, stored nowhere.
#pragma once

#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/forecast/drift.h"
#include "tidemark/pipeline/lake_access.h"

namespace tidemark {

struct DriftStatus {
  SeriesKey series;
  std::string model;
  std::string basis;  // "issued" where anything that was said is known, else "recomputed"
  DriftAlarm alarm;
};

// Looks at outcomes from the start of the UTC month that lies scores.drift_window before the
// series' watermark. A fold's scale is that of the scores: MAE / MASE of persistence over the month
// the outcome belongs to. In order of series, horizon and model. Errors: those of the lake.
Result<std::vector<DriftStatus>> ReadDrift(const Config& config, const LakeView& view,
                                           const Selection& selection);

}  // namespace tidemark

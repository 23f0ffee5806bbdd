// Forecasts beside what became of them: what was said while live, what today's rows would have
// said, and the outcome.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/market/candle.h"
#include "tidemark/pipeline/lake_access.h"

namespace tidemark {

struct KnownForecast {
  int64_t time = 0, target_time = 0;
  double actual = 0;  // log returns, all three
  double recomputed = kNull;
  double issued = kNull;  // null: was not said
};

// Scored rows of one series and horizon by model, in order of time, which is that of target_time
// too. `targets` limits target_time. Errors: those of the lake.
Result<std::map<std::string, std::vector<KnownForecast>>> ReadKnownForecasts(
    const LakeView& view, const SeriesKey& series, TimeRange targets, int64_t max_target_span_us);

// What corrections after the event have changed: scores of one model on the rows that were said,
// as they were said and as today's rows would have them said.
struct RevisionBias {
  SeriesKey series;
  std::string model;
  int64_t n = 0;
  double issued = kNull, recomputed = kNull;  // relative MAE, both on the same rows
};

// In order of series, horizon and model, without persistence; empty where nothing that was said is
// known yet. Errors: those of the lake.
Result<std::vector<RevisionBias>> ReadRevisionBias(const Config& config, const LakeView& view,
                                                   const Selection& selection);

}  // namespace tidemark

// The current forecasts of a lake, each with how far to trust it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/market/candle.h"
#include "tidemark/pipeline/lake_access.h"

namespace tidemark {

// The latest forecast of one series, horizon and model.
struct CurrentForecast {
  SeriesKey series;
  std::string horizon;  // "30" rows or "30m"
  std::string model;
  EventTime time;                       // as of: the close of the last row it saw
  double close = kNull;                 // of that row
  EventTime target_time = kMinTime;     // known in advance only for a duration
  double prediction = kNull;            // log return
  double price = kNull;                 // predicted close
  double lower = kNull, upper = kNull;  // 90 % interval, in price; null while residuals are few
  std::string model_id;

  // Its score over `period`, the latest calendar year with enough forecasts to judge by; "" = none.
  std::string period;
  int64_t scored = 0;
  double relative_mae = kNull;
  double directional_accuracy = kNull;
  double dm_p_mae = kNull;
  bool flagged = false;
  // False unless the score says otherwise: a relative MAE below 1 that is no accident (p < 0.05).
  bool better_than_persistence = false;
};

constexpr int64_t kJudgedRowsMin = 1000;
constexpr double kBetterPMax = 0.05;

// In order of series, horizon and model, persistence first and the others as the lake orders them.
// Times in the selection limit the forecasts' times. Errors: kNotFound (no such series; the lake
// has no forecasts), those of the lake.
Result<std::vector<CurrentForecast>> ReadCurrentForecasts(const LakeView& view,
                                                          const Selection& selection);

}  // namespace tidemark

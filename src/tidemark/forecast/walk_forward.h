// Walk-forward evaluation of one series in memory: at the start T of each UTC month that has rows,
// every model is fitted on the complete rows of [T − window, T) whose target_time <= T −
// refit_lead, and predicts the month. Scores compare all models on the same rows: complete, with a
// usable target.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tidemark/forecast/model.h"
#include "tidemark/forecast/score.h"

namespace tidemark {

struct WalkForwardOptions {
  Horizon horizon;
  int64_t interval_us = kMicrosPerMinute;
  int64_t window_us = 365 * kMicrosPerDay;
  int64_t refit_lead_us = kMicrosPerHour;
  int64_t max_target_span_us = kMicrosPerDay;
  ModelOptions model;
};

// One row of scores per model, over all months (model and horizon filled in; n = 0 when no fold
// had enough rows). `time` are close times; `columns` features in the order of `names`.
std::vector<ScoreRow> WalkForward(std::span<const int64_t> time, std::span<const double> close,
                                  const std::vector<std::vector<double>>& columns,
                                  const std::vector<std::string>& names,
                                  std::span<const std::string> models,
                                  const WalkForwardOptions& options, ThreadPool* threads);

}  // namespace tidemark

// The 90 % interval around a forecast, from what recent forecasts missed by.
//
// residual = actual − prediction of past out-of-sample forecasts. A model effective from T takes
// the last 10,000 whose target_time < T; lower = prediction + q05, upper = prediction + q95, with
// quantiles interpolated linearly between order statistics (numpy's default).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tidemark/base/time.h"

namespace tidemark {

struct ResidualInterval {
  double q05 = 0;
  double q95 = 0;
  bool operator==(const ResidualInterval&) const = default;
};

constexpr size_t kResidualWindow = 10'000;
constexpr size_t kResidualMinimum = 1'000;

// `target_time` never falls; both spans have one entry per matured forecast. Nothing with fewer
// than 1,000 of them before `effective_from`.
std::optional<ResidualInterval> IntervalBefore(std::span<const int64_t> target_time,
                                               std::span<const double> residual,
                                               EventTime effective_from);

// The p-quantile of `values`, which it reorders. REQUIRES not empty, 0 <= p <= 1.
double Quantile(std::vector<double>& values, double p);

}  // namespace tidemark

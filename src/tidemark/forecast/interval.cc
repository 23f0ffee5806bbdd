#include "tidemark/forecast/interval.h"

#include <algorithm>
#include <cmath>

#include "tidemark/base/check.h"

namespace tidemark {

double Quantile(std::vector<double>& values, double p) {
  CHECK(!values.empty() && p >= 0 && p <= 1);
  const double place = p * static_cast<double>(values.size() - 1);
  const double whole = std::floor(place);
  const auto low = values.begin() + static_cast<ptrdiff_t>(whole);
  std::nth_element(values.begin(), low, values.end());
  if (low + 1 == values.end()) return *low;
  const double next = *std::min_element(low + 1, values.end());
  return *low + (next - *low) * (place - whole);
}

std::optional<ResidualInterval> IntervalBefore(std::span<const int64_t> target_time,
                                               std::span<const double> residual,
                                               EventTime effective_from) {
  CHECK(target_time.size() == residual.size());
  const auto end = static_cast<size_t>(
      std::lower_bound(target_time.begin(), target_time.end(), effective_from.us) -
      target_time.begin());
  if (end < kResidualMinimum) return std::nullopt;
  const size_t begin = end > kResidualWindow ? end - kResidualWindow : 0;
  std::vector<double> values(residual.begin() + static_cast<ptrdiff_t>(begin),
                             residual.begin() + static_cast<ptrdiff_t>(end));
  ResidualInterval interval;
  interval.q05 = Quantile(values, 0.05);
  interval.q95 = Quantile(values, 0.95);
  return interval;
}

}  // namespace tidemark

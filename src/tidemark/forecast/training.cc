#include "tidemark/forecast/training.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "tidemark/base/check.h"
#include "tidemark/base/hash.h"

namespace tidemark {
namespace {

template <typename T>
std::string_view RawBytes(const T* data, size_t count) {
  return {reinterpret_cast<const char*>(data), count * sizeof(T)};
}

// The k-th smallest of `value(i)`, i in [0, n), and the next one, without moving anything: a sample
// brackets the rank, one pass collects what lies in the bracket.
template <typename Value>
std::pair<double, double> TwoOrderStatistics(size_t n, size_t k, const Value& value) {
  constexpr size_t kSample = 2048;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  if (n > 8 * kSample) {
    std::vector<double> sample(kSample);
    for (size_t i = 0; i < kSample; ++i) sample[i] = value(i * n / kSample);
    std::sort(sample.begin(), sample.end());
    const auto at = static_cast<ptrdiff_t>(k * kSample / n);
    constexpr ptrdiff_t kSlack = 96;  // about four standard deviations of the sample's rank
    if (at > kSlack) low = sample[static_cast<size_t>(at - kSlack)];
    if (at + kSlack < static_cast<ptrdiff_t>(kSample))
      high = sample[static_cast<size_t>(at + kSlack)];
  }
  // The bracket is expected to hold a tenth; a quarter is room enough, else all are taken.
  const size_t room = n > 8 * kSample ? n / 4 : n + 1;
  std::vector<double> inside(room);
  size_t count = 0;
  size_t below = 0;
  for (size_t i = 0; i < n; ++i) {
    const double v = value(i);
    inside[std::min(count, room - 1)] = v;
    below += v < low;
    count += (v >= low) & (v <= high);
  }
  if (count >= room || k < below || k + 1 >= below + count) {
    inside.resize(n);
    for (size_t i = 0; i < n; ++i) inside[i] = value(i);
    below = 0;
  } else {
    inside.resize(count);
  }
  const auto middle = inside.begin() + static_cast<ptrdiff_t>(k - below);
  std::nth_element(inside.begin(), middle, inside.end());
  const double next =
      middle + 1 == inside.end() ? *middle : *std::min_element(middle + 1, inside.end());
  return {*middle, next};
}

template <typename Value>
double MedianOf(size_t n, const Value& value) {
  if (n == 0) return 0;
  const auto [a, b] = TwoOrderStatistics(n, (n - 1) / 2, value);
  return n % 2 == 1 ? a : 0.5 * (a + b);
}

}  // namespace

std::vector<uint8_t> CompleteRows(const FeatureView& view) {
  std::vector<uint8_t> complete(view.rows, 1);
  for (const double* column : view.features) {
    for (size_t i = 0; i < view.rows; ++i) {
      complete[i] = static_cast<uint8_t>(complete[i] & (column[i] == column[i]));
    }
  }
  return complete;
}

std::vector<RowRun> SelectRows(const FeatureView& view, const RowCut& cut) {
  CHECK(view.time.size() == view.rows && view.target.size() == view.rows);
  CHECK(view.target_time.size() == view.rows && view.usable.size() == view.rows);
  std::vector<uint8_t> computed;
  std::span<const uint8_t> complete = view.complete;
  if (complete.empty()) {
    computed = CompleteRows(view);
    complete = computed;
  }
  CHECK(complete.size() == view.rows);
  std::vector<RowRun> runs;
  bool open = false;
  for (size_t i = 0; i < view.rows; ++i) {
    // An unknown target has usable == 0, so its null time is never compared in earnest.
    const bool take = complete[i] && view.usable[i] && view.time[i] >= cut.from.us &&
                      view.target_time[i] <= cut.target_until.us;
    if (take && !open) runs.push_back({i, i});
    if (take) runs.back().end = i + 1;
    open = take;
  }
  return runs;
}

size_t CountRows(const std::vector<RowRun>& runs) {
  size_t count = 0;
  for (const RowRun& run : runs) count += run.end - run.begin;
  return count;
}

std::string HashRows(const FeatureView& view, const RowCut& cut) {
  const std::vector<RowRun> runs = SelectRows(view, cut);
  const uint64_t count = CountRows(runs);
  if (count == 0) return "";
  ContentHash hash;
  const uint64_t header[2] = {count, view.features.size()};
  hash.Update(RawBytes(header, 2));
  const auto update = [&](const auto* column) {
    for (const RowRun& run : runs) hash.Update(RawBytes(column + run.begin, run.end - run.begin));
  };
  update(view.time.data());
  for (const double* column : view.features) update(column);
  update(view.target.data());
  return hash.Hex();
}

TrainingSet PrepareTraining(std::span<const TrainingMonth> months, const ModelOptions& options) {
  TrainingSet set;
  set.months = months;
  size_t rows_at_most = 0;
  for (const TrainingMonth& month : months) rows_at_most += month.rows.rows;
  set.target.reserve(rows_at_most);
  for (const TrainingMonth& month : months) {
    set.runs.push_back(SelectRows(month.rows, month.cut));
    for (const RowRun& run : set.runs.back()) {
      if (set.target.empty()) set.trained_from = {month.rows.time[run.begin]};
      set.trained_to = {month.rows.time[run.end - 1]};
      set.target.insert(set.target.end(),
                        month.rows.target.begin() + static_cast<ptrdiff_t>(run.begin),
                        month.rows.target.begin() + static_cast<ptrdiff_t>(run.end));
    }
  }
  if (set.target.empty()) return set;
  const double mad = MedianAbsoluteDeviation(set.target);
  if (mad > 0 && options.clip > 0) set.clip = options.clip * 1.4826 * mad;
  // Four running sums, combined in a fixed order: fast and always the same bits.
  double sum[4] = {}, absolute[4] = {};
  for (size_t i = 0; i < set.target.size(); ++i) {
    const double y = set.target[i];
    sum[i % 4] += set.Clipped(y);
    absolute[i % 4] += std::fabs(y);
  }
  const auto n = static_cast<double>(set.target.size());
  set.mean_target = ((sum[0] + sum[1]) + (sum[2] + sum[3])) / n;
  set.mean_absolute_target = ((absolute[0] + absolute[1]) + (absolute[2] + absolute[3])) / n;
  return set;
}

double Median(std::span<const double> values) {
  return MedianOf(values.size(), [&](size_t i) { return values[i]; });
}

double MedianAbsoluteDeviation(std::span<const double> values) {
  const double median = Median(values);
  return MedianOf(values.size(), [&](size_t i) { return std::fabs(values[i] - median); });
}

}  // namespace tidemark

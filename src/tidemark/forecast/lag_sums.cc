#include "tidemark/forecast/lag_sums.h"

#include <algorithm>
#include <limits>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {
constexpr size_t kSlide = 1024;  // values between two moves of the window
}

LagSums::LagSums(size_t lags) : lags_(lags), products_(lags + 1, 0.0) {}

// The buffer is made with the first value: most blocks of a sparse series stay empty.
void LagSums::Grow() {
  history_.assign(kSlide + lags_ + 1, 0.0);
  head_ = kSlide;
}

void LagSums::Add(double x) {
  if (history_.empty()) Grow();
  if (head_ == 0) {
    history_.resize(kSlide + lags_ + 1);
    std::copy_backward(history_.begin(), history_.begin() + static_cast<ptrdiff_t>(lags_ + 1),
                       history_.end());
    head_ = kSlide;
  }
  --head_;
  history_[head_] = x;
  const double* values = history_.data() + head_;
  double* products = products_.data();
  for (size_t k = 0; k <= lags_; ++k) products[k] += x * values[k];
  if (first_.size() < lags_) first_.push_back(x);
  sum_ += x;
  ++count_;
}

void LagSums::Merge(const LagSums& next) {
  CHECK(lags_ == next.lags_);
  if (next.count_ == 0) return;
  if (count_ == 0) {
    *this = next;
    return;
  }
  const size_t have = std::min<size_t>(lags_, static_cast<size_t>(count_));
  for (size_t k = 0; k <= lags_; ++k) {
    // Pairs across the seam: next[j] with our value k − j places before it.
    double across = 0;
    const size_t end = std::min(k, next.first_.size());
    for (size_t j = k > have ? k - have : 0; j < end; ++j) {
      across += next.first_[j] * recent()[k - j - 1];
    }
    products_[k] += next.products_[k] + across;
  }
  // The newest L + 1 values of the two together, newest first.
  std::vector<double> window(lags_ + 1, 0.0);
  const auto fresh = std::min<size_t>(lags_ + 1, static_cast<size_t>(next.count_));
  std::copy_n(next.recent(), fresh, window.begin());
  std::copy_n(recent(), lags_ + 1 - fresh, window.begin() + static_cast<ptrdiff_t>(fresh));
  for (size_t j = 0; j < next.first_.size() && first_.size() < lags_; ++j) {
    first_.push_back(next.first_[j]);
  }
  Grow();
  std::copy(window.begin(), window.end(), history_.begin() + static_cast<ptrdiff_t>(head_ - 1));
  --head_;
  sum_ += next.sum_;
  count_ += next.count_;
}

void LagSums::Trim() {
  if (history_.empty()) return;
  history_ = std::vector<double>(recent(), recent() + lags_ + 1);
  head_ = 0;
}

double LagSums::Autocovariance(size_t k) const {
  CHECK(k <= lags_);
  if (static_cast<size_t>(count_) <= k) return 0;
  const auto n = static_cast<double>(count_);
  const double m = mean();
  double without_first = sum_, without_last = sum_;
  for (size_t j = 0; j < k; ++j) {
    without_first -= first_[j];
    without_last -= recent()[j];
  }
  return (products_[k] - m * (without_first + without_last) +
          (n - static_cast<double>(k)) * m * m) /
         n;
}

double LagSums::LongRunVariance() const {
  if (count_ <= static_cast<int64_t>(lags_) + 1) return std::numeric_limits<double>::quiet_NaN();
  double total = Autocovariance(0);
  for (size_t k = 1; k <= lags_; ++k) {
    const double weight = 1 - static_cast<double>(k) / static_cast<double>(lags_ + 1);
    total += 2 * weight * Autocovariance(k);
  }
  return total > 0 ? total : std::numeric_limits<double>::quiet_NaN();
}

void LagSums::Save(ByteWriter& out) const {
  out.Put<uint64_t>(lags_);
  out.Put(count_);
  out.Put(sum_);
  out.PutSpan(std::span<const double>(products_));
  out.PutSpan(std::span<const double>(first_));
  out.PutSpan(count_ > 0 ? std::span<const double>(recent(), lags_ + 1)
                         : std::span<const double>());
}

LagSums LagSums::Load(ByteReader& in) {
  LagSums sums(0);
  sums.lags_ = in.Get<uint64_t>();
  sums.count_ = in.Get<int64_t>();
  sums.sum_ = in.Get<double>();
  sums.products_ = in.GetVector<double>();
  sums.first_ = in.GetVector<double>();
  const std::vector<double> window = in.GetVector<double>();
  if (!in.ok() || sums.products_.size() != sums.lags_ + 1) {
    sums.products_.clear();  // not Valid()
    return sums;
  }
  if (sums.count_ > 0 && window.size() == sums.lags_ + 1) {
    sums.Grow();
    std::copy(window.begin(), window.end(),
              sums.history_.begin() + static_cast<ptrdiff_t>(--sums.head_));
  }
  return sums;
}

bool LagSums::Valid() const {
  return products_.size() == lags_ + 1 && count_ >= 0 && (count_ == 0) == history_.empty() &&
         first_.size() == std::min<size_t>(lags_, static_cast<size_t>(count_));
}

}  // namespace tidemark

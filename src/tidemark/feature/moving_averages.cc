// Moving averages of the close.
//
//   sma_n  = (1/n) Σ c                                     over the last n rows; exact sum
//   wma_n  = Σ k·c_k / (n(n+1)/2), k = 1 (oldest) … n      exact sum
//   vwma_n = Σ c·v / Σ v                                    exact sums; null without volume
//   ema_n  : the first is the SMA of the first n rows, then e += (c − e) · 2/(n+1)
//
// First value: row n − 1. Time windows (sma_30m) take the rows in (t − 30m, t]. Gaps are not
// special. A late row moves the windows that hold it; an EMA forgets it bit for bit some 20 · n
// rows on.
//
//   close  10  11  13  12
//   sma_2   –  10.5  12  12.5     wma_2  –  (10 + 22)/3 = 10.667  12.333  12.333
//   ema_2   –  10.5  10.5 + 2.5·⅔ = 12.167  12.056
#include "tidemark/base/exact_sum.h"
#include "tidemark/feature/catalogue.h"
#include "tidemark/feature/recursive_operator.h"
#include "tidemark/feature/window_operator.h"

namespace tidemark {
namespace {

class Sma {
 public:
  static constexpr Lane kLanes[] = {Lane::kClose};
  explicit Sma(const FeatureSpec&) {}
  void Add(const RowView& rows, size_t i) { sum_.Add(rows[Lane::kClose][i]); }
  void Drop(const RowView& rows, size_t i) { sum_.Subtract(rows[Lane::kClose][i]); }
  void Replace(const RowView& rows, size_t i, size_t k) {
    sum_.Replace(rows[Lane::kClose][i], rows[Lane::kClose][k]);
  }
  double Value(const RowView&, size_t, size_t n) const {
    return sum_.ToDouble() / static_cast<double>(n);
  }

 private:
  ExactSum sum_;
};

// Sliding by one row lowers every weight by 1, that is, takes the plain sum away.
class Wma final : public FeatureOperator {
 public:
  explicit Wma(const FeatureSpec& spec) : rows_(spec.values[0]) {}
  std::vector<Lane> lanes() const override { return {Lane::kClose}; }
  Extent keeps() const override { return {.rows = rows_}; }
  int64_t warmup_rows() const override { return rows_ - 1; }
  void Reset() override {
    size_ = 0;
    sum_ = {};
    weighted_ = {};
  }
  void Step(const RowView& rows, size_t begin, size_t end, double* out) override {
    const double* close = rows[Lane::kClose];
    const double weights = 0.5 * static_cast<double>(rows_) * static_cast<double>(rows_ + 1);
    for (size_t i = begin; i < end; ++i) {
      if (size_ == rows_) {
        weighted_.SubtractSum(sum_);
        sum_.Subtract(close[i - static_cast<size_t>(rows_)]);
      } else {
        ++size_;
      }
      weighted_.AddScaled(close[i], size_);
      sum_.Add(close[i]);
      out[i - begin] = size_ == rows_ ? weighted_.ToDouble() / weights : kNull;
    }
  }

 private:
  int64_t rows_;
  int64_t size_ = 0;
  ExactSum sum_;
  ExactSum weighted_;
};

class Vwma {
 public:
  static constexpr Lane kLanes[] = {Lane::kVolume, Lane::kClose};
  explicit Vwma(const FeatureSpec&) {}
  void Add(const RowView& rows, size_t i) {
    turnover_.Add(rows[Lane::kClose][i], rows[Lane::kVolume][i]);
    volume_.Add(rows[Lane::kVolume][i]);
  }
  void Drop(const RowView& rows, size_t i) {
    turnover_.Subtract(rows[Lane::kClose][i], rows[Lane::kVolume][i]);
    volume_.Subtract(rows[Lane::kVolume][i]);
  }
  double Value(const RowView&, size_t, size_t) const {
    return volume_.IsZero() ? kNull : turnover_.ToDouble() / volume_.ToDouble();
  }

 private:
  ExactProductSum turnover_;
  ExactSum volume_;
};

struct EmaState {
  double value = 0;  // while seeding, the sum of the rows so far
};

class Ema final : public RecursiveOperator<Ema, EmaState> {
 public:
  explicit Ema(const FeatureSpec& spec)
      : RecursiveOperator(spec.values[0] - 1, {Lane::kClose}),
        n_(spec.values[0]),
        weight_(2.0 / static_cast<double>(n_ + 1)) {}
  double Next(const RowView& rows, size_t i, int64_t row, EmaState& state) const {
    const double close = rows[Lane::kClose][i];
    if (row >= n_) {
      state.value = (close - state.value) * weight_ + state.value;
      return state.value;
    }
    state.value += close;
    if (row < n_ - 1) return kNull;
    state.value /= static_cast<double>(n_);
    return state.value;
  }

 private:
  int64_t n_;
  double weight_;
};

}  // namespace

std::vector<FeatureInfo> MovingAverageFeatures() {
  std::vector<FeatureInfo> all;
  all.push_back({.name = "sma",
                 .family = "moving averages",
                 .summary = "simple moving average",
                 .parameters = {WindowParameter(30)},
                 .time_window = true,
                 .relative = Relative::kLogCloseOver,
                 .unit = "price",
                 .formula = "Σ c / n",
                 .warmup = "n − 1",
                 .make = MakeFeature<WindowOperator<Sma>>});
  all.push_back({.name = "ema",
                 .family = "moving averages",
                 .summary = "exponential moving average",
                 .parameters = {WindowParameter(12)},
                 .relative = Relative::kLogCloseOver,
                 .unit = "price",
                 .formula = "e + (c − e) · 2/(n+1), from the SMA of the first n rows",
                 .warmup = "n − 1",
                 .make = MakeFeature<Ema>});
  all.push_back({.name = "wma",
                 .family = "moving averages",
                 .summary = "linearly weighted moving average",
                 .parameters = {WindowParameter(30)},
                 .relative = Relative::kLogCloseOver,
                 .unit = "price",
                 .formula = "Σ k·c_k / (n(n+1)/2), the newest row has k = n",
                 .warmup = "n − 1",
                 .make = MakeFeature<Wma>});
  all.push_back({.name = "vwma",
                 .family = "moving averages",
                 .summary = "volume-weighted average of closes; null where nothing was traded",
                 .parameters = {WindowParameter(30)},
                 .time_window = true,
                 .relative = Relative::kLogCloseOver,
                 .unit = "price",
                 .formula = "Σ c·v / Σ v",
                 .warmup = "n − 1",
                 .make = MakeFeature<WindowOperator<Vwma>>});
  return all;
}

}  // namespace tidemark

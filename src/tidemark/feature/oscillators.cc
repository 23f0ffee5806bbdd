// Oscillators: RSI, stochastic, CCI, MFI.
//
//   rsi_n: Wilder means G, L of gains and losses of the close: the means of rows 1 … n, then
//          (G·(n − 1) + g)/n.  100 · G/(G + L); 0 where both are 0.  First value: row n.
//
//   stoch_k_n_k_d: fast = 100 · (c − lowest low)/(highest high − lowest low) over n rows, 0 where
//          flat; K is its mean over k rows, stoch_d the mean of K over d rows.
//          Both begin in row n + k + d − 3.
//
//   cci_n: x = h + l + c, m and D its mean and mean absolute deviation over n rows.
//          (x − m)/(0.015 · D); 0 where D or |x − m| is at most 1e-12 · m, for prices that are
//          equal in decimal differ by as much in binary.  First value: row n − 1.
//
//   mfi_n: p = (h + l + c)/3; P and N are the exact sums of p·v over the rows where p rose and
//          fell.  100 · P/(P + N); 0 where nothing flowed.  A p within 1e-12 of the one before
//          neither rose nor fell.  Null without volume.  First value: row n.
//
// Gaps are not special. A late row moves the windows that hold it; RSI forgets it after some
// 50 · n rows.
//
//   close              10    11    13    12
//   rsi_2               –     –   100    60     (G = 0.75, L = 0.5)
//   mfi_2               –     –   100    52     (h = l = c, v = 1: 13/(13 + 12))
//   stoch_k_2_1_1       –  66.7    75  33.3     (h = c + 1, l = c − 1)
#include <cmath>

#include "tidemark/base/exact_sum.h"
#include "tidemark/feature/catalogue.h"
#include "tidemark/feature/recursive_operator.h"
#include "tidemark/feature/sliding_extreme.h"
#include "tidemark/feature/window_operator.h"

namespace tidemark {
namespace {

struct RsiState {
  double gain = 0, loss = 0;  // while seeding, sums
};

class Rsi final : public RecursiveOperator<Rsi, RsiState> {
 public:
  explicit Rsi(const FeatureSpec& spec)
      : RecursiveOperator(spec.values[0], {Lane::kClose}), n_(spec.values[0]) {}
  double Next(const RowView& rows, size_t i, int64_t row, RsiState& s) const {
    if (row == 0) return kNull;
    const double move = rows[Lane::kClose][i] - rows[Lane::kClose][i - 1];
    const double gain = move > 0 ? move : 0;
    const double loss = move < 0 ? -move : 0;
    const auto n = static_cast<double>(n_);
    if (row <= n_) {
      s.gain += gain;
      s.loss += loss;
      if (row < n_) return kNull;
      s.gain /= n;
      s.loss /= n;
    } else {
      s.gain = (s.gain * (n - 1) + gain) / n;
      s.loss = (s.loss * (n - 1) + loss) / n;
    }
    const double both = s.gain + s.loss;
    return both > 0 ? 100 * (s.gain / both) : 0;
  }

 private:
  int64_t n_;
};

class Stochastic : public FeatureOperator {
 public:
  Stochastic(const FeatureSpec& spec, bool slow_d)
      : n_(spec.values[0]), k_(spec.values[1]), d_(spec.values[2]), slow_d_(slow_d) {}
  std::vector<Lane> lanes() const override { return {Lane::kHigh, Lane::kLow, Lane::kClose}; }
  Extent keeps() const override { return {.rows = n_ + k_ + d_ - 2}; }
  int64_t warmup_rows() const override { return n_ + k_ + d_ - 3; }
  void Reset() override {
    row_ = 0;
    highest_.Reset(static_cast<size_t>(n_));
    lowest_.Reset(static_cast<size_t>(n_));
    fast_.assign(static_cast<size_t>(k_), 0);
    slow_.assign(static_cast<size_t>(d_), 0);
  }
  void Step(const RowView& rows, size_t begin, size_t end, double* out) override {
    const double* close = rows[Lane::kClose];
    for (size_t i = begin; i < end; ++i) {
      highest_.Push(rows[Lane::kHigh][i]);
      lowest_.Push(-rows[Lane::kLow][i]);
      const double low = -lowest_.Max();
      const double unit = (highest_.Max() - low) / 100;
      fast_[static_cast<size_t>(row_ % k_)] = unit != 0 ? (close[i] - low) / unit : 0;
      const double k = MeanOfLast(fast_, k_);
      double value = k;
      if (slow_d_) {
        slow_[static_cast<size_t>(row_ % d_)] = k;
        value = MeanOfLast(slow_, d_);
      }
      out[i - begin] = row_ >= warmup_rows() ? value : kNull;
      ++row_;
    }
  }

 private:
  // Summed from the oldest to the newest, so that the place in the ring does not show.
  double MeanOfLast(const std::vector<double>& ring, int64_t size) const {
    double sum = 0;
    const int64_t newest = row_ % size;
    for (int64_t j = newest + 1; j < size; ++j) sum += ring[static_cast<size_t>(j)];
    for (int64_t j = 0; j <= newest; ++j) sum += ring[static_cast<size_t>(j)];
    return sum / static_cast<double>(size);
  }
  int64_t n_, k_, d_;
  bool slow_d_;
  int64_t row_ = 0;  // since the last Reset
  SlidingMax highest_, lowest_;
  std::vector<double> fast_, slow_;
};

class StochK final : public Stochastic {
 public:
  explicit StochK(const FeatureSpec& spec) : Stochastic(spec, false) { Reset(); }
};
class StochD final : public Stochastic {
 public:
  explicit StochD(const FeatureSpec& spec) : Stochastic(spec, true) { Reset(); }
};

class Cci {
 public:
  static constexpr Lane kLanes[] = {Lane::kTypicalSum};
  explicit Cci(const FeatureSpec&) {}
  void Add(const RowView& rows, size_t i) { sum_.Add(rows[Lane::kTypicalSum][i]); }
  void Drop(const RowView& rows, size_t i) { sum_.Subtract(rows[Lane::kTypicalSum][i]); }
  void Replace(const RowView& rows, size_t i, size_t k) {
    sum_.Replace(rows[Lane::kTypicalSum][i], rows[Lane::kTypicalSum][k]);
  }
  double Value(const RowView& rows, size_t i, size_t n) const {
    const double* x = rows[Lane::kTypicalSum] + (i + 1 - n);
    const auto count = static_cast<double>(n);
    const double mean = sum_.ToDouble() / count;
    // Four partial sums in a fixed order: the same bits with and without vector instructions.
    double parts[4] = {};
    size_t j = 0;
    for (; j + 4 <= n; j += 4) {
      for (size_t lane = 0; lane < 4; ++lane) parts[lane] += std::fabs(x[j + lane] - mean);
    }
    for (size_t lane = 0; j + lane < n; ++lane) parts[lane] += std::fabs(x[j + lane] - mean);
    const double deviation = ((parts[0] + parts[1]) + (parts[2] + parts[3])) / count;
    const double off = x[n - 1] - mean;
    if (deviation <= 1e-12 * mean || std::fabs(off) <= 1e-12 * mean) return 0;
    return off / (0.015 * deviation);
  }

 private:
  ExactSum sum_;
};

class Mfi {
 public:
  static constexpr Lane kLanes[] = {Lane::kSignedTypical, Lane::kVolume};
  explicit Mfi(const FeatureSpec&) {}
  void Add(const RowView& rows, size_t i) { Count(rows, i, false); }
  void Drop(const RowView& rows, size_t i) { Count(rows, i, true); }
  double Value(const RowView&, size_t, size_t) const {
    if (volume_nulls_ > 0) return kNull;
    const double rising = flows_[1].ToDouble();
    const double both = rising + flows_[0].ToDouble();
    return both > 0 ? 100 * (rising / both) : 0;
  }

 private:
  void Count(const RowView& rows, size_t i, bool drop) {
    const double price = rows[Lane::kSignedTypical][i];
    const double volume = rows[Lane::kVolume][i];
    if (std::isnan(volume)) {
      volume_nulls_ += drop ? -1 : 1;
    } else {
      const Int128 grid = ToGrid(std::fabs(price));
      flows_[price > 0 ? 1 : 0].AddGrid(drop ? -grid : grid, ToGrid(volume));
    }
  }
  ExactProductSum flows_[2];  // of rows where the typical price fell, rose
  int64_t volume_nulls_ = 0;
};

FeatureInfo StochasticInfo(std::string name, std::string summary, std::string formula,
                           std::unique_ptr<FeatureOperator> (*make)(const FeatureSpec&)) {
  return {.name = std::move(name),
          .family = "oscillators",
          .summary = std::move(summary),
          .parameters = {{"n", "rows for the highest high and lowest low", 14, 1, 10000},
                         {"k", "rows that K averages", 3, 1, 100},
                         {"d", "rows that D averages", 3, 1, 100}},
          .relative = Relative::kCentredPercent,
          .unit = "0 to 100",
          .formula = std::move(formula),
          .warmup = "n + k + d − 3",
          .make = make};
}

}  // namespace

std::vector<FeatureInfo> OscillatorFeatures() {
  std::vector<FeatureInfo> all;
  all.push_back({.name = "rsi",
                 .family = "oscillators",
                 .summary = "relative strength index (Wilder)",
                 .parameters = {WindowParameter(14)},
                 .relative = Relative::kCentredPercent,
                 .unit = "0 to 100",
                 .formula = "100 · G / (G + L), Wilder means of gains and losses; flat: 0",
                 .warmup = "n",
                 .make = MakeFeature<Rsi>});
  all.push_back(StochasticInfo("stoch_k", "slow stochastic, K line",
                               "mean over k of 100 · (c − lowest) / (highest − lowest); flat: 0",
                               MakeFeature<StochK>));
  all.push_back(StochasticInfo("stoch_d", "slow stochastic, D line", "mean over d of stoch_k",
                               MakeFeature<StochD>));
  all.push_back({.name = "cci",
                 .family = "oscillators",
                 .summary = "commodity channel index",
                 .parameters = {WindowParameter(20)},
                 .relative = Relative::kPercent,
                 .unit = "mean deviations / 0.015",
                 .formula = "(p − mean p) / (0.015 · mean |p − mean p|), p = h + l + c; flat: 0",
                 .warmup = "n − 1",
                 .make = MakeFeature<WindowOperator<Cci>>});
  all.push_back({.name = "mfi",
                 .family = "oscillators",
                 .summary = "money flow index",
                 .parameters = {WindowParameter(14)},
                 .relative = Relative::kCentredPercent,
                 .unit = "0 to 100",
                 .formula = "100 · Σ p·v where p rose / Σ p·v where p rose or fell; flat: 0",
                 .warmup = "n",
                 .make = MakeFeature<WindowOperator<Mfi>>});
  return all;
}

}  // namespace tidemark

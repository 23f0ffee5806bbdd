// Volatility: from returns, from ranges, and Wilder's average true range. Not annualised.
//
//   realized_volatility_n = √Σ r²,  r = ln(c / c₋₁) of the last n rows           from row n
//   parkinson_n    = √(Σ ln(h/l)² / (4·n·ln 2))                                  from row n − 1
//   garman_klass_n = √(Σ (½·ln(h/l)² − (2·ln 2 − 1)·ln(c/o)²) / n)               from row n − 1
//   atr_n  = Wilder mean of TR = max(h − l, |h − c₋₁|, |l − c₋₁|): the mean of
//            rows 1 … n, then (ATR·(n − 1) + TR)/n                               from row n
//   natr_n = atr_n / c                                                           from row n
//
// Logs are rounded to 2^-80 and their squares summed exactly. Over a time w the rows are those in
// (t − w, t] and n is their number. Gaps are not special. A late row moves the windows that hold
// it; ATR forgets it after some 50 · n rows.
//
//   close                  100     102      101     103
//   r                        –  0.0198  -0.0099  0.0196
//   realized_volatility_2    –       –   0.0221  0.0219
//   atr_2                    –       –      2.5    2.75     (h = c + 1, l = c − 1: TR 3 2 3)
#include <cmath>

#include "tidemark/base/exact_sum.h"
#include "tidemark/feature/catalogue.h"
#include "tidemark/feature/recursive_operator.h"
#include "tidemark/feature/window_operator.h"

namespace tidemark {
namespace {

constexpr double kLn2 = 0.693147180559945309417232121458;

class SquareSum {
 public:
  void Add(double x) { sum_.Add(x, x); }
  void Drop(double x) { sum_.Subtract(x, x); }
  void Replace(double added, double dropped) { sum_.ReplaceSquare(ToGrid(added), ToGrid(dropped)); }
  double ToDouble() const { return sum_.ToDouble(); }

 private:
  ExactProductSum sum_;
};

class RealizedVolatility {
 public:
  static constexpr Lane kLanes[] = {Lane::kLogReturn};
  explicit RealizedVolatility(const FeatureSpec&) {}
  void Add(const RowView& rows, size_t i) { squares_.Add(rows[Lane::kLogReturn][i]); }
  void Drop(const RowView& rows, size_t i) { squares_.Drop(rows[Lane::kLogReturn][i]); }
  void Replace(const RowView& rows, size_t i, size_t k) {
    squares_.Replace(rows[Lane::kLogReturn][i], rows[Lane::kLogReturn][k]);
  }
  double Value(const RowView&, size_t, size_t) const { return std::sqrt(squares_.ToDouble()); }

 private:
  SquareSum squares_;
};

class Parkinson {
 public:
  static constexpr Lane kLanes[] = {Lane::kLogRange};
  explicit Parkinson(const FeatureSpec&) {}
  void Add(const RowView& rows, size_t i) { squares_.Add(rows[Lane::kLogRange][i]); }
  void Drop(const RowView& rows, size_t i) { squares_.Drop(rows[Lane::kLogRange][i]); }
  void Replace(const RowView& rows, size_t i, size_t k) {
    squares_.Replace(rows[Lane::kLogRange][i], rows[Lane::kLogRange][k]);
  }
  double Value(const RowView&, size_t, size_t n) const {
    return std::sqrt(squares_.ToDouble() / (4 * kLn2 * static_cast<double>(n)));
  }

 private:
  SquareSum squares_;
};

class GarmanKlass {
 public:
  static constexpr Lane kLanes[] = {Lane::kLogRange, Lane::kLogBody};
  explicit GarmanKlass(const FeatureSpec&) {}
  void Add(const RowView& rows, size_t i) {
    ranges_.Add(rows[Lane::kLogRange][i]);
    bodies_.Add(rows[Lane::kLogBody][i]);
  }
  void Drop(const RowView& rows, size_t i) {
    ranges_.Drop(rows[Lane::kLogRange][i]);
    bodies_.Drop(rows[Lane::kLogBody][i]);
  }
  double Value(const RowView&, size_t, size_t n) const {
    const double sum = 0.5 * ranges_.ToDouble() - (2 * kLn2 - 1) * bodies_.ToDouble();
    return std::sqrt(std::fmax(sum, 0) / static_cast<double>(n));
  }

 private:
  SquareSum ranges_, bodies_;
};

struct AtrState {
  double range = 0;  // while seeding, the sum
};

template <bool kOverClose>
class Atr final : public RecursiveOperator<Atr<kOverClose>, AtrState> {
 public:
  explicit Atr(const FeatureSpec& spec)
      : RecursiveOperator<Atr, AtrState>(spec.values[0], {Lane::kHigh, Lane::kLow, Lane::kClose}),
        n_(spec.values[0]) {}
  double Next(const RowView& rows, size_t i, int64_t row, AtrState& s) const {
    if (row == 0) return kNull;
    const double high = rows[Lane::kHigh][i];
    const double low = rows[Lane::kLow][i];
    const double before = rows[Lane::kClose][i - 1];
    const double range =
        std::fmax(high - low, std::fmax(std::fabs(high - before), std::fabs(low - before)));
    const auto n = static_cast<double>(n_);
    if (row <= n_) {
      s.range += range;
      if (row < n_) return kNull;
      s.range /= n;
    } else {
      s.range = (s.range * (n - 1) + range) / n;
    }
    return kOverClose ? s.range / rows[Lane::kClose][i] : s.range;
  }

 private:
  int64_t n_;
};

}  // namespace

std::vector<FeatureInfo> VolatilityFeatures() {
  std::vector<FeatureInfo> all;
  all.push_back({.name = "realized_volatility",
                 .family = "volatility",
                 .summary = "root of the sum of squared log returns over the window",
                 .parameters = {WindowParameter(30, 1)},
                 .time_window = true,
                 .unit = "log ratio",
                 .formula = "√Σ ln(c / c of the row before)²",
                 .warmup = "n",
                 .make = MakeFeature<WindowOperator<RealizedVolatility>>});
  all.push_back({.name = "parkinson",
                 .family = "volatility",
                 .summary = "volatility of a row from the ranges (Parkinson)",
                 .parameters = {WindowParameter(30, 1)},
                 .time_window = true,
                 .unit = "log ratio",
                 .formula = "√(Σ ln(h/l)² / (4 n ln 2))",
                 .warmup = "n − 1",
                 .make = MakeFeature<WindowOperator<Parkinson>>});
  all.push_back({.name = "garman_klass",
                 .family = "volatility",
                 .summary = "volatility of a row from ranges and bodies (Garman and Klass)",
                 .parameters = {WindowParameter(30, 1)},
                 .time_window = true,
                 .unit = "log ratio",
                 .formula = "√(Σ (½ ln(h/l)² − (2 ln 2 − 1) ln(c/o)²) / n)",
                 .warmup = "n − 1",
                 .make = MakeFeature<WindowOperator<GarmanKlass>>});
  all.push_back({.name = "atr",
                 .family = "volatility",
                 .summary = "average true range (Wilder)",
                 .parameters = {WindowParameter(14, 1)},
                 .unit = "price",
                 .formula = "Wilder mean of max(h − l, |h − c₋₁|, |l − c₋₁|)",
                 .warmup = "n",
                 .make = MakeFeature<Atr<false>>});
  all.push_back({.name = "natr",
                 .family = "volatility",
                 .summary = "average true range over the close",
                 .parameters = {WindowParameter(14, 1)},
                 .unit = "ratio",
                 .formula = "atr / c",
                 .warmup = "n",
                 .make = MakeFeature<Atr<true>>});
  return all;
}

}  // namespace tidemark

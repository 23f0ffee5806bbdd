// Trend: MACD and ADX, recursive, seeded and smoothed as TA-Lib does.
//
//   macd_f_s_g = EMA_f − EMA_s of the close, both from row s − 1 on;
//                EMA_f starts from the SMA of the f rows that end there
//   macd_signal_f_s_g = EMA_g of macd, from the SMA of its first g values
//   macd_hist_f_s_g = macd − macd_signal
//   All three lines begin together in row s + g − 2.
//
//   adx_n: up = h − h₋₁, down = l₋₁ − l
//          +DM = up where up > 0 and up > down;  −DM = down where down > 0 and down > up
//          P, M, R: sums of +DM, −DM and true range over rows 1 … n − 1, then S ← S − S/n + x
//          +DI = 100·P/R,  −DI = 100·M/R,  DX = 100·|+DI − −DI| / (+DI + −DI)
//          ADX in row 2n − 1 = mean DX of rows n … 2n − 1, then (ADX·(n − 1) + DX)/n
//   A row without range or movement leaves ADX as it is.
//
// Gaps are not special. A late row is forgotten bit for bit after some 20 · s rows (MACD) or 50 · n
// rows (ADX).
//
//   close          10    11      13      12
//   EMA_2           –  10.5  12.167  12.056
//   macd_1_2_1      –   0.5   0.833  -0.056     (EMA_1 is the close; signal = macd, hist = 0)
#include <cmath>
#include <utility>

#include "tidemark/feature/catalogue.h"
#include "tidemark/feature/recursive_operator.h"

namespace tidemark {
namespace {

enum class MacdLine { kMacd, kSignal, kHist };

struct MacdState {
  double fast = 0, slow = 0, signal = 0;  // while seeding, sums
};

template <MacdLine kLine>
class Macd final : public RecursiveOperator<Macd<kLine>, MacdState> {
 public:
  explicit Macd(const FeatureSpec& spec)
      : RecursiveOperator<Macd, MacdState>(spec.values[1] + spec.values[2] - 2, {Lane::kClose}),
        fast_(spec.values[0]),
        slow_(spec.values[1]),
        signal_(spec.values[2]) {}
  double Next(const RowView& rows, size_t i, int64_t row, MacdState& s) const {
    const double close = rows[Lane::kClose][i];
    Smooth(close, row - (slow_ - fast_), fast_, s.fast);
    if (!Smooth(close, row, slow_, s.slow)) return kNull;
    const double macd = s.fast - s.slow;
    if (!Smooth(macd, row - (slow_ - 1), signal_, s.signal)) return kNull;
    if (kLine == MacdLine::kMacd) return macd;
    return kLine == MacdLine::kSignal ? s.signal : macd - s.signal;
  }

 private:
  // One value, its `index`-th (below 0: not yet), into an EMA over n; whether it has a value.
  static bool Smooth(double x, int64_t index, int64_t n, double& value) {
    if (index >= n) {
      value = (x - value) * (2.0 / static_cast<double>(n + 1)) + value;
      return true;
    }
    if (index < 0) return false;
    value += x;
    if (index < n - 1) return false;
    value /= static_cast<double>(n);
    return true;
  }
  int64_t fast_, slow_, signal_;
};

struct AdxState {
  double plus = 0, minus = 0, range = 0;
  double adx = 0;  // while seeding, the sum of DX
};

class Adx final : public RecursiveOperator<Adx, AdxState> {
 public:
  explicit Adx(const FeatureSpec& spec)
      : RecursiveOperator(2 * spec.values[0] - 1, {Lane::kHigh, Lane::kLow, Lane::kClose}),
        n_(spec.values[0]) {}
  double Next(const RowView& rows, size_t i, int64_t row, AdxState& s) const {
    if (row == 0) return kNull;
    const double* high = rows[Lane::kHigh];
    const double* low = rows[Lane::kLow];
    const double before = rows[Lane::kClose][i - 1];
    const double up = high[i] - high[i - 1];
    const double down = low[i - 1] - low[i];
    const double range = std::fmax(
        high[i] - low[i], std::fmax(std::fabs(high[i] - before), std::fabs(low[i] - before)));
    const auto n = static_cast<double>(n_);
    if (row >= n_) {
      s.minus -= s.minus / n;
      s.plus -= s.plus / n;
      s.range -= s.range / n;
    }
    if (down > 0 && up < down) {
      s.minus += down;
    } else if (up > 0 && up > down) {
      s.plus += up;
    }
    s.range += range;
    if (row < n_) return kNull;
    double dx = 0;
    const bool moved = DirectionalIndex(s, &dx);
    if (row < 2 * n_) {
      if (moved) s.adx += dx;
      if (row < 2 * n_ - 1) return kNull;
      s.adx /= n;
    } else if (moved) {
      s.adx = (s.adx * (n - 1) + dx) / n;
    }
    return s.adx;
  }

 private:
  static bool DirectionalIndex(const AdxState& s, double* dx) {
    if (s.range == 0) return false;
    const double minus = 100 * (s.minus / s.range);
    const double plus = 100 * (s.plus / s.range);
    const double both = minus + plus;
    if (both == 0) return false;
    *dx = 100 * (std::fabs(minus - plus) / both);
    return true;
  }
  int64_t n_;
};

std::string CheckMacd(const FeatureSpec& spec) {
  return spec.values[0] < spec.values[1] ? "" : "the fast period must be shorter than the slow";
}

FeatureInfo MacdInfo(std::string name, std::string summary, std::string formula,
                     std::unique_ptr<FeatureOperator> (*make)(const FeatureSpec&)) {
  return {.name = std::move(name),
          .family = "trend",
          .summary = std::move(summary),
          .parameters = {{"fast", "rows of the fast EMA", 12, 1, 10000},
                         {"slow", "rows of the slow EMA", 26, 2, 10000},
                         {"signal", "rows of the signal EMA", 9, 1, 10000}},
          .relative = Relative::kOverClose,
          .unit = "price",
          .formula = std::move(formula),
          .warmup = "slow + signal − 2",
          .make = make,
          .check = CheckMacd};
}

}  // namespace

std::vector<FeatureInfo> TrendFeatures() {
  std::vector<FeatureInfo> all;
  all.push_back(MacdInfo("macd", "moving average convergence and divergence", "EMA_fast − EMA_slow",
                         MakeFeature<Macd<MacdLine::kMacd>>));
  all.push_back(MacdInfo("macd_signal", "signal line of the MACD", "EMA_signal of macd",
                         MakeFeature<Macd<MacdLine::kSignal>>));
  all.push_back(MacdInfo("macd_hist", "MACD less its signal line", "macd − macd_signal",
                         MakeFeature<Macd<MacdLine::kHist>>));
  all.push_back({.name = "adx",
                 .family = "trend",
                 .summary = "average directional index (Wilder)",
                 .parameters = {WindowParameter(14)},
                 .relative = Relative::kPercent,
                 .unit = "0 to 100",
                 .formula = "Wilder mean of 100 · |+DI − −DI| / (+DI + −DI)",
                 .warmup = "2n − 1",
                 .make = MakeFeature<Adx>});
  return all;
}

}  // namespace tidemark

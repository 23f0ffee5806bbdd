// Volume. All are null where a row of the window has no volume.
//
//   volume_zscore_n = (x − mean x)/√(variance of x), x = ln(max(v, 1e-8)), ddof 0;
//                     0 where all x are equal                                    from row n − 1
//   obv_n    = Σ v · sign(c − c₋₁) over the last n rows: it forgets, so that no
//              row moves all rows after it                                       from row n
//   amihud_n = mean of 1e6 · |ln(c / c₋₁)| / (c · v) over those of the last n
//              rows that traded, at most 2^43 each; null if none did             from row n
//
// Sums are exact. Time windows take the rows in (t − w, t]. Gaps are not special. A late row moves
// the windows that hold it and no other.
//
//   close            10    11  11    10
//   volume            1     2   3     4
//   obv_2             –     –   2    -4
//   amihud_1          –  4332   0  2383     (1e6 · 0.0953/22)
//   volume_zscore_2   –     1   1     1
#include <cmath>

#include "tidemark/base/exact_sum.h"
#include "tidemark/feature/catalogue.h"
#include "tidemark/feature/window_operator.h"

namespace tidemark {
namespace {

class VolumeZscore {
 public:
  static constexpr Lane kLanes[] = {Lane::kLogVolume};
  explicit VolumeZscore(const FeatureSpec&) {}
  void Add(const RowView& rows, size_t i) { moments_.Add(rows[Lane::kLogVolume][i]); }
  void Drop(const RowView& rows, size_t i) { moments_.Subtract(rows[Lane::kLogVolume][i]); }
  void Replace(const RowView& rows, size_t i, size_t k) {
    moments_.Replace(rows[Lane::kLogVolume][i], rows[Lane::kLogVolume][k]);
  }
  double Value(const RowView& rows, size_t i, size_t) const {
    const double variance = moments_.Variance();
    if (variance == 0) return 0;
    return moments_.Deviation(rows[Lane::kLogVolume][i]) / std::sqrt(variance);
  }

 private:
  ExactMoments moments_;
};

class Obv {
 public:
  static constexpr Lane kLanes[] = {Lane::kSignedVolume};
  explicit Obv(const FeatureSpec&) {}
  void Add(const RowView& rows, size_t i) { sum_.Add(rows[Lane::kSignedVolume][i]); }
  void Drop(const RowView& rows, size_t i) { sum_.Subtract(rows[Lane::kSignedVolume][i]); }
  double Value(const RowView&, size_t, size_t) const { return sum_.ToDouble(); }

 private:
  ExactSum sum_;
};

class Amihud {
 public:
  static constexpr Lane kLanes[] = {Lane::kIlliquidity};
  explicit Amihud(const FeatureSpec&) {}
  void Add(const RowView& rows, size_t i) { Count(rows[Lane::kIlliquidity][i], false); }
  void Drop(const RowView& rows, size_t i) { Count(rows[Lane::kIlliquidity][i], true); }
  double Value(const RowView&, size_t, size_t) const {
    return traded_ > 0 ? sum_.ToDouble() / static_cast<double>(traded_) : kNull;
  }

 private:
  void Count(double x, bool drop) {
    if (x < 0) return;  // nothing traded
    traded_ += drop ? -1 : 1;
    sum_.AddGrid(drop ? -ToGrid(x) : ToGrid(x));
  }
  ExactSum sum_;
  int64_t traded_ = 0;
};

}  // namespace

std::vector<FeatureInfo> VolumeFeatures() {
  std::vector<FeatureInfo> all;
  all.push_back({.name = "volume_zscore",
                 .family = "volume",
                 .summary = "how unusual the row's volume is, on a log scale",
                 .parameters = {WindowParameter(60)},
                 .time_window = true,
                 .unit = "standard deviations",
                 .formula = "(x − mean) / stddev of x = ln(max(v, 1e-8)); zero deviation: 0",
                 .warmup = "n − 1",
                 .make = MakeFeature<WindowOperator<VolumeZscore>>});
  all.push_back({.name = "obv",
                 .family = "volume",
                 .summary = "on-balance volume of the window",
                 .parameters = {WindowParameter(30, 1)},
                 .time_window = true,
                 .unit = "base currency",
                 .formula = "Σ v · sign(c − c of the row before)",
                 .warmup = "n",
                 .make = MakeFeature<WindowOperator<Obv>>});
  all.push_back(
      {.name = "amihud",
       .family = "volume",
       .summary = "price moved per million traded (Amihud); null where nothing was traded",
       .parameters = {WindowParameter(30, 1)},
       .time_window = true,
       .unit = "log ratio per million of quote currency",
       .formula = "mean of 1e6 · |log return| / (c · v) over rows with v > 0",
       .warmup = "n",
       .make = MakeFeature<WindowOperator<Amihud>>});
  return all;
}

}  // namespace tidemark

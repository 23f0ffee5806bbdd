// Spread of the close: standard deviation and Bollinger bands, population form (ddof 0).
//
//   m = Σ c / n,  s = √(n·Σc² − (Σc)²) / n     exact sums: s is 0 in flat windows and only there
//   stddev_n = s
//   bbands_upper_n_k = m + k·s,  bbands_middle_n_k = m,  bbands_lower_n_k = m − k·s
//   bbands_pctb_n_k = (c − lower)/(upper − lower) − ½ = (c − m)/(2·k·s);  0 where s = 0
//
// First value: row n − 1. Time windows (stddev_2h) take the rows in (t − 2h, t]. Gaps are not
// special. A late row moves the windows that hold it and no other.
//
//   close             10    11    13     12
//   stddev_2           –   0.5     1    0.5
//   bbands_upper_2_2   –  11.5    14   13.5
//   bbands_pctb_2_2    –  0.25  0.25  -0.25
#include <cmath>

#include "tidemark/base/exact_sum.h"
#include "tidemark/feature/catalogue.h"
#include "tidemark/feature/window_operator.h"

namespace tidemark {
namespace {

enum class BandLine { kDeviation, kUpper, kMiddle, kLower, kPercentB };

template <BandLine kLine>
class Band {
 public:
  static constexpr Lane kLanes[] = {Lane::kClose};
  explicit Band(const FeatureSpec& spec) : widths_(static_cast<double>(spec.values[1])) {}
  void Add(const RowView& rows, size_t i) { moments_.Add(rows[Lane::kClose][i]); }
  void Drop(const RowView& rows, size_t i) { moments_.Subtract(rows[Lane::kClose][i]); }
  void Replace(const RowView& rows, size_t i, size_t k) {
    moments_.Replace(rows[Lane::kClose][i], rows[Lane::kClose][k]);
  }
  double Value(const RowView& rows, size_t i, size_t) const {
    if (kLine == BandLine::kMiddle) return moments_.Mean();
    const double deviation = std::sqrt(moments_.Variance());
    if (kLine == BandLine::kDeviation) return deviation;
    if (kLine == BandLine::kUpper) return moments_.Mean() + widths_ * deviation;
    if (kLine == BandLine::kLower) return moments_.Mean() - widths_ * deviation;
    if (deviation == 0) return 0;
    return moments_.Deviation(rows[Lane::kClose][i]) / (2 * widths_ * deviation);
  }

 private:
  double widths_;
  ExactMoments moments_;
};

FeatureInfo BandInfo(std::string name, std::string summary, Relative relative, std::string unit,
                     std::string formula,
                     std::unique_ptr<FeatureOperator> (*make)(const FeatureSpec&)) {
  return {.name = std::move(name),
          .family = "bands",
          .summary = std::move(summary),
          .parameters = {WindowParameter(20), {"k", "standard deviations", 2, 1, 10}},
          .time_window = true,
          .relative = relative,
          .unit = std::move(unit),
          .formula = std::move(formula),
          .warmup = "n − 1",
          .make = make};
}

}  // namespace

std::vector<FeatureInfo> BandFeatures() {
  std::vector<FeatureInfo> all;
  all.push_back({.name = "stddev",
                 .family = "bands",
                 .summary = "population standard deviation of the close",
                 .parameters = {WindowParameter(20)},
                 .time_window = true,
                 .relative = Relative::kOverClose,
                 .unit = "price",
                 .formula = "√(Σ(c − mean)² / n)",
                 .warmup = "n − 1",
                 .make = MakeFeature<WindowOperator<Band<BandLine::kDeviation>>>});
  all.push_back(BandInfo("bbands_upper", "upper Bollinger band", Relative::kLogCloseOver, "price",
                         "mean + k · stddev", MakeFeature<WindowOperator<Band<BandLine::kUpper>>>));
  all.push_back(BandInfo("bbands_middle", "middle Bollinger band", Relative::kLogCloseOver, "price",
                         "mean", MakeFeature<WindowOperator<Band<BandLine::kMiddle>>>));
  all.push_back(BandInfo("bbands_lower", "lower Bollinger band", Relative::kNone, "price",
                         "mean − k · stddev", MakeFeature<WindowOperator<Band<BandLine::kLower>>>));
  all.push_back(BandInfo("bbands_pctb", "place of the close between the bands, centred",
                         Relative::kNone, "band widths",
                         "(c − lower) / (upper − lower) − ½; zero width: 0",
                         MakeFeature<WindowOperator<Band<BandLine::kPercentB>>>));
  return all;
}

}  // namespace tidemark

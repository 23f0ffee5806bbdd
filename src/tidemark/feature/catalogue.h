// The catalogue of features: one table that drives validation, --help and the reference page.
//
// A feature's spec is its column name: a name, its parameters and perhaps `_rel`, joined by '_':
// sma_30, stoch_k_14_3_3, macd_hist_12_26_9_rel. Where a window may count time, its length carries
// a unit: sma_30m, realized_volatility_4h. Each family of features has a file of its own.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/feature/operator.h"
#include "tidemark/market/interval.h"

namespace tidemark {

struct FeatureParameter {
  std::string name;     // "n"
  std::string meaning;  // "rows in the window"
  int64_t default_value = 0;
  int64_t min = 1;
  int64_t max = 0;
};

// What `_rel` makes of a value x, c being the row's close: scale-free, for models.
enum class Relative { kNone, kLogCloseOver, kOverClose, kCentredPercent, kPercent };

// A parsed spec.
struct FeatureSpec {
  std::array<int64_t, 3> values{};  // parameters in order
  Extent window;                    // the first parameter as a window
  Interval base;
};

struct FeatureInfo {
  std::string name;    // "sma"
  std::string family;  // "moving averages"
  std::string summary;
  std::vector<FeatureParameter> parameters;
  bool time_window = false;  // the first parameter may be a duration
  Relative relative = Relative::kNone;
  std::string unit;
  std::string formula;
  std::string warmup;  // first row with a value, in terms of the parameters
  uint32_t version = 1;
  std::unique_ptr<FeatureOperator> (*make)(const FeatureSpec&) = nullptr;
  // Rules between parameters: empty, or what is wrong.
  std::string (*check)(const FeatureSpec&) = nullptr;

  std::string Pattern() const;  // "stoch_k_{n}_{k}_{d}"
  std::string Example() const;  // with the defaults: "stoch_k_14_3_3"
};

// In the order of the reference page; names are unique.
const std::vector<FeatureInfo>& Catalogue();

struct ParsedFeature {
  const FeatureInfo* info = nullptr;
  FeatureSpec spec;
  bool relative = false;
};
// Errors: kInvalidArgument, naming the spec, what is wrong and what would be right.
Result<ParsedFeature> ParseFeature(std::string_view spec, Interval base);

// "ln(c / x)", "x / c", "x / 100 − ½", "x / 100"; empty for kNone.
std::string_view RelativeFormula(Relative relative);
// Replaces values by their relative form, for kLogCloseOver by what that is the logarithm of; nulls
// stay null.
void ApplyRelative(Relative relative, const double* close, size_t count, double* values);

// docs/reference/features.md.
std::string FeatureReference();

// The families, joined by Catalogue().
std::vector<FeatureInfo> ReturnFeatures();
std::vector<FeatureInfo> MovingAverageFeatures();
std::vector<FeatureInfo> TrendFeatures();
std::vector<FeatureInfo> OscillatorFeatures();
std::vector<FeatureInfo> BandFeatures();
std::vector<FeatureInfo> VolatilityFeatures();
std::vector<FeatureInfo> VolumeFeatures();
std::vector<FeatureInfo> CalendarFeatures();

// Helpers of the families.
template <typename Operator>
std::unique_ptr<FeatureOperator> MakeFeature(const FeatureSpec& spec) {
  return std::make_unique<Operator>(spec);
}
// Warm-up of a window of `extent`, whose lane is null in the first row or not.
int64_t WindowWarmup(const FeatureSpec& spec, bool lane_looks_back);
FeatureParameter WindowParameter(int64_t default_value, int64_t min = 2);

}  // namespace tidemark

#include "tidemark/feature/catalogue.h"

#include <cmath>

#include "tidemark/base/check.h"
#include "tidemark/base/text.h"
#include "tidemark/base/time.h"

namespace tidemark {
namespace {

constexpr int64_t kWindowRowsMax = 100000;

std::vector<std::string_view> SplitAtUnderscores(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t at = text.find('_');
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

bool StartsWithDigit(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

std::string UnknownName(std::string_view name) {
  if (name == "vwap") {
    return "vwap needs trades, which candles do not carry; vwma_30 weights closes by volume";
  }
  const FeatureInfo* closest = nullptr;
  size_t best = 0;
  for (const FeatureInfo& info : Catalogue()) {
    const size_t distance = EditDistance(name, info.name);
    if (closest == nullptr || distance < best) {
      closest = &info;
      best = distance;
    }
  }
  return "there is no feature '" + std::string(name) + "'; the closest is " + closest->Example();
}

std::unexpected<Error> BadSpec(std::string_view spec, const std::string& why) {
  return Fail(ErrorCode::kInvalidArgument, "feature '" + std::string(spec) + "': " + why);
}

// A plain decimal integer without leading zeros.
bool ParseCount(std::string_view text, int64_t* value) {
  if (text.empty() || text.size() > 9 || (text[0] == '0' && text.size() > 1)) return false;
  *value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    *value = *value * 10 + (c - '0');
  }
  return true;
}

std::string ParseParameter(const FeatureInfo& info, size_t index, std::string_view text,
                           FeatureSpec* spec) {
  const FeatureParameter& parameter = info.parameters[index];
  int64_t value = 0;
  if (ParseCount(text, &value)) {
    if (value < parameter.min || value > parameter.max) {
      return parameter.name + " is " + std::string(text) + ", allowed are " +
             std::to_string(parameter.min) + " to " + std::to_string(parameter.max);
    }
    spec->values[index] = value;
    if (index == 0) spec->window = {.rows = value};
    return {};
  }
  const auto micros = ParseDuration(text);
  if (!micros) {
    return "'" + std::string(text) + "' is not a number" +
           (index == 0 && info.time_window ? " of rows or a duration such as 30m" : "");
  }
  if (index != 0 || !info.time_window) {
    return parameter.name + " counts rows and cannot be a duration; for example " + info.Example();
  }
  if (*micros < spec->base.nominal_micros() || *micros > 366 * kMicrosPerDay) {
    return "the window " + std::string(text) + " must lie between one interval (" +
           spec->base.ToString() + ") and 366d";
  }
  spec->window = {.micros = *micros};
  return {};
}

}  // namespace

std::string FeatureInfo::Pattern() const {
  std::string text = name;
  for (const FeatureParameter& parameter : parameters) text += "_{" + parameter.name + "}";
  return text;
}

std::string FeatureInfo::Example() const {
  std::string text = name;
  for (const FeatureParameter& parameter : parameters) {
    text += "_" + std::to_string(parameter.default_value);
  }
  return text;
}

const std::vector<FeatureInfo>& Catalogue() {
  static const std::vector<FeatureInfo> all = [] {
    std::vector<FeatureInfo> joined;
    for (auto* family : {ReturnFeatures, MovingAverageFeatures, TrendFeatures, OscillatorFeatures,
                         BandFeatures, VolatilityFeatures, VolumeFeatures, CalendarFeatures}) {
      for (FeatureInfo& info : family()) joined.push_back(std::move(info));
    }
    return joined;
  }();
  return all;
}

Result<ParsedFeature> ParseFeature(std::string_view spec, Interval base) {
  std::vector<std::string_view> parts = SplitAtUnderscores(spec);
  ParsedFeature parsed;
  parsed.spec.base = base;
  if (parts.size() > 1 && parts.back() == "rel") {
    parsed.relative = true;
    parts.pop_back();
  }
  size_t names = parts.size();
  while (names > 1 && StartsWithDigit(parts[names - 1])) --names;
  std::string name(parts[0]);
  for (size_t i = 1; i < names; ++i) name += "_" + std::string(parts[i]);
  for (const FeatureInfo& info : Catalogue()) {
    if (info.name == name) parsed.info = &info;
  }
  if (parsed.info == nullptr) return BadSpec(spec, UnknownName(name));
  const FeatureInfo& info = *parsed.info;
  if (parts.size() - names != info.parameters.size()) {
    return BadSpec(spec, info.name + " takes " + std::to_string(info.parameters.size()) +
                             " parameters: " + info.Pattern() + ", for example " + info.Example());
  }
  for (size_t i = 0; i < info.parameters.size(); ++i) {
    const std::string wrong = ParseParameter(info, i, parts[names + i], &parsed.spec);
    if (!wrong.empty()) return BadSpec(spec, wrong);
  }
  if (info.check != nullptr) {
    if (const std::string wrong = info.check(parsed.spec); !wrong.empty()) {
      return BadSpec(spec, wrong + "; for example " + info.Example());
    }
  }
  if (parsed.relative && info.relative == Relative::kNone) {
    return BadSpec(spec, info.name + " has no relative form; use " +
                             std::string(spec.substr(0, spec.size() - 4)));
  }
  return parsed;
}

std::string_view RelativeFormula(Relative relative) {
  switch (relative) {
    case Relative::kNone:
      return "";
    case Relative::kLogCloseOver:
      return "ln(c / x)";
    case Relative::kOverClose:
      return "x / c";
    case Relative::kCentredPercent:
      return "x / 100 − ½";
    case Relative::kPercent:
      return "x / 100";
  }
  CHECK(false);
  return "";
}

void ApplyRelative(Relative relative, const double* close, size_t count, double* values) {
  // Every form of a NaN is NaN with the same bits.
  switch (relative) {
    case Relative::kNone:
      return;
    case Relative::kLogCloseOver:
      for (size_t i = 0; i < count; ++i) values[i] = close[i] / values[i];
      return;
    case Relative::kOverClose:
      for (size_t i = 0; i < count; ++i) values[i] /= close[i];
      return;
    case Relative::kCentredPercent:
      for (size_t i = 0; i < count; ++i) values[i] = values[i] / 100 - 0.5;
      return;
    case Relative::kPercent:
      for (size_t i = 0; i < count; ++i) values[i] /= 100;
      return;
  }
}

int64_t WindowWarmup(const FeatureSpec& spec, bool lane_looks_back) {
  const int64_t unit = spec.base.nominal_micros();
  const int64_t rows =
      spec.window.rows > 0 ? spec.window.rows : (spec.window.micros + unit - 1) / unit;
  return lane_looks_back ? rows : rows - 1;
}

FeatureParameter WindowParameter(int64_t default_value, int64_t min) {
  return {"n", "rows in the window", default_value, min, kWindowRowsMax};
}

}  // namespace tidemark

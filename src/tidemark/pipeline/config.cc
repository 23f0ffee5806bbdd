#include "tidemark/pipeline/config.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "tidemark/base/json_text.h"
#include "tidemark/feature/feature_pack.h"
#include "tidemark/pipeline/config_keys.h"

namespace tidemark {
namespace {

Status Unique(std::string_view key, const std::vector<std::string>& texts) {
  std::set<std::string> seen;
  for (const std::string& text : texts) {
    if (!seen.insert(text).second) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: {} is there twice", key, JsonString(text)));
    }
  }
  return {};
}

}  // namespace

std::vector<Interval> DefaultRollupIntervals() {
  return {Interval::Fixed(5 * kMicrosPerMinute),
          Interval::Fixed(15 * kMicrosPerMinute),
          Interval::Fixed(kMicrosPerHour),
          Interval::Fixed(4 * kMicrosPerHour),
          Interval::Fixed(kMicrosPerDay),
          Interval::Week(),
          Interval::Month()};
}

std::vector<std::string> DefaultFeatureSpecs() { return FeaturePack::DefaultSpecs(); }

std::vector<Horizon> DefaultHorizons() { return {Horizon{}}; }

Status ValidateConfig(const Config& config) {
  const SourceConfig no_source;
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.of_source()) continue;
    const ConfigValue value = key.get(config, no_source);
    if (auto status = CheckRange(key, value); !status) {
      return Fail(status.error().With(key.key));
    }
    if (key.type == ConfigType::kStrings) {
      TM_TRY(Unique(key.key, std::get<std::vector<std::string>>(value)));
    }
  }
  if (config.lake.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "lake: is empty; name a folder or s3://bucket/prefix");
  }
  if (config.derive_features) {
    if (config.features.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "features.names: is empty; name some, or write features.enabled = false");
    }
    if (auto pack = FeaturePack::Make(config.features, Interval()); !pack) {
      return Fail(pack.error().With("features.names"));
    }
  }
  if (config.derive_forecasts && !config.derive_features) {
    return Fail(ErrorCode::kInvalidArgument,
                "forecasts.enabled: models see features only; write features.enabled = true, or "
                "forecasts.enabled = false");
  }
  if (config.derive_forecasts && config.horizons.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "forecasts.horizons: is empty; write for example [\"30\"]");
  }
  if (config.refit_lead_us >= config.train_window_us) {
    return Fail(ErrorCode::kInvalidArgument,
                "forecasts.refit_lead: must be shorter than forecasts.train_window");
  }
  return {};
}

}  // namespace tidemark

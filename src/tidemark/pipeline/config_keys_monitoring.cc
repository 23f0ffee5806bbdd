#include "tidemark/base/listen_address.h"
#include "tidemark/pipeline/config_key_members.h"

namespace tidemark {
namespace {

ConfigKey MetricsKey(ConfigKey key) {
  key.set = [](Config& config, SourceConfig&, const ConfigValue& value) -> Status {
    const auto& text = std::get<std::string>(value);
    if (!text.empty()) TM_TRY(ListenAddress::Parse(text));
    config.metrics = text;
    return {};
  };
  key.get = [](const Config& config, const SourceConfig&) { return ConfigValue(config.metrics); };
  return key;
}

}  // namespace

void AddMonitoringKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(MetricsKey(
      {.key = "live.metrics",
       .help = "Where GET /metrics and /health are answered: \":9464\" is this machine alone, port "
               "0 any that is free; empty: nowhere.",
       .example = "\":9464\""}));
  keys.push_back(Plain<&Config::silence_limit_us, int64_t>(
      {.key = "live.silence_limit",
       .type = ConfigType::kDuration,
       .help = "A feed that is silent, or not followed, for longer is a problem in /health.",
       .example = "\"5m\"",
       .least = 1e6,
       .most = 8.64e10}));
}

}  // namespace tidemark

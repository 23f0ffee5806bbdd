#include "tidemark/pipeline/definitions.h"

#include "tidemark/pipeline/config_keys.h"

namespace tidemark {

std::string PrintDefinitions(const Config& config) {
  std::string out;
  const SourceConfig no_source;
  for (const ConfigKey& key : ConfigKeys()) {
    if (!key.is_definition()) continue;
    out += std::string(key.key) + " = " + ToToml(key.get(config, no_source), key.type) + "\n";
  }
  return out;
}

Result<std::optional<Config>> StoredDefinitions(const LakeView& view) {
  for (const char* table : {"forecasts", "features", "candles"}) {
    if (!view.HasTable(table)) continue;
    const auto properties = view.PropertiesOf(table);
    const auto it = properties.find(std::string(kDefinitionsProperty));
    if (it == properties.end()) continue;
    auto config =
        ParseConfig(it->second, std::string(table) + "'s " + std::string(kDefinitionsProperty));
    if (!config) return Fail(ErrorCode::kCorrupt, config.error().message());
    return std::optional<Config>(*std::move(config));
  }
  return std::optional<Config>();
}

Result<Config> WithStoredDefinitions(const Config& config, const LakeView& view,
                                     const std::set<std::string>& except) {
  Config merged = config;
  TM_ASSIGN(const std::optional<Config> stored, StoredDefinitions(view));
  if (!stored) return merged;
  SourceConfig no_source;
  for (const ConfigKey& key : ConfigKeys()) {
    if (!key.is_definition() || except.contains(std::string(key.key))) continue;
    TM_TRY(key.set(merged, no_source, key.get(*stored, no_source)));
  }
  return merged;
}

Result<Config> EffectiveConfig(const Config& config, const LakeView& view) {
  if (config.from_file) return config;
  return WithStoredDefinitions(config, view, config.definitions_given);
}

}  // namespace tidemark

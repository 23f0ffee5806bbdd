// The sections candles and features.

#include <fmt/format.h>

#include "tidemark/pipeline/config_key_members.h"

namespace tidemark {
namespace {

ConfigKey BarsKey(ConfigKey key) {
  key.set = [](Config& config, SourceConfig&, const ConfigValue& value) -> Status {
    config.bars.clear();
    for (const std::string& text : std::get<Strings>(value)) {
      auto rule = BarRule::Parse(text);
      const bool of_time = rule && rule->kind == BarRule::Kind::kTime;
      if (!rule || of_time) {
        return Fail(ErrorCode::kInvalidArgument,
                    fmt::format("'{}' is not a bar; write for example tick_100, volume_2.5 or "
                                "dollar_100000{}",
                                text, of_time ? "; intervals are candles.intervals" : ""));
      }
      config.bars.push_back(*std::move(rule));
    }
    return {};
  };
  key.get = [](const Config& config, const SourceConfig&) {
    Strings texts;
    for (const BarRule& rule : config.bars) texts.push_back(rule.ToString());
    return ConfigValue(std::move(texts));
  };
  return key;
}

}  // namespace

void AddDerivedKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Plain<&Config::candles, bool>(
      {.key = "candles.enabled",
       .type = ConfigType::kBool,
       .help = "Whether candles of longer intervals, and gaps, are kept.",
       .example = "true"}));
  keys.push_back(Parsed<&Config::intervals, Interval>(
      {.key = "candles.intervals",
       .type = ConfigType::kStrings,
       .help =
           "Intervals rolled up from the base candles. Those not longer than a series' own "
           "interval are skipped for it. Weeks start on Monday, months are calendar months, UTC.",
       .example = "[\"5m\", \"1h\", \"1d\", \"1w\", \"1mo\"]"}));
  keys.push_back(BarsKey(
      {.key = "candles.bars",
       .type = ConfigType::kStrings,
       .help =
           "Bars of trades, kept in the table bars: full when so many trades, so much volume (base "
           "currency) or so much money (quote currency) have come; they begin anew each UTC day.",
       .example = "[\"tick_1000\", \"volume_10\", \"dollar_1000000\"]"}));
  keys.push_back(Plain<&Config::derive_features, bool>(
      {.key = "features.enabled",
       .type = ConfigType::kBool,
       .help = "Whether features are kept. Forecasts need them.",
       .example = "true"}));
  keys.push_back(Plain<&Config::features, Strings>(
      {.key = "features.names",
       .type = ConfigType::kStrings,
       .help = "The features, by their names in the catalogue (docs/reference/features.md). The "
               "models see these columns and no others.",
       .example = "[\"log_return_1\", \"rsi_14_rel\", \"realized_volatility_30\"]"}));
}

}  // namespace tidemark

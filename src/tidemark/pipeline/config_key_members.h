// How keys reach members of Config; shared by the files that name the keys.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tidemark/pipeline/config_keys.h"

namespace tidemark {

using Strings = std::vector<std::string>;

// Setter and getter of a plain member of Config: one type in TOML, one in memory.
template <auto kMember, typename Stored>
ConfigKey Plain(ConfigKey key) {
  key.set = [](Config& config, SourceConfig&, const ConfigValue& value) -> Status {
    auto& member = config.*kMember;
    member = static_cast<std::remove_reference_t<decltype(member)>>(std::get<Stored>(value));
    return {};
  };
  key.get = [](const Config& config, const SourceConfig&) {
    return ConfigValue(static_cast<Stored>(config.*kMember));
  };
  return key;
}

// A list whose elements have a Parse and a ToString.
template <auto kMember, typename Element>
ConfigKey Parsed(ConfigKey key) {
  key.set = [](Config& config, SourceConfig&, const ConfigValue& value) -> Status {
    std::vector<Element> elements;
    for (const std::string& text : std::get<Strings>(value)) {
      TM_ASSIGN(Element element, Element::Parse(text));
      elements.push_back(std::move(element));
    }
    config.*kMember = std::move(elements);
    return {};
  };
  key.get = [](const Config& config, const SourceConfig&) {
    Strings texts;
    for (const Element& element : config.*kMember) texts.push_back(element.ToString());
    return ConfigValue(std::move(texts));
  };
  return key;
}

// The sections candles and features.
void AddDerivedKeys(std::vector<ConfigKey>& keys);
// The sections forecasts, tree, boosted and scores.
void AddForecastKeys(std::vector<ConfigKey>& keys);
// How a live is watched, of the section live.
void AddMonitoringKeys(std::vector<ConfigKey>& keys);

}  // namespace tidemark

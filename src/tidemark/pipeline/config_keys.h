// The configuration's keys, each named once: how it is read, checked, printed and explained.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/config_value.h"

namespace tidemark {

struct ConfigKey {
  std::string_view key =
      {};  // "lake"; "forecasts.models"; "source.venue" for one of the [[source]]s
  ConfigType type = ConfigType::kString;
  std::string_view unit = {};     // "rows", "threads"; "" where the type says it
  std::string_view help = {};     // sentences
  std::string_view example = {};  // a TOML literal
  // Bounds of a number, a duration (microseconds) or a size (bytes); both included.
  std::optional<double> least = std::nullopt;
  std::optional<double> most = std::nullopt;
  // What a string, or every string of a list, may be; empty = anything.
  std::vector<std::string> choices = {};
  bool secret = false;  // never printed unless asked for

  // Takes a value of this type within the bounds. Errors: any code; the caller adds where.
  std::function<Status(Config&, SourceConfig&, const ConfigValue&)> set = {};
  std::function<ConfigValue(const Config&, const SourceConfig&)> get = {};

  // True when derived numbers depend on it: see definitions.h.
  bool is_definition() const {
    return section() == "candles" || section() == "features" || section() == "forecasts" ||
           section() == "tree" || section() == "boosted";
  }
  bool of_source() const { return key.starts_with("source."); }
  std::string_view section() const;  // "" "s3" "forecasts" … "source"
  std::string_view name() const;     // the part after the section
};

// In the order they are printed and explained.
const std::vector<ConfigKey>& ConfigKeys();
const ConfigKey* FindConfigKey(std::string_view key);  // null when there is none

// What a section is for, in a sentence; sections in order.
struct ConfigSection {
  std::string_view name;
  std::string_view help;
};
const std::vector<ConfigSection>& ConfigSections();

// The range for people: "1 to 16", "at least 64MiB", "open or close"; "" when there is none.
std::string RangeText(const ConfigKey& key);
// kInvalidArgument unless the value is within the key's bounds and choices.
Status CheckRange(const ConfigKey& key, const ConfigValue& value);

}  // namespace tidemark

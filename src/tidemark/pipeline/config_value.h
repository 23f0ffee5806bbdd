// A value of the configuration between TOML and Config: what a key's setter takes and its getter
// gives, so that reading, printing and documenting a key are one table.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tidemark/base/result.h"

namespace tidemark {

enum class ConfigType {
  kString,
  kPath,  // a string; relative ones are taken from the configuration's folder
  kBool,
  kInt,
  kFloat,
  kDuration,  // microseconds; "30m" in TOML
  kSize,      // bytes; "1GiB", or a number, in TOML
  kStrings,
  kPaths,
  kStringMap,
};

using ConfigValue = std::variant<bool, int64_t, double, std::string, std::vector<std::string>,
                                 std::map<std::string, std::string>>;

// The type's name for people: "duration", "list of strings".
std::string_view NameOf(ConfigType type);

// `value` as a TOML literal of a key of this type.
std::string ToToml(const ConfigValue& value, ConfigType type);

// "64MiB", "1.5GB", "1073741824" → bytes. Errors: kParse.
Result<int64_t> ParseByteSize(std::string_view text);
// The inverse, in the largest binary unit that divides: "1GiB", "1500B".
std::string FormatByteSize(int64_t bytes);

// Replaces ${NAME} and ${NAME:-default} from the environment; "$$" becomes "$". The default is used
// when the variable is unset or empty. Errors: kInvalidArgument (unset without a default, "${" that
// is not closed).
Result<std::string> ExpandEnvironment(std::string_view text);

// The candidate with the least edit distance to `word`, "" when none is near (more than a third of
// its letters wrong).
std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tidemark

#include "tidemark/pipeline/config_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "tidemark/base/check.h"
#include "tidemark/base/json_text.h"
#include "tidemark/base/text.h"
#include "tidemark/base/time.h"

namespace tidemark {
namespace {

struct SizeUnit {
  std::string_view name;
  int64_t bytes;
};
// Binary units first: the formatter takes the first that divides.
constexpr SizeUnit kSizeUnits[] = {
    {"TiB", int64_t{1} << 40},
    {"GiB", int64_t{1} << 30},
    {"MiB", int64_t{1} << 20},
    {"KiB", int64_t{1} << 10},
    {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"KB", 1'000},
    {"kB", 1'000},
    {"B", 1},
};

std::string JoinQuoted(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ", ";
    out += JsonString(texts[i]);
  }
  return out + "]";
}

}  // namespace

std::string_view NameOf(ConfigType type) {
  switch (type) {
    case ConfigType::kString:
      return "string";
    case ConfigType::kPath:
      return "path";
    case ConfigType::kBool:
      return "true or false";
    case ConfigType::kInt:
      return "whole number";
    case ConfigType::kFloat:
      return "number";
    case ConfigType::kDuration:
      return "duration";
    case ConfigType::kSize:
      return "size";
    case ConfigType::kStrings:
      return "list of strings";
    case ConfigType::kPaths:
      return "list of paths";
    case ConfigType::kStringMap:
      return "table of strings";
  }
  return "";
}

std::string ToToml(const ConfigValue& value, ConfigType type) {
  switch (type) {
    case ConfigType::kBool:
      return std::get<bool>(value) ? "true" : "false";
    case ConfigType::kInt:
      return std::to_string(std::get<int64_t>(value));
    case ConfigType::kFloat: {
      std::string text = fmt::format("{}", std::get<double>(value));
      if (text.find_first_of(".en") == std::string::npos) text += ".0";
      return text;
    }
    case ConfigType::kDuration:
      return JsonString(FormatDuration(std::get<int64_t>(value)));
    case ConfigType::kSize:
      return JsonString(FormatByteSize(std::get<int64_t>(value)));
    case ConfigType::kString:
    case ConfigType::kPath:
      return JsonString(std::get<std::string>(value));
    case ConfigType::kStrings:
    case ConfigType::kPaths:
      return JoinQuoted(std::get<std::vector<std::string>>(value));
    case ConfigType::kStringMap: {
      std::string out = "{";
      for (const auto& [name, text] : std::get<std::map<std::string, std::string>>(value)) {
        out += out.size() > 1 ? ", " : " ";
        out += JsonString(name) + " = " + JsonString(text);
      }
      return out + (out.size() > 1 ? " }" : "}");
    }
  }
  CHECK(false);
}

Result<int64_t> ParseByteSize(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  std::string_view unit(rest, static_cast<size_t>(end - rest));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  if (error == std::errc() && std::isfinite(number) && number >= 0) {
    for (const SizeUnit& known : kSizeUnits) {
      if (unit != known.name && !(unit.empty() && known.bytes == 1)) continue;
      const double bytes = number * static_cast<double>(known.bytes);
      if (bytes < 9e18) return static_cast<int64_t>(bytes);
    }
  }
  return Fail(ErrorCode::kParse,
              fmt::format("'{}' is not a size; write for example \"512MiB\" or \"2GB\"", text));
}

std::string FormatByteSize(int64_t bytes) {
  for (const SizeUnit& unit : kSizeUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0) {
      return std::to_string(bytes / unit.bytes) + std::string(unit.name);
    }
  }
  return "0B";
}

Result<std::string> ExpandEnvironment(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      out += '$';
      text.remove_prefix(1);
      continue;
    }
    if (!text.starts_with('{')) {
      out += '$';
      continue;
    }
    const size_t close = text.find('}');
    if (close == std::string_view::npos) {
      return Fail(ErrorCode::kInvalidArgument, "'${' without '}'; a literal $ is written $$");
    }
    const std::string_view inside = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    const size_t colon = inside.find(":-");
    const std::string name(inside.substr(0, colon));
    const char* const value = std::getenv(name.c_str());
    if (value != nullptr && *value != '\0') {
      out += value;
    } else if (colon != std::string_view::npos) {
      out += inside.substr(colon + 2);
    } else if (value == nullptr) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("the environment has no {0}; set it or write ${{{0}:-default}}", name));
    }
  }
  return out;
}

std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string* nearest = nullptr;
  size_t least = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < least) {
      least = distance;
      nearest = &candidate;
    }
  }
  return nearest == nullptr ? "" : *nearest;
}

}  // namespace tidemark

// The bounds and choices of configuration keys.

#include <fmt/format.h>

#include "tidemark/base/json_text.h"
#include "tidemark/pipeline/config_keys.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

std::string BoundText(const ConfigKey& key, double bound) {
  if (key.type == ConfigType::kFloat) return fmt::format("{}", bound);
  const auto whole = static_cast<int64_t>(bound);
  if (key.type == ConfigType::kDuration) return FormatDuration(whole);
  if (key.type == ConfigType::kSize) return FormatByteSize(whole);
  return fmt::format("{}", whole);
}

Status CheckNumber(const ConfigKey& key, double number) {
  if ((!key.least || number >= *key.least) && (!key.most || number <= *key.most)) return {};
  return Fail(ErrorCode::kInvalidArgument, fmt::format("must be {}", RangeText(key)));
}

Status CheckChoice(const ConfigKey& key, const std::string& text) {
  if (key.choices.empty()) return {};
  for (const std::string& choice : key.choices) {
    if (text == choice) return {};
  }
  const std::string nearest = NearestWord(text, key.choices);
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is not possible; {}must be {}", JsonString(text),
                          nearest.empty() ? "" : fmt::format("did you mean \"{}\"? It ", nearest),
                          RangeText(key)));
}

}  // namespace

std::string RangeText(const ConfigKey& key) {
  if (!key.choices.empty()) {
    std::string out;
    for (size_t i = 0; i < key.choices.size(); ++i) {
      if (i > 0) out += i + 1 == key.choices.size() ? " or " : ", ";
      out += JsonString(key.choices[i]);
    }
    return out;
  }
  if (key.least && key.most) {
    return BoundText(key, *key.least) + " to " + BoundText(key, *key.most);
  }
  if (key.least) return "at least " + BoundText(key, *key.least);
  if (key.most) return "at most " + BoundText(key, *key.most);
  return "";
}

Status CheckRange(const ConfigKey& key, const ConfigValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return CheckNumber(key, static_cast<double>(*number));
  }
  if (const auto* number = std::get_if<double>(&value)) return CheckNumber(key, *number);
  if (const auto* text = std::get_if<std::string>(&value)) return CheckChoice(key, *text);
  if (const auto* texts = std::get_if<Strings>(&value)) {
    for (const std::string& text : *texts) TM_TRY(CheckChoice(key, text));
  }
  return {};
}

}  // namespace tidemark

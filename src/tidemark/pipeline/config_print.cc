// Config back to TOML.

#include <fmt/format.h>

#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/config_keys.h"

namespace tidemark {
namespace {

// "$" starts a reference to the environment when read.
std::string EscapeDollars(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '$' ? "$$" : std::string(1, c);
  return out;
}

ConfigValue Escaped(ConfigValue value) {
  if (auto* text = std::get_if<std::string>(&value)) *text = EscapeDollars(*text);
  if (auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    for (std::string& text : *texts) text = EscapeDollars(text);
  }
  if (auto* map = std::get_if<std::map<std::string, std::string>>(&value)) {
    for (auto& [name, text] : *map) text = EscapeDollars(text);
  }
  return value;
}

void PrintKeys(std::string_view section, const Config& config, const SourceConfig& source,
               Secrets secrets, std::string& out) {
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.section() != section) continue;
    const ConfigValue value = key.get(config, source);
    if (key.secret && secrets == Secrets::kHide && !std::get<std::string>(value).empty()) {
      out += fmt::format("# {} is set and not shown\n", key.name());
      continue;
    }
    out += fmt::format("{} = {}\n", key.name(), ToToml(Escaped(value), key.type));
  }
}

}  // namespace

std::string PrintConfig(const Config& config, Secrets secrets) {
  std::string out;
  const SourceConfig no_source;
  for (const ConfigSection& section : ConfigSections()) {
    if (section.name == "source") continue;
    if (!section.name.empty()) out += fmt::format("\n[{}]\n", section.name);
    PrintKeys(section.name, config, no_source, secrets, out);
  }
  for (const SourceConfig& source : config.sources) {
    out += "\n[[source]]\n";
    PrintKeys("source", config, source, secrets, out);
  }
  return out;
}

}  // namespace tidemark

#include "tidemark/pipeline/config_reference.h"

#include <fmt/format.h>

#include "tidemark/base/json_text.h"
#include "tidemark/pipeline/config_keys.h"

namespace tidemark {
namespace {

std::string DefaultLiteral(const ConfigKey& key) {
  return ToToml(key.get(Config{}, SourceConfig{}), key.type);
}

// Breaks `text` into lines of at most `width` that begin with `prefix`.
std::string Wrapped(std::string_view text, std::string_view prefix, size_t width) {
  std::string out;
  std::string line(prefix);
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    if (line.size() + 1 + word.size() > width && line.size() > prefix.size()) {
      out += line + "\n";
      line = prefix;
    }
    if (line.size() > prefix.size()) line += ' ';
    line += word;
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return out + line + "\n";
}

std::string TypeText(const ConfigKey& key) {
  std::string text(NameOf(key.type));
  if (!key.unit.empty()) text += fmt::format(", {}", key.unit);
  if (const std::string range = RangeText(key); !range.empty()) text += "; " + range;
  return text;
}

std::string SchemaOfType(const ConfigKey& key) {
  std::string choices;
  for (const std::string& choice : key.choices) {
    choices += (choices.empty() ? "" : ", ") + JsonString(choice);
  }
  const std::string text_schema =
      choices.empty() ? R"("type": "string")" : fmt::format(R"("enum": [{}])", choices);
  const auto bounds = [&] {
    std::string out;
    if (key.least) out += fmt::format(R"(, "minimum": {})", *key.least);
    if (key.most) out += fmt::format(R"(, "maximum": {})", *key.most);
    return out;
  };
  switch (key.type) {
    case ConfigType::kBool:
      return R"("type": "boolean")";
    case ConfigType::kInt:
      return R"("type": "integer")" + bounds();
    case ConfigType::kFloat:
      return R"("type": "number")" + bounds();
    case ConfigType::kDuration:
      return R"("type": "string", "pattern": "^[0-9]+(s|m|h|d|w)$")";
    case ConfigType::kSize:
      return R"("type": ["string", "integer"])";
    case ConfigType::kStrings:
      if (choices.empty()) {
        return R"("type": "array", "items": { "type": ["string", "integer"] })";
      }
      [[fallthrough]];
    case ConfigType::kPaths:
      return fmt::format(R"("type": "array", "items": {{ {} }})", text_schema);
    case ConfigType::kStringMap:
      return R"("type": "object", "additionalProperties": { "type": "string" })";
    default:
      return text_schema;
  }
}

// TOML literals of the default that are not JSON too are left out.
std::string SchemaDefault(const ConfigKey& key) {
  if (key.type == ConfigType::kStringMap) return "";
  return fmt::format(R"(, "default": {})", DefaultLiteral(key));
}

std::string SchemaProperties(std::string_view section, int indent) {
  std::string out;
  const std::string pad(static_cast<size_t>(indent), ' ');
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.section() != section) continue;
    out += fmt::format("{}{}{}: {{ {}{}, \"description\": {} }}", out.empty() ? "" : ",\n", pad,
                       JsonString(key.name()), SchemaOfType(key), SchemaDefault(key),
                       JsonString(key.help));
  }
  return out;
}

void AppendTemplateKeys(std::string_view section, const Config& config, const SourceConfig& source,
                        bool comment_defaults, std::string& out) {
  const Config default_config;
  const SourceConfig default_source;
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.section() != section) continue;
    const std::string value = ToToml(key.get(config, source), key.type);
    const std::string standard = ToToml(key.get(default_config, default_source), key.type);
    const bool is_set = value != standard || key.key == "lake";
    if (!is_set && !comment_defaults) continue;
    out += "\n" + Wrapped(key.help, "# ", 90);
    if (const std::string range = RangeText(key); !range.empty()) {
      out += Wrapped("Range: " + range + ".", "# ", 90);
    }
    if (is_set) {
      out += fmt::format("{} = {}\n", key.name(), value);
    } else if (standard == "\"\"" || standard == "{}") {
      out += fmt::format("# {} = {}   # an example; not set\n", key.name(), key.example);
    } else {
      out += fmt::format("# {} = {}\n", key.name(), standard);
    }
  }
}

}  // namespace

std::string ConfigReferenceMarkdown() {
  std::string out =
      "# Configuration\n\n"
      "Written by `tidemark init`, checked by `tidemark check`, read from `tidemark.toml` in the "
      "current folder\nor from the file `-c` names. Every key has a default; files given to "
      "`tidemark run` need no\nconfiguration at all. `--set key=value` sets any key for one call, "
      "`--print-config` shows what holds.\n\n"
      "- Strings may hold `${NAME}` and `${NAME:-default}`, replaced from the environment; `$$` is "
      "a `$`.\n"
      "- Relative paths are taken from the folder of the file they stand in.\n"
      "- Durations: `90s`, `30m`, `4h`, `1d`, `2w`. Sizes: `512MiB`, `2GB`.\n"
      "- An editor that knows JSON Schema can use [config.schema.json](config.schema.json), also "
      "printed by\n  `tidemark check --schema`.\n\n"
      "This page is generated from the program (`tidemark reference config`); do not edit it.\n";
  for (const ConfigSection& section : ConfigSections()) {
    out += section.name.empty()
               ? "\n## At the top\n\n"
               : fmt::format("\n## [{}]\n\n",
                             section.name == "source" ? "[source]" : std::string(section.name));
    out += fmt::format(
        "{}\n\n| key | default | type and range | meaning | example |\n"
        "| --- | --- | --- | --- | --- |\n",
        section.help);
    for (const ConfigKey& key : ConfigKeys()) {
      if (key.section() != section.name) continue;
      out += fmt::format("| `{}` | {} | {} | {} | `{}` |\n", key.name(),
                         "`" + DefaultLiteral(key) + "`", TypeText(key), key.help, key.example);
    }
  }
  return out;
}

std::string ConfigJsonSchema() {
  std::string out =
      "{\n"
      "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
      "  \"title\": \"tidemark.toml\",\n"
      "  \"type\": \"object\",\n"
      "  \"additionalProperties\": false,\n"
      "  \"properties\": {\n";
  out += SchemaProperties("", 4);
  for (const ConfigSection& section : ConfigSections()) {
    if (section.name.empty()) continue;
    const bool list = section.name == "source";
    const std::string pad = list ? "      " : "    ";
    out += fmt::format(",\n    {}: {{\n      \"description\": {},\n", JsonString(section.name),
                       JsonString(section.help));
    if (list) out += "      \"type\": \"array\",\n      \"items\": {\n";
    out += fmt::format("{0}  \"type\": \"object\",\n{0}  \"additionalProperties\": false,\n", pad);
    if (list) {
      out += pad + "  \"anyOf\": [{ \"required\": [\"paths\"] }, { \"required\": [\"feed\"] }],\n";
    }
    out += fmt::format("{0}  \"properties\": {{\n{1}\n{0}  }}\n", pad,
                       SchemaProperties(section.name, list ? 10 : 8));
    out += list ? "      }\n    }" : "    }";
  }
  return out + "\n  }\n}\n";
}

std::string ConfigTemplate(const Config& config) {
  std::string out =
      "# Configuration of Tidemark. `tidemark check` says whether it is right, `tidemark run` uses "
      "it.\n"
      "# Keys that are commented out show their defaults. Strings may hold ${NAME} and "
      "${NAME:-default},\n# replaced from the environment; relative paths begin at this file's "
      "folder.\n";
  const SourceConfig no_source;
  for (const ConfigSection& section : ConfigSections()) {
    if (section.name == "source") continue;
    if (!section.name.empty()) {
      out += "\n" + Wrapped(section.help, "# ", 90) + fmt::format("[{}]\n", section.name);
    }
    AppendTemplateKeys(section.name, config, no_source, true, out);
  }
  out += "\n" + Wrapped(ConfigSections().back().help, "# ", 90);
  for (size_t i = 0; i < config.sources.size(); ++i) {
    out += i == 0 ? "[[source]]\n" : "\n[[source]]\n";
    AppendTemplateKeys("source", config, config.sources[i], i == 0, out);
  }
  if (config.sources.empty()) {
    out +=
        "#\n# [[source]]\n# paths = [\"history/*.csv.gz\", \"s3://my-bucket/klines/\"]\n"
        "# venue = \"bitfinex\"\n";
  }
  return out;
}

}  // namespace tidemark

// TOML to Config. Every error has the place of what is wrong; all of them are reported together.

#include <algorithm>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "tidemark/base/file.h"
#include "tidemark/base/json_text.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/config_keys.h"
#include "tidemark/source/alphavantage/alphavantage_request.h"

namespace tidemark {
namespace {

using Strings = std::vector<std::string>;

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// Reads one document into a Config; used once per document.
class ConfigReader {
 public:
  ConfigReader(Config& config, std::string name)
      : config_(config), name_(std::move(name)), folder_(FolderOf(name_)) {}

  void Read(const toml::table& document) { ReadSection(document, "", unused_source_); }

  // One --set: the value for a key that exists.
  void Set(const ConfigKey& key, const toml::node& node) {
    if (!key.of_source()) return Apply(key, node, unused_source_);
    if (config_.sources.empty()) return Add(node, "there is no [[source]] to set it on");
    for (SourceConfig& source : config_.sources) Apply(key, node, source);
  }

  void UsePlaces(bool with_line) { with_line_ = with_line; }
  const std::vector<std::string>& errors() const { return errors_; }

 private:
  void ReadSection(const toml::table& table, std::string_view section, SourceConfig& source);
  void ReadSources(const toml::node& node);
  void CheckSource(const toml::node& element, const SourceConfig& source);
  void Apply(const ConfigKey& key, const toml::node& node, SourceConfig& source);
  Result<ConfigValue> ValueOf(const ConfigKey& key, const toml::node& node) const;
  Result<std::string> TextOf(const toml::node& node, ConfigType type) const;
  void Add(const toml::node& node, std::string_view message) { AddAt(node.source(), message); }
  void AddAt(const toml::source_region& where, std::string_view message);

  Config& config_;
  std::string name_;
  std::string folder_;
  bool with_line_ = true;
  SourceConfig unused_source_;
  std::vector<std::string> errors_;
};

void ConfigReader::AddAt(const toml::source_region& where, std::string_view message) {
  if (!with_line_) {
    errors_.push_back(fmt::format("{}: {}", name_, message));
    return;
  }
  errors_.push_back(
      fmt::format("{}:{}:{}: {}", name_, where.begin.line, where.begin.column, message));
}

std::string UnknownKey(const std::string& key) {
  Strings known;
  for (const ConfigKey& k : ConfigKeys()) known.emplace_back(k.key);
  for (const ConfigSection& s : ConfigSections()) {
    if (!s.name.empty()) known.emplace_back(s.name);
  }
  std::string nearest = NearestWord(key, known);
  // The right word in the wrong section is near too.
  const std::string last = key.substr(key.rfind('.') + 1);
  for (size_t i = 0; nearest.empty() && i < known.size(); ++i) {
    if (known[i].substr(known[i].rfind('.') + 1) == last) nearest = known[i];
  }
  return fmt::format("unknown key '{}'{}", key,
                     nearest.empty() ? "; docs/reference/config.md lists all"
                                     : fmt::format("; did you mean '{}'?", nearest));
}

void ConfigReader::ReadSection(const toml::table& table, std::string_view section,
                               SourceConfig& source) {
  for (const auto& [toml_key, node] : table) {
    const std::string_view word = toml_key.str();
    const std::string key =
        section.empty() ? std::string(word) : fmt::format("{}.{}", section, word);
    if (const ConfigKey* known = FindConfigKey(key)) {
      Apply(*known, node, source);
      continue;
    }
    const bool is_section = std::ranges::any_of(
        ConfigSections(), [&](const ConfigSection& s) { return !s.name.empty() && s.name == key; });
    if (!is_section) {
      AddAt(toml_key.source(), UnknownKey(key));
    } else if (key == "source") {
      ReadSources(node);
    } else if (const toml::table* inner = node.as_table()) {
      ReadSection(*inner, key, source);
    } else {
      Add(node, fmt::format("'{0}' is a section: write [{0}] on a line of its own", key));
    }
  }
}

void ConfigReader::ReadSources(const toml::node& node) {
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    return Add(node, "sources are a list: write [[source]], with two brackets");
  }
  for (const toml::node& element : *list) {
    const toml::table* table = element.as_table();
    if (table == nullptr) {
      Add(element, "a source is a table: write [[source]] on a line of its own");
      continue;
    }
    SourceConfig source;
    const size_t errors_before = errors_.size();
    ReadSection(*table, "source", source);
    if (errors_.size() == errors_before) CheckSource(element, source);
    config_.sources.push_back(std::move(source));
  }
}

void ConfigReader::CheckSource(const toml::node& element, const SourceConfig& source) {
  if (source.is_feed() && !source.paths.empty()) {
    Add(element, "a [[source]] has paths or a feed, not both");
  } else if (source.is_feed() && source.feed.symbols.empty()) {
    Add(element, "this feed has no symbols; write for example symbols = [\"BTC-USDT\"]");
  } else if (source.feed.venue == kAlphaVantage && source.feed.candles.empty() &&
             !source.feed.exchange_rates) {
    Add(element, "alphavantage has no trades; write for example candles = [\"5m\", \"1d\"]");
  } else if (source.is_feed() && !source.feed.trades && source.feed.candles.empty() &&
             source.feed.venue != kAlphaVantage) {
    Add(element, "this feed takes neither trades nor candles; write trades = true");
  } else if (source.feed.since != kMinTime && source.feed.venue == kAlphaVantage) {
    Add(element, "alphavantage tells all that it has, and takes no since; leave it out");
  } else if (!source.is_feed() && source.paths.empty()) {
    Add(element,
        "this [[source]] has no paths; write for example paths = [\"ltcusd.csv\"], or "
        "feed = \"binance\"");
  }
}

void ConfigReader::Apply(const ConfigKey& key, const toml::node& node, SourceConfig& source) {
  const auto status = [&]() -> Status {
    const auto value = ValueOf(key, node);
    if (!value) return Fail(value.error());
    TM_TRY(CheckRange(key, *value));
    if (key.is_definition()) config_.definitions_given.insert(std::string(key.key));
    return key.set(config_, source, *value);
  }();
  if (!status) Add(node, fmt::format("{}: {}", key.key, status.error().message()));
}

Result<std::string> ConfigReader::TextOf(const toml::node& node, ConfigType type) const {
  const auto* text = node.as_string();
  if (text == nullptr) {
    // A number in a list of strings reads well: horizons = [30, "1h"].
    if (type == ConfigType::kStrings && node.is_integer()) {
      return std::to_string(node.as_integer()->get());
    }
    return Fail(ErrorCode::kInvalidArgument, "must be a string, in quotes");
  }
  TM_ASSIGN(std::string expanded, ExpandEnvironment(text->get()));
  const bool is_path = type == ConfigType::kPath || type == ConfigType::kPaths;
  if (is_path && !expanded.empty() && expanded[0] != '/' && !IsS3Uri(expanded)) {
    expanded = folder_ + expanded;
  }
  return expanded;
}

Result<ConfigValue> ConfigReader::ValueOf(const ConfigKey& key, const toml::node& node) const {
  const auto wrong = [&](std::string_view example) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("must be a {}; write for example {}", NameOf(key.type), example));
  };
  switch (key.type) {
    case ConfigType::kString:
    case ConfigType::kPath: {
      auto text = TextOf(node, key.type);
      if (!text) return Fail(text.error());
      return Result<ConfigValue>(std::in_place, *std::move(text));
    }
    case ConfigType::kBool:
      if (const auto* value = node.as_boolean()) return ConfigValue(value->get());
      return Fail(ErrorCode::kInvalidArgument, "must be true or false, without quotes");
    case ConfigType::kInt:
      if (const auto* value = node.as_integer()) return ConfigValue(value->get());
      return wrong(key.example);
    case ConfigType::kFloat:
      if (const auto* value = node.as_floating_point()) return ConfigValue(value->get());
      if (const auto* value = node.as_integer()) {
        return ConfigValue(static_cast<double>(value->get()));
      }
      return wrong(key.example);
    case ConfigType::kDuration: {
      if (!node.is_string()) return wrong(key.example);
      TM_ASSIGN(const std::string text, TextOf(node, key.type));
      if (text == "0d" || text == "0s") return ConfigValue(int64_t{0});  // where the range has it
      const auto micros = ParseDuration(text);
      if (!micros) {
        return Fail(ErrorCode::kInvalidArgument,
                    fmt::format("{} is not a duration; write for example {}", JsonString(text),
                                key.example));
      }
      return ConfigValue(*micros);
    }
    case ConfigType::kSize: {
      if (const auto* value = node.as_integer()) return ConfigValue(value->get());
      TM_ASSIGN(const std::string text, TextOf(node, key.type));
      TM_ASSIGN(const int64_t bytes, ParseByteSize(text));
      return ConfigValue(bytes);
    }
    case ConfigType::kStrings:
    case ConfigType::kPaths: {
      const toml::array* list = node.as_array();
      if (list == nullptr) return wrong(key.example);
      Strings texts;
      for (const toml::node& element : *list) {
        TM_ASSIGN(std::string text, TextOf(element, key.type));
        texts.push_back(std::move(text));
      }
      return Result<ConfigValue>(std::in_place, std::move(texts));
    }
    case ConfigType::kStringMap: {
      const toml::table* table = node.as_table();
      if (table == nullptr) return wrong(key.example);
      std::map<std::string, std::string> map;
      for (const auto& [name, element] : *table) {
        TM_ASSIGN(std::string text, TextOf(element, key.type));
        map.emplace(name.str(), std::move(text));
      }
      return Result<ConfigValue>(std::in_place, std::move(map));
    }
  }
  return Fail(ErrorCode::kInternal, "a configuration key of an unknown type");
}

Status JoinErrors(const std::vector<std::string>& errors) {
  if (errors.empty()) return {};
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}", fmt::join(errors, "\n")));
}

Result<toml::table> ParseToml(std::string_view text, const std::string& name) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}:{}:{}: {}", name, error.source().begin.line,
                            error.source().begin.column, error.description()));
  }
}

// The right side of --set as TOML: quotes and brackets may be left out.
std::string SetLiteral(const ConfigKey& key, std::string_view text) {
  const bool quoted = text.starts_with('"') || text.starts_with('\'');
  switch (key.type) {
    case ConfigType::kBool:
    case ConfigType::kInt:
    case ConfigType::kFloat:
    case ConfigType::kStringMap:
      return std::string(text);
    case ConfigType::kStrings:
    case ConfigType::kPaths: {
      if (text.starts_with('[')) return std::string(text);
      std::string list = "[";
      while (!text.empty()) {
        const size_t comma = text.find(',');
        const std::string_view element = text.substr(0, comma);
        list += (list.size() > 1 ? ", " : "") + JsonString(element);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
      }
      return list + "]";
    }
    default:
      return quoted ? std::string(text) : JsonString(text);
  }
}

Status ApplySetFlag(const std::string& flag, Config& config) {
  const size_t equals = flag.find('=');
  if (equals == std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--set {}: write key=value, for example --set seed=7", flag));
  }
  const std::string name = flag.substr(0, equals);
  const ConfigKey* key = FindConfigKey(name);
  if (key == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("--set {}: {}", flag, UnknownKey(name)));
  }
  const auto document =
      ParseToml("value = " + SetLiteral(*key, std::string_view(flag).substr(equals + 1)), "--set");
  if (!document) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--set {}: not a value; write for example --set {}={}", flag, key->key,
                            key->example));
  }
  ConfigReader reader(config, "--set");
  reader.UsePlaces(false);
  reader.Set(*key, *document->get("value"));
  return JoinErrors(reader.errors());
}

}  // namespace

Result<Config> ParseConfig(std::string_view toml, const std::string& name,
                           const std::vector<std::string>& set_flags) {
  TM_ASSIGN(const toml::table document, ParseToml(toml, name));
  Config config;
  ConfigReader reader(config, name);
  reader.Read(document);
  TM_TRY(JoinErrors(reader.errors()));
  for (const std::string& flag : set_flags) TM_TRY(ApplySetFlag(flag, config));
  for (const SourceConfig& source : config.sources) {
    if (!source.paths.empty() || source.is_feed()) continue;
    return Fail(ErrorCode::kInvalidArgument,
                "--set source.paths: is empty; write for example source.paths=ltcusd.csv");
  }
  if (std::ranges::find(config.models, "persistence") == config.models.end()) {
    config.models.insert(config.models.begin(), "persistence");
  }
  if (auto valid = ValidateConfig(config); !valid) {
    return Fail(name.empty() ? valid.error() : valid.error().With(name));
  }
  return config;
}

Result<Config> LoadConfig(const std::string& path, const std::vector<std::string>& set_flags) {
  if (path.empty()) return ParseConfig("", "", set_flags);
  auto text = ReadFile(path);
  if (!text) {
    if (text.error().code() != ErrorCode::kNotFound) return Fail(text.error());
    return Fail(ErrorCode::kNotFound,
                fmt::format("there is no {}; `tidemark init` writes one", path));
  }
  TM_ASSIGN(Config config, ParseConfig(*text, path, set_flags));
  config.from_file = true;
  return config;
}

}  // namespace tidemark

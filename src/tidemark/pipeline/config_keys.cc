#include "tidemark/pipeline/config_keys.h"

#include <fmt/format.h>

#include "tidemark/base/check.h"
#include "tidemark/pipeline/config_key_members.h"
#include "tidemark/source/alphavantage/alphavantage_request.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

using StringMap = std::map<std::string, std::string>;

template <auto kMember>
ConfigKey S3Text(ConfigKey key) {
  key.set = [](Config& config, SourceConfig&, const ConfigValue& value) -> Status {
    config.s3.*kMember = std::get<std::string>(value);
    return {};
  };
  key.get = [](const Config& config, const SourceConfig&) {
    return ConfigValue(config.s3.*kMember);
  };
  return key;
}

template <auto kMember, typename Stored>
ConfigKey OfSource(ConfigKey key) {
  key.set = [](Config&, SourceConfig& source, const ConfigValue& value) -> Status {
    auto& member = source.*kMember;
    member = static_cast<std::remove_reference_t<decltype(member)>>(std::get<Stored>(value));
    return {};
  };
  key.get = [](const Config&, const SourceConfig& source) {
    return ConfigValue(static_cast<Stored>(source.*kMember));
  };
  return key;
}

template <auto kMember, typename Stored>
ConfigKey OfOptions(ConfigKey key) {
  key.set = [](Config&, SourceConfig& source, const ConfigValue& value) -> Status {
    source.options.*kMember = std::get<Stored>(value);
    return {};
  };
  key.get = [](const Config&, const SourceConfig& source) {
    return ConfigValue(source.options.*kMember);
  };
  return key;
}

template <auto kMember, typename Parsed, std::string (*kText)(const Parsed&)>
ConfigKey OptionalOfSource(ConfigKey key) {
  key.set = [](Config&, SourceConfig& source, const ConfigValue& value) -> Status {
    const auto& text = std::get<std::string>(value);
    auto& member = source.options.*kMember;
    member.reset();
    if (text.empty()) return {};
    TM_ASSIGN(member, Parsed::Parse(text));
    return {};
  };
  key.get = [](const Config&, const SourceConfig& source) {
    const auto& member = source.options.*kMember;
    return ConfigValue(member ? kText(*member) : std::string());
  };
  return key;
}

template <auto kMember, typename Stored>
ConfigKey OfFeed(ConfigKey key) {
  key.set = [](Config&, SourceConfig& source, const ConfigValue& value) -> Status {
    source.feed.*kMember = std::get<Stored>(value);
    return {};
  };
  key.get = [](const Config&, const SourceConfig& source) {
    return ConfigValue(source.feed.*kMember);
  };
  return key;
}

template <auto kMember, typename Element, std::string (*kText)(const Element&)>
ConfigKey ListOfFeed(ConfigKey key) {
  key.type = ConfigType::kStrings;
  key.set = [](Config&, SourceConfig& source, const ConfigValue& value) -> Status {
    std::vector<Element> elements;
    for (const std::string& text : std::get<Strings>(value)) {
      TM_ASSIGN(Element element, Element::Parse(text));
      elements.push_back(std::move(element));
    }
    source.feed.*kMember = std::move(elements);
    return {};
  };
  key.get = [](const Config&, const SourceConfig& source) {
    Strings texts;
    for (const Element& element : source.feed.*kMember) texts.push_back(kText(element));
    return ConfigValue(std::move(texts));
  };
  return key;
}

std::string TextOfSymbol(const Symbol& symbol) { return symbol.text(); }
std::string TextOfInterval(const Interval& interval) { return interval.ToString(); }

ConfigKey TimeIsKey(ConfigKey key) {
  key.set = [](Config&, SourceConfig& source, const ConfigValue& value) -> Status {
    source.options.time_is =
        std::get<std::string>(value) == "close" ? TimeIs::kClose : TimeIs::kOpen;
    return {};
  };
  key.get = [](const Config&, const SourceConfig& source) {
    return ConfigValue(std::string(source.options.time_is == TimeIs::kClose ? "close" : "open"));
  };
  return key;
}

ConfigKey PathStyleKey(ConfigKey key) {
  key.set = [](Config& config, SourceConfig&, const ConfigValue& value) -> Status {
    config.s3.path_style = std::get<bool>(value);
    return {};
  };
  key.get = [](const Config& config, const SourceConfig&) {
    return ConfigValue(config.s3.path_style);
  };
  return key;
}

ConfigKey SinceKey(ConfigKey key) {
  key.set = [](Config&, SourceConfig& source, const ConfigValue& value) -> Status {
    const auto& text = std::get<std::string>(value);
    source.feed.since = kMinTime;
    if (text.empty()) return {};
    TM_ASSIGN(source.feed.since, ParseTime(text));
    return {};
  };
  key.get = [](const Config&, const SourceConfig& source) {
    const EventTime since = source.feed.since;
    return ConfigValue(since == kMinTime ? std::string() : FormatTime(since));
  };
  return key;
}

void AddGeneralKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Plain<&Config::lake, std::string>(
      {.key = "lake",
       .type = ConfigType::kPath,
       .help =
           "The folder, or s3://bucket/prefix, that holds the tables. Created by the first run.",
       .example = "\"s3://my-bucket/tidemark\""}));
  keys.push_back(Plain<&Config::threads, int64_t>(
      {.key = "threads",
       .type = ConfigType::kInt,
       .unit = "threads",
       .help =
           "How many to work with; 0 takes all this process may use. Results do not depend on it.",
       .example = "2",
       .least = 0,
       .most = 1024}));
  keys.push_back(Plain<&Config::memory_limit_bytes, int64_t>(
      {.key = "memory_limit",
       .type = ConfigType::kSize,
       .help =
           "Above this much input held in memory, a run sorts through temporary files; of boosted "
           "trees no more months are fitted at once than have room in it.",
       .example = "\"4GiB\"",
       .least = 64.0 * (1 << 20)}));
  keys.push_back(Plain<&Config::seed, int64_t>(
      {.key = "seed",
       .type = ConfigType::kInt,
       .help = "Where every random choice begins: the study's split, simulated markets.",
       .example = "7",
       .least = 0}));
}

void AddS3Keys(std::vector<ConfigKey>& keys) {
  keys.push_back(S3Text<&S3Options::endpoint>(
      {.key = "s3.endpoint",
       .help = "The server's URL; empty means Amazon's for the region.",
       .example = "\"http://127.0.0.1:9000\""}));
  keys.push_back(S3Text<&S3Options::region>({.key = "s3.region",
                                             .help = "The region requests are signed for.",
                                             .example = "\"eu-central-1\""}));
  keys.push_back(PathStyleKey({.key = "s3.path_style",
                               .type = ConfigType::kBool,
                               .help = "https://host/bucket/key; false: https://bucket.host/key.",
                               .example = "false"}));
  keys.push_back(Plain<&Config::s3_credentials_file, std::string>(
      {.key = "s3.credentials_file",
       .type = ConfigType::kPath,
       .help = "An INI file with an [AWS] section (KEY and SECRET). Empty: the environment, "
               "~/.aws, the roles of containers and machines.",
       .example = "\"dl.cfg\""}));
  keys.push_back(S3Text<&S3Options::access_key>(
      {.key = "s3.access_key",
       .help = "Better left to the environment or a credentials file.",
       .example = "\"${MY_S3_KEY}\"",
       .secret = true}));
  keys.push_back(S3Text<&S3Options::secret_key>({.key = "s3.secret_key",
                                                 .help = "Goes with s3.access_key.",
                                                 .example = "\"${MY_S3_SECRET}\"",
                                                 .secret = true}));
  keys.push_back(
      S3Text<&S3Options::session_token>({.key = "s3.session_token",
                                         .help = "Of temporary credentials; usually empty.",
                                         .example = "\"${AWS_SESSION_TOKEN:-}\"",
                                         .secret = true}));
}

void AddSourceKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Plain<&Config::reject_limit, double>(
      {.key = "rejects.limit",
       .type = ConfigType::kFloat,
       .help = "A run that rejects a greater share of its rows changes nothing and exits with 3.",
       .example = "0.05",
       .least = 0,
       .most = 1}));
  keys.push_back(Plain<&Config::reject_limit_after_rows, int64_t>(
      {.key = "rejects.after_rows",
       .type = ConfigType::kInt,
       .unit = "rows",
       .help = "The limit applies from this many rows on.",
       .example = "100",
       .least = 1}));
  keys.push_back(OfSource<&SourceConfig::paths, Strings>(
      {.key = "source.paths",
       .type = ConfigType::kPaths,
       .help = "Files, folders (all files below), globs, s3://bucket/key-or-prefix.",
       .example = "[\"history/*.csv.gz\", \"s3://my-bucket/klines/\"]"}));
  keys.push_back(OfSource<&SourceConfig::name, std::string>(
      {.key = "source.name",
       .help = "For messages; the first path when empty.",
       .example = "\"kaggle\""}));
  keys.push_back(OfOptions<&CandleFileOptions::venue, std::string>(
      {.key = "source.venue",
       .help = "Where the prices come from; empty: from the file's name, else \"unknown\".",
       .example = "\"bitfinex\""}));
  keys.push_back(OptionalOfSource<&CandleFileOptions::symbol, Symbol, TextOfSymbol>(
      {.key = "source.symbol",
       .help = "BASE-QUOTE; empty: from a symbol column, else from the file's name.",
       .example = "\"LTC-USD\""}));
  keys.push_back(OptionalOfSource<&CandleFileOptions::interval, Interval, TextOfInterval>(
      {.key = "source.interval",
       .help = "The candles' length; empty: from the file's name, else from the times' steps.",
       .example = "\"1m\""}));
  keys.push_back(TimeIsKey({.key = "source.time_is",
                            .help = "Which end of a candle its time names.",
                            .example = "\"close\"",
                            .choices = {"open", "close"}}));
  keys.push_back(OfOptions<&CandleFileOptions::timezone, std::string>(
      {.key = "source.timezone",
       .help = "The zone (IANA name) of times that do not say their own.",
       .example = "\"America/New_York\""}));
  keys.push_back(OfOptions<&CandleFileOptions::time_unit, std::string>(
      {.key = "source.time_unit",
       .help = "The unit of times; empty: inferred, and checked against the calendar.",
       .example = "\"ms\"",
       .choices = {"", "s", "ms", "us", "ns", "iso"}}));
  keys.push_back(OfOptions<&CandleFileOptions::columns, StringMap>(
      {.key = "source.columns",
       .type = ConfigType::kStringMap,
       .help = "Our name of a column (time, open, high, low, close, volume, symbol) = the file's.",
       .example = "{ time = \"ts\", volume = \"amount\" }"}));
  keys.push_back(OfSource<&SourceConfig::rank, int64_t>(
      {.key = "source.rank",
       .type = ConfigType::kInt,
       .help = "Of two values for the same candle the one of the higher rank is kept.",
       .example = "10",
       .least = -1000,
       .most = 1000}));
}

void AddFeedKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(OfFeed<&FeedConfig::venue, std::string>(
      {.key = "source.feed",
       .help = "A venue whose live messages `tidemark live` takes, instead of paths.",
       .example = "\"binance\"",
       .choices = [] {
         Strings venues = {""};
         venues.insert(venues.end(), kFeedVenues.begin(), kFeedVenues.end());
         venues.emplace_back(kAlphaVantage);
         return venues;
       }()}));
  keys.push_back(ListOfFeed<&FeedConfig::symbols, Symbol, TextOfSymbol>(
      {.key = "source.symbols",
       .help = "What to subscribe to, as BASE-QUOTE.",
       .example = "[\"BTC-USDT\", \"ETH-USDT\"]"}));
  keys.push_back(OfFeed<&FeedConfig::trades, bool>({.key = "source.trades",
                                                    .type = ConfigType::kBool,
                                                    .help = "Whether a feed's trades are taken.",
                                                    .example = "false"}));
  keys.push_back(ListOfFeed<&FeedConfig::candles, Interval, TextOfInterval>(
      {.key = "source.candles",
       .help = "Intervals of the venue's own candles that a feed takes; closed ones are kept.",
       .example = "[\"1m\"]"}));
  keys.push_back(SinceKey(
      {.key = "source.since",
       .help = "Since when (UTC) trades are wanted: what was before the first that the feed has "
               "brought of a symbol is asked for as if it had been missed; candles too. Empty: "
               "from the first live one.",
       .example = "\"2024-01-31T00:00:00Z\""}));
  keys.push_back(OfFeed<&FeedConfig::ws_url, std::string>(
      {.key = "source.ws_url",
       .help = "Where a feed connects to; empty: the venue's public address.",
       .example = "\"ws://127.0.0.1:9000\""}));
  keys.push_back(OfFeed<&FeedConfig::rest_url, std::string>(
      {.key = "source.rest_url",
       .help = "Where what a feed missed is asked for; empty: the venue's public address.",
       .example = "\"http://127.0.0.1:9000\""}));
  keys.push_back(OfFeed<&FeedConfig::ca_file, std::string>(
      {.key = "source.ca_file",
       .type = ConfigType::kPath,
       .help = "Certificates (PEM) a feed trusts; empty: the system's.",
       .example = "\"proxy-ca.pem\""}));
}

// Of services that are asked and count it.
void AddServiceKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(OfFeed<&FeedConfig::api_key, std::string>(
      {.key = "source.api_key",
       .help = "Alpha Vantage's key; empty: ALPHAVANTAGE_API_KEY of the environment.",
       .example = "\"${ALPHAVANTAGE_API_KEY:-}\"",
       .secret = true}));
  keys.push_back(OfFeed<&FeedConfig::requests_per_day, int64_t>(
      {.key = "source.requests_per_day",
       .type = ConfigType::kInt,
       .unit = "requests",
       .help = "As many are made of Alpha Vantage with one key in any 24 hours at most.",
       .example = "500",
       .least = 1,
       .most = 1e6}));
  keys.push_back(
      OfFeed<&FeedConfig::requests_per_minute, int64_t>({.key = "source.requests_per_minute",
                                                         .type = ConfigType::kInt,
                                                         .unit = "requests",
                                                         .help = "The same in any 60 seconds.",
                                                         .example = "75",
                                                         .least = 1,
                                                         .most = 1e4}));
  keys.push_back(OfFeed<&FeedConfig::exchange_rates, bool>(
      {.key = "source.exchange_rates",
       .type = ConfigType::kBool,
       .help = "Whether Alpha Vantage is asked for the symbols' exchange rates too; they are "
               "kept in the table exchange_rates.",
       .example = "true"}));
}

void AddLiveKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Plain<&Config::epoch_us, int64_t>({.key = "live.epoch",
                                                    .type = ConfigType::kDuration,
                                                    .help = "The time between two commits.",
                                                    .example = "\"1m\"",
                                                    .least = 1e5,
                                                    .most = 3.6e9}));
  keys.push_back(
      Plain<&Config::epoch_rows, int64_t>({.key = "live.epoch_rows",
                                           .type = ConfigType::kInt,
                                           .unit = "rows",
                                           .help = "As many rows are committed at once at most.",
                                           .example = "200000",
                                           .least = 1}));
  keys.push_back(Plain<&Config::lateness_us, int64_t>(
      {.key = "live.lateness",
       .type = ConfigType::kDuration,
       .help = "How long after its end a candle waits for late trades; later ones correct it.",
       .example = "\"10s\"",
       .least = 0,
       .most = 8.64e10}));
  keys.push_back(Plain<&Config::idle_us, int64_t>(
      {.key = "live.idle",
       .type = ConfigType::kDuration,
       .help =
           "A symbol without a trade for so long, on an open connection, is complete up to that "
           "long ago; 0d: never.",
       .example = "\"2m\"",
       .least = 0,
       .most = 8.64e10}));
  keys.push_back(Plain<&Config::cross_check_us, int64_t>(
      {.key = "live.cross_check",
       .type = ConfigType::kDuration,
       .help =
           "After so much of a venue's time its trades, whose ids do not tell what is missing, are "
           "held against its history; 0d: never.",
       .example = "\"15m\"",
       .least = 0,
       .most = 8.64e10}));
  keys.push_back(Plain<&Config::frames_limit_bytes, int64_t>(
      {.key = "live.frames_limit",
       .type = ConfigType::kSize,
       .help = "As much received and not yet committed is held at most; above it, feeds wait.",
       .example = "\"16GiB\"",
       .least = 64.0 * (1 << 20)}));
  keys.push_back(Plain<&Config::record, std::string>(
      {.key = "live.record",
       .type = ConfigType::kPath,
       .help = "A folder of this lake alone in which all that was received is kept as it came, for "
               "`replay`; empty: it goes once its rows are in the lake.",
       .example = "\"recording\""}));
}

}  // namespace

std::string_view ConfigKey::section() const {
  const size_t dot = key.find('.');
  return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

std::string_view ConfigKey::name() const { return key.substr(key.find('.') + 1); }

const std::vector<ConfigKey>& ConfigKeys() {
  static const std::vector<ConfigKey> keys = [] {
    std::vector<ConfigKey> all;
    AddGeneralKeys(all);
    AddS3Keys(all);
    AddDerivedKeys(all);
    AddForecastKeys(all);
    AddLiveKeys(all);
    AddMonitoringKeys(all);
    AddSourceKeys(all);
    AddFeedKeys(all);
    AddServiceKeys(all);
    return all;
  }();
  return keys;
}

const ConfigKey* FindConfigKey(std::string_view key) {
  for (const ConfigKey& known : ConfigKeys()) {
    if (known.key == key) return &known;
  }
  return nullptr;
}

const std::vector<ConfigSection>& ConfigSections() {
  static const std::vector<ConfigSection> sections = {
      {"", "The lake and the machine."},
      {"s3", "For s3:// addresses, of the lake and of sources alike."},
      {"candles", "Candles of longer intervals."},
      {"features", "What the models see."},
      {"forecasts", "Models, refitted at the start of each UTC month, and what they predict."},
      {"tree", "The decision tree."},
      {"boosted", "Gradient boosted trees (XGBoost), where forecasts.models names them."},
      {"scores", "When `tidemark status` says that a model has become worse."},
      {"rejects", "How much damaged input is too much."},
      {"live", "What `tidemark live` does besides."},
      {"source",
       "Files to read, or a feed to follow; one [[source]] for each kind. The later one in the "
       "file "
       "comes later in acceptance order."},
  };
  return sections;
}

}  // namespace tidemark

// The whole configuration of a lake and what is kept in it, and how it is read from TOML.
//
// One table (ConfigKeys in config_keys.h) names every key once: it drives parsing, validation,
// `--print-config`, `tidemark init`, docs/reference/config.md and the JSON Schema.
//
// Relative paths in a configuration file are taken from the file's folder; those of --set, and of
// the defaults, from the current one. Strings may hold ${NAME} and ${NAME:-default}, replaced from
// the environment once, before anything else is done with them; `$$` is a `$`.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/s3.h"
#include "tidemark/base/time.h"
#include "tidemark/candle/trade_bars.h"
#include "tidemark/forecast/target.h"
#include "tidemark/market/interval.h"
#include "tidemark/source/file/options.h"

namespace tidemark {

// 5m 15m 1h 4h 1d 1w 1mo.
std::vector<Interval> DefaultRollupIntervals();
// FeaturePack::DefaultSpecs().
std::vector<std::string> DefaultFeatureSpecs();
// One horizon of 30 rows.
std::vector<Horizon> DefaultHorizons();

// A venue's live messages.
struct FeedConfig {
  std::string venue;  // "" = not a feed; else one of kFeedVenues, or alphavantage
  std::vector<Symbol> symbols;
  bool trades = true;
  std::vector<Interval> candles;  // as the venue makes them
  std::string ws_url, rest_url;   // "" = the venue's own
  std::string ca_file;            // "" = the system's certificates
  EventTime since = kMinTime;     // trades of a symbol that is new are wanted from here on
  // Of services that are asked and count what they are asked (alphavantage).
  std::string api_key;  // "" = from the environment
  int64_t requests_per_minute = 5, requests_per_day = 25;
  bool exchange_rates = false;
};

// Files of one layout, with what their names and bytes do not say; or a feed.
struct SourceConfig {
  std::vector<std::string> paths;  // files, folders, globs, s3:// addresses
  CandleFileOptions options;       // `now` and `threads` are the runner's to fill
  FeedConfig feed;
  int rank = 0;      // of two values for one candle, the higher rank wins
  std::string name;  // for messages; "" = the first path

  bool is_feed() const { return !feed.venue.empty(); }
};

struct Config {
  std::string lake = "lake";  // folder or s3://bucket/prefix
  std::vector<SourceConfig> sources;
  S3Options s3;                     // as configured; ResolveS3 adds the usual credentials
  std::string s3_credentials_file;  // an INI file with an [AWS] section; "" = the usual chain

  std::vector<Interval> intervals = DefaultRollupIntervals();
  std::vector<BarRule> bars;  // of the table `bars`; none of them of time
  std::vector<std::string> features = DefaultFeatureSpecs();
  std::vector<std::string> models = {"persistence", "drift", "linear", "tree"};
  std::vector<Horizon> horizons = DefaultHorizons();
  int64_t max_target_span_us = kMicrosPerDay;
  int64_t train_window_us = 365 * kMicrosPerDay;
  int64_t refit_lead_us = kMicrosPerHour;
  int64_t min_training_rows = 10'000;
  int tree_depth = 8;
  int tree_min_leaf = 500;
  int tree_bins = 256;
  int boosted_rounds = 200;
  int boosted_depth = 6;
  int boosted_min_leaf = 500;
  double boosted_learning_rate = 0.05;
  uint64_t seed = 0;

  double drift_delta = 0.02;  // forecast/drift.h
  double drift_threshold = 10;
  int64_t drift_window_us = 90 * kMicrosPerDay;

  double reject_limit = 0.01;              // the share of a run's rows above which it fails…
  int64_t reject_limit_after_rows = 1000;  // …once that many were read

  int64_t epoch_us = 10 * kMicrosPerSecond;       // live: the time between commits…
  int64_t epoch_rows = 1'000'000;                 // …but no more rows than this in one
  int64_t lateness_us = 2 * kMicrosPerSecond;     // how late a feed's trades are waited for
  int64_t idle_us = 30 * kMicrosPerSecond;        // a symbol silent so long is complete; 0: never
  int64_t cross_check_us = 5 * kMicrosPerMinute;  // of trades without telling ids; 0: never
  int64_t frames_limit_bytes = int64_t{4} << 30;  // received and not yet committed
  std::string record;                             // a folder for all that came; "" = nowhere
  std::string metrics;                            // a ListenAddress; "" = none
  int64_t silence_limit_us = kMicrosPerMinute;    // for so long a feed may be silent or away

  int threads = 0;  // 0 = as many as this process may use
  int64_t memory_limit_bytes = int64_t{1} << 30;

  // A configuration file says everything: what it leaves out is the default. Without one, a lake's
  // own definitions hold, but for the keys named here (set on the command line).
  bool from_file = false;
  std::set<std::string> definitions_given;

  bool candles = true;  // the stages
  bool derive_features = true;
  bool derive_forecasts = true;
};

// Reads `path` ("" = all defaults), then applies `set_flags` ("key=value", value as in TOML; a bare
// word counts as a string) and checks the whole. Errors: kNotFound (no such file), kInvalidArgument
// with "file:line:column: what is wrong and what would be right".
Result<Config> LoadConfig(const std::string& path, const std::vector<std::string>& set_flags);
// The same from text; `name` stands for the file in messages, and its folder is where relative
// paths begin.
Result<Config> ParseConfig(std::string_view toml, const std::string& name,
                           const std::vector<std::string>& set_flags = {});

// Every key with its value, as TOML that LoadConfig reads back to the same Config. Secrets (S3
// keys) are left out with a comment in their place unless asked for.
enum class Secrets { kHide, kShow };
std::string PrintConfig(const Config& config, Secrets secrets = Secrets::kHide);

// The checks LoadConfig ends with, for a Config made by hand. Errors: kInvalidArgument.
Status ValidateConfig(const Config& config);

}  // namespace tidemark

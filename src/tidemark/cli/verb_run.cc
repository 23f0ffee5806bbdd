// tidemark run: brings the lake up to date with all there is now.

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/run_text.h"
#include "tidemark/pipeline/alphavantage_feed.h"
#include "tidemark/pipeline/config_keys.h"
#include "tidemark/pipeline/run.h"

namespace tidemark {
namespace {

struct RunFlags {
  std::vector<std::string> files;
  std::string venue, symbol, interval, time_is, timezone, time_unit;
  std::vector<std::string> columns;
  bool study = false;
  bool dry_run = false;

  bool any_of_files() const {
    return !(venue + symbol + interval + time_is + timezone + time_unit).empty() ||
           !columns.empty();
  }
};

// One flag through the same checks as its key in the configuration.
Status SetSourceKey(std::string_view flag, std::string_view key_name, const ConfigValue& value,
                    Config& config, SourceConfig& source) {
  const ConfigKey* key = FindConfigKey(key_name);
  auto status = CheckRange(*key, value);
  if (status) status = key->set(config, source, value);
  if (!status) {
    return Fail(Error(ErrorCode::kInvalidArgument, status.error().message()).With(flag));
  }
  return {};
}

// Files named on the command line are the sources of this run, with the flags beside them.
Status UseFiles(const RunFlags& flags, Config& config) {
  if (flags.files.empty()) {
    if (flags.any_of_files()) {
      return Fail(
          ErrorCode::kInvalidArgument,
          "--venue, --symbol, --interval, --time-is, --timezone, --time-unit and --column "
          "describe files named beside them; for configured sources use --set source.KEY=…");
    }
    if (config.sources.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "nothing to read: name files (`tidemark run ltcusd.csv`), or write a "
                  "configuration with `tidemark init ltcusd.csv`");
    }
    if (std::ranges::all_of(config.sources, [](const SourceConfig& source) {
          return source.is_feed() && !IsPolled(source);
        })) {
      return Fail(
          ErrorCode::kInvalidArgument,
          "nothing to read: the configured sources are feeds, which `tidemark live` follows");
    }
    return {};
  }
  SourceConfig source;
  source.paths = flags.files;
  const std::pair<std::string_view, const std::string*> texts[] = {
      {"venue", &flags.venue},     {"symbol", &flags.symbol},     {"interval", &flags.interval},
      {"time_is", &flags.time_is}, {"timezone", &flags.timezone}, {"time_unit", &flags.time_unit},
  };
  for (const auto& [name, text] : texts) {
    if (text->empty()) continue;
    std::string flag = fmt::format("--{}", name);
    for (char& c : flag) c = c == '_' ? '-' : c;
    TM_TRY(SetSourceKey(flag, fmt::format("source.{}", name), *text, config, source));
  }
  for (const std::string& column : flags.columns) {
    const size_t equals = column.find('=');
    if (equals == std::string::npos) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("--column {}: write OURS=THEIRS, for example --column time=ts", column));
    }
    source.options.columns[column.substr(0, equals)] = column.substr(equals + 1);
  }
  config.sources = {std::move(source)};
  return {};
}

Result<Outcome> RunVerb(Cli& cli, const RunFlags& flags) {
  TM_ASSIGN(Config config, cli.LoadConfiguration());
  TM_TRY(UseFiles(flags, config));
  TM_ASSIGN(
      const RunReport report,
      Run(config, {.dry_run = flags.dry_run, .study = flags.study, .progress = &cli.progress()}));
  cli.progress().End();
  PrintRun(cli, report, config.lake, flags.dry_run);
  return Outcome::kDone;
}

}  // namespace

void AddRunVerb(Cli& cli) {
  auto [app, flags] = cli.AddVerb(
      {.name = "run",
       .summary = "bring the lake up to date with all there is now, then stop",
       .description =
           "Reads what is new in the files named, or in the configured sources, and brings every "
           "table up to date in one step that happens as a whole or not at all. Files read before "
           "and unchanged cost nothing; rows seen before are counted as duplicates; corrected rows "
           "change what depends on them and nothing else. Compressed files, folders, globs and "
           "s3:// addresses are fine.",
       .examples = {"tidemark run ltcusd.csv ethusd.json --lake lake",
                    "tidemark run 'klines/*.zip' --venue binance --symbol BTC-USDT --interval 1m",
                    "tidemark run -c tidemark.toml --dry-run"}},
      RunVerb);
  app.Add("FILE", flags.files, "What to read instead of the configured sources");
  app.AddFlag("--dry-run", flags.dry_run, "Read, check and count; change nothing");
  app.AddFlag("--study", flags.study,
              "Do the original study's job: close only, random 75/25 split, linear and tree");
  const std::string group = "What the files do not say";
  app.Add("--venue", flags.venue, "Where the prices come from").TypeName("NAME").Group(group);
  app.Add("--symbol", flags.symbol, "BASE-QUOTE: LTC-USD").TypeName("SYMBOL").Group(group);
  app.Add("--interval", flags.interval, "Length of the candles: 1m, 1h, 1d")
      .TypeName("LENGTH")
      .Group(group);
  app.Add("--time-is", flags.time_is, "Which end of a candle its time names: open or close")
      .TypeName("END")
      .Group(group);
  app.Add("--timezone", flags.timezone, "Zone of times that name none: America/New_York")
      .TypeName("ZONE")
      .Group(group);
  app.Add("--time-unit", flags.time_unit, "s, ms, us, ns or iso").TypeName("UNIT").Group(group);
  app.Add("--column", flags.columns, "Our column's name and the file's; may be repeated")
      .TypeName("OURS=THEIRS")
      .Repeated()
      .Group(group);
}

}  // namespace tidemark

// tidemark live: follows feeds until told to stop.

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include "tidemark/base/clock.h"
#include "tidemark/cli/cli.h"
#include "tidemark/cli/live_log.h"
#include "tidemark/cli/run_text.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/live.h"
#include "tidemark/serve/live_monitor.h"

namespace tidemark {
namespace {

struct LiveFlags {
  std::string venue, ws_url, rest_url, since, length;
  std::string metrics, record, log = "text", log_level = "info";
  std::vector<std::string> symbols;
  bool forecasts = false;
};

std::atomic<bool> told_to_stop = false;

// The first asks for a clean end; the second, of somebody impatient, ends at once: the next start
// finds all in the log.
void OnSignal(int signal) {
  if (told_to_stop.exchange(true)) std::signal(signal, SIG_DFL);
}

Status UseFeed(const LiveFlags& flags, Config& config) {
  if (flags.venue.empty()) {
    if (flags.symbols.empty() && (flags.ws_url + flags.rest_url + flags.since).empty()) return {};
    return Fail(ErrorCode::kInvalidArgument,
                "--symbol, --url, --rest-url and --since go with a --venue");
  }
  SourceConfig source;
  source.feed.venue = flags.venue;
  for (const std::string& text : flags.symbols) {
    TM_ASSIGN(Symbol symbol, Symbol::Parse(text));
    source.feed.symbols.push_back(std::move(symbol));
  }
  if (source.feed.symbols.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "--venue: say which --symbol to follow as well");
  }
  if (!flags.since.empty()) {
    const auto since = ParseTime(flags.since);
    if (!since) return Fail(ErrorCode::kInvalidArgument, "--since: " + since.error().message());
    source.feed.since = *since;
  }
  source.feed.ws_url = flags.ws_url;
  source.feed.rest_url = flags.rest_url;
  if (flags.rest_url.empty() && flags.ws_url.starts_with("ws://")) {
    source.feed.rest_url = "http://" + flags.ws_url.substr(5);
  }
  config.sources = {std::move(source)};
  return {};
}

JsonValue LiveJson(const LiveReport& report, const std::string& lake) {
  const FeedIntake::Totals& totals = report.totals;
  return JsonValue::Object{{"lake", lake},
                           {"epoch", report.epoch},
                           {"epochs", report.epochs},
                           {"seconds", report.seconds},
                           {"messages", totals.frames},
                           {"bytes", totals.bytes},
                           {"trades", totals.trades},
                           {"rejects", totals.rejects},
                           {"reconnects", report.reconnects},
                           {"gaps_opened", totals.gaps_opened},
                           {"gaps_healed", totals.gaps_healed},
                           {"gaps_open", report.gaps_open},
                           {"sources", JsonValue(SourcesJson(report.sources))}};
}

std::string LiveText(const LiveReport& report, const std::string& lake) {
  const FeedIntake::Totals& totals = report.totals;
  std::string text;
  if (!report.sources.empty()) text += SourceTable(report.sources) + "\n";
  text += fmt::format(
      "{} messages, {} rejects, {} reconnects; gaps in ids: {} opened, {} healed, {} open\n",
      GroupDigits(totals.frames), GroupDigits(totals.rejects), report.reconnects,
      totals.gaps_opened, totals.gaps_healed, report.gaps_open);
  text += fmt::format("{} is at epoch {} after {} epochs ({:.1f} s)\n", lake, report.epoch,
                      report.epochs, report.seconds);
  return text;
}

// A line for each candle, at once: whoever reads it acts on it.
void PrintForecasts(const SaidForecasts& said, ReceiveTime at) {
  const std::string line = said.ToJson(at) + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

// Null when nobody is to be answered.
Result<std::unique_ptr<LiveMonitor>> StartMonitor(const LiveFlags& flags, const Config& config,
                                                  const OnLogEvent& tell) {
  const std::string& text = flags.metrics.empty() ? config.metrics : flags.metrics;
  if (text.empty()) return nullptr;
  TM_ASSIGN(const ListenAddress address, ListenAddress::Parse(text));
  TM_ASSIGN(auto monitor, LiveMonitor::Start(address, config.silence_limit_us, SystemClock()));
  const std::string listening = monitor->address().ToString();
  tell({LogLevel::kInfo,
        "metrics_served",
        fmt::format("metrics at http://{0}/metrics, health at http://{0}/health", listening),
        {{"address", listening}}});
  return monitor;
}

Result<Outcome> LiveVerb(Cli& cli, const LiveFlags& flags) {
  TM_ASSIGN(Config config, cli.LoadConfiguration());
  TM_ASSIGN(const LogLevel level, ParseLogLevel(flags.log_level));
  const bool json = flags.log == "json";
  const OnLogEvent tell = MakeLog(cli, json, level);
  if (json) cli.TellErrorsTo(tell);
  TM_TRY(UseFeed(flags, config));
  if (!flags.record.empty()) config.record = flags.record;
  int64_t end_ns = INT64_MAX;
  if (!flags.length.empty()) {
    const auto length = ParseDuration(flags.length);
    if (!length) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("--for '{}' is not a duration; write for example 1h", flags.length));
    }
    end_ns = SystemClock().MonotonicNanos() + *length * 1000;
  }
  TM_ASSIGN(const std::unique_ptr<LiveMonitor> monitor, StartMonitor(flags, config, tell));
  OnLiveState on_state;
  if (monitor) on_state = [&](const LiveState& state) { monitor->Update(state); };
  std::signal(SIGTERM, OnSignal);
  std::signal(SIGINT, OnSignal);
  TM_ASSIGN(
      const LiveReport report,
      Live(config,
           {.stop = [&] { return told_to_stop.load() || SystemClock().MonotonicNanos() >= end_ns; },
            .on_event = tell,
            .on_state = on_state,
            .on_forecasts = flags.forecasts ? OnForecasts(PrintForecasts) : OnForecasts(),
            .progress = &cli.progress()}));
  if (flags.forecasts) {
    cli.Note(LiveText(report, config.lake));
  } else if (cli.json()) {
    cli.PrintJson(LiveJson(report, config.lake));
  } else {
    cli.Print(LiveText(report, config.lake));
  }
  return Outcome::kDone;
}

}  // namespace

void AddLiveVerb(Cli& cli) {
  auto [app, flags] = cli.AddVerb(
      {.name = "live",
       .summary = "follow feeds into the lake until told to stop",
       .description =
           "Brings the configured files up to date, then follows the configured feeds: every "
           "message is kept before it counts, its rows become tables every few seconds, and what a "
           "broken connection lost is asked for again. SIGTERM or Ctrl-C ends with a last commit; "
           "after a crash the next start commits what was kept.",
       .examples = {"tidemark live -c tidemark.toml",
                    "tidemark live --venue binance --symbol BTC-USDT --url ws://127.0.0.1:9000 "
                    "--lake lake"}},
      LiveVerb);
  app.Add("--for", flags.length, "Stop after so long; else when told to").TypeName("LENGTH");
  app.AddFlag("--forecasts", flags.forecasts,
              "Print what is forecast when a candle closes, a JSON line for each");
  app.Add("--metrics", flags.metrics,
          "Answer /metrics and /health there; :9464 is this machine alone, port 0 any that is free")
      .TypeName("ADDRESS");
  app.Add("--record", flags.record,
          "Keep all that is received in a folder of this lake alone, for replay")
      .TypeName("FOLDER");
  app.Add("--log", flags.log, "Form of what is told on standard error")
      .TypeName("FORM")
      .OneOf({"text", "json"});
  app.Add("--log-level", flags.log_level, "The least that is told; info unless said")
      .TypeName("LEVEL")
      .OneOf({"debug", "info", "warning", "error"});
  const std::string group = "A feed instead of the configured ones";
  app.Add("--venue", flags.venue, "Whose messages to follow").TypeName("NAME").Group(group);
  app.Add("--symbol", flags.symbols, "BASE-QUOTE: BTC-USDT; may be repeated")
      .TypeName("SYMBOL")
      .Repeated()
      .Group(group);
  app.Add("--since", flags.since,
          "Ask for the trades from then on too, before the first that it has brought")
      .TypeName("TIME")
      .Group(group);
  app.Add("--url", flags.ws_url, "Where to connect to instead of the venue's public address")
      .TypeName("URL")
      .Group(group);
  app.Add("--rest-url", flags.rest_url, "Where to ask for what was missed; else as --url")
      .TypeName("URL")
      .Group(group);
}

}  // namespace tidemark

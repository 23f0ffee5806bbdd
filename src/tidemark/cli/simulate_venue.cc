#include "tidemark/cli/simulate_venue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "tidemark/base/clock.h"
#include "tidemark/base/file.h"
#include "tidemark/pipeline/simulate.h"

namespace tidemark {
namespace {

constexpr std::string_view kDefaultSymbols = "BTC-USDT,ETH-USDT";

// On a fast clock the hours that a stopped program would jump over are not traded.
class AwakeClock : public Clock {
 public:
  explicit AwakeClock(Clock& clock) : clock_(clock), last_ns_(clock.MonotonicNanos()) {}
  ReceiveTime Now() override { return clock_.Now(); }
  int64_t MonotonicNanos() override {
    const int64_t now = clock_.MonotonicNanos(), since = now - last_ns_;
    if (since > kStoppedNs) stopped_ns_ += since;
    last_ns_ = now;
    return now - stopped_ns_;
  }

 private:
  static constexpr int64_t kStoppedNs = 1'000'000'000;  // it is asked every few milliseconds
  Clock& clock_;
  int64_t last_ns_, stopped_ns_ = 0;
};

std::unexpected<Error> Wrong(std::string_view option, const Error& error) {
  return Fail(Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", option, error.message())));
}

Status ReadSymbols(std::string_view text, VenueServerOptions* options) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const auto symbol = ParseMarketSymbol(text.substr(0, end));
    if (!symbol) return Wrong("--symbols", symbol.error());
    options->symbols.push_back(*symbol);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

// "now" is the minute that runs.
Result<EventTime> StartOfVenue(const std::string& text) {
  if (text == "now") {
    const int64_t now = SystemClock().Now().us;
    return EventTime{now - now % kMicrosPerMinute};
  }
  const auto start = ParseTime(text);
  if (start) return *start;
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("--start '{}' is not a time; write for example 2024-01-01, or now", text));
}

Result<VenueServerOptions> OptionsOf(const SimulateVenueFlags& flags, const std::string& start,
                                     uint64_t seed, const std::string& out) {
  VenueServerOptions options;
  options.venue = flags.venue;
  options.seed = seed;
  options.speed = flags.speed;
  options.port = flags.port;
  options.trades_per_second = flags.rate;
  options.weight_per_minute = flags.weight;
  options.exit_at_end = flags.exit;
  options.truth_folder = out;
  TM_TRY(ReadSymbols(flags.symbols.empty() ? kDefaultSymbols : flags.symbols, &options));
  if (!start.empty()) {
    TM_ASSIGN(options.start, StartOfVenue(start));
  }
  if (!flags.duration.empty()) {
    const auto duration = ParseDuration(flags.duration);
    if (!duration) return Wrong("--duration", duration.error());
    options.duration_us = *duration;
  }
  const auto faults = ParseVenueFaults(flags.faults);
  if (!faults) return Wrong("--faults", faults.error());
  options.faults = *faults;
  if (flags.exit && options.duration_us == 0) {
    return Fail(ErrorCode::kInvalidArgument, "--exit needs a --duration after which to end");
  }
  if (!flags.script.empty()) {
    TM_ASSIGN(const std::string text, ReadFile(flags.script));
    auto script = ParseFaultScript(text);
    if (!script) return Wrong(flags.script, script.error());
    options.script = *std::move(script);
  }
  return options;
}

}  // namespace

void AddSimulateVenueOptions(VerbOptions& app, SimulateVenueFlags& flags) {
  const std::string group = "A venue";
  std::vector<std::string> venues;
  for (const std::string_view venue : SimulatedVenues()) venues.emplace_back(venue);
  app.Add("--venue", flags.venue, "Whose protocol it speaks")
      .TypeName("NAME")
      .ShowDefault()
      .OneOf(venues)
      .Group(group);
  app.Add("--symbols", flags.symbols,
          fmt::format("What is traded there, separated by commas ({})", kDefaultSymbols))
      .TypeName("LIST")
      .Group(group);
  app.Add("--port", flags.port, "Of 127.0.0.1; 0 takes a free one")
      .TypeName("N")
      .ShowDefault()
      .Range(0, 65535)
      .Group(group);
  app.Add("--speed", flags.speed, "Seconds there in one second here")
      .TypeName("FACTOR")
      .ShowDefault()
      .Group(group);
  app.Add("--duration", flags.duration, "Of its own time, after which nothing happens: 1h, 90m")
      .TypeName("LENGTH")
      .Group(group);
  app.AddFlag("--exit", flags.exit, "End when the duration is over, instead of answering on")
      .Group(group);
  app.Add("--rate", flags.rate, "Trades a second, of each symbol")
      .TypeName("N")
      .ShowDefault()
      .Group(group);
  app.Add("--faults", flags.faults,
          "NAME=SHARE,…: disconnect, silence, duplicate, disorder, delay, drop, malformed, split, "
          "restate, rest429, rest5xx, truncate, stale; skew, delay-seconds, stale-seconds and "
          "calm-after in seconds")
      .TypeName("LIST")
      .Group(group);
  app.Add("--script", flags.script, "A file of lines 'at 00:05:00 FAULT [for 30s]'")
      .TypeName("FILE")
      .Group(group);
  app.Add("--weight", flags.weight, "Limit of REST requests' weight a minute (0: the venue's)")
      .TypeName("N")
      .Range(0, 1e9)
      .Group(group);
}

Result<Outcome> SimulateVenue(Cli& cli, const SimulateVenueFlags& flags, const std::string& start,
                              uint64_t seed, const std::string& out) {
  TM_ASSIGN(const VenueServerOptions options, OptionsOf(flags, start, seed, out));
  AwakeClock awake(SystemClock());
  Clock& clock = options.speed > 1 ? awake : SystemClock();
  TM_ASSIGN(const auto server, VenueServer::Open(options, clock));
  if (cli.json()) {
    cli.Print(
        fmt::format("{{\"url\":\"{}\",\"rest_url\":\"{}\"}}\n", server->url(), server->rest_url()));
  } else {
    cli.Print(fmt::format("listening on {}\n", server->url()));
  }
  std::fflush(stdout);  // who waits for this line waits now
  TM_TRY(server->Run());
  if (cli.json()) cli.Print(server->StatusJson() + "\n");
  return Outcome::kDone;
}

}  // namespace tidemark

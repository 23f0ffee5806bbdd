// tidemark replay: recorded messages of venues into the lake.

#include <fmt/format.h>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/run_text.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/replay.h"

namespace tidemark {
namespace {

struct ReplayFlags {
  std::vector<std::string> paths;
  std::string venue;
  double speed = 0;
};

JsonValue ReplayJson(const ReplayReport& report, const std::string& lake) {
  const FeedIntake::Totals& totals = report.totals;
  return JsonValue::Object{{"lake", lake},
                           {"epoch", report.epoch},
                           {"epochs", report.epochs},
                           {"seconds", report.seconds},
                           {"recovered", report.recovered},
                           {"connections", report.connections},
                           {"messages", totals.frames},
                           {"bytes", totals.bytes},
                           {"trades", totals.trades},
                           {"candles", totals.candles},
                           {"books", totals.books},
                           {"controls", totals.controls},
                           {"rejects", totals.rejects},
                           {"gaps_opened", totals.gaps_opened},
                           {"gaps_healed", totals.gaps_healed},
                           {"other_lines", report.other_lines},
                           {"sources", JsonValue(SourcesJson(report.sources))}};
}

std::string ReplayText(const ReplayReport& report, const std::string& lake) {
  const FeedIntake::Totals& totals = report.totals;
  std::string text;
  if (!report.recovered.empty()) text += fmt::format("recovered: {}\n", report.recovered);
  if (!report.sources.empty()) text += SourceTable(report.sources) + "\n";
  text += fmt::format(
      "{} messages of {} connections: {} trades, {} candle updates, {} of books, {} of control, {} "
      "rejects; {} gaps in ids, {} healed\n",
      GroupDigits(totals.frames), report.connections, GroupDigits(totals.trades),
      GroupDigits(totals.candles), GroupDigits(totals.books), GroupDigits(totals.controls),
      GroupDigits(totals.rejects), totals.gaps_opened, totals.gaps_healed);
  text += fmt::format("{} is at epoch {} ({:.2f} s)\n", lake, report.epoch, report.seconds);
  return text;
}

Result<Outcome> ReplayVerb(Cli& cli, const ReplayFlags& flags) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  if (flags.speed < 0) return Fail(ErrorCode::kInvalidArgument, "--speed must be above 0");
  TM_ASSIGN(const ReplayReport report, Replay(config, {.paths = flags.paths,
                                                       .venue = flags.venue,
                                                       .speed = flags.speed,
                                                       .progress = &cli.progress()}));
  cli.progress().End();
  if (cli.json()) {
    cli.PrintJson(ReplayJson(report, config.lake));
  } else {
    cli.Print(ReplayText(report, config.lake));
  }
  return Outcome::kDone;
}

}  // namespace

void AddReplayVerb(Cli& cli) {
  auto [app, flags] = cli.AddVerb(
      {.name = "replay",
       .summary = "bring recorded messages of venues into the lake",
       .description =
           "Reads what `live --record` kept, or recorded websocket conversations, and takes every "
           "message the way `live` does: the same rows, tables and digests, as fast as it goes or "
           "at a speed. What a message was is counted: a trade, a candle, an order book (checked, "
           "not kept), a control message, or a reject.",
       .examples = {"tidemark replay recording/ --lake again",
                    "tidemark replay recording/ --speed 60 --lake again",
                    "tidemark replay day.ws.gz --venue binance --lake lake --json"}},
      ReplayVerb);
  app.Add("PATH", flags.paths, "Recordings, or folders of them").Required();
  app.Add("--venue", flags.venue, "Whose messages conversations are; else by the addresses in them")
      .TypeName("NAME");
  app.Add("--speed", flags.speed,
          "So many times as fast as it was received, with epochs as in live; else as it goes")
      .TypeName("FACTOR");
}

}  // namespace tidemark

// tidemark forget: retracts a source as an ordinary change.

#include "tidemark/cli/cli.h"
#include "tidemark/cli/run_text.h"
#include "tidemark/pipeline/forget.h"

namespace tidemark {
namespace {

struct ForgetFlags {
  std::string source;
  bool dry_run = false;
};

Result<Outcome> ForgetSource(Cli& cli, const ForgetFlags& flags) {
  TM_ASSIGN(const Config config, cli.LoadConfiguration());
  if (auto there = PinLake(config); !there) return Fail(there.error());
  TM_ASSIGN(const RunReport report,
            Forget(config, flags.source, {.dry_run = flags.dry_run, .progress = &cli.progress()}));
  cli.progress().End();
  PrintRun(cli, report, config.lake, flags.dry_run);
  return Outcome::kDone;
}

}  // namespace

void AddForgetVerb(Cli& cli) {
  auto [app, flags] = cli.AddVerb(
      {.name = "forget",
       .summary = "retract a source that was loaded by mistake",
       .description =
           "Takes back every row that came from the source alone; where another source gave the "
           "same candle or trade its value stands again. What depends on those rows is recomputed, "
           "nothing else. Earlier epochs keep what they said until vacuum. Trades that came live "
           "are not taken back.",
       .examples = {"tidemark forget wrong.csv --lake lake --dry-run",
                    "tidemark forget wrong.csv --lake lake"}},
      ForgetSource);
  app.Add("SOURCE", flags.source, "The source as `tidemark status` names it").Required();
  app.AddFlag("--dry-run", flags.dry_run, "Only say what would change");
}

}  // namespace tidemark

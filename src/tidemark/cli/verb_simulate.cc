// tidemark simulate: seeded candle files, or a venue, to try everything without a network.

#include <fmt/format.h>

#include "tidemark/cli/cli.h"
#include "tidemark/cli/simulate_venue.h"
#include "tidemark/cli/text_table.h"
#include "tidemark/pipeline/simulate.h"

namespace tidemark {
namespace {

struct SimulateFlags {
  std::string what;
  std::string folder;
  std::string start;
  std::vector<std::string> symbols;
  SimulateOptions options;
  SimulateVenueFlags venue;
  bool clean = false;
  bool no_truth = false;
};

Result<Outcome> SimulateCandleFiles(Cli& cli, const SimulateFlags& flags) {
  const std::string folder = flags.folder.empty() ? "." : flags.folder;
  SimulateOptions options = flags.options;
  if (!flags.symbols.empty()) {
    options.symbols.clear();
    for (const std::string& text : flags.symbols) {
      auto symbol = ParseSimulatedSymbol(text);
      if (!symbol)
        return Fail(Error(ErrorCode::kInvalidArgument, "--symbol: " + symbol.error().message()));
      options.symbols.push_back(*std::move(symbol));
    }
  }
  if (!flags.start.empty()) {
    const auto start = ParseTime(flags.start);
    if (!start) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("--start '{}' is not a time; write for example 2022-01-01", flags.start));
    }
    options.start = *start;
  }
  if (flags.clean) {
    options.duplicates = options.late = options.corrections = options.corrupted =
        options.placeholders = 0;
  }
  options.write_truth = !flags.no_truth;
  TM_ASSIGN(const SimulationManifest manifest, SimulateFiles(options, folder));
  if (cli.json()) {
    cli.Print(manifest.ToJson());
    return Outcome::kDone;
  }
  using enum TextTable::Align;
  TextTable table({{"file"},
                   {"size", kRight},
                   {"rows", kRight},
                   {"new", kRight},
                   {"revised", kRight},
                   {"duplicate", kRight},
                   {"rejected", kRight},
                   {"placeholder", kRight},
                   {"first"},
                   {"last"}});
  for (const SimulatedFile& file : manifest.files) {
    table.AddRow({file.path, ByteCount(file.bytes), GroupDigits(file.read), GroupDigits(file.fresh),
                  GroupDigits(file.revised), GroupDigits(file.duplicate),
                  GroupDigits(file.rejected), GroupDigits(file.placeholder),
                  ShortTime(file.first_time.us), ShortTime(file.last_time.us)});
  }
  cli.Print(table.ToString() + fmt::format("\nseed {}; what was planted is in {}/manifest.json\n",
                                           manifest.seed, folder));
  return Outcome::kDone;
}

Result<Outcome> Simulate(Cli& cli, const SimulateFlags& flags) {
  if (flags.what == "files") return SimulateCandleFiles(cli, flags);
  return SimulateVenue(cli, flags.venue, flags.start, flags.options.seed, flags.folder);
}

}  // namespace

void AddSimulateVerb(Cli& cli) {
  auto [app, flags] = cli.AddVerb(
      {.name = "simulate",
       .summary = "seeded candle files with faults, or a venue, to try all of it without a network",
       .description =
           "files: one-minute candles of an invented thin market, with everything that goes wrong "
           "in real archives planted and counted: missing minutes, outages, repeats, rows out of "
           "order, wrong values corrected later, damaged bytes. The same seed writes the same "
           "bytes. venue: a server on this machine that speaks a venue's websocket and REST "
           "protocol, with trades from the seed, on a clock as fast as you like, with the faults "
           "you name; with --out it writes the whole truth as files when it ends. It runs until "
           "it is told to stop.",
       .examples = {"tidemark simulate files --out demo --seed 1",
                    "tidemark simulate files --out demo --symbol BTC-USD:csv --days 90 --clean",
                    "tidemark simulate venue --symbols BTC-USDT,ETH-USDT --speed 60 --duration 1h "
                    "--out truth",
                    "tidemark simulate venue --port 0 --seed 7 --faults "
                    "disconnect=0.001,drop=0.01,rest429=0.05"}},
      Simulate);
  app.Add("WHAT", flags.what, "files or venue").Required().OneOf({"files", "venue"});
  app.Add("--out", flags.folder, "The folder to write to (files: .; venue: nothing is written)")
      .TypeName("DIR");
  app.Add("--seed", flags.options.seed, "Where chance begins").TypeName("N").ShowDefault();
  app.Add("--symbol", flags.symbols,
          "SYMBOL[:csv|json|results]; may be repeated (LTC-USD:csv ETH-USD:json)")
      .TypeName("SYMBOL")
      .Repeated();
  app.Add("--start", flags.start, "First day (files: 2022-01-01; venue: 2024-01-01, or now)")
      .TypeName("TIME");
  app.Add("--days", flags.options.days, "Days of history")
      .TypeName("N")
      .ShowDefault()
      .Range(1, 1e6);
  app.Add("--rows", flags.options.rows, "Stop after so many rows of the clean path")
      .TypeName("N")
      .Range(0, 1e12);
  app.Add("--density", flags.options.density, "Share of minutes with a trade")
      .TypeName("SHARE")
      .ShowDefault();
  const std::string group = "Faults, as shares of the rows";
  for (const auto& [name, value, help] :
       {std::tuple{"--duplicates", &flags.options.duplicates, "Sent again, unchanged"},
        std::tuple{"--late", &flags.options.late, "Sent after later rows"},
        std::tuple{"--corrections", &flags.options.corrections, "First with a wrong close"},
        std::tuple{"--corrupted", &flags.options.corrupted, "Damaged for good"},
        std::tuple{"--placeholders", &flags.options.placeholders, "Rows without values"}}) {
    app.Add(name, *value, help).TypeName("SHARE").ShowDefault().Group(group);
  }
  app.AddFlag("--clean", flags.clean, "No faults at all").Group(group);
  app.AddFlag("--no-truth", flags.no_truth, "Do not write the clean rows below truth/")
      .Group(group);
  AddSimulateVenueOptions(app, flags.venue);
}

}  // namespace tidemark

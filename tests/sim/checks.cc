#include "tests/sim/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/sim/missing.h"
#include "tidemark/base/file.h"
#include "tidemark/pipeline/digest.h"
#include "tidemark/pipeline/replay.h"
#include "tidemark/pipeline/run.h"
#include "tidemark/pipeline/status.h"
#include "tidemark/pipeline/verify.h"
#include "tidemark/source/feed/venues.h"
#include "tidemark/source/simulator/venue_truth.h"

namespace tidemark::sim {
namespace {

// Scores are of all there is; a digest of them until a time is not to be had.
constexpr const char* kTables[] = {"trades", "candles",   "gaps",    "features",
                                   "models", "forecasts", "outcomes"};

constexpr const char* kDefinitions = R"(
threads = 1
[candles]
intervals = ["5m", "1h"]
bars = ["tick_20", "dollar_100000"]
[features]
names = ["log_return_1", "ema_12_rel", "rsi_14_rel"]
[forecasts]
min_training_rows = 100
max_target_span = "{0}h"
refit_lead = "{1}h"
[tree]
depth = 3
min_leaf = 20
)";

std::string DefinitionsOf(const DayPlan& plan) {
  return plan.stretch == 1 ? fmt::format(kDefinitions, 24, 1) : fmt::format(kDefinitions, 300, 240);
}

std::unexpected<Error> Wrong(std::string text) {
  return Fail(ErrorCode::kInternal, std::move(text));
}

// The first id of each symbol that live saw.
Result<std::map<std::string, int64_t>> FirstIds(const LakeView& view) {
  ReadFilter filter;
  filter.columns = {"symbol", "trade_id"};
  TM_ASSIGN(const Batch trades, view.Read(TradesTable(), filter));
  std::map<std::string, int64_t> first;
  for (size_t i = 0; i < trades.rows; ++i) {
    const int64_t id = std::stoll(trades["trade_id"].strings.At(i));
    const auto [it, fresh] = first.try_emplace(trades["symbol"].strings.At(i), id);
    it->second = std::min(it->second, id);
  }
  return first;
}

// The venue's complete files, from those ids on, as a run takes them. Before them nobody looked.
Status RunOverTruth(const DayPlan& plan, const std::string& folder, SimulatedMarket& market,
                    const std::map<std::string, int64_t>& first) {
  TM_TRY(WriteVenueTruth(market, plan.venue.start + plan.venue.duration_us,
                         TellsEmptyCandles(plan.venue.venue), folder + "/truth"));
  TM_ASSIGN(Config config, ParseConfig(DefinitionsOf(plan), folder + "/files.toml"));
  config.lake = folder + "/files";
  for (const MarketSymbol& listed : market.symbols()) {
    const Symbol& symbol = listed.symbol;
    const auto begin = first.find(symbol.text());
    if (begin == first.end()) continue;
    const std::string name =
        fmt::format("{}{}-trades-simulated.csv", symbol.base(), symbol.quote());
    TM_ASSIGN(const std::string whole, ReadFile(folder + "/truth/" + name));
    std::istringstream lines(whole);
    std::string rest;
    for (std::string line; std::getline(lines, line);) {
      if (std::stoll(line) >= begin->second) rest += line + "\n";
    }
    TM_TRY(WriteFileSynced(folder + "/" + name, rest));
    SourceConfig source;
    source.paths = {folder + "/" + name};
    source.options.venue = plan.venue.venue;
    source.options.symbol = symbol;
    config.sources.push_back(source);
    if (!plan.candles || !TellsEmptyCandles(plan.venue.venue)) continue;
    source.paths = {fmt::format("{}/truth/{}{}-1m-simulated.csv", folder, symbol.base(), symbol.quote())};
    config.sources.push_back(std::move(source));
  }
  TM_TRY(Run(config, {}));
  return {};
}

Result<std::map<std::string, Digest>> DigestsOf(const Config& config, EventTime until) {
  TM_ASSIGN(const std::vector<Digest> all, Digests(config, until));
  std::map<std::string, Digest> digests;
  for (const Digest& digest : all) {
    // What is missing of trades at the end is no difference; CheckGaps looks at what came before.
    const bool of_trades = digest.table == GapsTable().name && digest.series.ends_with(' ');
    const bool compared =
        !of_trades && std::ranges::find(kTables, digest.table) != std::end(kTables);
    if (compared) digests.emplace(digest.table + " " + digest.series, digest);
  }
  return digests;
}

Status CompareDigests(const Config& live, const Config& files, EventTime until) {
  TM_ASSIGN(const auto ours, DigestsOf(live, until));
  TM_ASSIGN(const auto theirs, DigestsOf(files, until));
  std::set<std::string> names;
  for (const auto& [name, digest] : ours) names.insert(name);
  for (const auto& [name, digest] : theirs) names.insert(name);
  for (const std::string& name : names) {
    const auto a = ours.find(name), b = theirs.find(name);
    if (a == ours.end() || b == theirs.end()) {
      return Wrong(fmt::format("{}: only {} has it", name, a == ours.end() ? files.lake : "live"));
    }
    if (a->second.sha256 != b->second.sha256) {
      return Wrong(fmt::format("{}: {} rows live and {} in {}, and they differ", name,
                               a->second.rows, b->second.rows, files.lake));
    }
  }
  return {};
}

// What was recorded, taken again without the world: through the lives that died, as they took it.
Status CompareReplay(const Config& live, const std::string& lake, EventTime until) {
  Config again = live;
  again.lake = lake;
  again.record = "";
  TM_TRY(Replay(again, {.paths = {live.record}, .venue = {}}));
  return CompareDigests(live, again, until);
}

std::string LineOf(std::string_view symbol, int64_t time, std::string_view horizon,
                   std::string_view model, int64_t issued_at, double prediction,
                   std::string_view model_id) {
  return fmt::format("{} {} {} {} | {} {:a} {}", symbol, time, horizon, model, issued_at,
                     prediction, model_id);
}

// Every forecast that was said, a line each.
Result<std::set<std::string>> Said(const Config& config) {
  std::set<std::string> lines;
  const auto pinned = PinLake(config);
  if (!pinned && pinned.error().code() == ErrorCode::kNotFound) return lines;
  if (!pinned) return Fail(pinned.error());
  if (!pinned->view.HasTable(IssuedTable().name)) return lines;
  TM_ASSIGN(const Batch rows, pinned->view.Read(IssuedTable(), {}));
  for (size_t i = 0; i < rows.rows; ++i) {
    lines.insert(LineOf(rows["symbol"].strings.At(i), rows["time"].ints[i],
                        rows["horizon"].strings.At(i), rows["model"].strings.At(i),
                        rows["issued_at"].ints[i], rows["prediction"].doubles[i],
                        rows["model_id"].strings.At(i)));
  }
  if (lines.size() != rows.rows) return Wrong("issued has a row twice");
  std::set<std::string> keys;
  for (const std::string& line : lines) {
    if (!keys.insert(line.substr(0, line.find(" | "))).second) {
      return Wrong("issued has two forecasts for " + line);
    }
  }
  return lines;
}

std::string ShownPath(const std::string& folder) { return folder + "/shown.txt"; }

Status CheckShown(const Config& config, const std::string& folder, DayCounts* counts) {
  std::ifstream shown(ShownPath(folder));
  TM_ASSIGN(const std::set<std::string> said, Said(config));
  for (std::string line; std::getline(shown, line); ++counts->shown) {
    if (!said.contains(line)) return Wrong("shown, and not in issued: " + line);
  }
  return {};
}

Status CheckLedger(const Config& config) {
  TM_ASSIGN(const PinnedLake pinned, PinLake(config));
  TM_ASSIGN(const LakeStatus status, ReadStatus(pinned, {}, false));
  int64_t rows = 0, stored = 0;
  for (const SourceStatus& source : status.sources) {
    if (!source.adds_up()) return Wrong(source.source + ": the ledger does not add up");
    if (source.source.ends_with("/trades")) rows += source.new_rows;
  }
  for (const TableStatus& table : status.tables) {
    if (table.name == TradesTable().name) stored = table.rows;
  }
  if (rows != stored) {
    return Wrong(fmt::format("{} rows were new and {} are stored", rows, stored));
  }
  return {};
}

Status CheckGaps(const LakeView& view, EventTime until) {
  TM_ASSIGN(const Batch gaps, view.Read(GapsTable()));
  for (size_t i = 0; i < gaps.rows; ++i) {
    if (gaps["table"].strings.At(i) != TradesTable().name || gaps["from"].ints[i] >= until.us) {
      continue;
    }
    return Wrong(fmt::format("{}: what was missed from {} to {} has not come",
                             gaps["symbol"].strings.At(i), FormatTime({gaps["from"].ints[i]}),
                             FormatTime({gaps["to"].ints[i]})));
  }
  return {};
}

// A first life that heard nothing leaves too little of the month before for a model.
bool BeganLate(const DayPlan& plan, SimulatedMarket& market,
               const std::map<std::string, int64_t>& first) {
  for (size_t i = 0; i < market.symbols().size(); ++i) {
    const int64_t id = first.at(market.symbols()[i].symbol.text());
    if (market.TradeOf(i, id).time_us < plan.venue.start.us + 2 * kMicrosPerHour * plan.stretch) return false;
  }
  return true;
}

void CountRows(const LakeStatus& status, DayCounts* counts) {
  const std::map<std::string, int64_t*> wanted = {
      {"candles", &counts->candles},   {"models", &counts->models},
      {"forecasts", &counts->forecasts}, {"outcomes", &counts->outcomes},
      {"issued", &counts->issued}};
  for (const TableStatus& table : status.tables) {
    const auto it = wanted.find(table.name);
    if (it != wanted.end()) *it->second = table.rows;
  }
}

}  // namespace

Result<Config> LiveConfig(const DayPlan& plan, const std::string& folder) {
  std::string symbols;
  for (const MarketSymbol& listed : plan.venue.symbols) {
    symbols += fmt::format("{}\"{}\"", symbols.empty() ? "" : ", ", listed.symbol.text());
  }
  // Days of trades are merged whole where bars are made of them, and in parts elsewhere.
  std::string definitions = DefinitionsOf(plan);
  if (plan.seed % 2 == 1) {
    const size_t bars = definitions.find("bars = ");
    definitions.erase(bars, definitions.find('\n', bars) + 1 - bars);
  }
  const std::string text = fmt::format(
      "lake = \"{}/lake\"\n{}\n[live]\nepoch = \"{}ms\"\nlateness = \"{}ms\"\nidle = \"{}\"\n"
      "[[source]]\nfeed = \"{}\"\nsymbols = [{}]\nws_url = \"ws://venue.test\"\n"
      "rest_url = \"http://venue.test\"\nsince = \"{}\"\ncandles = [{}]\n",
      folder, definitions, static_cast<int64_t>(plan.epoch_seconds * 1000),
      std::max<int64_t>(1, plan.lateness_us / kMicrosPerMilli),
      plan.idle_us == 0 ? "0d" : fmt::format("{}ms", plan.idle_us / kMicrosPerMilli),
      plan.venue.venue, symbols,
      plan.whole ? FormatTime(plan.venue.start) : "", plan.candles ? "\"1m\"" : "");
  TM_ASSIGN(Config config, ParseConfig(text, folder + "/live.toml"));
  config.cross_check_us = plan.cross_check_us;
  if (plan.record) config.record = folder + "/recording";
  return config;
}

Status KeepIssued(const DayPlan& plan, const std::string& folder) {
  TM_ASSIGN(const Config config, LiveConfig(plan, folder));
  TM_ASSIGN(const std::set<std::string> said, Said(config));
  const std::string path = folder + "/issued.txt";
  if (FileExists(path)) {
    TM_ASSIGN(const std::string before, ReadFile(path));
    std::istringstream lines(before);
    for (std::string line; std::getline(lines, line);) {
      if (!said.contains(line)) return Wrong("issued has lost or changed: " + line);
    }
  }
  std::string text;
  for (const std::string& line : said) text += line + "\n";
  return WriteFileSynced(path, text);
}

// Written past the disk that fails: what somebody has seen stays seen.
void KeepShown(const std::string& folder, const SaidForecasts& said, ReceiveTime at) {
  std::ofstream shown(ShownPath(folder), std::ios::app);
  for (const SaidForecasts::One& one : said.all) {
    shown << LineOf(said.series.symbol.text(), said.time.us, one.horizon, one.model, at.us,
                    one.prediction, one.model_id)
          << "\n";
  }
}

bool IsWhole(const DayPlan& plan, const Config& live, SimulatedMarket& market) {
  const auto pinned = PinLake(live);
  if (!pinned || !pinned->view.HasTable(TradesTable().name)) return false;
  const auto watermarks = WatermarksOf(pinned->view);
  const auto gaps = TradeGapsOf(pinned->view);
  const auto first = FirstIds(pinned->view);
  if (!watermarks || !gaps || !first) return false;
  for (size_t i = 0; i < market.symbols().size(); ++i) {
    const TradeSeriesId series = {plan.venue.venue, market.symbols()[i].symbol};
    const auto begin = first->find(series.symbol.text());
    if (begin == first->end() || (plan.whole && begin->second != 1)) return false;
    if (watermarks->Of(series) < plan.until + plan.stretch * kMicrosPerHour) return false;
    const TradeGapSet& open = gaps->Of(series);
    if (!open.empty() && open.begin()->from < plan.until) return false;
    ReadFilter filter;
    filter.series = SeriesKey(series.venue, series.symbol.text(), "");
    filter.times = {kMinTime, plan.until};
    filter.columns = {"time"};
    const auto trades = pinned->view.Read(TradesTable(), filter);
    const int64_t told = market.FirstIdAt(i, plan.until) - begin->second;
    if (!trades || static_cast<int64_t>(trades->rows) < told) return false;
    if (!plan.candles || !TellsEmptyCandles(series.venue)) continue;
    filter.series = SeriesKey(series.venue, series.symbol.text(), "1m");
    filter.columns = {"open_time"};
    const auto minutes = pinned->view.Read(VendorCandlesTable(), filter);
    const int64_t day = (plan.until - plan.venue.start) / kMicrosPerMinute;
    if (!minutes || static_cast<int64_t>(minutes->rows) < day) return false;
  }
  return true;
}

Status CheckDay(const DayPlan& plan, const std::string& folder, SimulatedMarket& market,
                DayCounts* counts) {
  TM_TRY(KeepIssued(plan, folder));
  TM_ASSIGN(const Config live, LiveConfig(plan, folder));
  TM_TRY(CheckShown(live, folder, counts));
  TM_ASSIGN(const PinnedLake pinned, PinLake(live));
  TM_ASSIGN(const auto first, FirstIds(pinned.view));
  if (first.size() != market.symbols().size()) return Wrong("a symbol has no trades");
  for (size_t i = 0; plan.whole && i < market.symbols().size(); ++i) {
    const std::string& symbol = market.symbols()[i].symbol.text();
    if (first.at(symbol) == 1) continue;
    return Wrong(fmt::format("{} begins with trade {}, and the day with one at {}", symbol, first.at(symbol),
                             FormatTime({market.TradeOf(i, 1).time_us})));
  }
  TM_TRY(RunOverTruth(plan, folder, market, first));
  Config files = live;
  files.lake = folder + "/files";
  // The last sixty trades are all that Bybit tells of the past; what is left may be too little to
  // train a model.
  const bool partial = plan.venue.venue == "bybit";
  if (partial) {
    TM_ASSIGN(const PinnedLake whole, PinLake(files));
    TM_TRY(CompareBesideGaps(pinned.view, whole.view, plan.until));
  } else {
    TM_TRY(CompareDigests(live, files, plan.until));
    TM_TRY(CheckGaps(pinned.view, plan.until));
  }
  if (plan.record) TM_TRY(CompareReplay(live, folder + "/again", plan.until));
  TM_TRY(CheckLedger(live));
  TM_ASSIGN(const VerifyReport proof, Verify(live, {}));
  if (!proof.ok) return Wrong("verify: " + (proof.findings.empty() ? "" : proof.findings[0]));
  TM_ASSIGN(const LakeStatus status, ReadStatus(pinned, {}, false));
  CountRows(status, counts);
  const bool modelled = counts->models > 0 && counts->forecasts > 0 && counts->outcomes > 0;
  // A market that is thin may have too few trades for a model.
  const bool thin = plan.stretch > 1 && counts->candles < 5000;
  const bool excused = partial || thin || BeganLate(plan, market, first);
  if (counts->candles == 0 || (!modelled && !excused)) {
    return Wrong("the tables are empty, so nothing is proved");
  }
  return {};
}

}  // namespace tidemark::sim

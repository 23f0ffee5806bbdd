#include "tidemark/pipeline/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "tidemark/base/file.h"
#include "tidemark/base/hash.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/feed_intake.h"
#include "tidemark/pipeline/ingest.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/row_counts.h"
#include "tidemark/pipeline/series_group.h"
#include "tidemark/pipeline/session.h"
#include "tidemark/source/file/row_reader.h"

namespace tidemark {
namespace {

struct LedgerTotals : RowCounts {
  int64_t entries = 0;
  FilePosition position;
  ReceiveTime received_at;
};

bool IsDamage(const Error& error) {
  return error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kNotFound ||
         error.code() == ErrorCode::kIo || error.code() == ErrorCode::kParse;
}

// Every line of the ledger adds up, and the tables hold what it says they hold.
Status CheckLedger(const LakeView& view, VerifyReport* report,
                   std::map<std::string, LedgerTotals>* sources) {
  TM_ASSIGN(const Batch ledger, view.Read(LedgerTable(), {}));
  std::map<std::string, RowCounts> of_table;
  for (size_t i = 0; i < ledger.rows; ++i) {
    const std::string& source = ledger["source"].strings.At(i);
    const RowCounts line = CountsOfLine(ledger, i);
    const StringColumn& table = ledger["table"].strings;
    RowCounts& all = of_table[table.IsNull(i) ? VendorCandlesTable().name : table.At(i)];
    if (!line.adds_up()) {
      report->findings.push_back(
          fmt::format("ledger: {} epoch {}: read {} but new + revised + duplicate + rejected + "
                      "placeholder = {}",
                      source, ledger["epoch"].ints[i], line.read, line.accounted_for()));
    }
    LedgerTotals& totals = (*sources)[source];
    totals += line;
    all += line;
    ++totals.entries;
    totals.position = {ledger["bytes"].ints[i], ledger["content_hash"].strings.At(i)};
    totals.received_at = ReceiveTime{ledger["received_at"].ints[i]};
  }
  const auto rows_of = [&](const TableSpec& table) {
    int64_t rows = 0;
    if (!view.HasTable(table.name)) return rows;
    for (const DataFile& file : view.Files(table.name)) rows += file.rows;
    return rows;
  };
  const auto expect = [&](const TableSpec& table, int64_t rows, std::string_view what) {
    if (rows_of(table) == rows) return;
    report->findings.push_back(fmt::format("ledger: {} rows {}, but table {} holds {}", rows, what,
                                           table.name, rows_of(table)));
  };
  int64_t rejected = 0;
  for (const auto& [rows, revisions] : {std::pair(&VendorCandlesTable(), &RevisionsTable()),
                                        std::pair(&TradesTable(), &TradeRevisionsTable()),
                                        std::pair(&ExchangeRatesTable(), &RateRevisionsTable())}) {
    const RowCounts& counts = of_table[rows->name];
    expect(*rows, counts.new_rows, "accepted as new");
    expect(*revisions, counts.revised, "accepted as revisions");
    rejected += counts.rejected;
  }
  expect(RejectsTable(), rejected, "rejected");
  return {};
}

// Counts what a file gives, and nothing else.
class CountingSink : public RowSink {
 public:
  Status OnCandles(const SeriesId&, const CandleColumns& rows) override {
    accepted += static_cast<int64_t>(rows.size());
    return {};
  }
  Status OnTrades(const TradeSeriesId&, const TradeColumns& rows) override {
    accepted += static_cast<int64_t>(rows.rows());
    return {};
  }
  Status OnRejects(std::span<const RejectedRow> rejects) override {
    rejected += static_cast<int64_t>(rejects.size());
    return {};
  }
  int64_t accepted = 0, rejected = 0;
};

// The ways in which the rows of this source may have been read, as far as the lake tells: what they
// are and whose as the file says it, or given beside the file.
Result<std::vector<CandleFileOptions>> OptionsOf(const Config& config, const LakeView& view,
                                                 const std::string& uri,
                                                 const LedgerTotals& ledger) {
  CandleFileOptions found;
  for (const SourceConfig& source : config.sources) {
    for (const std::string& path : source.paths) {
      if (uri.find(path) != std::string::npos) found = source.options;
    }
  }
  found.now = ledger.received_at;
  CandleFileOptions given = found;
  std::set<Symbol> symbols;
  std::set<Interval> intervals;  // of all series
  TM_ASSIGN(const Batch watermarks, view.Read(WatermarksTable(), {}));
  for (size_t i = 0; i < watermarks.rows; ++i) {
    const std::string& partition = watermarks["partition"].strings.At(i);
    if (const auto candles = SeriesId::Parse(partition)) intervals.insert(candles->interval);
    if (watermarks["source"].strings.At(i) != uri) continue;
    if (const auto trades = TradeSeriesId::Parse(partition)) {
      symbols.insert(trades->symbol);
      given.kind = FileKind::kTrades;
      continue;
    }
    TM_ASSIGN(const SeriesId series, SeriesId::Parse(partition));
    symbols.insert(series.symbol);
    found.usual_interval = series.interval;
    if (!given.interval) given.interval = series.interval;
  }
  std::vector<CandleFileOptions> ways = {found, given};
  // A file that gave no row may have been held against what was usual in the lake.
  for (const Interval& interval : symbols.empty() ? intervals : std::set<Interval>()) {
    ways.push_back(found);
    ways.back().usual_interval = interval;
  }
  if (!found.symbol && symbols.size() == 1) {
    for (CandleFileOptions way : {found, given}) {
      way.symbol = *symbols.begin();
      ways.push_back(std::move(way));
    }
  }
  return ways;
}

// What is wrong with a file that gave `ledger` when it is read again, "" when nothing is.
Result<std::string> ReadAgain(const std::string& uri, const LedgerTotals& ledger,
                              const CandleFileOptions& options, const S3Options& s3) {
  CountingSink sink;
  TM_ASSIGN(const ReadSummary summary,
            ReadRows({.uri = uri, .size = ledger.position.bytes, .etag = {}}, options, s3, nullptr,
                     sink));
  const int64_t accounted = sink.accepted + sink.rejected + summary.placeholder;
  if (summary.read != accounted) {
    return fmt::format("{}: {} rows read, {} accounted for", uri, summary.read, accounted);
  }
  const int64_t tiled =
      summary.header_bytes + summary.row_bytes + summary.reject_bytes + summary.separator_bytes;
  if (tiled != summary.content_bytes) {
    return fmt::format("{}: its pieces cover {} of {} bytes", uri, tiled, summary.content_bytes);
  }
  // A file read in several epochs, or rewritten, has no single line in the ledger to compare with.
  if (ledger.entries == 1 && (summary.read != ledger.read || summary.rejected != ledger.rejected)) {
    return fmt::format("{}: the ledger says {} rows and {} rejects, the file now gives {} and {}",
                       uri, ledger.read, ledger.rejected, summary.read, summary.rejected);
  }
  return "";
}

// A local file that still begins with the bytes that were read must give the same counts, and its
// pieces must tile it.
Status CheckSource(const Config& config, const LakeView& view, const std::string& uri,
                   const LedgerTotals& ledger, ThreadPool& threads, VerifyReport* report) {
  if (IsFeedSource(uri)) return {};  // what came live cannot come again
  if (uri.starts_with("s3://") || ledger.position.bytes == 0 || !FileExists(uri)) {
    report->notes.push_back(uri + ": not there to be read again");
    return {};
  }
  TM_ASSIGN(const MappedFile file, MappedFile::Open(uri));
  const auto bytes = static_cast<size_t>(ledger.position.bytes);
  if (file.bytes().size() != bytes ||
      ContentHash::Of(file.bytes().substr(0, bytes)) != ledger.position.content_hash) {
    report->notes.push_back(uri + ": has changed since it was read");
    return {};
  }
  TM_ASSIGN(std::vector<CandleFileOptions> ways, OptionsOf(config, view, uri, ledger));
  std::string wrong;
  for (CandleFileOptions& way : ways) {
    way.threads = &threads;
    const auto problem = ReadAgain(uri, ledger, way, config.s3);
    // A file may not say its symbol or interval, or seem of the other kind.
    const bool not_so = !problem && (problem.error().code() == ErrorCode::kInvalidArgument ||
                                     problem.error().code() == ErrorCode::kParse);
    if (!problem && !not_so) return Fail(problem.error());
    wrong = problem ? *problem : problem.error().message();
    if (wrong.empty()) break;
  }
  ++report->sources_checked;
  if (!wrong.empty()) report->findings.push_back(wrong);
  return {};
}

// `nothing` is the empty lake: the only inputs of the recomputation are the base tables and what
// was said while live, which nothing can recompute.
Status RecomputeAll(const Config& config, const LakeView& view, const LakeView& nothing,
                    EventTime until, ThreadPool& threads, VerifySink* sink, Progress* progress) {
  TM_ASSIGN(const SourceList sources, KnownSources(view));
  TM_ASSIGN(const auto watermarks, WatermarksOf(view));
  TM_ASSIGN(const TradeGaps gaps, TradeGapsOf(view));
  TM_ASSIGN(const std::vector<SeriesId> series, StoredSeries(view));
  NoSnapshots snapshots;
  DeriveCounts counts;
  const DeriveContext context = {config,
                                 nothing,
                                 *sink,
                                 snapshots,
                                 threads,
                                 counts,
                                 nullptr,
                                 0,
                                 [&view](const SeriesKey& key, TimeRange times) {
                                   return view.Read(IssuedTable(),
                                                    {.series = key, .times = times, .columns = {}});
                                 }};
  const auto open = [&](const SeriesId& id) -> Result<GroupedSeries> {
    GroupedSeries one;
    one.base = OpenBase(
        id, {.view = view, .sources = sources, .gaps = gaps, .now = {}, .bars = &config.bars},
        watermarks, until);
    return one;
  };
  return DeriveGroups(context, series, {true, true, true, true}, open, progress, "recomputing");
}

// Rows that recomputation never touched must not exist.
Status CheckNothingElseStored(const LakeView& view, const std::vector<TableWithProperties>& tables,
                              const VerifySink& sink, VerifyReport* report) {
  for (const TableWithProperties& table : tables) {
    if (table.spec.kind != TableKind::kDerived || !view.HasTable(table.spec.name)) continue;
    TM_ASSIGN(const std::vector<SeriesKey> stored, view.SeriesOf(table.spec));
    for (const SeriesKey& series : stored) {
      int64_t rows = 0;
      bool mixed = false;
      for (const DataFile& file : view.Files(table.spec.name)) {
        if (!file.MayHoldSeries(table.spec, series)) continue;
        if (file.IsOnly(table.spec, series)) {
          rows += file.rows;
        } else {
          mixed = true;
        }
      }
      if (mixed) {
        ReadFilter filter{
            .series = series, .times = TimeRange::All(), .columns = {table.spec.sort_by.back()}};
        TM_ASSIGN(const Batch all, view.Read(table.spec, filter));
        rows = static_cast<int64_t>(all.rows);
      }
      const auto given = sink.rows_given().find({table.spec.name, series});
      const int64_t recomputed = given == sink.rows_given().end() ? 0 : given->second;
      if (rows != recomputed) {
        report->findings.push_back(fmt::format("table {}: {} holds {} rows, recomputation gives {}",
                                               table.spec.name, ToString(series), rows,
                                               recomputed));
      }
    }
  }
  return {};
}

}  // namespace

Result<VerifyReport> Verify(const Config& given, const VerifyOptions& options) {
  const int64_t begun_ns = SystemClock().MonotonicNanos();
  VerifyReport report;
  TM_ASSIGN(const PinnedLake pinned, PinLake(given));
  const LakeView& view = pinned.view;
  // What was stored is recomputed with what it was made with, whatever the configuration says now.
  TM_ASSIGN(Config config, WithStoredDefinitions(given, view));
  TM_ASSIGN(config.s3, CredentialsOf(given));
  ThreadPool threads(ThreadsOf(config));

  if (options.progress != nullptr) options.progress->Begin("checking files");
  TM_ASSIGN(const std::vector<Finding> findings,
            pinned.lake->CheckIntegrity(
                view, {.checksums = true, .statistics = false, .threads = &threads}));
  for (const Finding& finding : findings)
    report.findings.push_back(finding.object + ": " + finding.message);
  for (const std::string& table : view.Tables()) {
    report.files_checked += static_cast<int64_t>(view.Files(table).size());
    ++report.tables;
  }
  std::map<std::string, LedgerTotals> sources;
  if (const Status checked = CheckLedger(view, &report, &sources); !checked) {
    if (!IsDamage(checked.error())) return Fail(checked.error());
    report.findings.push_back(checked.error().message());
  }
  for (const auto& [uri, totals] : sources) {
    if (!options.sources) break;
    const Status checked = CheckSource(config, view, uri, totals, threads, &report);
    if (!checked) report.findings.push_back(checked.error().message());
  }
  TM_ASSIGN(const std::vector<TableWithProperties> tables, TablesOf(config));
  Config stages = config;
  for (const TableWithProperties& table : tables) {
    if (table.properties.empty() || !SpecChanged(view, table)) continue;
    const std::string& name = table.spec.name;
    if (view.HasTable(name)) {
      report.findings.push_back(
          "table " + name +
          ": was computed by another version of its operators; `run` recomputes it");
    } else {
      report.notes.push_back(name + ": not computed yet");
    }
    if (name == "candles" || name == "gaps") stages.candles = false;
    if (name == "bars") stages.bars.clear();
    if (name == "features") stages.derive_features = false;
    if (name == "models" || name == "forecasts") stages.derive_forecasts = false;
  }
  const EventTime until = options.until.value_or(kMaxTime);
  TM_ASSIGN(const LakeView nothing, pinned.lake->PinEpoch(0));
  VerifySink sink(view, until);
  const auto compare = [&]() -> Status {
    TM_TRY(RecomputeAll(stages, view, nothing, until, threads, &sink, options.progress));
    if (options.until) return {};
    TM_ASSIGN(const std::vector<TableWithProperties> compared, TablesOf(stages));
    return CheckNothingElseStored(view, compared, sink, &report);
  };
  if (const Status compared = compare(); !compared) {
    // A table that cannot be read is a finding, not a failure of the check.
    if (!IsDamage(compared.error())) return Fail(compared.error());
    report.findings.push_back(compared.error().message());
  }
  report.rows_compared = sink.rows_compared();
  for (std::string& finding : sink.TakeFindings()) report.findings.push_back(std::move(finding));
  report.ok = report.findings.empty();
  if (options.progress != nullptr) options.progress->End();
  report.seconds = static_cast<double>(SystemClock().MonotonicNanos() - begun_ns) * 1e-9;
  return report;
}

}  // namespace tidemark

#include "tidemark/pipeline/forget.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "tidemark/base/file.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/digest.h"
#include "tidemark/pipeline/feed_intake.h"
#include "tidemark/pipeline/heal_gaps.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/series_group.h"
#include "tidemark/pipeline/session.h"

namespace tidemark {
namespace {

Result<std::string> ResolveSource(const SourceList& known, const std::string& wanted) {
  std::vector<std::string> matches;
  for (const std::string& name : known.names()) {
    if (name == wanted) return name;
    if (name.ends_with(wanted)) matches.push_back(name);
  }
  if (matches.size() == 1) return matches.front();
  std::string list;
  for (const std::string& name : known.names()) list += "\n  " + name;
  return Fail(ErrorCode::kNotFound,
              fmt::format("{} source is called '{}'; there are:{}",
                          matches.empty() ? "no" : "more than one", wanted, list));
}

// Where the rows of a source, and those they replaced, are kept.
struct Tables {
  const TableSpec& rows;
  const TableSpec& versions;
  bool of_trades = false;
  bool of_rates = false;  // nothing is derived of them, and no other source tells the same

  // A month of candles, a day of trades: what is rewritten at once.
  TimeRange PartOf(EventTime time) const {
    const EventTime day = FloorToDay(time), month = FloorToMonth(time);
    return of_trades ? TimeRange{day, day + kMicrosPerDay} : TimeRange{month, AddMonths(month, 1)};
  }
};

// What a set of versions counts as: per key the first version is new, the others are revisions.
using CountsBySource = std::map<std::string, MergeCounts>;

// Adds new and revised per source over the rows of one series in one part.
Status CountVersions(const LakeView& view, const Tables& tables, const SeriesKey& key,
                     TimeRange part, const std::string& without, CountsBySource* counts) {
  struct First {
    int64_t revision;
    std::string source;
  };
  std::map<std::pair<int64_t, std::string>, First> firsts;  // by time, and id of trades
  for (const TableSpec* table : {&tables.rows, &tables.versions}) {
    ReadFilter filter{
        .series = key, .times = part, .columns = {table->time_column, "source", "revision"}};
    if (tables.of_trades) filter.columns.emplace_back("trade_id");
    TM_ASSIGN(const Batch rows, view.Read(*table, filter));
    for (size_t i = 0; i < rows.rows; ++i) {
      First version = {rows["revision"].ints[i], rows["source"].strings.At(i)};
      if (version.source == without) continue;
      const std::string id = tables.of_trades ? rows["trade_id"].strings.At(i) : std::string();
      const auto [it, added] = firsts.try_emplace({rows[table->time_column].ints[i], id}, version);
      if (added) continue;
      // Of two versions the earlier one was the new row.
      if (version.revision < it->second.revision) std::swap(version, it->second);
      ++(*counts)[version.source].revised;
    }
  }
  for (const auto& [row, first] : firsts) ++(*counts)[first.source].new_rows;
  return {};
}

// Sources that gave rows of a series which `source` gave rows of.
Result<std::set<std::string>> SourcesOfTheSameSeries(const LakeView& view,
                                                     const std::string& source) {
  TM_ASSIGN(const Batch watermarks, view.Read(WatermarksTable(), {}));
  const StringColumn& sources = watermarks["source"].strings;
  const StringColumn& partitions = watermarks["partition"].strings;
  std::set<std::string> own, found;
  for (size_t i = 0; i < watermarks.rows; ++i) {
    if (sources.At(i) == source) own.insert(partitions.At(i));
  }
  for (size_t i = 0; i < watermarks.rows; ++i) {
    if (own.contains(partitions.At(i))) found.insert(sources.At(i));
  }
  return found;
}

// The source's line of totals so far, to be taken back; and the others' shifts between new and
// revised, because their versions move up.
Status WriteLedger(const LakeView& view, const std::string& forgotten, const CountsBySource& before,
                   const CountsBySource& after, const TableSpec& table, int64_t epoch,
                   ReceiveTime now, EpochWriter& writer, std::vector<std::string>* in_common) {
  TM_ASSIGN(const Batch ledger, view.Read(LedgerTable(), {}));
  TM_ASSIGN(const std::set<std::string> neighbours, SourcesOfTheSameSeries(view, forgotten));
  Batch lines(LedgerTable().schema);
  std::map<std::string, int64_t> duplicates;
  std::map<std::string, size_t> last_line;
  static const char* kCounts[] = {
      "read",        "new",          "revised",   "duplicate",    "rejected",
      "placeholder", "header_bytes", "row_bytes", "reject_bytes", "separator_bytes"};
  std::map<std::string, int64_t> total;
  for (size_t i = 0; i < ledger.rows; ++i) {
    const std::string& source = ledger["source"].strings.At(i);
    last_line[source] = i;
    duplicates[source] += ledger["duplicate"].ints[i];
    if (source != forgotten) continue;
    for (const char* name : kCounts) total[name] += ledger[name].ints[i];
  }
  const auto add = [&](const std::string& source, int64_t bytes, const std::string& hash) {
    lines["source"].strings.Append(source);
    lines["epoch"].ints.push_back(epoch);
    lines["table"].strings.Append(table.name);
    lines["bytes"].ints.push_back(bytes);
    lines["content_hash"].strings.Append(hash);
    lines["position"].strings.Append(fmt::format("{}:{}", bytes, hash));
    lines["received_at"].ints.push_back(now.us);
    ++lines.rows;
  };
  add(forgotten, 0, "");
  for (const char* name : kCounts) lines[name].ints.push_back(-total[name]);
  for (const auto& [source, line] : last_line) {
    if (source == forgotten) continue;
    const auto counts_in = [&](const CountsBySource& counts) {
      const auto it = counts.find(source);
      return it == counts.end() ? MergeCounts() : it->second;
    };
    const int64_t moved = counts_in(after).new_rows - counts_in(before).new_rows;
    const bool common = duplicates[source] > 0 && neighbours.contains(source);
    if (common) in_common->push_back(source);
    const bool again = common && !IsFeedSource(source);
    if (moved == 0 && !again) continue;
    if (again) {
      add(source, 0, "");
    } else {
      add(source, ledger["bytes"].ints[line], ledger["content_hash"].strings.At(line));
    }
    for (const char* name : kCounts) {
      lines[name].ints.push_back(std::string_view(name) == "new"       ? moved
                                 : std::string_view(name) == "revised" ? -moved
                                                                       : 0);
    }
  }
  lines.SetRows(lines.rows);
  return writer.Append(LedgerTable(), lines);
}

// Rewrites a table without the rows that name the source in one of `columns`.
Status DropRows(const LakeView& view, const TableSpec& table, const std::string& source,
                const std::vector<std::string>& columns, EpochWriter& writer) {
  if (!view.HasTable(table.name)) return {};
  TM_ASSIGN(const Batch rows, view.Read(table, {}));
  std::vector<uint8_t> keep(rows.rows);
  for (size_t i = 0; i < rows.rows; ++i) {
    keep[i] = std::ranges::none_of(
        columns, [&](const std::string& column) { return rows[column].strings.At(i) == source; });
  }
  if (std::all_of(keep.begin(), keep.end(), [](uint8_t k) { return k != 0; })) return {};
  return writer.ReplaceAll(table, {}, rows.Filter(keep));
}

// Errors: kUnsupported for the trades of a feed, which could not be had again.
Result<Tables> TablesOfSource(const LakeView& view, const std::string& source) {
  TM_ASSIGN(const Batch ledger, view.Read(LedgerTable(), {}));
  for (size_t i = 0; i < ledger.rows; ++i) {
    const StringColumn& table = ledger["table"].strings;
    if (ledger["source"].strings.At(i) != source || table.IsNull(i)) continue;
    if (table.At(i) == ExchangeRatesTable().name) {
      return Tables{
          .rows = ExchangeRatesTable(), .versions = RateRevisionsTable(), .of_rates = true};
    }
    if (table.At(i) != TradesTable().name) continue;
    if (IsFeedSource(source)) {
      return Fail(ErrorCode::kUnsupported,
                  source +
                      " holds trades as they came live, which cannot be read again; only "
                      "files can be forgotten");
    }
    return Tables{.rows = TradesTable(), .versions = TradeRevisionsTable(), .of_trades = true};
  }
  return Tables{.rows = VendorCandlesTable(), .versions = RevisionsTable()};
}

// The starts of the parts that hold versions of the source.
Result<std::vector<EventTime>> FindParts(const LakeView& view, const Tables& tables,
                                         const SeriesKey& key, const std::string& source) {
  std::set<EventTime> parts;
  for (const TableSpec* table : {&tables.rows, &tables.versions}) {
    if (!view.HasTable(table->name)) continue;
    TM_TRY(ForEachPart(view, *table, key, {table->time_column, "source"}, TimeRange::All(),
                       [&](const Batch& rows) -> Status {
                         const auto& times = rows[table->time_column].ints;
                         for (size_t i = 0; i < rows.rows; ++i) {
                           if (rows["source"].strings.At(i) != source) continue;
                           parts.insert(tables.PartOf({times[i]}).start);
                         }
                         return {};
                       }));
  }
  return std::vector<EventTime>(parts.begin(), parts.end());
}

// What forgetting comes to, before anything is written.
struct Plan {
  std::map<SeriesId, std::vector<EventTime>> parts;  // of trades by the series of their minutes
  CountsBySource before, after;
};

Result<Plan> MakePlan(const LakeView& view, const Tables& tables, const std::string& source) {
  Plan plan;
  if (!view.HasTable(tables.rows.name)) return plan;
  TM_ASSIGN(const std::vector<SeriesKey> keys, view.SeriesOf(tables.rows));
  for (const SeriesKey& key : keys) {
    if (tables.of_rates) {
      TM_TRY(CountVersions(view, tables, key, TimeRange::All(), "", &plan.before));
      continue;
    }
    TM_ASSIGN(std::vector<EventTime> parts, FindParts(view, tables, key, source));
    if (parts.empty()) continue;
    for (const EventTime start : parts) {
      const TimeRange part = tables.PartOf(start);
      TM_TRY(CountVersions(view, tables, key, part, "", &plan.before));
      TM_TRY(CountVersions(view, tables, key, part, source, &plan.after));
    }
    const std::string interval = tables.of_trades ? Interval().ToString() : key.interval;
    TM_ASSIGN(SeriesId id, SeriesId::Parse(key.venue, key.symbol, interval));
    plan.parts[std::move(id)] = std::move(parts);
  }
  return plan;
}

// Gaps in trades that the source had healed.
Result<Batch> GapsOpenedAgain(const LakeView& view, const Plan& plan, const SourceList& sources,
                              int32_t source, ReceiveTime now) {
  Batch opened(GapEventsTable().schema);
  if (!view.HasTable(GapEventsTable().name)) return opened;
  TM_ASSIGN(const Batch events, view.Read(GapEventsTable(), {}));
  for (const auto& [id, days] : plan.parts) {
    TradeSeries trades({id.venue, id.symbol}, view, nullptr, sources, now);
    trades.Forget(source);
    TM_ASSIGN(const Batch of_series,
              OpenedByForgetting(std::move(trades), days, events, view.epoch() + 1));
    opened.Append(of_series);
  }
  return opened;
}

}  // namespace

Result<RunReport> Forget(const Config& given, const std::string& wanted,
                         const RunOptions& options) {
  const int64_t begun_ns = SystemClock().MonotonicNanos();
  Config config = given;
  TM_ASSIGN(config.s3, CredentialsOf(given));
  TM_ASSIGN(const std::unique_ptr<WriteSession> session,
            WriteSession::Open(config, "tidemark forget"));
  const LakeView& view = session->view();
  TM_ASSIGN(config, WithStoredDefinitions(config, view));
  TM_ASSIGN(const SourceList sources, KnownSources(view));
  TM_ASSIGN(const std::string source, ResolveSource(sources, wanted));
  RunReport report;
  report.recovered = session->recovered();
  report.epoch = view.epoch();

  TM_ASSIGN(const Tables tables, TablesOfSource(view, source));
  TM_ASSIGN(const Plan plan, MakePlan(view, tables, source));
  if (options.dry_run) {
    size_t parts = 0;
    for (const auto& [id, of_series] : plan.parts) parts += of_series.size();
    const auto gave = plan.before.find(source);
    const MergeCounts retracted = gave == plan.before.end() ? MergeCounts() : gave->second;
    report.notes.push_back(fmt::format("would retract {} new and {} revised rows in {} {} of {}",
                                       retracted.new_rows, retracted.revised, parts,
                                       tables.of_trades ? "days" : "months", source));
    return report;
  }
  const int32_t number = sources.Find(source);
  const int64_t epoch = view.epoch() + 1;
  const ReceiveTime now = SystemClock().Now();
  TM_ASSIGN(const auto watermarks, WatermarksOf(view));
  TM_ASSIGN(const TradeGaps gaps_before, TradeGapsOf(view));
  TM_ASSIGN(const std::vector<SeriesId> ids, StoredSeries(view));
  Batch gap_events(GapEventsTable().schema);
  if (tables.of_trades) {
    TM_ASSIGN(gap_events, GapsOpenedAgain(view, plan, sources, number, now));
  }
  TradeGaps gaps = gaps_before;
  gaps.Add(gap_events);
  TM_ASSIGN(const std::unique_ptr<EpochWriter> writer, session->Begin(config));
  if (tables.of_trades) {
    for (const TableSpec* table :
         {&TradesTable(), &TradeRevisionsTable(), &AmbiguousTradesTable(), &GapEventsTable()}) {
      TM_TRY(writer->DeclareTable(*table, {}));
    }
  }
  EpochSink sink(view, *writer);
  DeriveCounts counts;
  const DeriveContext context = {
      config, view, sink, session->snapshots(), session->threads(), counts, writer.get(), epoch};
  const BaseInputs inputs = {
      .view = view, .sources = sources, .gaps = gaps, .now = now, .bars = &config.bars};
  const auto open = [&](const SeriesId& id) -> Result<GroupedSeries> {
    GroupedSeries one;
    one.base = OpenBase(id, inputs, watermarks);
    one.closed_before = one.base->closed_until();
    const auto touched = plan.parts.find(id);
    if (touched == plan.parts.end()) return one;
    if (!tables.of_trades) {
      one.base->Forget(number);
      TM_ASSIGN(one.open_times, RewriteBase(*one.base, touched->second, sources, epoch, *writer));
      return one;
    }
    TradeSeries& trades = *one.base->trades();
    trades.Forget(number);
    TM_ASSIGN(one.trades, RewriteTrades(trades, touched->second, sources, epoch, *writer));
    const RangeSet opened = ChangeOf(gaps_before.Of(trades.id()), gaps.Of(trades.id()));
    one.trades.Add(opened);
    one.trade_gaps = !opened.empty();
    one.open_times = CandlesOver(one.trades, id.interval);
    return one;
  };
  TM_TRY(DeriveGroups(context, ids, {}, open, options.progress));
  TM_TRY(DropRows(view, RejectsTable(), source, {"source"}, *writer));
  if (tables.of_rates) {
    for (const TableSpec* table : {&tables.rows, &tables.versions}) {
      TM_TRY(writer->DeclareTable(*table, {}));
      TM_TRY(DropRows(view, *table, source, {"source"}, *writer));
    }
  }
  if (tables.of_trades) {
    TM_TRY(DropRows(view, AmbiguousTradesTable(), source, {"source", "held_from"}, *writer));
  }
  if (gap_events.rows > 0) TM_TRY(writer->Append(GapEventsTable(), gap_events));
  std::vector<std::string> in_common;
  TM_TRY(WriteLedger(view, source, plan.before, plan.after, tables.rows, epoch, now, *writer,
                     &in_common));
  TM_TRY(session->Commit(*writer));
  for (const std::string& name : in_common) {
    report.notes.push_back(
        name + (IsFeedSource(name) ? " had rows in common with it that came live and cannot be "
                                     "read again: they are gone until a file brings them"
                                   : " had rows in common with it and is read again by the next "
                                     "run"));
  }
  report.epoch = epoch;
  report.changed = true;
  report.models_fitted = counts.models_fitted;
  report.models_reused = counts.models_reused;
  report.seconds = static_cast<double>(SystemClock().MonotonicNanos() - begun_ns) * 1e-9;
  return report;
}

}  // namespace tidemark

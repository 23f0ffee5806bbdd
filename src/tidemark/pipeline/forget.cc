#include "tidemark/pipeline/forget.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "tidemark/base/file.h"
#include "tidemark/pipeline/definitions.h"
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

// What a set of versions counts as: per key the first version is new, the others are revisions.
using CountsBySource = std::map<std::string, MergeCounts>;

void AddVersion(CountsBySource* counts, const std::string& source, int64_t revision,
                std::map<int64_t, std::pair<int64_t, std::string>>* first, int64_t time) {
  const auto [it, added] = first->try_emplace(time, revision, source);
  if (added) return;
  // Of two versions the earlier one was the new row.
  std::pair<int64_t, std::string> later = {revision, source};
  if (later.first < it->second.first) std::swap(later, it->second);
  ++(*counts)[later.second].revised;
}

// new and revised per source over the rows of one series.
Result<CountsBySource> CountVersions(const LakeView& view, const SeriesKey& key,
                                     const std::string& without) {
  CountsBySource counts;
  std::map<int64_t, std::pair<int64_t, std::string>> first;
  for (const TableSpec* table : {&VendorCandlesTable(), &RevisionsTable()}) {
    const ReadFilter filter{
        .series = key, .times = TimeRange::All(), .columns = {"open_time", "source", "revision"}};
    TM_ASSIGN(const Batch rows, view.Read(*table, filter));
    for (size_t i = 0; i < rows.rows; ++i) {
      const std::string& source = rows["source"].strings.At(i);
      if (source == without) continue;
      AddVersion(&counts, source, rows["revision"].ints[i], &first, rows["open_time"].ints[i]);
    }
  }
  for (const auto& [time, version] : first) ++counts[version.second].new_rows;
  return counts;
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
                   const CountsBySource& after, int64_t epoch, ReceiveTime now, EpochWriter& writer,
                   std::vector<std::string>* read_again) {
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
    lines["table"].strings.Append(VendorCandlesTable().name);
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
    const bool again = duplicates[source] > 0 && neighbours.contains(source);
    if (again) read_again->push_back(source);
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

// Rewrites a table without the rows of one source.
Status DropRows(const LakeView& view, const TableSpec& table, const std::string& source,
                EpochWriter& writer) {
  TM_ASSIGN(const Batch rows, view.Read(table, {}));
  std::vector<uint8_t> keep(rows.rows);
  for (size_t i = 0; i < rows.rows; ++i) keep[i] = rows["source"].strings.At(i) != source;
  if (std::all_of(keep.begin(), keep.end(), [](uint8_t k) { return k != 0; })) return {};
  return writer.ReplaceAll(table, {}, rows.Filter(keep));
}

Status CheckHoldsCandles(const LakeView& view, const std::string& source) {
  TM_ASSIGN(const Batch ledger, view.Read(LedgerTable(), {}));
  for (size_t i = 0; i < ledger.rows; ++i) {
    const StringColumn& table = ledger["table"].strings;
    if (ledger["source"].strings.At(i) == source && !table.IsNull(i) &&
        table.At(i) == TradesTable().name) {
      return Fail(ErrorCode::kUnsupported,
                  source + " holds trades, and only sources of candles can be forgotten so far");
    }
  }
  return {};
}

// The months that hold versions of the source.
Result<std::vector<EventTime>> FindMonths(const LakeView& view, const SeriesKey& key,
                                          const std::string& source) {
  std::set<EventTime> months;
  for (const TableSpec* table : {&VendorCandlesTable(), &RevisionsTable()}) {
    const ReadFilter filter{
        .series = key, .times = TimeRange::All(), .columns = {"open_time", "source"}};
    TM_ASSIGN(const Batch rows, view.Read(*table, filter));
    for (size_t i = 0; i < rows.rows; ++i) {
      if (rows["source"].strings.At(i) == source)
        months.insert(FloorToMonth({rows["open_time"].ints[i]}));
    }
  }
  return std::vector<EventTime>(months.begin(), months.end());
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

  TM_TRY(CheckHoldsCandles(view, source));
  const int32_t number = sources.Find(source);
  const int64_t epoch = view.epoch() + 1;
  const ReceiveTime now = SystemClock().Now();
  TM_ASSIGN(const auto watermarks, WatermarksOf(view));
  TM_ASSIGN(const TradeGaps gaps, TradeGapsOf(view));
  TM_ASSIGN(const std::vector<SeriesId> ids, StoredSeries(view));

  std::map<SeriesId, std::vector<EventTime>> months;
  CountsBySource before, after;
  for (const SeriesId& id : ids) {
    const SeriesKey key = KeyOf(id);
    TM_ASSIGN(std::vector<EventTime> found, FindMonths(view, key, source));
    if (found.empty()) continue;
    months[id] = std::move(found);
    for (const auto& [counts, without] :
         {std::pair(&before, std::string()), std::pair(&after, source)}) {
      TM_ASSIGN(const CountsBySource part, CountVersions(view, key, without));
      for (const auto& [name, count] : part) (*counts)[name] += count;
    }
  }
  if (options.dry_run) {
    int64_t count = 0;
    for (const auto& [id, touched] : months) count += static_cast<int64_t>(touched.size());
    report.notes.push_back(
        fmt::format("would retract {} new and {} revised rows in {} months of {}",
                    before[source].new_rows, before[source].revised, count, source));
    return report;
  }
  TM_ASSIGN(const std::unique_ptr<EpochWriter> writer, session->Begin(config));
  EpochSink sink(view, *writer);
  DeriveCounts counts;
  const DeriveContext context = {
      config, view, sink, session->snapshots(), session->threads(), counts, writer.get(), epoch};
  const auto open = [&](const SeriesId& id) -> Result<GroupedSeries> {
    GroupedSeries one;
    one.base =
        OpenBase(id, {.view = view, .sources = sources, .gaps = gaps, .now = now}, watermarks);
    one.closed_before = one.base->closed_until();
    if (const auto touched = months.find(id); touched != months.end()) {
      one.base->Forget(number);
      TM_ASSIGN(one.open_times, RewriteBase(*one.base, touched->second, sources, epoch, *writer));
    }
    return one;
  };
  TM_TRY(DeriveGroups(context, ids, {}, open, options.progress));
  TM_TRY(DropRows(view, RejectsTable(), source, *writer));
  std::vector<std::string> read_again;
  TM_TRY(WriteLedger(view, source, before, after, epoch, now, *writer, &read_again));
  TM_TRY(session->Commit(*writer));
  for (const std::string& name : read_again) {
    report.notes.push_back(name + " had rows in common with it and is read again by the next run");
  }
  report.epoch = epoch;
  report.changed = true;
  report.models_fitted = counts.models_fitted;
  report.models_reused = counts.models_reused;
  report.seconds = static_cast<double>(SystemClock().MonotonicNanos() - begun_ns) * 1e-9;
  return report;
}

}  // namespace tidemark

#include "tidemark/lake/upkeep.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "tidemark/base/check.h"
#include "tidemark/lake/lake_impl.h"
#include "tidemark/lake/row_order.h"
#include "tidemark/lake/untidy_files.h"

namespace tidemark {
// The files come in order of time. What is held is written when it makes a full file, and enough is
// left for another that is not small, or when its month is over: so a series of any size takes the
// memory of a full file or two. Only behind a file over several months all is held that is left.
// Returns the rows.
Result<int64_t> EpochWriter::Impl::CompactSeries(WriterTable& table,
                                                 const std::vector<const DataFile*>& files,
                                                 const std::optional<SeriesKey>& series) {
  const TableSpec& spec = table.spec;
  std::vector<Batch> parts;
  int64_t all = 0, held = 0, left = 0;
  for (const DataFile* file : files) left += file->rows;
  const auto write = [&]() -> Status {
    held = 0;
    const Batch rows = Sorted(Concatenated(spec.schema, std::exchange(parts, {})), spec.sort_by);
    return series ? WriteSplit(table, rows) : WriteFile(table, rows, 0, rows.rows);
  };
  std::optional<TimeRange> bucket;  // of what is held, if it is one
  for (const DataFile* file : files) {
    const auto own = BucketOf(spec, *file);
    const bool full = held >= kFullRows && left >= kBigRows && own == bucket;
    const bool passed = bucket && own && bucket->end <= own->start;
    if (series && bucket && (full || passed)) TM_TRY(write());
    bucket = parts.empty() || own == bucket ? own : std::nullopt;
    TM_ASSIGN(parts.emplace_back(), ReadDataFile(*store, spec, *file, series));
    const auto rows = static_cast<int64_t>(parts.back().rows);
    all += rows;
    held += rows;
    left -= file->rows;
  }
  TM_TRY(write());
  return all;
}

Result<int64_t> EpochWriter::Impl::CompactFiles(WriterTable& table,
                                                const std::vector<const DataFile*>& files) {
  const TableSpec& spec = table.spec;
  if (spec.series_by.empty() || spec.partition_by.empty()) {
    return CompactSeries(table, files, std::nullopt);
  }
  std::map<SeriesKey, std::vector<const DataFile*>> of_series;
  for (const DataFile* file : files) {
    TM_ASSIGN(const std::vector<SeriesKey> held, SeriesIn(base.impl(), spec, *file));
    for (const SeriesKey& series : held) of_series[series].push_back(file);
  }
  const std::vector<std::pair<SeriesKey, std::vector<const DataFile*>>> works(of_series.begin(),
                                                                              of_series.end());
  std::atomic<int64_t> all = 0;
  TM_TRY(ForEach(works.size(), [&](size_t i) -> Status {
    TM_ASSIGN(const int64_t rows, CompactSeries(table, works[i].second, works[i].first));
    all += rows;
    return {};
  }));
  return all;
}

Status EpochWriter::Impl::CompactTable(WriterTable& table, Tidying tidying,
                                       CompactionReport& report) {
  const TableSpec& spec = table.spec;
  std::map<std::map<std::string, std::string>, std::vector<const DataFile*>> partitions;
  // Copies: what is written is added to table.files.
  std::vector<DataFile> stored;
  for (const LiveFile& live : table.files) {
    if (!live.removed && !live.is_new) stored.push_back(live.file);
  }
  for (const DataFile& file : stored) partitions[file.partition].push_back(&file);
  std::set<std::string> gone;
  const size_t before = table.files.size();
  int64_t big_rows = kBigRowsAtOnce;
  table.rearranging = true;
  for (const auto& [partition, files] : partitions) {
    std::vector<const DataFile*> chosen = UntidyFiles(spec, files, tidying, &big_rows);
    if (chosen.empty()) continue;
    if (!spec.time_column.empty()) {
      std::ranges::stable_sort(
          chosen, {}, [&](const DataFile* file) { return file->TimesOf(spec.time_column).start; });
    }
    TM_ASSIGN(const int64_t rows, CompactFiles(table, chosen));
    report.rows += rows;
    for (const DataFile* file : chosen) {
      gone.insert(file->path);
      report.bytes_before += file->size;
    }
  }
  table.rearranging = false;
  report.files_before += static_cast<int64_t>(gone.size());
  report.files_after += static_cast<int64_t>(table.files.size() - before);
  for (LiveFile& live : table.files) {
    if (gone.contains(live.file.path)) live.removed = live.rearranged = true;
  }
  return {};
}

Result<CompactionReport> Lake::Compact(const LakeView& view, EpochWriter& writer,
                                       const CompactionOptions& options) {
  CHECK(locked_for_writing());
  EpochWriter::Impl& to = writer.impl();
  CHECK(to.base.epoch() == view.epoch());
  std::vector<std::string> names = options.tables.empty() ? view.Tables() : options.tables;
  CompactionReport report;
  for (const std::string& name : names) {
    if (!view.HasTable(name)) continue;
    const auto spec = StoredSpec(name, view.impl().tables.at(name).get());
    if (!to.tables.contains(name)) TM_TRY(writer.DeclareTable(spec, view.PropertiesOf(name)));
    TM_TRY(to.CompactTable(to.tables.at(name), options.tidying, report));
  }
  return report;
}

TableSpec StoredSpec(const std::string& name, const TableState* state) {
  for (const TableSpec& known : AllTables({})) {
    if (known.name != name) continue;
    TableSpec spec = known;
    spec.schema = state->schema;
    spec.partition_by = state->partition_by;
    return spec;
  }
  TableSpec spec;
  spec.name = name;
  spec.schema = state->schema;
  spec.partition_by = state->partition_by;
  return spec;
}

namespace {

// Epochs that readers hold; files of readers that died are removed.
Result<std::set<int64_t>> PinnedEpochs(Store& store) {
  std::set<int64_t> pinned;
  if (!store.local()) return pinned;
  TM_ASSIGN(const auto pins, store.List(kPinFolder));
  for (const StoredObject& pin : pins) {
    const std::string name = pin.key.substr(pin.key.rfind('/') + 1);
    const auto lock = FileLock::Acquire(store.LocalPath(pin.key), "vacuum");
    if (!lock && lock.error().code() == ErrorCode::kLocked) {
      pinned.insert(std::strtoll(name.c_str(), nullptr, 10));
    } else if (lock) {
      TM_TRY(RemoveFile(store.LocalPath(pin.key)));
    }
  }
  return pinned;
}

// A commit, checkpoint or other file of a table's log: its version, else -1.
int64_t VersionOfLogFile(std::string_view key) {
  const size_t log = key.find("/_delta_log/");
  if (log == std::string_view::npos) return -1;
  const std::string_view name = key.substr(log + 12);
  if (name.size() < 20 || name.find_first_not_of("0123456789") != 20) return -1;
  return std::strtoll(std::string(name.substr(0, 20)).c_str(), nullptr, 10);
}

struct Needs {
  std::set<std::string> files;                    // keys of data files
  std::map<std::string, int64_t> oldest_version;  // per table
};

// What the kept epochs refer to.
Status AddNeeds(const LakeView& view, Needs& needs) {
  for (const std::string& table : view.Tables()) {
    const int64_t version = view.VersionOf(table);
    const auto [at, added] = needs.oldest_version.try_emplace(table, version);
    if (!added) at->second = std::min(at->second, version);
    for (const auto& [path, file] : view.impl().tables.at(table)->files) {
      needs.files.insert(table + "/" + path);
    }
  }
  return {};
}

}  // namespace

Result<VacuumReport> Lake::Vacuum(int64_t retention_us, bool dry_run) {
  CHECK(dry_run || locked_for_writing());
  CHECK(retention_us >= 0);
  Store& store = *impl_->store;
  VacuumReport report;
  TM_ASSIGN(const std::vector<EpochInfo> epochs, Epochs());
  if (epochs.empty()) return report;
  // Readers on S3 cannot be seen, so they get a day.
  const int64_t grace = store.local() ? retention_us : std::max(retention_us, kMicrosPerDay);
  const int64_t cutoff = impl_->clock->Now().us - grace;
  TM_ASSIGN(const std::set<int64_t> pinned, PinnedEpochs(store));
  report.pinned_readers = static_cast<int64_t>(pinned.size());
  // An epoch is in use until the next one comes.
  std::set<int64_t> kept;
  for (size_t i = 0; i < epochs.size(); ++i) {
    const bool last = i + 1 == epochs.size();
    const bool recent = last || epochs[i + 1].committed_at.us > cutoff;
    if (recent || pinned.contains(epochs[i].epoch)) kept.insert(epochs[i].epoch);
  }
  report.oldest_epoch = *kept.begin();
  Needs needs;
  for (const int64_t epoch : kept) {
    TM_ASSIGN(const LakeView view, impl_->View(epoch));
    TM_TRY(AddNeeds(view, needs));
  }
  TM_ASSIGN(const auto objects, store.List(""));
  // Each table's log must still lead to the oldest version that is kept.
  std::map<std::string, int64_t> log_start;
  for (const StoredObject& object : objects) {
    const std::string table = object.key.substr(0, object.key.find('/'));
    const auto oldest = needs.oldest_version.find(table);
    const int64_t version = VersionOfLogFile(object.key);
    if (version < 0 || oldest == needs.oldest_version.end()) continue;
    if (!object.key.ends_with(".checkpoint.parquet") || version > oldest->second) continue;
    int64_t& start = log_start.try_emplace(table, 0).first->second;
    start = std::max(start, version);
  }
  const int64_t newest = epochs.back().epoch;
  for (const StoredObject& object : objects) {
    const std::string table = object.key.substr(0, object.key.find('/'));
    const int64_t written = EpochOfDataFile(object.key);
    const int64_t version = VersionOfLogFile(object.key);
    bool doomed = false;
    if (written > 0) {
      doomed = written <= newest && !needs.files.contains(object.key);
    } else if (version >= 0) {
      const auto start = log_start.find(table);
      doomed = start != log_start.end() && version < start->second;
    } else if (object.key.starts_with(std::string(kEpochFolder) + "/")) {
      const int64_t epoch =
          std::strtoll(object.key.substr(sizeof(kEpochFolder)).c_str(), nullptr, 10);
      doomed = epoch > 0 && EpochKey(epoch) == object.key && !kept.contains(epoch);
    }
    if (!doomed) continue;
    report.keys.push_back(object.key);
    report.bytes += object.size;
  }
  if (dry_run) return report;
  // Records first: an epoch that is half gone cannot be pinned any more.
  std::stable_partition(report.keys.begin(), report.keys.end(),
                        [](const std::string& key) { return key.starts_with(kEpochFolder); });
  for (const std::string& key : report.keys) TM_TRY(store.Delete(key));
  std::sort(report.keys.begin(), report.keys.end());
  return report;
}

}  // namespace tidemark

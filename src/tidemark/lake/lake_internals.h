// What the parts of the lake room share behind lake.h; nobody else includes it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tidemark/base/file.h"
#include "tidemark/lake/delta_log.h"
#include "tidemark/lake/lake.h"
#include "tidemark/lake/recent_files.h"
#include "tidemark/lake/store.h"
#include "tidemark/lake/writer_lock.h"

namespace tidemark {

constexpr char kEpochFolder[] = "_tidemark/epochs";
constexpr size_t kBigBatchRows = 1 << 14;

// _tidemark/epochs/<epoch>.json
struct EpochRecord {
  struct TableVersion {
    int64_t version = 0;
    std::string commit_sha256;  // of that version's commit
  };
  int64_t epoch = 0;
  int64_t committed_at_us = 0;
  std::map<std::string, TableVersion> tables;

  std::string ToJson() const;
  static Result<EpochRecord> Parse(std::string_view text);
};
std::string EpochKey(int64_t epoch);
// Epochs with a record, ascending.
Result<std::vector<int64_t>> ListEpochs(Store& store);

// "candles/venue=x/interval=1m/00000000000000000007-…parquet" → 7; -1 for other keys.
int64_t EpochOfDataFile(std::string_view key);

// The table as its log stands now, which may be ahead of `pinned` (null: not in the record) when a
// writer of `epoch` died in Commit and its journal was lost: those commits, and only those, may be
// undone by the next. Null when there is no log. Errors: kConflict when somebody else committed.
Result<std::shared_ptr<const TableState>> LoadHead(Store& store, const std::string& table,
                                                   std::shared_ptr<const TableState> pinned,
                                                   int64_t epoch);

struct LakeView::Impl {
  EpochRecord record;
  std::shared_ptr<Store> store;
  std::map<std::string, std::shared_ptr<const TableState>> tables;
  std::shared_ptr<const void> pin;  // released with the last copy of the view
  std::shared_ptr<SeriesLists> series;
  mutable RecentFiles recent;  // read for rewriting
};

// A file of a table within the epoch being written: stored before, or written by it.
struct LiveFile {
  struct Deletion {
    std::optional<SeriesKey> series;  // none = every series
    TimeRange times;
  };
  DataFile file;
  bool is_new = false;
  bool removed = false;
  bool rearranged = false;               // compaction: other files take or took its rows
  std::vector<Deletion> deletions = {};  // rows that must go when Prepare rewrites the file
};

// Rows that wait for Prepare, to go into a file with others.
struct HeldRows {
  Batch rows;                       // whole series or mixed
  TimeRange times;                  // that the rows lie in; All() for a table without time
  std::optional<SeriesKey> series;  // of all rows, where that is known
};

struct WriterTable {
  TableSpec spec;
  std::map<std::string, std::string> properties;
  std::shared_ptr<const TableState> head;  // what the log says now; null for a new table
  bool declared = false;
  bool rearranging = false;  // what is written now are rows of other files
  std::vector<LiveFile> files;
  std::vector<HeldRows> held;
};

// What Prepare does to one partition of a table.
struct PartitionWork {
  std::vector<LiveFile> files;   // lose rows
  std::vector<LiveFile> merged;  // small files whose rows go where `held` goes
  std::vector<Batch> held;
};

// The rows that stay.
Batch WithoutDeleted(Batch rows, const TableSpec& spec,
                     std::span<const LiveFile::Deletion> deletions);

struct EpochWriter::Impl {
  int64_t epoch = 0;
  LakeView base;
  std::shared_ptr<Store> store;
  Clock* clock = nullptr;
  ThreadPool* threads = nullptr;
  WriterLock* place = nullptr;  // of the Lake, which outlives its writers
  std::map<std::string, std::shared_ptr<const TableState>> heads;

  std::mutex mutex;  // guards everything below
  std::map<std::string, WriterTable> tables;
  std::vector<std::string> written;  // keys
  std::atomic<int64_t> next_file{0};
  bool prepared = false;

  explicit Impl(LakeView view) : base(std::move(view)) {}

  // Runs task(0 … count − 1), on the pool when there is one; the first failure in that order.
  Status ForEach(size_t count, const std::function<Status(size_t)>& task);
  int64_t NowMillis() const { return clock->Now().us / kMicrosPerMilli; }
  WriterTable& Declared(const TableSpec& spec);  // CHECKs that it is
  // REQUIRES mutex held. Takes the rows out of stored files, new files and held rows.
  void Delete(WriterTable& table, const std::optional<SeriesKey>& series, TimeRange times);
  // Writes rows of one partition, sorted, as one file or, a big batch of one series, as one per
  // month or year.
  Status WriteRows(WriterTable& table, const Batch& rows);
  // Rows of one series, cut by month or year however few they are.
  Status WriteSplit(WriterTable& table, const Batch& rows);
  Status WriteCuts(WriterTable& table, const Batch& rows, const std::vector<size_t>& cuts);
  Status WriteFile(WriterTable& table, const Batch& rows, size_t begin, size_t end);
  // `series`: of which all rows are.
  Status Append(const TableSpec& spec, const std::optional<SeriesKey>& series, Batch rows);
  // Rows by partition: the big groups are written, the rest held. `zones`: rows inside belong to
  // files that Prepare rewrites, and are held.
  Status WriteOrHold(WriterTable& table, Batch rows, const std::vector<TimeRange>& zones,
                     const std::optional<SeriesKey>& series = std::nullopt);
  // Prepare's steps: all held rows and all stored files that lose rows, per partition.
  Status Flush(WriterTable& table);
  Status WriteRest(WriterTable& table, Batch rest);
  Status RewritePartition(WriterTable& table, PartitionWork& work);
  void RestoreUndeclared();
  Status CompactTable(WriterTable& table, Tidying tidying, CompactionReport& report);
  Result<int64_t> CompactFiles(WriterTable& table, const std::vector<const DataFile*>& files);
  // Of all rows of the files, when there is no `series`.
  Result<int64_t> CompactSeries(WriterTable& table, const std::vector<const DataFile*>& files,
                                const std::optional<SeriesKey>& series);
  Result<std::optional<PreparedCommit>> CommitOf(WriterTable& table, int64_t now_ms);
};

// What we know of a stored table; its sort order and series when it is one of ours.
TableSpec StoredSpec(const std::string& name, const TableState* state);

// Reads a file's rows with all columns of `spec`, partition columns filled in.
Result<Batch> ReadDataFile(Store& store, const TableSpec& spec, const DataFile& file,
                           const std::optional<SeriesKey>& series = std::nullopt);
// The series that have rows in it.
Result<std::vector<SeriesKey>> SeriesIn(const LakeView::Impl& view, const TableSpec& spec,
                                        const DataFile& file);
// The same, as they were read for rewriting or as they are read now.
Result<std::shared_ptr<const Batch>> ReadForRewriting(const LakeView::Impl& view,
                                                      const TableSpec& spec, const DataFile& file);

}  // namespace tidemark

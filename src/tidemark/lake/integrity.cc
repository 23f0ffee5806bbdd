#include "tidemark/lake/integrity.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tidemark/base/hash.h"
#include "tidemark/base/parallel.h"
#include "tidemark/lake/lake_impl.h"
#include "tidemark/lake/parquet_io.h"
#include "tidemark/lake/row_order.h"

namespace tidemark {
namespace {

class IntegrityCheck {
 public:
  IntegrityCheck(const LakeView& view, const IntegrityOptions& options)
      : view_(view), options_(options), store_(*view.impl().store) {}

  // The record's commits, and the chain of commits that leads to them.
  void Log(const std::string& table) {
    const EpochRecord::TableVersion& named = view_.impl().record.tables.at(table);
    const auto commit = store_.Get(CommitKey(table, named.version));
    if (!commit) {
      Report(CommitKey(table, named.version), commit.error().message());
    } else if (Sha256::Of(*commit) != named.commit_sha256) {
      Report(CommitKey(table, named.version), "its bytes are not those the epoch committed");
    }
    CompareWithReplay(table);
  }

  void File(const std::string& table, const DataFile& file, std::vector<Finding>& out) const {
    const std::string key = table + "/" + file.path;
    const auto problem = [&](std::string message) { out.push_back({key, std::move(message)}); };
    const auto bytes = store_.Get(key);
    if (!bytes) return problem(bytes.error().message());
    if (static_cast<int64_t>(bytes->size()) != file.size) {
      return problem(fmt::format("{} bytes, the log says {}", bytes->size(), file.size));
    }
    if (file.sha256.empty() ? false : Sha256::Of(*bytes) != file.sha256) {
      return problem("its SHA-256 is not the log's");
    }
    if (options_.statistics) Statistics(table, file, out);
  }

  std::vector<Finding> Take() { return std::move(findings_); }
  void Add(const std::vector<Finding>& more) {
    findings_.insert(findings_.end(), more.begin(), more.end());
  }
  void Report(std::string object, std::string message) {
    findings_.push_back({std::move(object), std::move(message)});
  }

 private:
  // Older commits have no checksum in the record of this epoch, but records of their own time may
  // still be there; and what a checkpoint says must be what the commits add up to.
  void CompareWithReplay(const std::string& table) {
    TableState replayed;
    replayed.table = table;
    const int64_t version = view_.VersionOf(table);
    while (replayed.version < version) {
      const std::string key = CommitKey(table, replayed.version + 1);
      const auto bytes = store_.Get(key);
      // Cleaned up: the checkpoint is all there is to go by.
      if (!bytes && replayed.version == -1) return;
      if (!bytes) return Report(key, bytes.error().message());
      if (const auto applied = replayed.Apply(*bytes); !applied) {
        return Report(key, applied.error().message());
      }
    }
    const auto& stored = view_.impl().tables.at(table)->files;
    const bool same = stored.size() == replayed.files.size() &&
                      std::equal(stored.begin(), stored.end(), replayed.files.begin(),
                                 [](const auto& a, const auto& b) {
                                   return a.first == b.first && a.second.size == b.second.size &&
                                          a.second.sha256 == b.second.sha256 &&
                                          a.second.stats == b.second.stats;
                                 });
    if (!same) Report(table + "/_delta_log", "the checkpoint and the commits list other files");
  }

  void Statistics(const std::string& table, const DataFile& file, std::vector<Finding>& out) const {
    const std::string key = table + "/" + file.path;
    const TableSpec spec = StoredSpec(table, view_.impl().tables.at(table).get());
    const auto rows = ReadDataFile(store_, spec, file);
    if (!rows) {
      out.push_back({key, rows.error().message()});
      return;
    }
    if (static_cast<int64_t>(rows->rows) != file.rows) {
      out.push_back({key, fmt::format("{} rows, the log says {}", rows->rows, file.rows)});
    }
    if (!IsSorted(*rows, spec.sort_by) && !file.sha256.empty()) {
      out.push_back({key, "its rows are not in order"});
    }
    // The bounds as the log would spell them, so that both are shortened alike.
    DataFile actual;
    const std::string json =
        StatsToJson(static_cast<int64_t>(rows->rows), ComputeStats(*rows), spec.schema);
    if (!StatsFromJson(json, spec.schema, actual)) return;
    for (const auto& [column, stats] : file.stats) {
      const ColumnStats* computed = actual.StatsOf(column);
      if (computed == nullptr || *computed == stats) continue;
      out.push_back({key, "the log's bounds of column " + column + " are not those of its rows"});
    }
  }

  const LakeView& view_;
  const IntegrityOptions& options_;
  Store& store_;
  std::vector<Finding> findings_;
};

}  // namespace

Result<std::vector<Finding>> Lake::CheckIntegrity(const LakeView& view,
                                                  const IntegrityOptions& options) {
  IntegrityCheck check(view, options);
  struct Task {
    std::string table;
    DataFile file;
    std::vector<Finding> findings;
  };
  std::vector<Task> tasks;
  for (const std::string& table : view.Tables()) {
    check.Log(table);
    for (DataFile& file : view.Files(table)) tasks.push_back({table, std::move(file), {}});
  }
  const auto run = [&](size_t i) { check.File(tasks[i].table, tasks[i].file, tasks[i].findings); };
  if (!options.checksums && !options.statistics) {
    for (Task& task : tasks) {
      const std::string key = task.table + "/" + task.file.path;
      const auto listed = impl_->store->LocalCopy(key, task.file.size);
      const auto size = listed ? FileSize(*listed) : Result<int64_t>(Fail(listed.error()));
      if (!size) {
        check.Report(key, size.error().message());
      } else if (*size != task.file.size) {
        check.Report(key, fmt::format("{} bytes, the log says {}", *size, task.file.size));
      }
    }
  } else if (options.threads != nullptr) {
    options.threads->ParallelFor(tasks.size(), run);
  } else {
    for (size_t i = 0; i < tasks.size(); ++i) run(i);
  }
  for (const Task& task : tasks) check.Add(task.findings);
  // Every epoch's record vouches for the commits of its time.
  TM_ASSIGN(const std::vector<int64_t> epochs, ListEpochs(*impl_->store));
  std::set<std::string> compared;
  for (const int64_t epoch : epochs) {
    if (epoch >= view.epoch()) break;
    const auto text = impl_->store->Get(EpochKey(epoch));
    const auto record = text ? EpochRecord::Parse(*text) : Result<EpochRecord>(Fail(text.error()));
    if (!record) {
      check.Report(EpochKey(epoch), record.error().message());
      continue;
    }
    for (const auto& [table, named] : record->tables) {
      const std::string key = CommitKey(table, named.version);
      if (!compared.insert(key).second) continue;
      const auto commit = impl_->store->Get(key);
      if (!commit) continue;  // vacuum may have cleaned it up
      if (Sha256::Of(*commit) != named.commit_sha256) {
        check.Report(key, "its bytes are not those the epoch committed");
      }
    }
  }
  return check.Take();
}

}  // namespace tidemark

#include "tidemark/lake/lake.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <set>

#include "tidemark/base/check.h"
#include "tidemark/base/fault.h"
#include "tidemark/lake/lake_impl.h"

namespace tidemark {
namespace {

// A file that is locked while the view lives, so that vacuum sees it and a dead reader's is stale.
class ReaderPin {
 public:
  ReaderPin(FileLock lock, std::string path) : lock_(std::move(lock)), path_(std::move(path)) {}
  ~ReaderPin() { (void)RemoveFile(path_); }

 private:
  FileLock lock_;
  std::string path_;
};

std::shared_ptr<const void> PinLocally(const Store& store, int64_t epoch) {
  static std::atomic<int64_t> next{0};
  const std::string folder = store.LocalPath(kPinFolder);
  // A reader that may not write cannot pin; it still reads.
  if (!MakeDirectories(folder)) return nullptr;
  const std::string path = fmt::format("{}/{:020}-{}-{}", folder, epoch, ::getpid(), next++);
  auto lock = FileLock::Acquire(path, "reader");
  if (!lock) return nullptr;
  return std::make_shared<ReaderPin>(*std::move(lock), path);
}

}  // namespace

Lake::Lake(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Lake::~Lake() = default;

Result<std::unique_ptr<Lake>> Lake::Open(const std::string& uri, const S3Options& s3,
                                         Clock& clock) {
  auto impl = std::make_unique<Impl>();
  TM_ASSIGN(impl->store, Store::Open(uri, s3));
  impl->clock = &clock;
  return std::make_unique<Lake>(std::move(impl));
}

const std::string& Lake::uri() const { return impl_->store->uri(); }

std::string Lake::journal_path() const { return impl_->store->state_folder() + "/journal"; }

bool Lake::locked_for_writing() const { return impl_->lock != nullptr; }

Status Lake::LockForWriting(std::string_view holder) {
  if (impl_->lock != nullptr) return {};
  TM_ASSIGN(impl_->lock, WriterLock::Acquire(impl_->store, *impl_->clock, holder));
  return {};
}

Status Lake::Impl::ForEach(size_t count, const std::function<Status(size_t)>& task) {
  std::vector<Status> outcomes(count);
  if (count > 1) {
    {
      const std::lock_guard guard(mutex);
      if (pool == nullptr) pool = std::make_unique<ThreadPool>(store->local() ? 4 : 8);
    }
    pool->ParallelFor(count, [&](size_t i) { outcomes[i] = task(i); });
  } else if (count == 1) {
    outcomes[0] = task(0);
  }
  for (Status& outcome : outcomes) TM_TRY(std::move(outcome));
  return {};
}

Result<std::shared_ptr<const TableState>> Lake::Impl::StateAt(const std::string& table,
                                                              int64_t version) {
  std::shared_ptr<const TableState> known;
  {
    const std::lock_guard guard(mutex);
    known = states[table];
  }
  if (known != nullptr && known->version == version) return known;
  auto state = std::make_shared<TableState>();
  // From a state we have, the few commits after it; else from the log's own checkpoint.
  if (known != nullptr && known->version < version &&
      version - known->version <= kCommitsPerCheckpoint) {
    *state = *known;
    while (state->version < version) {
      const std::string key = CommitKey(table, state->version + 1);
      TM_ASSIGN(const std::string bytes, store->Get(key));
      if (const auto applied = state->Apply(bytes); !applied) {
        return Fail(applied.error().With(key));
      }
    }
  } else {
    TM_ASSIGN(*state, LoadTable(*store, table, version));
  }
  const std::lock_guard guard(mutex);
  std::shared_ptr<const TableState>& latest = states[table];
  if (latest == nullptr || latest->version < version) latest = state;
  return state;
}

Result<LakeView> Lake::Impl::View(int64_t epoch) {
  auto view = std::make_shared<LakeView::Impl>();
  view->store = store;
  view->series = series;
  if (epoch == 0) return LakeView(view);
  if (store->local()) view->pin = PinLocally(*store, epoch);
  auto text = store->Get(EpochKey(epoch));
  if (!text) return Fail(text.error().With(fmt::format("epoch {}", epoch)));
  auto record = EpochRecord::Parse(*text);
  if (!record) return Fail(record.error().With(store->uri() + "/" + EpochKey(epoch)));
  view->record = *std::move(record);
  if (view->record.epoch != epoch) {
    return Fail(ErrorCode::kCorrupt, EpochKey(epoch) + ": holds another epoch");
  }
  std::vector<std::pair<std::string, int64_t>> versions;
  for (const auto& [name, table] : view->record.tables) versions.emplace_back(name, table.version);
  std::vector<std::shared_ptr<const TableState>> loaded(versions.size());
  const auto load = [&](size_t i) -> Status {
    auto state = StateAt(versions[i].first, versions[i].second);
    // The record vouches for the log: a commit that is not there is damage.
    if (!state && state.error().code() == ErrorCode::kNotFound) {
      return Fail(ErrorCode::kCorrupt, state.error().message());
    }
    if (!state) return Fail(state.error());
    loaded[i] = *std::move(state);
    return {};
  };
  if (store->local()) {
    for (size_t i = 0; i < versions.size(); ++i) TM_TRY(load(i));
  } else {
    TM_TRY(ForEach(versions.size(), load));
  }
  for (size_t i = 0; i < versions.size(); ++i) {
    view->tables[versions[i].first] = std::move(loaded[i]);
  }
  return LakeView(view);
}

Result<LakeView> Lake::Pin() {
  TM_ASSIGN(const std::vector<int64_t> epochs, ListEpochs(*impl_->store));
  return impl_->View(epochs.empty() ? 0 : epochs.back());
}

Result<LakeView> Lake::PinEpoch(int64_t epoch) {
  if (epoch < 0) return Fail(ErrorCode::kNotFound, fmt::format("epoch {}", epoch));
  return impl_->View(epoch);
}

Result<std::vector<EpochInfo>> Lake::Epochs() {
  TM_ASSIGN(const std::vector<int64_t> epochs, ListEpochs(*impl_->store));
  std::vector<EpochInfo> infos;
  for (const int64_t epoch : epochs) {
    TM_ASSIGN(const std::string text, impl_->store->Get(EpochKey(epoch)));
    const auto record = EpochRecord::Parse(text);
    if (!record) return Fail(record.error().With(EpochKey(epoch)));
    infos.push_back({epoch, ReceiveTime{record->committed_at_us}});
  }
  return infos;
}

Result<int64_t> Lake::EpochAsOf(ReceiveTime time) {
  TM_ASSIGN(const std::vector<EpochInfo> epochs, Epochs());
  int64_t found = 0;
  for (const EpochInfo& info : epochs) {
    if (info.committed_at <= time) found = info.epoch;
  }
  return found;
}

Result<std::shared_ptr<const TableState>> LoadHead(Store& store, const std::string& table,
                                                   std::shared_ptr<const TableState> pinned,
                                                   int64_t epoch) {
  auto head = std::make_shared<TableState>();
  if (pinned != nullptr) *head = *pinned;
  head->table = table;
  std::vector<std::string> commits;
  TM_TRY(LoadNewerCommits(store, *head, &commits));
  if (commits.empty()) return pinned;
  for (const std::string& commit : commits) {
    TableState alone;
    alone.schema = head->schema;
    TM_TRY(alone.Apply(commit));
    const auto mine = alone.transactions.find(std::string(kTxnAppId));
    if (mine != alone.transactions.end() && mine->second >= epoch) continue;
    return Fail(ErrorCode::kConflict,
                fmt::format("table {}: another program has committed version {}; restore the "
                            "table to version {} to go on",
                            table, head->version, pinned == nullptr ? -1 : pinned->version));
  }
  return head;
}

Result<std::unique_ptr<EpochWriter>> Lake::Begin(const LakeView& base, ThreadPool* threads) {
  CHECK(locked_for_writing());
  TM_TRY(impl_->lock->Keep());
  auto writer = std::make_unique<EpochWriter::Impl>(base);
  writer->epoch = base.epoch() + 1;
  writer->store = impl_->store;
  writer->clock = impl_->clock;
  writer->threads = threads;
  writer->place = impl_->lock.get();
  const std::vector<std::string> names = base.Tables();
  std::vector<std::shared_ptr<const TableState>> heads(names.size());
  TM_TRY(impl_->ForEach(names.size(), [&](size_t i) -> Status {
    TM_ASSIGN(heads[i],
              LoadHead(*impl_->store, names[i], base.impl().tables.at(names[i]), writer->epoch));
    return {};
  }));
  for (size_t i = 0; i < names.size(); ++i) writer->heads[names[i]] = std::move(heads[i]);
  return std::make_unique<EpochWriter>(std::move(writer));
}

// Ok when exactly these bytes stand under the key afterwards. Who put them may have died or failed
// before they were durable.
Status Lake::Impl::PutOnce(const std::string& key, std::string_view bytes) {
  const auto put = store->PutIfAbsent(key, bytes);
  if (put || put.error().code() != ErrorCode::kConflict) return put;
  TM_ASSIGN(const std::string there, store->Get(key));
  if (there == bytes) return store->MakeDurable({key});
  return Fail(ErrorCode::kConflict,
              fmt::format("{}/{}: another writer has committed here", store->uri(), key));
}

Status Lake::Commit(const PreparedEpoch& prepared) {
  Impl& impl = *impl_;
  CHECK(locked_for_writing());
  TM_TRY(impl.lock->Keep());
  TM_ASSIGN(const std::vector<int64_t> epochs, ListEpochs(*impl.store));
  const int64_t latest = epochs.empty() ? 0 : epochs.back();
  if (latest >= prepared.epoch) {
    // Done before, or overtaken: then nothing of ours may be put any more.
    const auto there = impl.store->Get(EpochKey(prepared.epoch));
    if (there && *there == prepared.record) {
      return impl.store->MakeDurable({EpochKey(prepared.epoch)});
    }
    return Fail(ErrorCode::kConflict,
                fmt::format("{}: epoch {} was committed by another writer", uri(), prepared.epoch));
  }
  if (latest != prepared.epoch - 1) {
    return Fail(ErrorCode::kConflict, fmt::format("{}: epoch {} does not follow epoch {}", uri(),
                                                  prepared.epoch, latest));
  }
  if (Makes(Mistake::kReorderCommits)) {
    TM_TRY(impl.PutOnce(EpochKey(prepared.epoch), prepared.record));
  }
  TM_TRY(impl.ForEach(prepared.commits.size(), [&](size_t i) {
    const PreparedCommit& commit = prepared.commits[i];
    return impl.PutOnce(CommitKey(commit.table, commit.version), commit.bytes);
  }));
  TM_TRY(impl.PutOnce(EpochKey(prepared.epoch), prepared.record));
  impl.WriteCheckpoints(prepared);
  return {};
}

// Checkpoints save readers time and nothing depends on them: one that fails is made up for by the
// next commit's.
void Lake::Impl::WriteCheckpoints(const PreparedEpoch& prepared) {
  for (const PreparedCommit& commit : prepared.commits) {
    if (commit.version == 0) continue;
    auto state = StateAt(commit.table, commit.version);
    if (!state) continue;
    int64_t& last =
        checkpoints.try_emplace(commit.table, (*state)->checkpoint_version).first->second;
    if (commit.version - std::max<int64_t>(last, 0) < kCommitsPerCheckpoint) continue;
    if (WriteCheckpoint(*store, **state)) last = commit.version;
  }
}

Status Lake::RemoveUnprepared(int64_t committed_epoch,
                              const std::optional<PreparedEpoch>& prepared) {
  CHECK(locked_for_writing());
  Store& store = *impl_->store;
  std::set<std::string> named;
  if (prepared) named.insert(prepared->files.begin(), prepared->files.end());
  TM_ASSIGN(const auto objects, store.List(""));
  std::map<std::string, std::set<std::string>> of_log;  // table → files any commit ever named
  for (const StoredObject& object : objects) {
    const bool temporary = object.key.ends_with(".tmp");
    if (!temporary &&
        (EpochOfDataFile(object.key) <= committed_epoch || named.contains(object.key)))
      continue;
    if (!temporary) {
      const std::string table = object.key.substr(0, object.key.find('/'));
      if (!of_log.contains(table)) {
        std::set<std::string>& paths = of_log[table];
        TM_ASSIGN(const auto logged, impl_->LoggedAfterRecord(table, committed_epoch));
        for (const std::string& path : logged) paths.insert(table + "/" + path);
      }
      // A commit whose epoch was never recorded still shows it to readers of that table alone.
      if (of_log[table].contains(object.key)) continue;
    }
    TM_TRY(store.Delete(object.key));
  }
  return {};
}

// Files that commits after the epoch's record name.
Result<std::vector<std::string>> Lake::Impl::LoggedAfterRecord(const std::string& table,
                                                               int64_t epoch) {
  TableState state;
  state.table = table;
  TM_ASSIGN(const LakeView view, View(epoch));
  if (const auto known = view.impl().tables.find(table); known != view.impl().tables.end()) {
    state = *known->second;
  }
  TM_TRY(LoadNewerCommits(*store, state, nullptr));
  std::vector<std::string> paths;
  for (const auto& [path, file] : state.files) paths.push_back(path);
  return paths;
}

}  // namespace tidemark

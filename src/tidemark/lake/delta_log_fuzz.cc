// Any bytes as a table's log: commits, checkpoints, and edits of good ones. They are refused as
// damage or read; what was read can be written as a checkpoint and read again.
#include "tidemark/lake/delta_log.h"

#include <map>

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"

namespace tidemark {
namespace {

// A log of a few objects in memory, which LoadTable only reads.
class LogStore : public Store {
 public:
  LogStore() : Store("memory") {}
  bool local() const override { return true; }
  std::string state_folder() const override { return "memory"; }
  Result<std::string> Get(const std::string& key) override {
    const auto found = objects.find(key);
    if (found != objects.end()) return found->second;
    return Fail(ErrorCode::kNotFound, key);
  }
  Status WriteData(const std::string& key, std::string_view bytes) override {
    return Put(key, bytes);
  }
  Status MakeDurable(const std::vector<std::string>&) override { return {}; }
  Status PutIfAbsent(const std::string& key, std::string_view bytes) override {
    return Put(key, bytes);
  }
  Status Put(const std::string& key, std::string_view bytes) override {
    objects[key] = bytes;
    return {};
  }
  Status Delete(const std::string& key) override {
    objects.erase(key);
    return {};
  }
  Result<std::vector<StoredObject>> List(const std::string&, const std::string&) override {
    std::vector<StoredObject> all;
    for (const auto& [key, bytes] : objects) {
      all.push_back({key, static_cast<int64_t>(bytes.size())});
    }
    return all;
  }
  Result<std::string> LocalCopy(const std::string& key, int64_t) override { return key; }
  std::string LocalPath(const std::string& key) const override { return key; }

  std::map<std::string, std::string> objects;
};

constexpr int64_t kVersions = 13;

std::string GoodCommit(int64_t version) {
  const TableSpec& spec = VendorCandlesTable();
  DataFile file;
  file.partition = {{"venue", "x"}, {"interval", "1m"}};
  file.path = PartitionFolder(spec, file.partition) + std::to_string(version) + ".parquet";
  file.size = 100;
  ColumnStats text{
      .has_range = true, .is_text = true, .min_text = "LTC-USD", .max_text = "LTC-USD"};
  ColumnStats time{.has_range = true, .min_int = version * 1000, .max_int = version * 1000 + 60};
  ColumnStats price{.has_range = true, .min_double = 1.5, .max_double = 2.5};
  const std::string stats =
      StatsToJson(5, {{"symbol", text}, {"open_time", time}, {"close", price}}, spec.schema);
  std::string commit = CommitInfoAction(version + 1, 1000, "WRITE").Dump() + "\n";
  if (version == 0) {
    commit += ProtocolAction().Dump() + "\n";
    commit += MetaDataAction(spec, {{"tidemark.spec_hash", "ab"}}, "id", 1000).Dump() + "\n";
  }
  commit += TransactionAction(version + 1, 1000).Dump() + "\n";
  if (version > 5) {
    DataFile gone = file;
    gone.path = PartitionFolder(spec, file.partition) + std::to_string(version - 4) + ".parquet";
    commit += RemoveAction(gone, 1000, true).Dump() + "\n";
  }
  return commit + AddAction(file, stats, true).Dump() + "\n";
}

const LogStore& GoodLog() {
  static const LogStore store = [] {
    LogStore log;
    TableState state;
    state.table = "vendor_candles";
    for (int64_t version = 0; version < kVersions; ++version) {
      log.objects[CommitKey(state.table, version)] = GoodCommit(version);
      CHECK(state.Apply(GoodCommit(version)));
      if (version == 10) CHECK(WriteCheckpoint(log, state));
    }
    return log;
  }();
  return store;
}

void CheckError(const Error& error) {
  CHECK(error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kVersion ||
        error.code() == ErrorCode::kUnsupported || error.code() == ErrorCode::kNotFound);
}

void CheckState(const TableState& state) {
  for (const auto& [path, file] : state.files) {
    CHECK(path == file.path && *DecodeLogPath(EncodeLogPath(path)) == path);
    for (const auto& [column, stats] : file.stats) {
      const TimeRange times = file.TimesOf(column);
      CHECK(times.start <= times.end || stats.min_int > stats.max_int);
      (void)file.ConstantText(column);
      (void)file.MayHoldText(column, "LTC-USD");
    }
  }
  if (state.metadata_json.empty() || state.protocol_json.empty()) return;
  const auto checkpoint = EncodeCheckpoint(state);
  CHECK(checkpoint);
  TableState again;
  CHECK(DecodeCheckpoint(*checkpoint, again));
  CHECK(again.files.size() == state.files.size() && again.schema == state.schema);
  CHECK(again.properties == state.properties && again.transactions == state.transactions);
}

void CheckOutcome(const Status& outcome, const TableState& state) {
  outcome ? CheckState(state) : CheckError(outcome.error());
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  TableState state;
  state.table = "vendor_candles";
  switch (in.Choose(5)) {
    case 0:
      CheckOutcome(state.Apply(in.rest()), state);
      break;
    case 1:
      CheckOutcome(state.Apply(in.Edit(GoodCommit(0) + GoodCommit(7))), state);
      break;
    case 2:
      CheckOutcome(DecodeCheckpoint(in.rest(), state), state);
      break;
    case 3:
      CheckOutcome(
          DecodeCheckpoint(in.Edit(GoodLog().objects.at(CheckpointKey(state.table, 10))), state),
          state);
      break;
    default: {
      LogStore log = GoodLog();
      auto object = log.objects.begin();
      std::advance(object, in.Choose(log.objects.size()));
      object->second = in.Edit(object->second);
      if (const auto loaded = LoadTable(log, state.table, kVersions - 1)) {
        CheckState(*loaded);
      } else {
        CheckError(loaded.error());
      }
    }
  }
  return 0;
}

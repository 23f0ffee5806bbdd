// One table's Delta log: commits as JSON lines, checkpoints as Parquet, and the state they add up
// to. We write reader version 1, writer version 2; docs/internals/lake-format.md shows the actions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/json.h"
#include "tidemark/base/result.h"
#include "tidemark/lake/data_file.h"
#include "tidemark/lake/store.h"
#include "tidemark/market/tables.h"

namespace tidemark {

constexpr int64_t kCommitsPerCheckpoint = 10;
constexpr std::string_view kTxnAppId = "tidemark";

// So long a file that was removed is listed, at least, for other programs that clean up: the
// protocol's default. Nothing of ours asks for it.
constexpr int64_t kTombstoneMs = int64_t{7} * 86'400'000;

struct TableState {
  std::string table;
  int64_t version = -1;             // -1: does not exist
  int64_t checkpoint_version = -1;  // the one this state was read from
  Schema schema;
  std::vector<std::string> partition_by;
  std::map<std::string, std::string> properties;
  std::string protocol_json, metadata_json;     // the actions' values
  std::map<std::string, int64_t> transactions;  // application → version; ours is the epoch
  std::map<std::string, std::string> transaction_json;
  std::map<std::string, DataFile> files;      // by path
  std::map<std::string, int64_t> tombstones;  // when it was removed (ms), by path

  // Adds one commit's actions. Errors: kCorrupt, kVersion (a newer reader is needed).
  Status Apply(std::string_view commit);
  // Adds one action, {"add": {…}} and so on.
  Status ApplyAction(const Json& action);
};

// "candles/_delta_log/00000000000000000003.json" and ….checkpoint.parquet
std::string CommitKey(std::string_view table, int64_t version);
std::string CheckpointKey(std::string_view table, int64_t version);

// The state at `version`. Errors: kNotFound (cleaned up), kCorrupt, kVersion.
Result<TableState> LoadTable(Store& store, const std::string& table, int64_t version);
// `state` moved on by all commits after it; those bytes, oldest first, in `commits` if not null.
Status LoadNewerCommits(Store& store, TableState& state, std::vector<std::string>* commits);

// Actions, each a JSON object without its line end.
// `data_change` false: the same rows in other files.
Json AddAction(const DataFile& file, const std::string& stats_json, bool data_change);
Json RemoveAction(const DataFile& file, int64_t now_ms, bool data_change);
Json MetaDataAction(const TableSpec& spec, const std::map<std::string, std::string>& properties,
                    const std::string& id, int64_t now_ms);
Json ProtocolAction();
Json TransactionAction(int64_t epoch, int64_t now_ms);
Json CommitInfoAction(int64_t epoch, int64_t now_ms, std::string_view operation);

// checkpoint.cc: the whole state as one Parquet file, and back.
Result<std::string> EncodeCheckpoint(const TableState& state);
Status DecodeCheckpoint(std::string_view bytes, TableState& state);
// Writes the checkpoint of `state` and points _last_checkpoint to it.
Status WriteCheckpoint(Store& store, const TableState& state);

}  // namespace tidemark

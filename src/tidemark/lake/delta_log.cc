#include "tidemark/lake/delta_log.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark {
namespace {

std::string_view TypeName(ColumnType type) {
  switch (type) {
    case ColumnType::kString:
      return "string";
    case ColumnType::kBytes:
      return "binary";
    case ColumnType::kTime:
      return "timestamp";
    case ColumnType::kInt:
      return "long";
    case ColumnType::kDouble:
      return "double";
    case ColumnType::kBool:
      return "boolean";
  }
  return "";
}

Result<Schema> ParseSchema(std::string_view text) {
  const auto all = Json::Parse(text);
  if (!all) return Fail(ErrorCode::kCorrupt, "schemaString: " + all.error().message());
  Schema schema;
  for (const Json& item : (*all)["fields"].items()) {
    const std::string type = item["type"].AsString(item["type"].Dump());
    Field field{item["name"].AsString(), ColumnType::kString, item["nullable"].AsBool(true)};
    bool known = false;
    for (const ColumnType candidate : {ColumnType::kString, ColumnType::kBytes, ColumnType::kTime,
                                       ColumnType::kInt, ColumnType::kDouble, ColumnType::kBool}) {
      if (type != TypeName(candidate)) continue;
      field.type = candidate;
      known = true;
    }
    if (type == "integer") {
      field.type = ColumnType::kInt;
      known = true;
    }
    if (!known) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("column {} has the type {}", field.name, type));
    }
    schema.fields.push_back(std::move(field));
  }
  return schema;
}

Json SchemaJson(const Schema& schema) {
  Json fields = Json::Array();
  for (const Field& field : schema.fields) {
    fields.Add(Json::Object()
                   .Set("name", Json::String(field.name))
                   .Set("type", Json::String(TypeName(field.type)))
                   .Set("nullable", Json::Bool(field.nullable))
                   .Set("metadata", Json::Object()));
  }
  return Json::Object().Set("type", Json::String("struct")).Set("fields", std::move(fields));
}

Json TextMap(const std::map<std::string, std::string>& values) {
  Json out = Json::Object();
  for (const auto& [name, value] : values) out.Set(name, Json::String(value));
  return out;
}

// Delta stores an empty partition value as null.
Json PartitionJson(const std::map<std::string, std::string>& values) {
  Json out = Json::Object();
  for (const auto& [name, value] : values) {
    out.Set(name, value.empty() ? Json() : Json::String(value));
  }
  return out;
}

Status ApplyMetaData(TableState& state, const Json& meta) {
  TM_ASSIGN(state.schema, ParseSchema(meta["schemaString"].AsString()));
  state.partition_by.clear();
  for (const Json& column : meta["partitionColumns"].items()) {
    state.partition_by.push_back(column.AsString());
  }
  state.properties.clear();
  for (const auto& [name, value] : meta["configuration"].members()) {
    state.properties[name] = value.AsString();
  }
  state.metadata_json = meta.Dump();
  return {};
}

Status ApplyProtocol(TableState& state, const Json& protocol) {
  if (protocol["minReaderVersion"].AsInt(99) > 1) {
    return Fail(ErrorCode::kVersion,
                fmt::format("the table needs Delta reader version {}; this build reads version 1",
                            protocol["minReaderVersion"].AsInt(99)));
  }
  state.protocol_json = protocol.Dump();
  return {};
}

Status ApplyAdd(TableState& state, const Json& add) {
  DataFile file;
  TM_ASSIGN(file.path, DecodeLogPath(add["path"].AsString()));
  file.size = add["size"].AsInt(-1);
  file.modified_ms = add["modificationTime"].AsInt(0);
  file.sha256 = add["tags"]["tidemark.sha256"].AsString();
  for (const auto& [name, value] : add["partitionValues"].members()) {
    file.partition[name] = value.AsString();
  }
  if (add.Has("deletionVector") && !add["deletionVector"].is_null()) {
    return Fail(ErrorCode::kVersion, file.path + ": has a deletion vector");
  }
  const std::string stats = add["stats"].AsString();
  if (!stats.empty()) TM_TRY(StatsFromJson(stats, state.schema, file));
  if (file.size < 0) return Fail(ErrorCode::kCorrupt, file.path + ": no size");
  file.add_json = add.Dump();
  state.tombstones.erase(file.path);
  std::string path = file.path;
  state.files.insert_or_assign(std::move(path), std::move(file));
  return {};
}

Status ApplyRemove(TableState& state, const Json& remove) {
  TM_ASSIGN(const std::string path, DecodeLogPath(remove["path"].AsString()));
  state.files.erase(path);
  state.tombstones[path] = std::max<int64_t>(0, remove["deletionTimestamp"].AsInt(0));
  return {};
}

void ForgetOldTombstones(TableState& state) {
  int64_t newest = 0;
  for (const auto& [path, removed_ms] : state.tombstones) newest = std::max(newest, removed_ms);
  std::erase_if(state.tombstones,
                [&](const auto& gone) { return newest - gone.second > kTombstoneMs; });
}

}  // namespace

Status TableState::ApplyAction(const Json& action) {
  if (const Json& add = action["add"]; add.is_object()) return ApplyAdd(*this, add);
  if (const Json& gone = action["remove"]; gone.is_object()) return ApplyRemove(*this, gone);
  if (const Json& meta = action["metaData"]; meta.is_object()) return ApplyMetaData(*this, meta);
  if (const Json& needs = action["protocol"]; needs.is_object()) {
    return ApplyProtocol(*this, needs);
  }
  if (const Json& txn = action["txn"]; txn.is_object()) {
    const std::string app = txn["appId"].AsString();
    transactions[app] = txn["version"].AsInt(0);
    transaction_json[app] = txn.Dump();
  }
  return {};
}

Status TableState::Apply(std::string_view commit) {
  std::vector<Json> actions;
  while (!commit.empty()) {
    const size_t end = std::min(commit.find('\n'), commit.size());
    const std::string_view line = commit.substr(0, end);
    commit.remove_prefix(std::min(end + 1, commit.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto action = Json::Parse(line);
    if (!action) return Fail(ErrorCode::kCorrupt, action.error().message());
    actions.push_back(*std::move(action));
  }
  // Within one commit order means nothing, but stats can only be read with the new schema.
  const auto is_schema = [](const Json& a) { return a.Has("metaData") || a.Has("protocol"); };
  for (const Json& action : actions) {
    if (is_schema(action)) TM_TRY(ApplyAction(action));
  }
  for (const Json& action : actions) {
    if (!is_schema(action)) TM_TRY(ApplyAction(action));
  }
  if (++version % kCommitsPerCheckpoint == 0) ForgetOldTombstones(*this);
  return {};
}

std::string CommitKey(std::string_view table, int64_t version) {
  return fmt::format("{}/_delta_log/{:020}.json", table, version);
}

std::string CheckpointKey(std::string_view table, int64_t version) {
  return fmt::format("{}/_delta_log/{:020}.checkpoint.parquet", table, version);
}

namespace {

// The newest checkpoint at or before `version`, -1 when there is none.
Result<int64_t> FindCheckpoint(Store& store, const std::string& table, int64_t version) {
  // Tables are young at first: below that version no checkpoint of ours exists.
  if (version < kCommitsPerCheckpoint - 1) return -1;
  const auto last = store.Get(table + "/_delta_log/_last_checkpoint");
  if (last) {
    const auto json = Json::Parse(*last);
    const int64_t at = json ? (*json)["version"].AsInt(-1) : -1;
    if (at >= 0 && at <= version && !json->Has("parts")) return at;
  } else if (last.error().code() != ErrorCode::kNotFound) {
    return Fail(last.error());
  }
  TM_ASSIGN(const auto objects, store.List(table + "/_delta_log"));
  int64_t best = -1;
  for (const StoredObject& object : objects) {
    const std::string name = object.key.substr(object.key.rfind('/') + 1);
    if (name.size() != 39 || !name.ends_with(".checkpoint.parquet")) continue;
    const int64_t at = std::strtoll(name.substr(0, 20).c_str(), nullptr, 10);
    if (at <= version && CheckpointKey(table, at) == object.key) best = std::max(best, at);
  }
  return best;
}

}  // namespace

Result<TableState> LoadTable(Store& store, const std::string& table, int64_t version) {
  TableState state;
  state.table = table;
  TM_ASSIGN(const int64_t checkpoint, FindCheckpoint(store, table, version));
  // A damaged checkpoint is only a lost short cut while all commits are there.
  Status damage;
  if (checkpoint >= 0) {
    const std::string key = CheckpointKey(table, checkpoint);
    const auto bytes = store.Get(key);
    const auto decoded = bytes ? DecodeCheckpoint(*bytes, state) : Status(Fail(bytes.error()));
    if (decoded) {
      state.version = state.checkpoint_version = checkpoint;
    } else {
      damage = Fail(ErrorCode::kCorrupt, key + ": " + decoded.error().message());
      state = TableState();
      state.table = table;
    }
  }
  while (state.version < version) {
    const std::string key = CommitKey(table, state.version + 1);
    auto bytes = store.Get(key);
    if (!bytes) return Fail(damage ? bytes.error().With("table " + table) : damage.error());
    if (const auto applied = state.Apply(*bytes); !applied) {
      return Fail(applied.error().With(store.uri() + "/" + key));
    }
  }
  if (state.metadata_json.empty() || state.protocol_json.empty()) {
    return Fail(ErrorCode::kCorrupt, fmt::format("table {}: its log has no metaData", table));
  }
  return state;
}

Status LoadNewerCommits(Store& store, TableState& state, std::vector<std::string>* commits) {
  for (;;) {
    const std::string key = CommitKey(state.table, state.version + 1);
    auto bytes = store.Get(key);
    if (!bytes && bytes.error().code() == ErrorCode::kNotFound) return {};
    if (!bytes) return Fail(bytes.error());
    if (const auto applied = state.Apply(*bytes); !applied) {
      return Fail(applied.error().With(key));
    }
    if (commits != nullptr) commits->push_back(*std::move(bytes));
  }
}

Json AddAction(const DataFile& file, const std::string& stats_json, bool data_change) {
  return Json::Object().Set(
      "add", Json::Object()
                 .Set("path", Json::String(EncodeLogPath(file.path)))
                 .Set("partitionValues", PartitionJson(file.partition))
                 .Set("size", Json::Int(file.size))
                 .Set("modificationTime", Json::Int(file.modified_ms))
                 .Set("dataChange", Json::Bool(data_change))
                 .Set("stats", Json::String(stats_json))
                 .Set("tags", Json::Object().Set("tidemark.sha256", Json::String(file.sha256))));
}

Json RemoveAction(const DataFile& file, int64_t now_ms, bool data_change) {
  return Json::Object().Set("remove", Json::Object()
                                          .Set("path", Json::String(EncodeLogPath(file.path)))
                                          .Set("deletionTimestamp", Json::Int(now_ms))
                                          .Set("dataChange", Json::Bool(data_change))
                                          .Set("extendedFileMetadata", Json::Bool(true))
                                          .Set("partitionValues", PartitionJson(file.partition))
                                          .Set("size", Json::Int(file.size)));
}

Json MetaDataAction(const TableSpec& spec, const std::map<std::string, std::string>& properties,
                    const std::string& id, int64_t now_ms) {
  Json columns = Json::Array();
  for (const std::string& column : spec.partition_by) columns.Add(Json::String(column));
  return Json::Object().Set("metaData",
                            Json::Object()
                                .Set("id", Json::String(id))
                                .Set("name", Json::String(spec.name))
                                .Set("format", Json::Object()
                                                   .Set("provider", Json::String("parquet"))
                                                   .Set("options", Json::Object()))
                                .Set("schemaString", Json::String(SchemaJson(spec.schema).Dump()))
                                .Set("partitionColumns", std::move(columns))
                                .Set("configuration", TextMap(properties))
                                .Set("createdTime", Json::Int(now_ms)));
}

Json ProtocolAction() {
  return Json::Object().Set(
      "protocol",
      Json::Object().Set("minReaderVersion", Json::Int(1)).Set("minWriterVersion", Json::Int(2)));
}

Json TransactionAction(int64_t epoch, int64_t now_ms) {
  return Json::Object().Set("txn", Json::Object()
                                       .Set("appId", Json::String(kTxnAppId))
                                       .Set("version", Json::Int(epoch))
                                       .Set("lastUpdated", Json::Int(now_ms)));
}

Json CommitInfoAction(int64_t epoch, int64_t now_ms, std::string_view operation) {
  return Json::Object().Set(
      "commitInfo", Json::Object()
                        .Set("timestamp", Json::Int(now_ms))
                        .Set("operation", Json::String(operation))
                        .Set("operationParameters",
                             Json::Object().Set("epoch", Json::String(std::to_string(epoch))))
                        .Set("isBlindAppend", Json::Bool(false))
                        .Set("engineInfo", Json::String("Tidemark/" TIDEMARK_VERSION)));
}

Status WriteCheckpoint(Store& store, const TableState& state) {
  TM_ASSIGN(const std::string bytes, EncodeCheckpoint(state));
  const auto put = store.PutIfAbsent(CheckpointKey(state.table, state.version), bytes);
  if (!put && put.error().code() != ErrorCode::kConflict) return put;
  const auto size = static_cast<int64_t>(state.files.size() + state.tombstones.size() +
                                         state.transaction_json.size() + 2);
  return store.Put(
      state.table + "/_delta_log/_last_checkpoint",
      Json::Object().Set("version", Json::Int(state.version)).Set("size", Json::Int(size)).Dump());
}

}  // namespace tidemark

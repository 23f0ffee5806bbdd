// The end of an epoch: what is held back is written, and the commits are composed.
#include <fmt/format.h>

#include <set>

#include "tidemark/base/check.h"
#include "tidemark/base/hash.h"
#include "tidemark/lake/lake_internals.h"

namespace tidemark {
namespace {

// Rows written under another type or partitioning cannot be read together with new ones.
Status CheckChange(const WriterTable& table) {
  if (table.head == nullptr) return {};
  bool stored = false;
  for (const LiveFile& live : table.files) stored = stored || (!live.is_new && !live.removed);
  if (!stored) return {};
  if (table.head->partition_by != table.spec.partition_by) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("table {}: other partition columns need all rows to be replaced",
                            table.spec.name));
  }
  for (const Field& field : table.spec.schema.fields) {
    const int i = table.head->schema.IndexOf(field.name);
    if (i < 0 || table.head->schema.fields[static_cast<size_t>(i)].type == field.type) continue;
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("table {}: another type of column {} needs all rows to be replaced",
                            table.spec.name, field.name));
  }
  return {};
}

// A stable identity in the form the log asks for.
std::string TableId(const std::string& lake, const std::string& table, int64_t now_ms) {
  const std::string hex = ContentHash::Of(fmt::format("{}\n{}\n{}", lake, table, now_ms));
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20, 12));
}

}  // namespace

Result<std::optional<PreparedCommit>> EpochWriter::Impl::CommitOf(WriterTable& table,
                                                                  int64_t now_ms) {
  const TableSpec& spec = table.spec;
  TM_TRY(CheckChange(table));
  const TableState* head = table.head.get();
  std::vector<Json> removes, adds;
  std::set<std::string> kept, rearranged;
  for (const LiveFile& live : table.files) {
    if (live.removed && live.rearranged) rearranged.insert(live.file.path);
    if (live.removed) continue;
    kept.insert(live.file.path);
    if (head != nullptr && head->files.contains(live.file.path)) continue;
    TM_ASSIGN(Json add, Json::Parse(live.file.add_json));
    adds.push_back(Json::Object().Set("add", std::move(add)));
  }
  if (head != nullptr) {
    for (const auto& [path, file] : head->files) {
      if (kept.contains(path)) continue;
      removes.push_back(RemoveAction(file, now_ms, !rearranged.contains(path)));
    }
  }
  const bool redeclared = head == nullptr || head->schema != spec.schema ||
                          head->properties != table.properties ||
                          head->partition_by != spec.partition_by;
  // A log that ran ahead of the record needs a commit the record can name, even an empty one.
  const auto pinned = base.impl().tables.find(spec.name);
  const bool ahead = head != nullptr && (pinned == base.impl().tables.end() ||
                                         pinned->second->version != head->version);
  if (!redeclared && !ahead && adds.empty() && removes.empty()) return std::nullopt;

  PreparedCommit commit{spec.name, head == nullptr ? 0 : head->version + 1, {}};
  const auto line = [&](const Json& action) { commit.bytes += action.Dump() + "\n"; };
  line(CommitInfoAction(epoch, now_ms, "WRITE"));
  if (head == nullptr) line(ProtocolAction());
  if (redeclared) {
    std::string id = TableId(store->uri(), spec.name, now_ms);
    if (head != nullptr) {
      TM_ASSIGN(const Json meta, Json::Parse(head->metadata_json));
      id = meta["id"].AsString(id);
    }
    line(MetaDataAction(spec, table.properties, id, now_ms));
  }
  line(TransactionAction(epoch, now_ms));
  for (const Json& action : removes) line(action);
  for (const Json& action : adds) line(action);
  return commit;
}

// Tables whose log runs ahead of the record though this epoch does not write them: their next
// commit brings back what the record says.
void EpochWriter::Impl::RestoreUndeclared() {
  for (const auto& [name, head] : heads) {
    const TableState& pinned = *base.impl().tables.at(name);
    if (head->version == pinned.version || tables.contains(name)) continue;
    WriterTable& table = tables[name];
    table.spec.name = name;
    table.spec.schema = pinned.schema;
    table.spec.partition_by = pinned.partition_by;
    table.properties = pinned.properties;
    table.head = head;
    for (const auto& [path, file] : pinned.files) table.files.push_back({.file = file});
  }
}

Result<PreparedEpoch> EpochWriter::Prepare() {
  CHECK(!impl_->prepared);
  impl_->prepared = true;
  impl_->RestoreUndeclared();
  std::vector<WriterTable*> tables;
  for (auto& [name, table] : impl_->tables) tables.push_back(&table);
  TM_TRY(impl_->ForEach(tables.size(), [&](size_t i) { return impl_->Flush(*tables[i]); }));

  // Files of this epoch that a later call of it replaced were never visible.
  std::set<std::string> dropped;
  for (auto& [name, table] : impl_->tables) {
    for (const LiveFile& live : table.files) {
      if (live.is_new && live.removed) dropped.insert(name + "/" + live.file.path);
    }
    std::erase_if(table.files, [](const LiveFile& live) { return live.is_new && live.removed; });
  }
  for (const std::string& key : dropped) TM_TRY(impl_->store->Delete(key));

  PreparedEpoch prepared;
  prepared.epoch = impl_->epoch;
  for (const std::string& key : impl_->written) {
    if (!dropped.contains(key)) prepared.files.push_back(key);
  }
  std::sort(prepared.files.begin(), prepared.files.end());
  TM_TRY(impl_->store->MakeDurable(prepared.files));

  const int64_t now_ms = impl_->NowMillis();
  EpochRecord record = impl_->base.impl().record;
  record.epoch = impl_->epoch;
  record.committed_at_us = now_ms * kMicrosPerMilli;
  for (auto& [name, table] : impl_->tables) {
    TM_ASSIGN(auto commit, impl_->CommitOf(table, now_ms));
    if (!commit) continue;
    record.tables[name] = {commit->version, Sha256::Of(commit->bytes)};
    prepared.commits.push_back(*std::move(commit));
  }
  prepared.record = record.ToJson();
  return prepared;
}

}  // namespace tidemark

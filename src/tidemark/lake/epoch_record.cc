#include <fmt/format.h>

#include <cstdlib>

#include "tidemark/base/json.h"
#include "tidemark/lake/lake_internals.h"

namespace tidemark {

std::string EpochRecord::ToJson() const {
  Json versions = Json::Object();
  for (const auto& [name, table] : tables) {
    versions.Set(name, Json::Object()
                           .Set("version", Json::Int(table.version))
                           .Set("commit_sha256", Json::String(table.commit_sha256)));
  }
  return Json::Object()
             .Set("format", Json::Int(1))
             .Set("epoch", Json::Int(epoch))
             .Set("committed_at", Json::String(FormatTime(EventTime{committed_at_us})))
             .Set("tables", std::move(versions))
             .Dump() +
         "\n";
}

Result<EpochRecord> EpochRecord::Parse(std::string_view text) {
  const auto json = Json::Parse(text);
  if (!json) return Fail(ErrorCode::kCorrupt, json.error().message());
  if ((*json)["format"].AsInt(0) != 1) {
    return Fail(ErrorCode::kVersion, "an epoch record of another version");
  }
  EpochRecord record;
  record.epoch = (*json)["epoch"].AsInt(-1);
  const auto committed = ParseTime((*json)["committed_at"].AsString());
  if (record.epoch < 1 || record.epoch == INT64_MAX || !committed)
    return Fail(ErrorCode::kCorrupt, "not an epoch record");
  record.committed_at_us = committed->us;
  for (const auto& [name, table] : (*json)["tables"].members()) {
    const int64_t version = table["version"].AsInt(-1);
    if (version < 0 || version == INT64_MAX || name.empty() ||
        name.find('/') != std::string::npos) {
      return Fail(ErrorCode::kCorrupt, "not an epoch record");
    }
    record.tables[name] = {version, table["commit_sha256"].AsString()};
  }
  return record;
}

std::string EpochKey(int64_t epoch) { return fmt::format("{}/{:020}.json", kEpochFolder, epoch); }

Result<std::vector<int64_t>> ListEpochs(Store& store) {
  TM_ASSIGN(const auto objects, store.List(kEpochFolder));
  std::vector<int64_t> epochs;
  for (const StoredObject& object : objects) {
    const std::string name = object.key.substr(object.key.rfind('/') + 1);
    const int64_t epoch = std::strtoll(name.c_str(), nullptr, 10);
    if (EpochKey(epoch) == object.key) epochs.push_back(epoch);
  }
  return epochs;
}

int64_t EpochOfDataFile(std::string_view key) {
  if (!key.ends_with(".parquet") || key.find("/_delta_log/") != std::string_view::npos) return -1;
  const std::string_view name = key.substr(key.rfind('/') + 1);
  if (name.size() < 44 || name[20] != '-' || name[26] != '-') return -1;
  if (name.substr(0, 20).find_first_not_of("0123456789") != std::string_view::npos) return -1;
  return std::strtoll(std::string(name.substr(0, 20)).c_str(), nullptr, 10);
}

}  // namespace tidemark

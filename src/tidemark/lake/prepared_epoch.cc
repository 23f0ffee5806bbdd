#include "tidemark/lake/prepared_epoch.h"

#include "tidemark/base/hash.h"

namespace tidemark {
namespace {
constexpr std::string_view kMagic = "TMPE0001";
}

Bytes PreparedEpoch::Serialize() const {
  ByteWriter out;
  out.Put(epoch);
  out.Put<uint64_t>(commits.size());
  for (const PreparedCommit& commit : commits) {
    out.PutString(commit.table);
    out.Put(commit.version);
    out.PutString(commit.bytes);
  }
  out.PutString(record);
  out.Put<uint64_t>(files.size());
  for (const std::string& file : files) out.PutString(file);
  const Bytes body = out.Take();
  Bytes bytes(kMagic);
  const uint64_t sum = Hash64(body);
  bytes.append(reinterpret_cast<const char*>(&sum), sizeof(sum));
  return bytes + body;
}

Result<PreparedEpoch> PreparedEpoch::Parse(std::string_view bytes) {
  if (bytes.size() < 16 || !bytes.starts_with("TMPE")) {
    return Fail(ErrorCode::kCorrupt, "prepared epoch: not a prepared epoch");
  }
  if (!bytes.starts_with(kMagic)) {
    return Fail(ErrorCode::kVersion, "prepared epoch: written by another version");
  }
  ByteReader head(bytes.substr(8, 8));
  const auto sum = head.Get<uint64_t>();
  const std::string_view body = bytes.substr(16);
  if (Hash64(body) != sum) return Fail(ErrorCode::kCorrupt, "prepared epoch: checksum differs");
  ByteReader in(body);
  PreparedEpoch prepared;
  prepared.epoch = in.Get<int64_t>();
  for (auto n = in.Get<uint64_t>(); n > 0 && in.ok(); --n) {
    PreparedCommit& commit = prepared.commits.emplace_back();
    commit.table = in.GetString();
    commit.version = in.Get<int64_t>();
    commit.bytes = in.GetString();
  }
  prepared.record = in.GetString();
  for (auto n = in.Get<uint64_t>(); n > 0 && in.ok(); --n) prepared.files.push_back(in.GetString());
  TM_TRY(in.Finish("prepared epoch"));
  return prepared;
}

}  // namespace tidemark

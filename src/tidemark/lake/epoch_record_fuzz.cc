// Any bytes as an epoch's record or as a prepared epoch, with its checksum made right or not:
// refused, or read and written to what reads the same.
#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"
#include "tidemark/base/hash.h"
#include "tidemark/lake/lake_internals.h"

namespace tidemark {
namespace {

EpochRecord GoodRecord() {
  EpochRecord record;
  record.epoch = 7;
  record.committed_at_us = 1'700'000'000'000'000;
  record.tables = {{"candles", {3, "9f86"}}, {"vendor_candles", {12, "d081"}}};
  return record;
}

void ReadRecord(std::string_view text) {
  const auto record = EpochRecord::Parse(text);
  if (!record) {
    CHECK(record.error().code() == ErrorCode::kCorrupt ||
          record.error().code() == ErrorCode::kVersion);
    return;
  }
  CHECK(record->epoch >= 1 && record->epoch + 1 > record->epoch);
  const auto again = EpochRecord::Parse(record->ToJson());
  CHECK(again && again->ToJson() == record->ToJson());
}

void ReadPrepared(const std::string& bytes) {
  const auto prepared = PreparedEpoch::Parse(bytes);
  if (prepared) {
    CHECK(prepared->Serialize() == bytes);
  } else {
    CHECK(prepared.error().code() == ErrorCode::kCorrupt ||
          prepared.error().code() == ErrorCode::kVersion);
  }
}

std::string WithChecksum(std::string bytes) {
  if (bytes.size() < 16) return bytes;
  const uint64_t sum = Hash64(std::string_view(bytes).substr(16));
  std::memcpy(bytes.data() + 8, &sum, sizeof(sum));
  return bytes;
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  FuzzInput in(data, size);
  const size_t choice = in.Choose(5);
  if (choice == 0) {
    ReadRecord(in.rest());
  } else if (choice == 1) {
    ReadRecord(in.Edit(GoodRecord().ToJson()));
  } else if (choice == 2) {
    ReadPrepared(std::string(in.rest()));
  } else {
    PreparedEpoch good{
        7, {{"candles", 3, "{}\n"}, {"scores", 0, "{}\n{}\n"}}, "record", {"a/b", "c"}};
    const std::string bytes = in.Edit(good.Serialize());
    ReadPrepared(choice == 3 ? bytes : WithChecksum(bytes));
  }
  return 0;
}

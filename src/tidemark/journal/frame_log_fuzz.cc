// A segment of frames with damage anywhere: it is read or is damaged, the log opens or is damaged,
// what it gives begins as what was put, and it can be written on.
#include <algorithm>
#include <cstring>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/base/fuzz_input.h"
#include "tidemark/base/hash.h"
#include "tidemark/journal/frame_testing.h"

namespace tidemark {
namespace {

struct GoodLog {
  Frames frames;
  std::string first, second;  // bytes of its segments
};

// Two segments, of one group and of five.
const GoodLog& Good() {
  static const GoodLog good = [] {
    GoodLog made;
    const std::string folder = *MakeTemporaryDirectory("tidemark-fuzz-");
    Random random(1);
    const auto log = *FrameLog::Open(folder, 1, {});
    for (int i = 0; i < 50; ++i) {
      made.frames.push_back(RandomFrame(random));
      made.frames.back().bytes.resize(random.Below(20));
      made.frames.back().index = *log->Append(made.frames.back().View());
      if (i == 9) CHECK(log->StartSegment());
      if (i > 9 && i % 10 == 0) CHECK(log->Sync());
    }
    CHECK(log->Sync());
    const auto names = *ListDirectory(folder);
    made.first = *ReadFile(folder + "/" + names[0]);
    made.second = *ReadFile(folder + "/" + names[1]);
    return made;
  }();
  return good;
}

bool IsDamage(const Error& error) {
  return error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kVersion;
}

// Frames as they were put: of damage none comes up.
void CheckBegins(const Frames& frames) {
  for (const OwnedFrame& frame : frames) {
    CHECK(frame.index >= 1 && frame.index <= static_cast<int64_t>(Good().frames.size()));
    CHECK(frame == Good().frames[static_cast<size_t>(frame.index - 1)]);
  }
}

void Use(FrameLog& log, bool forged) {
  auto [frames, read] =
      CollectFrames([&](const OnFrame& on_frame) { return log.Read(1, on_frame); });
  CHECK(read || IsDamage(read.error()));
  if (!forged) CheckBegins(frames);
  OwnedFrame next;
  const auto index = log.Append(next.View());
  CHECK(index && log.Sync() && log.durable_index() == *index + 1);
  auto [last, read_last] =
      CollectFrames([&](const OnFrame& on_frame) { return log.Read(*index, on_frame); });
  next.index = *index;
  CHECK(read_last && last == std::vector{next});
}

template <typename T>
void Put(std::string* bytes, size_t at, T value) {
  std::memcpy(bytes->data() + at, &value, sizeof(value));
}

// Makes the checksums of a damaged segment right, as far as its lengths lead.
void Repair(std::string* bytes) {
  const auto size = SegmentHeaderSize(*bytes);
  if (!size || *size > bytes->size()) return;
  Put(bytes, *size - 8, Hash64(std::string_view(*bytes).substr(0, *size - 8)));
  for (size_t at = *size; at + kGroupHeaderBytes <= bytes->size();) {
    uint32_t payload = 0;
    std::memcpy(&payload, bytes->data() + at + 4, 4);
    const std::string_view rest = std::string_view(*bytes).substr(at + kGroupHeaderBytes);
    Put(bytes, at + 32, Hash64(rest.substr(0, payload)));
    Put(bytes, at + 44, static_cast<uint32_t>(Hash64(std::string_view(*bytes).substr(at, 44))));
    at += kGroupHeaderBytes + std::min<size_t>(payload, rest.size());
  }
}

// Bytes that nobody wrote: headers and groups whose checksums are right.
void UseForged(FuzzInput& in) {
  GroupHeader header;
  header.first_index = 1;
  header.frames = in.Take<uint8_t>();
  FeedNames feeds;
  feeds.Learn(0, "binance");
  const std::string payload(in.rest());
  header.payload_hash = Hash64(payload);
  header.payload_bytes = static_cast<uint32_t>(payload.size());
  size_t bytes = 0;
  const Status read = DecodeGroup(header, payload, &feeds, [&](const LoggedFrame& frame) -> Status {
    bytes += frame.bytes.size() + frame.about.size() + 1;
    return {};
  });
  CHECK(read || IsDamage(read.error()));
  CHECK(bytes <= payload.size());
  (void)DecodeGroupHeader(in.rest());
  (void)DecodeSegmentHeader(in.rest());
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  static const std::string folder = *MakeTemporaryDirectory("tidemark-fuzz-");
  FuzzInput in(data, size);
  const size_t choice = in.Choose(4);
  if (choice == 0) {
    UseForged(in);
    return 0;
  }
  const std::string path = folder + "/frames";
  CHECK(RemoveTree(path) && MakeDirectories(path));
  std::string first = Good().first, second = Good().second;
  (choice == 1 ? first : second) = in.Edit(choice == 1 ? first : second);
  const bool forged = choice == 3;
  if (forged) Repair(&second);
  CHECK(WriteFileSynced(path + "/0000000000000000001.frames", first));
  CHECK(WriteFileSynced(path + "/0000000000000000011.frames", second));
  auto [frames, read] =
      CollectFrames([&](const OnFrame& on_frame) { return ReadFrames(path, on_frame); });
  CHECK(read || IsDamage(read.error()));
  if (!forged) CheckBegins(frames);
  const auto log = FrameLog::Open(path, 1, {});
  if (log) {
    Use(**log, forged);
  } else {
    CHECK(IsDamage(log.error()));
  }
  return 0;
}

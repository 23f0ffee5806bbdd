// What keeping a frame costs: messages of a busy feed appended, and made durable every so many.
#include <benchmark/benchmark.h>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/journal/frame_log.h"

namespace tidemark {
namespace {

constexpr char kMessage[] =
    R"({"e":"trade","E":1700000000123,"s":"BTCUSDT","t":3275483921,"p":"37012.45000000",)"
    R"("q":"0.00213000","T":1700000000122,"m":true,"M":true})";

class Folder {
 public:
  Folder() : path_(*MakeTemporaryDirectory("tidemark-bench-")) {}
  ~Folder() { (void)RemoveTree(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

LoggedFrame MessageAt(int64_t i) {
  LoggedFrame frame;
  frame.feed = i % 16 < 12 ? "binance" : "coinbase";
  frame.connection = i % 4;
  frame.at.us = 1'700'000'000 * kMicrosPerSecond + i * 7;
  frame.bytes = {kMessage, sizeof(kMessage) - 1};
  return frame;
}

// Frames per Sync in the argument; segments go when they are done, as in a long run.
void BM_AppendSync(benchmark::State& state) {
  const Folder folder;
  const auto log = *FrameLog::Open(folder.path(), 1, {});
  int64_t i = 0;
  for (auto _ : state) {
    for (int64_t n = 0; n < state.range(0); ++n) CHECK(log->Append(MessageAt(++i)));
    CHECK(log->Sync());
    CHECK(log->Release(log->durable_index() - 1'000'000));
  }
  CHECK(log->durable_index() == i + 1);
  state.SetItemsProcessed(i);
  state.SetBytesProcessed(i * static_cast<int64_t>(sizeof(kMessage) - 1));
}
BENCHMARK(BM_AppendSync)->Arg(100)->Arg(10'000)->Arg(100'000)->UseRealTime();

void BM_Read(benchmark::State& state) {
  constexpr int64_t kFrames = 500'000;
  const Folder folder;
  const auto log = *FrameLog::Open(folder.path(), 1, {});
  for (int64_t i = 0; i < kFrames; ++i) CHECK(log->Append(MessageAt(i)));
  CHECK(log->Sync());
  for (auto _ : state) {
    int64_t frames = 0;
    CHECK(log->Read(1, [&](const LoggedFrame& frame) -> Status {
      ++frames;
      CHECK(frame.bytes.size() == sizeof(kMessage) - 1);
      return {};
    }));
    CHECK(frames == kFrames);
  }
  state.SetItemsProcessed(state.iterations() * kFrames);
}
BENCHMARK(BM_Read)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tidemark

// Bytes to validated rows in memory. The files are synthetic in the two layouts of the study; every
// run checks its row count, so a fast wrong reader fails.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>

#include "tidemark/base/file.h"
#include "tidemark/base/random.h"
#include "tidemark/source/file/row_reader.h"

namespace tidemark {
namespace {

constexpr int64_t kRows = 1'000'000;

class Counter : public RowSink {
 public:
  Status OnCandles(const SeriesId&, const CandleColumns& columns) override {
    rows += static_cast<int64_t>(columns.size());
    benchmark::DoNotOptimize(columns.close.data());
    return {};
  }
  Status OnRejects(std::span<const RejectedRow> rejects) override {
    rejected += static_cast<int64_t>(rejects.size());
    return {};
  }
  int64_t rows = 0, rejected = 0;
};

// A walk in ticks of 0.001; every tenth volume has 17 digits, as in the real files.
std::string WriteFile(const std::string& folder, bool json) {
  Random random(7);
  std::string text = json ? "" : "time,open,close,high,low,volume\n";
  int64_t price = 40'000, time = 1'400'000'040'000;
  for (int64_t i = 0; i < kRows; ++i) {
    const auto tick = [&] { return static_cast<int64_t>(random.Below(41)) - 20; };
    const int64_t open = price, close = std::max<int64_t>(1000, price + tick());
    const int64_t high = std::max(open, close) + static_cast<int64_t>(random.Below(20));
    const int64_t low = std::min(open, close) - static_cast<int64_t>(random.Below(20));
    const std::string volume = i % 10 == 0 ? fmt::format("{:.17g}", random.Uniform() * 100)
                                           : fmt::format("{:.8f}", random.Uniform() * 100);
    const auto p = [](int64_t ticks) {
      return fmt::format("{:.6g}", static_cast<double>(ticks) / 1000);
    };
    text +=
        json ? fmt::format(
                   "{{\"time\": {}, \"open\": {}, \"close\": {}, \"high\": {}, \"low\": {}, "
                   "\"volume\": {}}}\n",
                   time, p(open), p(close), p(high), p(low), volume)
             : fmt::format("{},{},{},{},{},{}\n", time, p(open), p(close), p(high), p(low), volume);
    price = close;
    time += 60'000 * static_cast<int64_t>(1 + random.Below(3));
  }
  const std::string path = folder + (json ? "/ethusd.json" : "/ltcusd.csv");
  if (!WriteFileSynced(path, text)) std::abort();
  return path;
}

void Read(benchmark::State& state, bool json, int threads) {
  const std::string folder = *MakeTemporaryDirectory("tidemark-bench-");
  const std::string path = WriteFile(folder, json);
  const int64_t size = *FileSize(path);
  ThreadPool pool(threads);
  CandleFileOptions options;
  options.now = {1'800'000'000 * kMicrosPerSecond};
  options.threads = &pool;
  for (auto _ : state) {
    Counter counter;
    const auto summary = ReadRows({path, size, ""}, options, {}, nullptr, counter);
    if (!summary || counter.rows != kRows || counter.rejected != 0) {
      state.SkipWithError("wrong rows");
      break;
    }
  }
  state.SetBytesProcessed(state.iterations() * size);
  state.SetItemsProcessed(state.iterations() * kRows);
  (void)RemoveTree(folder);
}

void CsvOneThread(benchmark::State& state) { Read(state, false, 1); }
void CsvTwoThreads(benchmark::State& state) { Read(state, false, 2); }
void JsonLinesOneThread(benchmark::State& state) { Read(state, true, 1); }
void JsonLinesTwoThreads(benchmark::State& state) { Read(state, true, 2); }
BENCHMARK(CsvOneThread)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(CsvTwoThreads)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(JsonLinesOneThread)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(JsonLinesTwoThreads)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tidemark

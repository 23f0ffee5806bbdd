// Rows per second of the simulator, both study formats, truth files included.
#include <benchmark/benchmark.h>

#include "tidemark/base/file.h"
#include "tidemark/source/simulator/candle_simulator.h"

namespace tidemark {
namespace {

void BM_SimulateFiles(benchmark::State& state) {
  const std::string folder = *MakeTemporaryDirectory("tidemark-simulate-bench");
  SimulateOptions options;
  options.rows = 500'000;
  int64_t rows = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    const auto manifest = SimulateFiles(options, folder);
    if (!manifest) {
      state.SkipWithError(manifest.error().message().c_str());
      break;
    }
    for (const SimulatedFile& file : manifest->files) {
      rows += file.read;
      bytes += file.bytes;
      if (file.fresh < 499'000) state.SkipWithError("rows are missing");
    }
  }
  state.SetItemsProcessed(rows);
  state.SetBytesProcessed(bytes);
  (void)RemoveTree(folder);
}
BENCHMARK(BM_SimulateFiles)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tidemark

// Bytes to validated trades in memory, in the layout of Binance's files: ten million rows, 566 MB.
// The bar is 0.9 s on one thread. Every run checks its count and a sum, so a fast wrong reader
// fails. With TIDEMARK_BENCH_TRADES the file is that folder's (bench/trades_data.py),
// which the peers read too; the counters say what came out.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>

#include "tidemark/base/file.h"
#include "tidemark/base/random.h"
#include "tidemark/source/file/row_reader.h"

namespace tidemark {
namespace {

constexpr int64_t kRows = 10'000'000;
constexpr int64_t kFirstId = 4'300'000'000;

class Counter : public RowSink {
 public:
  Status OnCandles(const SeriesId&, const CandleColumns&) override { std::abort(); }
  Status OnTrades(const TradeSeriesId&, const TradeColumns& columns) override {
    rows += static_cast<int64_t>(columns.rows());
    for (const Side side : columns.side) sold += side == Side::kSell ? 1 : 0;
    for (const double s : columns.size) size += s;
    last_id = columns.id.back();
    benchmark::DoNotOptimize(columns.price.data());
    return {};
  }
  Status OnRejects(std::span<const RejectedRow> rejects) override {
    rejected += static_cast<int64_t>(rejects.size());
    return {};
  }
  int64_t rows = 0, sold = 0, rejected = 0, last_id = 0;
  double size = 0;
};

struct TradeFile {
  std::string path;
  int64_t bytes = 0, sold = 0;
};

// A walk in cents; ids follow each other, as they do in the real files.
TradeFile WriteFile(const std::string& folder) {
  TradeFile file;
  file.path = folder + "/BTCUSDT-trades-2024-11.csv";
  auto out = AppendFile::Open(file.path);
  if (!out) std::abort();
  Random random(7);
  std::string text;
  int64_t price = 6'893'600, time = 1'730'419'200'000;
  for (int64_t i = 0; i < kRows; ++i) {
    price += static_cast<int64_t>(random.Below(21)) - 10;
    const auto lots = static_cast<int64_t>(1 + random.Below(2'000));
    const bool maker = random.Below(2) == 0;
    const double quote = static_cast<double>(price) / 100 * static_cast<double>(lots) / 1e5;
    fmt::format_to(std::back_inserter(text), "{},{}.{:02},0.{:05}000,{:.4f},{},{},True\n",
                   kFirstId + i, price / 100, price % 100, lots, quote, time,
                   maker ? "True" : "False");
    file.sold += maker ? 1 : 0;
    time += static_cast<int64_t>(random.Below(300));
    if (text.size() > 8 << 20 || i + 1 == kRows) {
      if (!out->Append(text)) std::abort();
      file.bytes += static_cast<int64_t>(text.size());
      text.clear();
    }
  }
  return file;
}

// Of a file that others made: only how much it holds is known.
void ReadGiven(benchmark::State& state, const std::string& path, int threads) {
  const int64_t bytes = *FileSize(path);
  ThreadPool pool(threads);
  CandleFileOptions options;
  options.now = {1'800'000'000 * kMicrosPerSecond};
  options.threads = &pool;
  Counter counter;
  for (auto _ : state) {
    counter = {};
    const auto summary = ReadRows({path, bytes, ""}, options, {}, nullptr, counter);
    if (!summary || counter.rejected != 0) {
      state.SkipWithError("wrong rows");
      break;
    }
  }
  state.counters["rows"] = static_cast<double>(counter.rows);
  state.counters["size"] = counter.size;
  state.SetBytesProcessed(state.iterations() * bytes);
  state.SetItemsProcessed(state.iterations() * counter.rows);
}

void Read(benchmark::State& state, int threads) {
  if (const char* given = std::getenv("TIDEMARK_BENCH_TRADES")) {
    return ReadGiven(state, std::string(given) + "/BTCUSDT-trades-2024-11.csv", threads);
  }
  const std::string folder = *MakeTemporaryDirectory("tidemark-bench-");
  const TradeFile file = WriteFile(folder);
  ThreadPool pool(threads);
  CandleFileOptions options;
  options.now = {1'800'000'000 * kMicrosPerSecond};
  options.threads = &pool;
  for (auto _ : state) {
    Counter counter;
    const auto summary = ReadRows({file.path, file.bytes, ""}, options, {}, nullptr, counter);
    if (!summary || counter.rows != kRows || counter.rejected != 0 || counter.sold != file.sold ||
        counter.last_id != kFirstId + kRows - 1) {
      state.SkipWithError("wrong rows");
      break;
    }
  }
  state.SetBytesProcessed(state.iterations() * file.bytes);
  state.SetItemsProcessed(state.iterations() * kRows);
  (void)RemoveTree(folder);
}

void TradesOneThread(benchmark::State& state) { Read(state, 1); }
void TradesTwoThreads(benchmark::State& state) { Read(state, 2); }
BENCHMARK(TradesOneThread)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(TradesTwoThreads)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tidemark

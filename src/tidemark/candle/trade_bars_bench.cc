// Trades in memory to one-minute bars, one thread: twenty symbols, a million trades each. With
// TIDEMARK_BENCH_TRADES the trades are those of that folder (columns of raw numbers, made by
// bench/trades_data.py), which the peers fold too; the counters say what came out, so that answers
// can be compared.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/base/random.h"
#include "tidemark/candle/trade_bars.h"

namespace tidemark {
namespace {

constexpr size_t kSymbols = 20, kTradesEach = 1'000'000;
constexpr int64_t kDay = 20'000;  // since 1970

using BySymbol = std::vector<TradeColumns>;

template <typename T>
std::vector<T> ReadColumn(const std::string& path) {
  const auto bytes = ReadFile(path);
  CHECK(bytes);
  std::vector<T> values(bytes->size() / sizeof(T));
  std::memcpy(values.data(), bytes->data(), values.size() * sizeof(T));
  return values;
}

BySymbol FromFolder(const std::string& folder) {
  const auto symbol = ReadColumn<uint8_t>(folder + "/symbol.u8");
  const auto time = ReadColumn<int64_t>(folder + "/time.i64");
  const auto price = ReadColumn<double>(folder + "/price.f64");
  const auto size = ReadColumn<double>(folder + "/size.f64");
  BySymbol trades;
  for (size_t i = 0; i < symbol.size(); ++i) {
    if (symbol[i] >= trades.size()) trades.resize(symbol[i] + size_t{1});
    trades[symbol[i]].Append({.time = {time[i]}, .price = price[i], .size = size[i]});
  }
  return trades;
}

BySymbol Drawn() {
  Random random(3);
  BySymbol trades(kSymbols);
  for (TradeColumns& columns : trades) {
    double price = 100;
    for (size_t i = 0; i < kTradesEach; ++i) {
      price += 0.01 * (static_cast<double>(random.Below(11)) - 5);
      const auto us = static_cast<int64_t>(i) * (kMicrosPerDay / static_cast<int64_t>(kTradesEach));
      columns.Append({.time = {kDay * kMicrosPerDay + us},
                      .price = price,
                      .size = static_cast<double>(1 + random.Below(2000)) / 1e5,
                      .side = random.Bernoulli(0.5) ? Side::kBuy : Side::kSell});
    }
  }
  return trades;
}

const BySymbol& Trades() {
  static const BySymbol trades = [] {
    const char* folder = std::getenv("TIDEMARK_BENCH_TRADES");
    return folder == nullptr ? Drawn() : FromFolder(folder);
  }();
  return trades;
}

void MinuteBars(benchmark::State& state) {
  const BySymbol& trades = Trades();
  int64_t rows = 0, bars = 0;
  double volume = 0;
  for (const TradeColumns& columns : trades) rows += static_cast<int64_t>(columns.rows());
  for (auto _ : state) {
    bars = 0;
    volume = 0;
    for (const TradeColumns& columns : trades) {
      TradeBarFold fold(*BarRule::Parse("1m"));
      TradeBars out;
      fold.Step(columns, 0, columns.rows(), &out);
      fold.AdvanceTo(kMaxTime, &out);
      bars += static_cast<int64_t>(out.size());
      for (const double v : out.candles.volume) volume += v;
    }
  }
  state.counters["bars"] = static_cast<double>(bars);
  state.counters["volume"] = volume;
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(MinuteBars)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tidemark

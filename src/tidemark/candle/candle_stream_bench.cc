// Trades as live has them, one thread, to candles of 1m to 1d with everything on: twenty symbols, a
// day, half a million trades each. 3 % come up to two seconds out of order, 0.1 % up to ten minutes
// late (the lateness is 5 s, so their candles are given out again), 0.5 % come twice. The streams
// take turns, a second of each; the watermark follows every turn; each minute of event time the
// changes are saved and at the end of the day the whole state; the retention is two days, so no
// trade is let go. What came out is compared with TradeBarFold over the sorted trades.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/check.h"
#include "tidemark/base/random.h"
#include "tidemark/candle/candle_stream.h"
#include "tidemark/candle/trade_bars.h"

namespace tidemark {
namespace {

constexpr size_t kSymbols = 20, kTradesEach = 500'000;
constexpr int64_t kStart = 20'000 * kMicrosPerDay;
constexpr int64_t kLateness = 5 * kMicrosPerSecond;
constexpr int64_t kTurn = 1 * kMicrosPerSecond, kTurns = kMicrosPerDay / kTurn;

struct Market {
  TradeColumns come;                         // turn by turn, and of each turn symbol by symbol
  std::vector<size_t> ends;                  // of each turn and symbol
  std::vector<int64_t> reached;              // the greatest time of the symbol by then
  std::vector<std::vector<double>> volumes;  // of the minutes, by symbol
};

struct Symbol {
  TradeColumns sorted;
  std::vector<std::pair<int64_t, size_t>> come;  // when, and which
};

Symbol Drawn(uint64_t seed) {
  Random random(seed);
  Symbol symbol;
  double price = 100;
  for (size_t i = 0; i < kTradesEach; ++i) {
    price += 0.01 * (static_cast<double>(random.Below(11)) - 5);
    const auto us = static_cast<int64_t>(i) * (kMicrosPerDay / static_cast<int64_t>(kTradesEach));
    symbol.sorted.Append({.time = {kStart + us},
                          .id = std::to_string(1'000'000 + i),
                          .price = price,
                          .size = static_cast<double>(1 + random.Below(2000)) / 1e5,
                          .side = random.Bernoulli(0.5) ? Side::kBuy : Side::kSell});
    const uint64_t kind = random.Below(1000);
    const uint64_t delay = kind < 30   ? random.Below(2 * kMicrosPerSecond)
                           : kind < 31 ? random.Below(10 * kMicrosPerMinute)
                                       : 0;
    symbol.come.emplace_back(us + static_cast<int64_t>(delay), i);
    if (random.Below(200) == 0) symbol.come.emplace_back(symbol.come.back().first + 50'000, i);
  }
  std::stable_sort(symbol.come.begin(), symbol.come.end());
  return symbol;
}

std::vector<double> Volumes(const TradeColumns& sorted) {
  TradeBarFold fold{BarRule()};
  TradeBars bars;
  fold.Step(sorted, 0, sorted.rows(), &bars);
  fold.AdvanceTo(kMaxTime, &bars);
  return bars.candles.volume;
}

const Market& TheMarket() {
  static const Market market = [] {
    Market m;
    std::vector<Symbol> symbols;
    for (size_t s = 0; s < kSymbols; ++s) symbols.push_back(Drawn(s + 1));
    std::vector<size_t> at(kSymbols);
    std::vector<int64_t> reached(kSymbols, kStart);
    for (int64_t turn = 1; turn <= kTurns; ++turn) {
      for (size_t s = 0; s < kSymbols; ++s) {
        const auto& [sorted, come] = symbols[s];
        for (; at[s] < come.size() && (come[at[s]].first < turn * kTurn || turn == kTurns);
             ++at[s]) {
          const size_t i = come[at[s]].second;
          m.come.Append(sorted, i, i + 1);
          reached[s] = std::max(reached[s], sorted.time[i]);
        }
        m.ends.push_back(m.come.rows());
        m.reached.push_back(turn < kTurns ? reached[s] : kStart + kMicrosPerDay + kLateness);
      }
    }
    for (const Symbol& symbol : symbols) m.volumes.push_back(Volumes(symbol.sorted));
    return m;
  }();
  return market;
}

CandleStreamOptions Options() {
  CandleStreamOptions options{.intervals = {}, .start = {kStart}};
  for (const char* text : {"1m", "5m", "15m", "1h", "4h", "1d"}) {
    options.intervals.push_back(*Interval::Parse(text));
  }
  return options;
}

// A stream and what it gave.
struct Run {
  Run() : stream(Options()), volumes(kMicrosPerDay / kMicrosPerMinute) {}

  void Take(const TradeColumns& rows, size_t begin, size_t end, EventTime watermark) {
    late += stream.Take(rows, begin, end, &too_old).late;
    const EventTime before = stream.closed_until();
    out.clear();
    stream.AdvanceTo(watermark, &out);
    candles += static_cast<int64_t>(out.size());
    for (const StreamCandle& c : out) {
      if (c.interval != Interval()) continue;
      volumes[static_cast<size_t>((c.open_time.us - kStart) / kMicrosPerMinute)] = c.values.volume;
    }
    if (stream.closed_until() == before) return;
    ByteWriter snapshot;
    stream.SaveChanges(snapshot);
    saved += static_cast<int64_t>(snapshot.bytes().size());
    if (stream.closed_until().us % kMicrosPerDay != 0) return;
    ByteWriter whole;
    stream.Save(whole);
    saved += static_cast<int64_t>(whole.bytes().size());
  }

  CandleStream stream;
  std::vector<size_t> too_old;
  std::vector<StreamCandle> out;
  std::vector<double> volumes;
  int64_t late = 0, candles = 0, saved = 0;
};

void CandlesOfADay(benchmark::State& state) {
  const Market& market = TheMarket();
  int64_t candles = 0, late = 0, saved = 0;
  for (auto _ : state) {
    candles = late = saved = 0;
    std::vector<Run> runs(kSymbols);
    size_t begin = 0;
    for (size_t i = 0; i < market.ends.size(); ++i) {
      runs[i % kSymbols].Take(market.come, begin, market.ends[i], {market.reached[i] - kLateness});
      begin = market.ends[i];
    }
    for (size_t s = 0; s < kSymbols; ++s) {
      CHECK(runs[s].volumes == market.volumes[s] && runs[s].too_old.empty());
      candles += runs[s].candles;
      late += runs[s].late;
      saved += runs[s].saved;
    }
  }
  state.counters["candles"] = static_cast<double>(candles);
  state.counters["late"] = static_cast<double>(late);
  state.counters["saved_bytes"] = static_cast<double>(saved);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(market.come.rows()));
}
BENCHMARK(CandlesOfADay)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tidemark

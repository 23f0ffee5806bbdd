#include "tidemark/pipeline/second_folds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

constexpr int64_t kStart = 1'706'745'600'000'000;  // 2024-02-01

Trade RandomTrade(Random& random) {
  return {.time = {kStart + static_cast<int64_t>(random.Below(5 * kMicrosPerMinute))},
          .price = 100 + random.Uniform(),
          .size = random.Uniform(),
          .side = static_cast<Side>(random.Below(3)),
          .cancelled = random.Bernoulli(0.1)};
}

TradeColumns Sorted(const TradeColumns& trades, TimeRange part) {
  std::vector<size_t> order;
  for (size_t i = 0; i < trades.rows(); ++i) {
    if (part.Contains({trades.time[i]})) order.push_back(i);
  }
  std::ranges::stable_sort(order,
                           [&](size_t a, size_t b) { return trades.time[a] < trades.time[b]; });
  TradeColumns sorted;
  for (const size_t i : order) sorted.Append(trades, i, i + 1);
  return sorted;
}

void ExpectSame(const TradeBars& a, const TradeBars& b) {
  ASSERT_EQ(a.candles.open_time, b.candles.open_time);
  EXPECT_EQ(a.close_time, b.close_time);
  EXPECT_EQ(a.trades, b.trades);
  const auto bits = [](const std::vector<double>& x) {
    std::vector<uint64_t> all;
    for (const double value : x) all.push_back(std::bit_cast<uint64_t>(value));
    return all;
  };
  EXPECT_EQ(bits(a.candles.open), bits(b.candles.open));
  EXPECT_EQ(bits(a.candles.high), bits(b.candles.high));
  EXPECT_EQ(bits(a.candles.low), bits(b.candles.low));
  EXPECT_EQ(bits(a.candles.close), bits(b.candles.close));
  EXPECT_EQ(bits(a.candles.volume), bits(b.candles.volume));
  EXPECT_EQ(bits(a.vwap), bits(b.vwap));
  EXPECT_EQ(bits(a.buy_volume), bits(b.buy_volume));
  EXPECT_EQ(bits(a.sell_volume), bits(b.sell_volume));
}

// Trades come in any order, in pieces; what each piece touches is set as epochs do.
TEST(SecondFolds, MakeTheMinutesThatTheTradesMake) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    SecondFolds folds({kStart + kMicrosPerMinute});
    TradeColumns all;
    const size_t pieces = 1 + random.Below(8);
    for (size_t p = 0; p < pieces; ++p) {
      TradeColumns piece;
      for (size_t i = 0, n = random.Below(60); i < n; ++i) piece.Append(RandomTrade(random));
      all.Append(piece, 0, piece.rows());
      for (const int64_t time : piece.time) {
        const EventTime second{time / kMicrosPerSecond * kMicrosPerSecond};
        const TimeRange part = {second, second + (1 + random.Below(3)) * kMicrosPerSecond};
        folds.Set(part, Sorted(all, part));
      }
    }
    const TimeRange minutes = {
        folds.from() + static_cast<int64_t>(random.Below(2)) * kMicrosPerMinute,
        {kStart + 5 * kMicrosPerMinute}};
    TradeBars got, want;
    folds.AppendMinutes(minutes, &got);
    const TradeColumns inside = Sorted(all, minutes);
    TradeBarFold fold{BarRule()};
    fold.Step(inside, 0, inside.rows(), &want);
    fold.AdvanceTo(kMaxTime, &want);
    ExpectSame(got, want);
  }
}

TEST(SecondFolds, KnowNothingBeforeWhatTheyForgot) {
  SecondFolds folds({kStart});
  TradeColumns trades;
  for (int64_t second = 0; second < 1200; ++second) {
    trades.Append({.time = {kStart + second * kMicrosPerSecond}, .price = 1, .size = 1});
  }
  folds.Set({{kStart}, {kStart + 1200 * kMicrosPerSecond}}, trades);
  folds.Forget({kStart + 2 * kMicrosPerMinute});
  EXPECT_EQ(folds.from().us, kStart + 6 * kMicrosPerMinute) << "no more than fifteen minutes";
  TradeBars bars;
  folds.AppendMinutes({folds.from(), {kStart + 20 * kMicrosPerMinute}}, &bars);
  EXPECT_EQ(bars.size(), 14u);
  EXPECT_EQ(bars.trades.front(), 60);
  folds.Forget({kStart});
  EXPECT_EQ(folds.from().us, kStart + 6 * kMicrosPerMinute);
}

}  // namespace
}  // namespace tidemark

#include "tidemark/candle/trade_bars.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

constexpr int64_t kSecond = kMicrosPerSecond;

void Add(TradeColumns* rows, int64_t us, double price, double size, Side side = Side::kUnknown,
         bool cancelled = false) {
  rows->Append(
      Trade{.time = {us}, .price = price, .size = size, .side = side, .cancelled = cancelled});
}

// Three days of trades, often several at one time.
TradeColumns RandomTrades(uint64_t seed, size_t count) {
  Random random(seed);
  TradeColumns rows;
  int64_t us = StartOf({2020, 2, 28}).us + 80'000 * kSecond;
  for (size_t i = 0; i < count; ++i) {
    const Side side = static_cast<Side>(random.Below(3));
    Add(&rows, us, 100 + 10 * random.Uniform(), std::ldexp(random.Uniform() + 0.1, -10), side,
        random.Bernoulli(0.02));
    if (random.Bernoulli(0.7)) us += static_cast<int64_t>(random.Below(120)) * kSecond / 2;
  }
  return rows;
}

TradeBars All(const BarRule& rule, const TradeColumns& rows) {
  TradeBarFold fold(rule);
  TradeBars bars;
  fold.Step(rows, 0, rows.rows(), &bars);
  fold.AdvanceTo(kMaxTime, &bars);
  return bars;
}

void ExpectSame(const TradeBars& a, const TradeBars& b) {
  const auto same = [](const std::vector<double>& x, const std::vector<double>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](double p, double q) {
      return std::bit_cast<uint64_t>(p) == std::bit_cast<uint64_t>(q);
    });
  };
  EXPECT_EQ(a.candles.open_time, b.candles.open_time);
  EXPECT_EQ(a.close_time, b.close_time);
  EXPECT_EQ(a.trades, b.trades);
  EXPECT_EQ(a.partial, b.partial);
  for (const auto column : {&CandleColumns::open, &CandleColumns::high, &CandleColumns::low,
                            &CandleColumns::close, &CandleColumns::volume}) {
    EXPECT_TRUE(same(a.candles.*column, b.candles.*column));
  }
  EXPECT_TRUE(same(a.vwap, b.vwap));
  EXPECT_TRUE(same(a.buy_volume, b.buy_volume));
  EXPECT_TRUE(same(a.sell_volume, b.sell_volume));
}

const char* const kRules[] = {"1m",     "1h",     "1d",          "1w",
                              "tick_1", "tick_7", "volume_0.01", "dollar_2.5"};

TEST(BarRule, ReadsWhatItWrites) {
  for (const char* text : kRules) EXPECT_EQ(BarRule::Parse(text)->ToString(), text);
  for (const char* text : {"tick_", "tick_0", "tick_1.5", "volume_-1", "dollar_nan", "dollar_1e20",
                           "volume_1x", "bar_3", ""}) {
    const auto rule = BarRule::Parse(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_EQ(rule.error().code(), ErrorCode::kParse);
  }
}

TEST(TradeBarFold, TickBarsEndWithTheirLastTradeAndWithTheDay) {
  const int64_t midnight = StartOf({2020, 1, 2}).us;
  TradeColumns rows;
  Add(&rows, midnight - 2 * kSecond, 10, 1, Side::kBuy);
  Add(&rows, midnight - kSecond, 12, 3, Side::kSell);
  Add(&rows, midnight - kSecond, 11, 1);
  Add(&rows, midnight + kSecond, 13, 2);
  TradeBarFold fold(*BarRule::Parse("tick_2"));
  TradeBars bars;
  fold.Step(rows, 0, rows.rows(), &bars);
  ASSERT_EQ(bars.size(), 2u);
  EXPECT_EQ(bars.candles.open_time[0], midnight - 2 * kSecond);
  EXPECT_EQ(bars.close_time[0], midnight - kSecond);
  EXPECT_EQ(bars.candles.high[0], 12);
  EXPECT_EQ(bars.candles.close[0], 12);
  EXPECT_EQ(bars.candles.volume[0], 4);
  EXPECT_EQ(bars.vwap[0], 11.5);
  EXPECT_EQ(bars.buy_volume[0], 1);
  EXPECT_EQ(bars.sell_volume[0], 3);
  EXPECT_EQ(bars.trades[0], 2);
  EXPECT_EQ(bars.partial[0], 0);
  EXPECT_EQ(bars.candles.open[1], 11);
  EXPECT_EQ(bars.partial[1], 1);
  fold.AdvanceTo({midnight + kMicrosPerDay - 1}, &bars);
  EXPECT_EQ(bars.size(), 2u);
  fold.AdvanceTo({midnight + kMicrosPerDay}, &bars);
  ASSERT_EQ(bars.size(), 3u);
  EXPECT_EQ(bars.candles.volume[2], 2);
}

TEST(TradeBarFold, TheTradeThatReachesTheThresholdBelongsToTheBarWhole) {
  TradeColumns rows;
  for (const double size : {1.0, 1.5, 4.0, 0.5}) Add(&rows, 5 * kSecond, 10, size);
  const TradeBars by_volume = All(*BarRule::Parse("volume_2"), rows);
  EXPECT_EQ(by_volume.candles.volume, (std::vector<double>{2.5, 4, 0.5}));
  EXPECT_EQ(by_volume.partial, (std::vector<uint8_t>{0, 0, 1}));
  const TradeBars by_money = All(*BarRule::Parse("dollar_60"), rows);
  EXPECT_EQ(by_money.candles.volume, (std::vector<double>{6.5, 0.5}));
}

TEST(TradeBarFold, CancelledTradesAreLeftOut) {
  TradeColumns rows;
  Add(&rows, kSecond, 99, 5, Side::kBuy, true);
  Add(&rows, 2 * kSecond, 10, 1);
  const TradeBars bars = All(BarRule(), rows);
  ASSERT_EQ(bars.size(), 1u);
  EXPECT_EQ(bars.candles.open[0], 10);
  EXPECT_EQ(bars.trades[0], 1);
}

TEST(TradeBarFold, HugeTradesDoNotLeaveTheGrid) {
  TradeColumns rows;
  Add(&rows, kSecond, 1e13, 1e13);
  Add(&rows, kSecond, 1e13, 1e13);
  const TradeBars bars = All(BarRule(), rows);
  EXPECT_EQ(bars.vwap[0], 1e13);
  EXPECT_EQ(bars.candles.volume[0], 2e13);
}

// Buckets of a map, sums in long double: shares nothing with the fold.
// Sizes and prices near each other, far apart, of the whole range, and with zeros.
TEST(TradeSums, RowsTogetherAddUpAsOneByOne) {
  const uint64_t seed = 77;
  SCOPED_TRACE(seed);
  Random random(seed);
  for (int i = 0; i < 3'000; ++i) {
    const auto count = random.Below(random.Below(8) == 0 ? 5'000 : 300);
    const int spread = std::array{1, 12, 34, 35, 60, 72}[random.Below(6)];
    const int middle = static_cast<int>(random.Below(72)) - 28;  // 2^-28 to 2^44
    const auto value = [&] {
      const int exponent = middle + static_cast<int>(random.Below(spread)) - spread / 2;
      return std::ldexp(0.5 + random.Uniform() / 2, std::min(exponent, 44));
    };
    std::vector<double> price, size;
    std::vector<Side> side;
    for (uint64_t k = 0; k < count; ++k) {
      price.push_back(random.Below(2) == 0 ? 100 + random.Uniform() : value());
      size.push_back(random.Below(1'000) == 0 ? 0 : value());
      side.push_back(static_cast<Side>(random.Below(3)));
    }
    TradeSums one, all;
    for (uint64_t k = 0; k < count; ++k) one.Add(price[k], size[k], side[k]);
    const uint64_t cut = random.Below(count + 1);
    all.AddRows(price.data(), size.data(), side.data(), cut);
    all.AddRows(price.data() + cut, size.data() + cut, side.data() + cut, count - cut);
    ASSERT_EQ(all.trades, one.trades);
    ASSERT_EQ(all.high, one.high);
    ASSERT_EQ(all.low, one.low);
    for (const auto sum : {&TradeSums::volume, &TradeSums::buy, &TradeSums::sell, &TradeSums::money,
                           &TradeSums::big_money}) {
      ASSERT_TRUE(all.*sum == one.*sum) << i << ": " << count << " rows around 2^" << middle;
    }
  }
  // The most that is cut: every row at the upper edge.
  const std::vector<double> most(5'000, std::nextafter(std::ldexp(1.0, 35), 0)), ones(5'000, 1);
  const std::vector<Side> buys(5'000, Side::kBuy);
  TradeSums one, all;
  for (size_t k = 0; k < most.size(); ++k) one.Add(1, most[k], Side::kBuy);
  all.AddRows(ones.data(), most.data(), buys.data(), most.size());
  EXPECT_TRUE(all.volume == one.volume && all.buy == one.buy && all.money == one.money);
}

TEST(TradeBarFold, TimeBarsAgreeWithAMapOfTrades) {
  const TradeColumns rows = RandomTrades(3, 20'000);
  for (const char* text : {"1m", "5m", "1h", "1d"}) {
    const Interval interval = *Interval::Parse(text);
    const TradeBars bars = All({.interval = interval}, rows);
    std::map<int64_t, std::vector<size_t>> buckets;
    for (size_t i = 0; i < rows.rows(); ++i) {
      const int64_t step = interval.nominal_micros();
      if (rows.cancelled[i] == 0) buckets[rows.time[i] / step * step].push_back(i);
    }
    ASSERT_EQ(bars.size(), buckets.size());
    size_t bar = 0;
    for (const auto& [open, members] : buckets) {
      long double volume = 0, money = 0, buy = 0;
      double high = 0, low = 1e300;
      for (const size_t i : members) {
        volume += rows.size[i];
        money += static_cast<long double>(rows.price[i]) * rows.size[i];
        if (rows.side[i] == Side::kBuy) buy += rows.size[i];
        high = std::max(high, rows.price[i]);
        low = std::min(low, rows.price[i]);
      }
      EXPECT_EQ(bars.candles.open_time[bar], open);
      EXPECT_EQ(bars.close_time[bar], open + interval.nominal_micros());
      EXPECT_EQ(bars.candles.open[bar], rows.price[members.front()]);
      EXPECT_EQ(bars.candles.close[bar], rows.price[members.back()]);
      EXPECT_EQ(bars.candles.high[bar], high);
      EXPECT_EQ(bars.candles.low[bar], low);
      EXPECT_EQ(bars.trades[bar], static_cast<int64_t>(members.size()));
      EXPECT_NEAR(bars.candles.volume[bar], static_cast<double>(volume), 1e-15 * members.size());
      EXPECT_NEAR(bars.vwap[bar], static_cast<double>(money / volume), 1e-12);
      EXPECT_NEAR(bars.buy_volume[bar], static_cast<double>(buy), 1e-15 * members.size());
      ++bar;
    }
  }
}

TEST(TradeBarFold, IsTheSameHoweverItIsCutAndResumed) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const TradeColumns rows = RandomTrades(seed, 4'000);
    for (const char* text : kRules) {
      const BarRule rule = *BarRule::Parse(text);
      const TradeBars whole = All(rule, rows);
      Random random(seed + 100);
      TradeBars pieces;
      TradeBarFold fold(rule);
      for (size_t at = 0; at < rows.rows();) {
        const size_t end = std::min(rows.rows(), at + 1 + random.Below(300));
        fold.Step(rows, at, end, &pieces);
        ByteWriter out;
        fold.Save(out);
        const Bytes state = out.Take();
        TradeBarFold resumed(rule);
        ByteReader in(state);
        ASSERT_TRUE(resumed.Load(in)) << text;
        ASSERT_TRUE(in.Finish("a bar"));
        ByteWriter again;
        resumed.Save(again);
        EXPECT_EQ(again.Take(), state);
        fold = resumed;
        at = end;
      }
      fold.AdvanceTo(kMaxTime, &pieces);
      SCOPED_TRACE(text);
      ExpectSame(whole, pieces);
    }
  }
}

TEST(TradeBarFold, DamagedStateIsRefused) {
  TradeColumns rows;
  Add(&rows, kSecond, 10, 1);
  TradeBarFold fold{BarRule()};
  TradeBars bars;
  fold.Step(rows, 0, 1, &bars);
  ByteWriter out;
  fold.Save(out);
  Bytes state = out.Take();
  state[8] = static_cast<char>(0x7f);  // an open time that no interval has
  ByteReader in(state);
  EXPECT_FALSE(fold.Load(in));
  EXPECT_TRUE(fold.empty());
}

}  // namespace
}  // namespace tidemark

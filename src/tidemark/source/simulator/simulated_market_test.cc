#include "tidemark/source/simulator/simulated_market.h"

#include <gtest/gtest.h>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

constexpr EventTime kStart{1'704'067'200'000'000};  // 2024-01-01

SimulatedMarket MakeMarket(uint64_t seed, int64_t time_step_us = 1000) {
  MarketOptions options{.seed = seed, .start = kStart};
  options.symbols = {*ParseMarketSymbol("BTC-USDT"), *ParseMarketSymbol("DOGE-USDT")};
  options.time_step_us = time_step_us;
  return SimulatedMarket(options);
}

bool Same(const SimulatedTrade& a, const SimulatedTrade& b) {
  return a.id == b.id && a.time_us == b.time_us && a.price == b.price && a.size == b.size &&
         a.buyer_is_maker == b.buyer_is_maker;
}

TEST(SimulatedMarket, IdsGrowByOneAndTimesNeverGoBack) {
  SimulatedMarket market = MakeMarket(7);
  for (size_t symbol = 0; symbol < 2; ++symbol) {
    int64_t next_id = 1, last_us = kStart.us;
    int quiet = 0, busy = 0;
    for (int minute = 0; minute < 3000; ++minute) {
      const EventTime open = kStart + minute * kMicrosPerMinute;
      const auto trades = market.Minute(symbol, open + 30 * kMicrosPerSecond);
      quiet += trades.empty();
      busy += trades.size() > 900;
      for (const SimulatedTrade& trade : trades) {
        ASSERT_EQ(trade.id, next_id++);
        ASSERT_GE(trade.time_us, std::max(last_us, open.us));
        ASSERT_LT(trade.time_us, open.us + kMicrosPerMinute);
        ASSERT_EQ(trade.time_us % 1000, 0);
        ASSERT_GT(trade.price, 0);
        ASSERT_GT(trade.size, 0);
        last_us = trade.time_us;
      }
    }
    EXPECT_GT(quiet, 30);
    EXPECT_GT(busy, 30);
    // Five a second, within a quarter.
    EXPECT_GT(next_id, 3000 * 300 * 3 / 4);
    EXPECT_LT(next_id, 3000 * 300 * 5 / 4);
  }
}

TEST(SimulatedMarket, TheTapeIsTheSameHoweverItIsAskedFor) {
  const uint64_t seed = 20240101;
  SimulatedMarket straight = MakeMarket(seed);
  const std::vector<SimulatedTrade> tape = straight.Trades(0, 1, 40'000);
  ASSERT_EQ(tape.size(), 39'999u);
  SimulatedMarket jumping = MakeMarket(seed);
  Random random(5);
  for (int i = 0; i < 2000; ++i) {
    const auto begin = static_cast<int64_t>(1 + random.Below(39'000));
    const auto end = begin + static_cast<int64_t>(random.Below(800));
    const auto part = jumping.Trades(0, begin, end);
    ASSERT_EQ(part.size(), static_cast<size_t>(end - begin));
    for (size_t k = 0; k < part.size(); ++k) {
      ASSERT_TRUE(Same(part[k], tape[static_cast<size_t>(begin) - 1 + k]));
    }
    const EventTime time{tape[static_cast<size_t>(begin) - 1].time_us};
    const int64_t first = jumping.FirstIdAt(0, time);
    ASSERT_LE(first, begin);
    ASSERT_EQ(jumping.TradeOf(0, first).time_us, time.us);
    ASSERT_TRUE(first == 1 || jumping.TradeOf(0, first - 1).time_us < time.us);
  }
  SimulatedMarket other = MakeMarket(seed + 1);
  EXPECT_FALSE(Same(other.TradeOf(0, 500), tape[499]));
}

TEST(SimulatedMarket, AnotherSymbolLeavesTheTapeAsItWas) {
  MarketOptions options{.seed = 3, .start = kStart};
  options.symbols = {*ParseMarketSymbol("DOGE-USDT")};
  SimulatedMarket alone(options), both = MakeMarket(3);
  for (const int64_t id : {1, 77, 5000}) {
    EXPECT_TRUE(Same(alone.TradeOf(0, id), both.TradeOf(1, id)));
  }
  EXPECT_EQ(both.IndexOf(*Symbol::Parse("DOGE-USDT")), 1u);
  EXPECT_EQ(both.IndexOf(*Symbol::Parse("DOGE-USD")), 2u);
}

TEST(SimulatedMarket, ABarIsMadeOfItsTrades) {
  SimulatedMarket market = MakeMarket(11);
  int64_t close = 0, quiet = 0;
  for (int minute = 0; minute < 500; ++minute) {
    const EventTime open = kStart + minute * kMicrosPerMinute;
    const auto minute_trades = market.Minute(0, open);
    const std::vector<SimulatedTrade> trades(minute_trades.begin(), minute_trades.end());
    const SimulatedBar bar = market.Bar(0, open);
    ASSERT_EQ(bar.open_time_us, open.us);
    ASSERT_EQ(bar.trades, static_cast<int64_t>(trades.size()));
    if (trades.empty()) {
      ++quiet;
      ASSERT_EQ(bar.close, close);
      ASSERT_EQ(bar.high, close);
      ASSERT_EQ(bar.volume, 0);
      ASSERT_EQ(bar.first_id, -1);
      continue;
    }
    int64_t volume = 0;
    for (const SimulatedTrade& trade : trades) {
      volume += trade.size;
      ASSERT_LE(bar.low, trade.price);
      ASSERT_GE(bar.high, trade.price);
    }
    ASSERT_EQ(bar.volume, volume);
    ASSERT_EQ(bar.first_id, trades.front().id);
    ASSERT_EQ(bar.last_id, trades.back().id);
    ASSERT_EQ(bar.open, trades.front().price);
    ASSERT_EQ(bar.close, trades.back().price);
    close = bar.close;
    const SimulatedBar half = market.Bar(0, open, open + 30 * kMicrosPerSecond);
    ASSERT_LE(half.volume, bar.volume);
    ASSERT_EQ(half.trades, market.FirstIdAt(0, open + 30 * kMicrosPerSecond) - trades[0].id);
  }
  EXPECT_GT(quiet, 0);
}

TEST(SimulatedMarket, PricesStayPricesForYears) {
  MarketOptions options{.seed = 1, .start = kStart};
  options.symbols = {*ParseMarketSymbol("BTC-USDT")};
  SimulatedMarket market(options);
  const SimulatedBar bar = market.Bar(0, kStart + 3 * 365 * kMicrosPerDay);
  EXPECT_GT(bar.close, 30000 * 10 / 25);
  EXPECT_LT(bar.close, 30000 * 10 * 25);
}

TEST(SimulatedMarket, DecimalsAreWrittenOut) {
  EXPECT_EQ(FixedText(421234567, 4, 8), "42123.45670000");
  EXPECT_EQ(FixedText(5, 6, 8), "0.00000500");
  EXPECT_EQ(FixedText(7, 0, 2), "7.00");
  EXPECT_EQ(FixedText(0, 8, 8), "0.00000000");
  EXPECT_FALSE(ParseMarketSymbol("BTC-USD:csv"));
}

}  // namespace
}  // namespace tidemark

#include "tidemark/pipeline/watermarks.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

const TradeSeriesId kTrades{"binance", *Symbol::Parse("BTC-USDT")};
const SeriesId kMinutes{"binance", *Symbol::Parse("BTC-USDT"), Interval()};
const std::string kFeed = "feed://binance/trades";
constexpr int64_t kMinute = kMicrosPerMinute;

SourceWatermarks Said(const std::string& source, int64_t at, const std::string& reason) {
  return {{{source, kTrades.ToString()}, {{at}, reason}}};
}

TEST(Watermarks, ASourceThatGoesOnHoldsTheSeriesBack) {
  Watermarks watermarks;
  EXPECT_EQ(watermarks.Of(kTrades), kMinTime);
  ASSERT_TRUE(watermarks.Add(Said(kFeed, 5 * kMinute, "data")));
  ASSERT_TRUE(watermarks.Add(Said("day.csv", 9 * kMinute, "end")));
  EXPECT_EQ(watermarks.Of(kTrades).us, 5 * kMinute);
  EXPECT_EQ(watermarks.ClosedUntil(kMinutes).us, 5 * kMinute);
  ASSERT_TRUE(watermarks.Add(Said(kFeed, 7 * kMinute + 1, "idle")));
  EXPECT_EQ(watermarks.Of(kTrades).us, 7 * kMinute + 1);
  EXPECT_EQ(watermarks.ClosedUntil(kMinutes).us, 7 * kMinute) << "a minute only reached is open";
}

TEST(Watermarks, WhenAllHaveEndedTheGreatestCounts) {
  Watermarks watermarks;
  ASSERT_TRUE(watermarks.Add(Said(kFeed, 5 * kMinute, "data")));
  ASSERT_TRUE(watermarks.Add(Said("day.csv", 9 * kMinute, "end")));
  EXPECT_TRUE(watermarks.Ends({kFeed + " " + kTrades.ToString()}).empty())
      << "it is still followed";
  EXPECT_EQ(watermarks.Ends({kFeed + " binance ETH-USDT"}).size(), 1u) << "not this symbol";
  const SourceWatermarks ends = watermarks.Ends({});
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends.at({kFeed, kTrades.ToString()}).at.us, 5 * kMinute);
  ASSERT_TRUE(watermarks.Add(ends));
  EXPECT_EQ(watermarks.Of(kTrades).us, 9 * kMinute);
  EXPECT_TRUE(watermarks.Ends({}).empty());
  EXPECT_EQ(watermarks.Of(kTrades, kFeed).us, 5 * kMinute);
}

TEST(Watermarks, WhatWasClosedStaysClosed) {
  Watermarks watermarks;
  ASSERT_TRUE(watermarks.Add(Said("day.csv", 9 * kMinute, "end")));
  ASSERT_TRUE(watermarks.Add(Said(kFeed, 3 * kMinute, "data")));
  EXPECT_EQ(watermarks.Of(kTrades).us, 9 * kMinute);
  ASSERT_TRUE(watermarks.Add(Said(kFeed, 2 * kMinute, "data")));
  EXPECT_EQ(watermarks.Of(kTrades, kFeed).us, 3 * kMinute);
}

TEST(Watermarks, OfTwoThatGoOnTheLeastCounts) {
  Watermarks watermarks;
  SourceWatermarks both = Said(kFeed, 5 * kMinute, "data");
  both.merge(Said("feed://other/trades", 4 * kMinute, "data"));
  ASSERT_TRUE(watermarks.Add(both));
  EXPECT_EQ(watermarks.Of(kTrades).us, 4 * kMinute);
  EXPECT_FALSE(watermarks.Add({{{"x", "no series at all"}, {{1}, "end"}}}));
}

}  // namespace
}  // namespace tidemark

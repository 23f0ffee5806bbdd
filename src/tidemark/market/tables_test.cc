#include "tidemark/market/tables.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TimeRange Days(const char* from, const char* to) { return {*ParseTime(from), *ParseTime(to)}; }

TEST(FileBucket, IsTheCalendarPeriodOfTheInterval) {
  const TableSpec& candles = CandlesTable();
  EXPECT_EQ(SplitFor(candles, "1m"), FileSplit::kMonth);
  EXPECT_EQ(SplitFor(candles, "5m"), FileSplit::kQuarter);
  EXPECT_EQ(SplitFor(candles, "15m"), FileSplit::kYear);
  EXPECT_EQ(SplitFor(candles, "4h"), FileSplit::kYear);
  EXPECT_EQ(SplitFor(candles, "1d"), FileSplit::kNone);
  EXPECT_EQ(SplitFor(BarsTable(), "tick_100"), FileSplit::kMonth);
  EXPECT_EQ(SplitFor(TradesTable(), ""), FileSplit::kMonth);
  EXPECT_EQ(SplitFor(GapsTable(), "1m"), FileSplit::kNone);
  const EventTime t = *ParseTime("2016-05-31T23:59:59Z");
  EXPECT_EQ(FileBucket(candles, FileSplit::kMonth, t), Days("2016-05-01", "2016-06-01"));
  EXPECT_EQ(FileBucket(candles, FileSplit::kQuarter, t), Days("2016-04-01", "2016-07-01"));
  EXPECT_EQ(FileBucket(candles, FileSplit::kYear, t), Days("2016-01-01", "2017-01-01"));
  const EventTime before = *ParseTime("1969-12-31");
  EXPECT_EQ(FileBucket(candles, FileSplit::kQuarter, before), Days("1969-10-01", "1970-01-01"));
}

TEST(FileBucket, OfACloseIsThatOfTheCandleThatEndsThere) {
  const TableSpec features = FeaturesTable({"x"});
  ASSERT_TRUE(features.time_is_close);
  const EventTime midnight = *ParseTime("2016-07-01");
  const TimeRange june = FileBucket(features, FileSplit::kMonth, midnight);
  EXPECT_TRUE(june.Contains(midnight));
  EXPECT_TRUE(june.Contains(*ParseTime("2016-06-30")));
  EXPECT_FALSE(june.Contains(*ParseTime("2016-06-01")));
  const TimeRange spring = FileBucket(features, FileSplit::kQuarter, midnight);
  EXPECT_TRUE(spring.Contains(midnight));
  EXPECT_FALSE(spring.Contains(*ParseTime("2016-04-01")));
}

}  // namespace
}  // namespace tidemark

#include "tidemark/source/alphavantage/alphavantage_schedule.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>

namespace tidemark {
namespace {

const Symbol kBtc = *Symbol::Parse("BTC-USD"), kEth = *Symbol::Parse("ETH-USD");
const int64_t kStart = ParseTime("2024-03-06T10:00:00Z")->us;  // a Wednesday

AlphaVantageRequest Candles(const Symbol& symbol, std::string_view interval) {
  return *AlphaVantageCandles(symbol, *Interval::Parse(interval));
}

TEST(AlphaVantageSchedule, TheFasterGoesFirstThenWhatHasBeenDueLongest) {
  AlphaVantageSchedule schedule({Candles(kBtc, "1mo"), Candles(kBtc, "1w"), Candles(kBtc, "1d"),
                                 Candles(kBtc, "5m"), Candles(kEth, "1d"), AlphaVantageRate(kEth)},
                                25);
  std::vector<size_t> order;
  while (const auto task = schedule.Next(kStart)) {
    order.push_back(*task);
    schedule.Answered(*task, kStart, {kStart});
  }
  EXPECT_EQ(order, (std::vector<size_t>{3, 5, 2, 4, 1, 0}));
  schedule.Restore(4, kStart - 2, std::nullopt);
  schedule.Restore(2, kStart - 1, std::nullopt);
  EXPECT_EQ(schedule.Next(kStart), 4u);
}

TEST(AlphaVantageSchedule, SlowSeriesAreAskedWhenTheirCandleHasClosedUntilItIsShown) {
  AlphaVantageSchedule schedule({Candles(kBtc, "1d"), Candles(kBtc, "1w"), Candles(kBtc, "1mo")},
                                25);
  const auto due = [&](size_t task, std::string_view now, std::string_view closed_until) {
    return FormatTime({schedule.Answered(task, ParseTime(now)->us, *ParseTime(closed_until))});
  };
  EXPECT_EQ(due(0, "2024-03-06T10:00", "2024-03-06"), "2024-03-07T00:10:00Z");
  EXPECT_EQ(due(0, "2024-03-07T00:10", "2024-03-06"), "2024-03-07T01:10:00Z");
  EXPECT_EQ(due(0, "2024-03-07T01:10", "2024-03-07"), "2024-03-08T00:10:00Z");
  // Asked just before its time it is asked again at it.
  EXPECT_EQ(due(0, "2024-03-08T00:05", "2024-03-07"), "2024-03-08T00:10:00Z");
  EXPECT_EQ(due(1, "2024-03-06T10:00", "2024-03-04"), "2024-03-11T00:10:00Z");
  EXPECT_EQ(due(2, "2024-03-06T10:00", "2024-03-01"), "2024-04-01T00:10:00Z");
}

TEST(AlphaVantageSchedule, FastSeriesShareWhatTheSlowOnesLeave) {
  AlphaVantageSchedule free({Candles(kBtc, "5m"), Candles(kBtc, "1d")}, 25);
  EXPECT_EQ(free.Answered(0, kStart, {kStart}), kStart + kMicrosPerHour);
  EXPECT_EQ(free.wanted_per_day(), 25);
  // With more than is needed each candle is fetched when it has closed.
  AlphaVantageSchedule rich({Candles(kBtc, "5m")}, 100'000);
  EXPECT_EQ(FormatTime({rich.Answered(0, kStart + 90 * kMicrosPerSecond, {kStart})}),
            "2024-03-06T10:05:20Z");
  // Slow ones keep half of the day at most.
  std::vector<AlphaVantageRequest> many(30, Candles(kBtc, "1d"));
  many.push_back(Candles(kBtc, "1m"));
  AlphaVantageSchedule crowded(many, 24);
  EXPECT_EQ(crowded.Answered(30, kStart, {kStart}), kStart + 2 * kMicrosPerHour);
  EXPECT_GT(crowded.wanted_per_day(), 24);
}

TEST(AlphaVantageSchedule, ALongPauseWantsTheFullReply) {
  AlphaVantageSchedule schedule({Candles(kBtc, "5m"), Candles(kBtc, "1d"), AlphaVantageRate(kBtc)},
                                25);
  EXPECT_TRUE(schedule.WantsFull(0, kStart));
  EXPECT_FALSE(schedule.WantsFull(1, kStart));
  EXPECT_FALSE(schedule.WantsFull(2, kStart));
  schedule.Answered(0, kStart, {kStart});
  EXPECT_FALSE(schedule.WantsFull(0, kStart + 6 * kMicrosPerHour));
  EXPECT_TRUE(schedule.WantsFull(0, kStart + 7 * kMicrosPerHour));
}

TEST(AlphaVantageSchedule, WhatFailsComesBackLaterAndWhatIsRefusedDoesNot) {
  AlphaVantageSchedule schedule({Candles(kBtc, "1d"), Candles(kEth, "1d")}, 25);
  int64_t now = kStart;
  for (const int minutes : {1, 2, 4, 8, 16, 32, 60, 60}) {
    EXPECT_EQ(schedule.Failed(0, now) - now, minutes * kMicrosPerMinute);
  }
  EXPECT_EQ(schedule.Next(now), 1u);
  EXPECT_EQ(schedule.Refused(1, now), now + kMicrosPerDay);
  EXPECT_FALSE(schedule.Next(now));
  now += 100 * kMicrosPerDay;
  EXPECT_EQ(schedule.Next(now), 0u);
  schedule.Answered(0, now, {now});
  EXPECT_FALSE(schedule.Next(now));
  EXPECT_EQ(schedule.Failed(0, now) - now, kMicrosPerMinute);
}

// A month of a service that answers, asked as often as the budget lets: nobody starves.
TEST(AlphaVantageSchedule, InAMonthEverySeriesGetsItsTurn) {
  const std::vector<AlphaVantageRequest> requests = {Candles(kBtc, "5m"), Candles(kEth, "5m"),
                                                     Candles(kBtc, "1d"), Candles(kEth, "1d"),
                                                     Candles(kBtc, "1w"), Candles(kBtc, "1mo")};
  AlphaVantageSchedule schedule(requests, 25);
  std::map<size_t, int> asked;
  std::deque<int64_t> times;  // of the last day
  for (int64_t now = kStart; now < kStart + 30 * kMicrosPerDay; now += kMicrosPerMinute) {
    while (!times.empty() && times.front() <= now - kMicrosPerDay) times.pop_front();
    const auto task = schedule.Next(now);
    if (!task || times.size() >= 25) continue;
    times.push_back(now);
    ++asked[*task];
    const Interval& interval = requests[*task].interval;
    schedule.Answered(*task, now, interval.OpenOf({now}));
  }
  EXPECT_GE(asked[0], 30 * 9);  // 100 candles of five minutes are eight hours
  EXPECT_GE(asked[1], 30 * 9);
  EXPECT_GE(asked[2], 30);
  EXPECT_GE(asked[3], 30);
  EXPECT_GE(asked[4], 5);
  EXPECT_GE(asked[5], 2);
}

}  // namespace
}  // namespace tidemark

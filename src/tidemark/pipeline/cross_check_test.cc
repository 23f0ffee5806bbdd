#include "tidemark/pipeline/cross_check.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kStart = 1'600'000'020'000'000;  // a whole minute
constexpr int64_t kEvery = 5 * kMicrosPerMinute;

EventTime At(double minutes) { return {kStart + static_cast<int64_t>(minutes * kMicrosPerMinute)}; }

class CrossCheckTest : public testing::Test {
 protected:
  void Came(int id, double minute, double size = 1) {
    check_.Came(At(minute), std::to_string(id), size);
  }
  void Tells(int id, double minute) {
    const std::string text = std::to_string(id);
    check_.OnTrade("BTCUSD", {.time = At(minute), .id = text, .price = 1, .size = 1},
                   TradeOrigin::kHistory);
  }
  // "2.5 to 7", in minutes; "" when nothing is due.
  std::string Next(double closed, const TradeGapSet& open = {}) {
    const auto times = check_.Next(At(closed), open);
    return times ? Text(*times) : "";
  }
  static std::vector<std::string> Texts(const std::vector<TradeGap>& gaps) {
    std::vector<std::string> texts;
    for (const TradeGap& gap : gaps) texts.push_back(Text(gap.times()));
    return texts;
  }
  std::vector<std::string> Compare() { return Texts(check_.Compare()); }
  std::vector<std::string> Late(double closed, const TradeGapSet& open = {}) {
    return Texts(check_.Late(At(closed), open));
  }
  static std::string Text(const TimeRange& times) {
    const auto minutes = [](EventTime t) {
      return static_cast<double>(t.us - kStart) / kMicrosPerMinute;
    };
    return fmt::format("{} to {}", minutes(times.start), minutes(times.end));
  }

  CrossCheck check_{kEvery, false};
};

TEST_F(CrossCheckTest, AMinuteWithATradeThatHadNotComeIsAGap) {
  Came(1, 0.25);
  EXPECT_EQ(Next(5.7), "") << "less than five minutes";
  Came(2, 1);
  Came(4, 3);
  Came(2, 1);  // again
  EXPECT_EQ(Next(6.4), "") << "the history may be behind";
  EXPECT_EQ(Next(6.5), "0.25 to 6");
  Tells(4, 3);
  Tells(3, 2.5);
  Tells(3, 2.5);
  Tells(2, 1);
  Tells(1, 0.25);
  Tells(0, 0.2);  // before anybody looked
  Tells(7, 6);    // not asked for
  EXPECT_THAT(Compare(), ElementsAre("2 to 3"));
  EXPECT_EQ(check_.counts().missed, 1);
  EXPECT_EQ(check_.counts().unknown, 0);
  EXPECT_EQ(check_.counts().checked, 6);
  EXPECT_EQ(Next(11), "");
  EXPECT_EQ(Next(11.5), "6 to 11");
}

TEST_F(CrossCheckTest, MinutesThatTouchAreOneGap) {
  Came(1, 0);
  ASSERT_EQ(Next(6), "0 to 5");
  for (const double minute : {0.0, 1.0, 1.5, 2.9, 4.9})
    Tells(static_cast<int>(minute * 10) + 1, minute);
  EXPECT_THAT(Compare(), ElementsAre("1 to 3", "4 to 5"));
  EXPECT_EQ(check_.counts().missed, 4);
}

TEST_F(CrossCheckTest, WhatTheVenueDoesNotTellIsCountedAndNoGap) {
  Came(1, 0);
  Came(2, 1);
  Came(9, 6);
  ASSERT_EQ(Next(6), "0 to 5");
  Tells(1, 0);
  EXPECT_THAT(Compare(), IsEmpty());
  EXPECT_EQ(check_.counts().unknown, 1);
}

TEST_F(CrossCheckTest, OpenGapsAreLeftOut) {
  Came(1, 0);
  const TradeGapSet open = {{At(2), At(3) - 1, "disconnect"}, {At(4), At(30) - 1, "silence"}};
  ASSERT_EQ(Next(7, open), "0 to 2");
  Tells(1, 0);
  EXPECT_THAT(Compare(), IsEmpty());
  EXPECT_EQ(Next(7, open), "") << "not yet five minutes";
  ASSERT_EQ(Next(8, open), "3 to 4");
  EXPECT_THAT(Compare(), IsEmpty());
  EXPECT_EQ(Next(10, open), "");
  EXPECT_EQ(Next(32, open), "");
  EXPECT_EQ(Next(36, open), "30 to 35");
}

TEST_F(CrossCheckTest, WhatCannotBeAskedIsAskedAgain) {
  Came(1, 0);
  ASSERT_EQ(Next(6), "0 to 5");
  Tells(2, 1);
  check_.Forget();
  ASSERT_EQ(Next(8), "0 to 7");
  Tells(1, 0);
  Tells(2, 1);
  EXPECT_THAT(Compare(), ElementsAre("1 to 2"));
}

TEST_F(CrossCheckTest, WhatWillNotBeAnsweredIsAGap) {
  Came(1, 0);
  ASSERT_EQ(Next(6), "0 to 5");
  EXPECT_EQ(Text(check_.Skip().times()), "0 to 5");
  EXPECT_EQ(check_.counts().unchecked, 5);
  EXPECT_EQ(Next(11), "5 to 10");
}

TEST_F(CrossCheckTest, WhatIsTooFarBehindIsAGapBesideThoseThatAreOpen) {
  Came(1, 0);
  ASSERT_EQ(Next(6), "0 to 5");
  EXPECT_THAT(Late(58), IsEmpty()) << "eleven times five minutes, and two";
  EXPECT_FALSE(check_.asks_in_vain());
  const TradeGapSet open = {{At(3), At(8) - 1, "disconnect"}, {At(30), At(40) - 1, "silence"}};
  EXPECT_THAT(Late(59, open), ElementsAre("0 to 3", "8 to 30", "40 to 58"));
  EXPECT_TRUE(check_.asks_in_vain());
  EXPECT_EQ(check_.counts().unchecked, 3 + 22 + 18);
  EXPECT_THAT(Late(59), IsEmpty());
  EXPECT_EQ(Next(64), "58 to 63");
  EXPECT_FALSE(check_.asks_in_vain());
}

TEST_F(CrossCheckTest, TheNextLifeBeginsBeforeWhatMayBeUnchecked) {
  Came(1, 0);
  for (double closed = 1; closed < 300; closed += 0.5) {
    EXPECT_LE(Late(closed).size(), 1u);
    const auto next = check_.Next(At(closed), {});
    if (next) {
      EXPECT_GE(next->start, At(closed) - check_.behind_us_max() + 5 * kMicrosPerMinute);
    }
  }
}

TEST(CrossCheck, OfCandlesWhatCameBeforeTheStartWaitsForItsAnswer) {
  CrossCheck check(kEvery, true);
  check.Begin(At(0), At(60));
  EXPECT_THAT(check.Late(At(116), {}), IsEmpty());
  EXPECT_EQ(check.Next(At(116), {})->start, At(0));
  EXPECT_EQ(check.Late(At(130), {}).size(), 1u);
}

TEST_F(CrossCheckTest, OfTradesWithoutIdsNothingIsSaid) {
  Came(1, 0);
  check_.Came(At(1), "", 1);
  ASSERT_EQ(Next(6), "0 to 5");
  Tells(1, 0);
  check_.OnTrade("BTCUSD", {.time = At(2), .price = 1, .size = 1}, TradeOrigin::kHistory);
  EXPECT_THAT(Compare(), IsEmpty());
  EXPECT_EQ(check_.counts().unknown, 0);
}

TEST_F(CrossCheckTest, CandlesTellByCountAndVolume) {
  check_ = CrossCheck(kEvery, true);
  Came(1, 0.5, 5);  // of this minute nobody saw the beginning
  for (int i = 0; i < 10; ++i) Came(10 + i, 1 + 0.05 * i, 0.1);
  Came(10, 1, 0.1);
  Came(20, 2, 0.3);
  Came(30, 3, 0.3);
  ASSERT_EQ(Next(6.5), "0.5 to 6");
  const auto candle = [&](double minute, double volume, int64_t trades = kNullInt) {
    check_.OnCandle({.symbol = "BTCUSD",
                     .interval = Interval(),
                     .candle = {At(minute), 1, 1, 1, 1, volume},
                     .trades = trades});
  };
  candle(0, 99);
  candle(1, 1);  // ten times a tenth
  candle(2, 0.30000001);
  candle(3, 0.3, 2);
  candle(4, 0);
  candle(6, 99);
  EXPECT_THAT(Compare(), ElementsAre("2 to 4"));
  EXPECT_EQ(check_.counts().unknown, 0);
  ASSERT_EQ(Next(12), "6 to 11");
  EXPECT_THAT(Compare(), IsEmpty()) << "no candle";
}

class CandleCheckTest : public CrossCheckTest {
 protected:
  CandleCheckTest() {
    check_ = CrossCheck(kEvery, true);
    check_.Begin(At(0), At(0));
  }
  void Candle(double minute, double volume) {
    check_.OnCandle(
        {.symbol = "BTCUSD", .interval = Interval(), .candle = {At(minute), 1, 1, 1, 1, volume}});
  }
  double CheckedTo() const {
    return static_cast<double>(check_.checked_to() - At(0)) / kMicrosPerMinute;
  }

  const TradeGapSet open_ = {{At(3.25), At(5.75), "disconnect"}};
};

TEST_F(CandleCheckTest, AMinuteThatAGapIsPartOfIsCheckedWhenItIsHealed) {
  Came(1, 3.1, 5);
  ASSERT_EQ(Next(8.5, open_), "0 to 3");
  EXPECT_THAT(Compare(), IsEmpty());
  Came(6, 6.1, 5);
  ASSERT_EQ(Next(11.6, open_), "6 to 11");
  Candle(6, 5);
  EXPECT_THAT(Compare(), IsEmpty());
  EXPECT_EQ(CheckedTo(), 3) << "of that minute nothing is known";
  EXPECT_EQ(Next(11.6, open_), "");
  Came(2, 3.5, 1);  // what was missed has come
  Came(3, 5.9, 1);
  ASSERT_EQ(Next(11.6), "3 to 4");
  Candle(3, 7);
  EXPECT_THAT(Compare(), ElementsAre("3 to 4")) << "one of 1 is missing";
  EXPECT_EQ(CheckedTo(), 5);
  ASSERT_EQ(Next(11.6), "5 to 6");
  Candle(5, 1);
  EXPECT_THAT(Compare(), IsEmpty());
  EXPECT_EQ(CheckedTo(), 11);
  EXPECT_EQ(Next(11.6), "");
}

TEST_F(CandleCheckTest, WhileTheGapStaysOpenTheRestOfItsMinutesIsOneInTheEnd) {
  ASSERT_EQ(Next(8.5, open_), "0 to 3");
  Compare();
  ASSERT_EQ(Next(60.5, open_), "6 to 60");
  Compare();
  EXPECT_EQ(CheckedTo(), 3);
  EXPECT_THAT(Late(60.5, open_), IsEmpty());
  EXPECT_THAT(Late(61.5, open_), ElementsAre("3 to 3.25"));
  EXPECT_EQ(CheckedTo(), 5);
  const auto rest = Late(63.5, open_);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_THAT(rest[0], testing::EndsWith(" to 6"));
  EXPECT_EQ(CheckedTo(), 60);
}

TEST_F(CandleCheckTest, ARefusedMinuteIsAGapAndAVoidQuestionIsNoAnswer) {
  ASSERT_EQ(Next(8.5, open_), "0 to 3");
  Compare();
  ASSERT_EQ(Next(11.6, open_), "6 to 11");
  Compare();
  ASSERT_EQ(Next(11.6), "3 to 4");
  EXPECT_FALSE(check_.asks_in_vain());
  EXPECT_EQ(Text(check_.Skip().times()), "3 to 4");
  ASSERT_EQ(Next(11.6), "5 to 6");
  EXPECT_THAT(Late(80), testing::SizeIs(2));
  EXPECT_TRUE(check_.asks_in_vain());
}

// Against sets, with rows in any order, some of them twice.
TEST(CrossCheck, FindsWhatIsMissingAndWhatIsTooMuch) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    CrossCheck check(kEvery, false);
    check.Begin(At(0), At(0));
    int64_t id = 0, missed = 0, unknown = 0;
    std::set<int64_t> minutes, found;
    for (int round = 0; round < 5; ++round) {
      std::vector<std::pair<EventTime, std::string>> told;
      for (int i = 0; i < 60; ++i) {
        const double minute = 5 * round + 5 * random.Uniform() * 0.999;
        const std::string text = std::to_string(++id);
        const bool comes = !random.Bernoulli(0.05), tells = !random.Bernoulli(0.05);
        const EventTime time = At(minute);
        for (uint64_t n = 0; comes && n <= random.Below(2); ++n) check.Came(time, text, 1);
        for (uint64_t n = 0; tells && n <= random.Below(2); ++n) told.emplace_back(time, text);
        if (tells && !comes) {
          ++missed;
          minutes.insert(Interval().OpenOf(time).us);
        }
        unknown += comes && !tells ? 1 : 0;
      }
      ASSERT_TRUE(check.Next(At(5 * round + 5.6), {}));
      std::ranges::reverse(told);
      for (const auto& [time, text] : told) {
        check.OnTrade("", {.time = time, .id = text, .price = 1, .size = 1}, TradeOrigin::kHistory);
      }
      for (const TradeGap& gap : check.Compare()) {
        for (EventTime t = gap.from; t < gap.to; t = t + kMicrosPerMinute) found.insert(t.us);
      }
    }
    EXPECT_EQ(check.counts().missed, missed);
    EXPECT_EQ(check.counts().unknown, unknown);
    EXPECT_EQ(check.counts().checked, 25);
    EXPECT_EQ(found, minutes);
  }
}

}  // namespace
}  // namespace tidemark

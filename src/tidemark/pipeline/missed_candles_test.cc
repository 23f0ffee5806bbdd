#include "tidemark/pipeline/missed_candles.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

constexpr int64_t kStart = 1'700'000'040'000'000;  // a whole minute

class MissedCandlesTest : public testing::Test {
 protected:
  static EventTime Minute(int64_t minute) { return {kStart + minute * kMicrosPerMinute}; }
  static ReceiveTime At(double second) {
    return {kStart + static_cast<int64_t>(second * kMicrosPerSecond)};
  }
  void Follow(EventTime told) { candles_.Follow("BTCUSDT", btc_, Interval(), told); }
  void Came(int64_t minute, CandleState state, double second) {
    candles_.Came({.symbol = "BTCUSDT",
                   .interval = Interval(),
                   .candle = {Minute(minute), 5, 9, 1, 5, 2},
                   .state = state},
                  At(second));
  }
  // The minutes asked for, as [first, second); {0, 0}: none.
  std::pair<int64_t, int64_t> Asked(double second) {
    question_ = candles_.Next(At(second));
    if (!question_) return {0, 0};
    return {(question_->times.start - Minute(0)) / kMicrosPerMinute,
            (question_->times.end - Minute(0)) / kMicrosPerMinute};
  }
  using Minutes = std::pair<int64_t, int64_t>;

  const Symbol btc_ = *Symbol::Parse("BTC-USDT");
  MissedCandles candles_{false};
  std::optional<MissedCandles::Question> question_;
};

TEST_F(MissedCandlesTest, AreThoseFromTheLastThatWasToldToTheFirstAfterTheLoss) {
  Follow(kMinTime);
  Came(10, CandleState::kClosed, 1);
  Came(11, CandleState::kOpen, 2);
  candles_.Lost("BTCUSDT", Interval(), At(3));
  EXPECT_EQ(Asked(100), Minutes(0, 0)) << "until when is not known";
  Came(17, CandleState::kOpen, 110);
  EXPECT_EQ(Asked(112), Minutes(0, 0)) << "the history may be behind";
  EXPECT_EQ(Asked(116), Minutes(9, 17)) << "two before, for one may have been told again";
  EXPECT_EQ(question_->told, Minute(17)) << "what knows that one knows all before it";
  EXPECT_EQ(Asked(117), Minutes(0, 0)) << "one question at a time";
  EXPECT_FALSE(candles_.Asked(*question_, {}, At(118)));
  Came(17, CandleState::kClosed, 170);
  Came(20, CandleState::kClosed, 350);
  EXPECT_EQ(Asked(400), Minutes(0, 0)) << "where nothing was traded there may be none";
}

TEST_F(MissedCandlesTest, BeginWhereTheLakeEndsOrWhereTheyAreWanted) {
  Came(3, CandleState::kClosed, 0);  // of a series that nobody follows
  Follow(Minute(5));
  Came(8, CandleState::kUnknown, 1);
  EXPECT_EQ(Asked(7), Minutes(3, 8));
}

TEST_F(MissedCandlesTest, AreAskedForWhenTheFirstComesBeforeTheWord) {
  Follow(kMinTime);
  Came(10, CandleState::kUnknown, 1);
  Came(15, CandleState::kUnknown, 300);
  candles_.Lost("BTCUSDT", Interval(), At(20));
  EXPECT_EQ(Asked(306), Minutes(8, 15));
  candles_.AllLost();
  ASSERT_EQ(candles_.Losses().size(), 1u);
  EXPECT_EQ(candles_.Losses()[0].question.told, Minute(15));
}

TEST_F(MissedCandlesTest, WhatMustBeInTheReplyIsTheSameHoweverLateItIsAsked) {
  Follow(Minute(5));
  Came(8, CandleState::kUnknown, 1);
  Came(9, CandleState::kUnknown, 60);
  Came(10, CandleState::kUnknown, 120);
  EXPECT_EQ(Asked(125), Minutes(3, 8));
  EXPECT_EQ(question_->told, Minute(8));
  candles_.Asked(*question_, Fail(ErrorCode::kUnavailable, "behind"), At(126));
  EXPECT_EQ(Asked(160), Minutes(3, 8));
  EXPECT_EQ(question_->told, Minute(8));
}

TEST_F(MissedCandlesTest, AnOlderOneToldAgainIsNotTheFirstAfterTheLoss) {
  Follow(kMinTime);
  Came(10, CandleState::kClosed, 1);
  candles_.AllLost();
  Came(9, CandleState::kClosed, 2);
  EXPECT_EQ(Asked(100), Minutes(0, 0));
  Came(12, CandleState::kClosed, 110);
  EXPECT_EQ(Asked(116), Minutes(9, 12));
}

TEST_F(MissedCandlesTest, AreThoseThatCouldNotBeTaken) {
  Follow(kMinTime);
  Came(10, CandleState::kClosed, 1);
  candles_.Refused({.symbol = "BTCUSDT", .interval = Interval(), .candle = {}});
  Came(12, CandleState::kClosed, 110);
  EXPECT_EQ(Asked(116), Minutes(9, 12));
}

TEST_F(MissedCandlesTest, NothingIsWantedOfASeriesOfWhichNothingIsKnown) {
  Follow(kMinTime);
  candles_.Lost("BTCUSDT", Interval(), At(0));
  Came(10, CandleState::kClosed, 1);
  EXPECT_EQ(Asked(100), Minutes(0, 0));
}

TEST_F(MissedCandlesTest, AreAskedForWhenACandleWasTheLastThatWasHeard) {
  Follow(kMinTime);
  Came(10, CandleState::kUnknown, 1);
  Came(11, CandleState::kUnknown, 60);
  candles_.Lost("BTCUSDT", Interval(), At(60));
  Came(15, CandleState::kUnknown, 300);
  EXPECT_EQ(Asked(306), Minutes(8, 15));
}

TEST_F(MissedCandlesTest, HaveNoEndUntilOneIsTold) {
  const auto first_lost = [&] {
    const auto losses = candles_.Losses();
    if (losses.size() != 1 || losses[0].question.times.end != kMaxTime) return Minutes(-1, 0);
    return Minutes((losses[0].question.times.start - Minute(0)) / kMicrosPerMinute,
                   losses[0].number);
  };
  Follow(Minute(5));
  const Minutes begun = first_lost();
  EXPECT_EQ(begun.first, 3);
  EXPECT_EQ(Asked(100), Minutes(0, 0));
  candles_.Lost("BTCUSDT", Interval(), At(101));
  EXPECT_EQ(first_lost(), Minutes(3, begun.second + 1)) << "another time";
  Came(8, CandleState::kClosed, 110);
  EXPECT_TRUE(candles_.Losses().empty());
  EXPECT_EQ(Asked(116), Minutes(3, 8));
}

TEST_F(MissedCandlesTest, WithoutAStartThereIsNoLoss) {
  Follow(kMinTime);
  candles_.AllLost();
  EXPECT_TRUE(candles_.Losses().empty());
}

TEST_F(MissedCandlesTest, AllAreHadBeforeWhatMayBeAskedFor) {
  const auto had = [&] {
    const auto all = candles_.AllHad();
    return all.empty() ? -1 : (all[0].to - Minute(0)) / kMicrosPerMinute;
  };
  Follow(kMinTime);
  EXPECT_EQ(had(), -1);
  Came(10, CandleState::kClosed, 1);
  EXPECT_EQ(had(), 9) << "two before may be told again";
  Came(11, CandleState::kClosed, 60);
  Came(12, CandleState::kClosed, 120);
  EXPECT_EQ(had(), 10) << "and the word of a loss may come later than a candle";
  candles_.Lost("BTCUSDT", Interval(), At(121));
  Came(20, CandleState::kClosed, 600);
  EXPECT_EQ(had(), 11);
  Came(21, CandleState::kClosed, 660);
  Came(22, CandleState::kClosed, 720);
  ASSERT_EQ(Asked(721), Minutes(11, 20));
  EXPECT_EQ(had(), 11) << "not while it is asked for";
  candles_.Asked(*question_, Fail(ErrorCode::kUnavailable, "503"), At(722));
  EXPECT_EQ(had(), 11);
  ASSERT_EQ(Asked(760), Minutes(11, 20));
  candles_.Asked(*question_, {}, At(761));
  EXPECT_EQ(had(), 20);
}

TEST_F(MissedCandlesTest, AreThoseLeftOutWhereEveryOneIsTold) {
  candles_ = MissedCandles(true);
  Follow(kMinTime);
  Came(10, CandleState::kClosed, 1);
  Came(11, CandleState::kOpen, 2);
  Came(11, CandleState::kClosed, 3);
  EXPECT_EQ(Asked(100), Minutes(0, 0));
  Came(13, CandleState::kOpen, 110);
  EXPECT_EQ(Asked(116), Minutes(10, 13));
}

TEST_F(MissedCandlesTest, AreAskedForAgainWhileTheVenueIsInTroubleAndNotForEver) {
  Follow(Minute(5));
  Came(8, CandleState::kClosed, 0);
  const Status trouble = Fail(ErrorCode::kUnavailable, "503");
  double second = 6;
  for (int i = 0; i < 30; ++i, second += 31) {
    ASSERT_EQ(Asked(second), Minutes(3, 8)) << i;
    EXPECT_FALSE(candles_.Asked(*question_, trouble, At(second)));
    EXPECT_EQ(Asked(second + 29), Minutes(0, 0));
  }
  ASSERT_EQ(Asked(second), Minutes(3, 8));
  EXPECT_TRUE(candles_.Asked(*question_, trouble, At(second)));
  EXPECT_EQ(Asked(second + 31), Minutes(0, 0));
}

TEST_F(MissedCandlesTest, WhatIsLostWhileOneIsAskedForIsTheNextQuestion) {
  Follow(Minute(5));
  Came(8, CandleState::kClosed, 0);
  ASSERT_EQ(Asked(6), Minutes(3, 8));
  candles_.Lost("BTCUSDT", Interval(), At(7));
  Came(12, CandleState::kClosed, 300);
  EXPECT_EQ(Asked(306), Minutes(0, 0));
  EXPECT_TRUE(candles_.Asked(*question_, Fail(ErrorCode::kUnsupported, "none"), At(307)))
      << "what the venue does not offer is given up";
  EXPECT_EQ(Asked(308), Minutes(7, 12));
}

}  // namespace
}  // namespace tidemark

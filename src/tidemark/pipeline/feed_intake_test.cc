#include "tidemark/pipeline/feed_intake.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace {

using testing::ElementsAre;

constexpr int64_t kStart = 1'600'000'020'000'000;  // a whole minute

class FeedIntakeTest : public testing::Test {
 protected:
  FeedSink& Frame(std::string_view venue = "binance", size_t bytes = 100) {
    return intake_.Frame(venue, ++index_, ReceiveTime{kStart + index_ * 1000}, bytes);
  }
  void TradeOf(int64_t id, int64_t us, TradeOrigin origin = TradeOrigin::kLive) {
    const std::string text = std::to_string(id);
    FeedSink& sink = Frame();
    sink.OnTrade("BTCUSDT",
                 {.time = {kStart + us}, .id = text, .price = 100, .size = 1, .side = Side::kBuy},
                 origin);
    sink.OnSequence({SequenceKind::kTrade, "BTCUSDT", id, id + 1});
  }
  void CandleOf(std::string_view venue, int minute, double close, CandleState state,
                TradeOrigin origin = TradeOrigin::kLive) {
    Frame(venue).OnCandle({.symbol = "BTCUSDT",
                           .interval = Interval(),
                           .candle = {{kStart + minute * kMicrosPerMinute}, 5, 9, 1, close, 2},
                           .state = state,
                           .origin = origin});
  }
  Intake Take() {
    auto intake = intake_.Take(SourceList(), 7);
    EXPECT_TRUE(intake && intake->Spool());
    EXPECT_TRUE(intake) << intake.error().message();
    return *std::move(intake);
  }

  // Of the minutes that were taken, as they were taken.
  std::vector<double> Closes(std::string venue) {
    const Intake got = Take();
    const SeriesId series{std::move(venue), btc_.symbol, Interval()};
    std::vector<double> closes;
    const auto rows = *got.spool->Rows(series, got.spool->Months(series).at(0));
    for (const auto& row : rows) closes.push_back(row.close);
    return closes;
  }

  Config config_;
  FeedIntake intake_{config_};
  int64_t index_ = 0;
  const TradeSeriesId btc_{"binance", *Symbol::Parse("BTC-USDT")};
};

TEST_F(FeedIntakeTest, TradesAreCountedAndReachAsFarAsTheyMayBeLate) {
  TradeOf(10, 0);
  TradeOf(12, 9'000'000);
  TradeOf(11, 4'000'000);
  ASSERT_TRUE(intake_.any());
  const Intake got = Take();
  EXPECT_FALSE(intake_.any());
  ASSERT_EQ(got.counts.size(), 1u);
  EXPECT_EQ(got.counts[0].source, "feed://binance/trades");
  EXPECT_EQ(got.counts[0].read, 3);
  EXPECT_EQ(got.counts[0].bytes, 300);
  EXPECT_EQ(got.summaries.at("feed://binance/trades").position.bytes, 3) << "the last frame";
  const SourceWatermark& watermark = got.watermarks.at({"feed://binance/trades", btc_.ToString()});
  EXPECT_EQ(watermark.at.us, kStart + 9'000'000 - config_.lateness_us);
  EXPECT_EQ(watermark.reason, "data");
  EXPECT_TRUE(got.following.contains("feed://binance/trades " + btc_.ToString()));
  const auto days = got.trades->Days(btc_);
  ASSERT_EQ(days.size(), 1u);
  EXPECT_EQ(got.trades->Rows(btc_, days[0])->rows.rows(), 3u);
  // The jump over 11 was a gap for the length of one message.
  ASSERT_EQ(got.gap_events.rows, 2u);
  EXPECT_EQ(got.gap_events["event"].strings.At(0), "opened");
  EXPECT_EQ(got.gap_events["event"].strings.At(1), "healed");
  EXPECT_EQ(got.gap_events["reason"].strings.At(1), "ids 11 to 11");
  EXPECT_EQ(got.gap_events["epoch"].ints[0], 7);
}

TEST_F(FeedIntakeTest, WhatAnEpochWasGivenIsItsToCloseOverAGapToo) {
  intake_.KeepOpen();
  TradeOf(10, 0);
  TradeOf(12, 9'000'000);
  EXPECT_EQ(intake_.OpenNow().at(btc_).given, kMinTime);
  Take();
  const OpenMinutes& open = intake_.OpenNow().at(btc_);
  EXPECT_EQ(open.given.us, kStart + 9'000'000 - config_.lateness_us);
  EXPECT_LT(open.complete, open.given) << "11 is missing";
}

TEST_F(FeedIntakeTest, WhatIsKnownFromBeforeOpensAGapToWhatComes) {
  intake_.Know(btc_, {{1, {kStart}}, {2, {kStart}}, {5, {kStart + 10}}});
  ASSERT_EQ(intake_.gaps().at(btc_).missing().size(), 1u);
  EXPECT_EQ(intake_.totals().gaps_opened, 1) << "nobody has told it";
  TradeOf(8, 20'000);
  EXPECT_EQ(intake_.totals().gaps_opened, 2);
  const auto missing = intake_.gaps().at(btc_).missing();
  ASSERT_EQ(missing.size(), 2u);
  EXPECT_EQ(missing[1].begin, 6);
  EXPECT_EQ(missing[1].end, 8);
  for (const int64_t id : {3, 4, 6, 7}) TradeOf(id, 15'000, TradeOrigin::kHistory);
  EXPECT_TRUE(intake_.gaps().at(btc_).whole());
}

TEST_F(FeedIntakeTest, AGapOfBeforeIsHealedAsItWasOpened) {
  const TradeGap gap = {{kStart + 1}, {kStart + 9}, "ids 3 to 4"};
  Batch events(GapEventsTable().schema);
  AppendGapEvent(btc_, gap, "opened", &events);
  TradeGaps open;
  open.Add(events);
  intake_.Restore(open);
  intake_.Know(btc_, {{1, {kStart}}, {2, {kStart + 1}}, {3, {kStart + 2}}, {5, {kStart + 9}}});
  EXPECT_FALSE(intake_.any());
  TradeOf(6, 20);
  TradeOf(4, 5, TradeOrigin::kHistory);
  const Intake got = Take();
  ASSERT_EQ(got.gap_events.rows, 1u);
  open.Add(got.gap_events);
  EXPECT_TRUE(open.Of(btc_).empty());
}

TEST_F(FeedIntakeTest, ACandleIsTakenWhenItIsClosed) {
  CandleOf("binance", 0, 6, CandleState::kOpen);
  CandleOf("binance", 0, 7, CandleState::kClosed);
  const SeriesId series{"binance", btc_.symbol, Interval()};
  Intake got = Take();
  const auto rows = *got.spool->Rows(series, got.spool->Months(series).at(0));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].close, 7);
  EXPECT_EQ(got.watermarks.at({"feed://binance/candles", series.ToString()}).at.us,
            kStart + kMicrosPerMinute);
  EXPECT_EQ(got.counts.back().source, "feed://binance/candles");
}

TEST_F(FeedIntakeTest, ARepliesCandleIsClosedWhenALaterOneIsToldLive) {
  CandleOf("binance", 2, 6, CandleState::kOpen);
  CandleOf("binance", 0, 7, CandleState::kUnknown, TradeOrigin::kHistory);
  CandleOf("binance", 1, 8, CandleState::kUnknown, TradeOrigin::kHistory);
  CandleOf("binance", 2, 5, CandleState::kUnknown, TradeOrigin::kHistory);  // it goes on
  EXPECT_THAT(Closes("binance"), ElementsAre(7, 8));
}

TEST_F(FeedIntakeTest, AReplyIsNoLaterThanWhatIsToldLive) {
  CandleOf("kraken", 1, 5, CandleState::kUnknown);
  CandleOf("kraken", 1, 3, CandleState::kUnknown, TradeOrigin::kHistory);
  CandleOf("kraken", 2, 6, CandleState::kUnknown);
  Frame("kraken").OnCandle({.symbol = "BTCUSDT",
                            .interval = Interval(),
                            .candle = {{kStart}, 5, 5, 5, 5, 0},
                            .state = CandleState::kClosed,
                            .origin = TradeOrigin::kHistory});  // of which it told nothing live
  EXPECT_THAT(Closes("kraken"), ElementsAre(5));
}

TEST_F(FeedIntakeTest, AfterAnotherConnectionAReplyIsLater) {
  CandleOf("kraken", 1, 5, CandleState::kUnknown);
  intake_.Passed(FrameKind::kOpened, "kraken", ++index_, ReceiveTime{kStart + index_ * 1000});
  CandleOf("kraken", 1, 3, CandleState::kUnknown, TradeOrigin::kHistory);  // a snapshot
  CandleOf("kraken", 2, 6, CandleState::kUnknown);
  EXPECT_THAT(Closes("kraken"), ElementsAre(3));
}

TEST_F(FeedIntakeTest, WhatIsFinalIsNotClosedAgainAsItWasBefore) {
  CandleOf("kraken", 1, 5, CandleState::kUnknown);  // the connection is lost in its middle
  intake_.Passed(FrameKind::kOpened, "kraken", ++index_, ReceiveTime{kStart + index_ * 1000});
  CandleOf("kraken", 1, 7, CandleState::kClosed, TradeOrigin::kHistory);
  CandleOf("kraken", 2, 6, CandleState::kUnknown, TradeOrigin::kHistory);
  CandleOf("kraken", 3, 6, CandleState::kUnknown);
  EXPECT_THAT(Closes("kraken"), ElementsAre(7, 6));
}

TEST_F(FeedIntakeTest, ARepliesLastCandleIsClosedByALaterLiveOne) {
  CandleOf("binance", 0, 7, CandleState::kUnknown, TradeOrigin::kHistory);
  CandleOf("binance", 1, 6, CandleState::kOpen);
  CandleOf("binance", 1, 8, CandleState::kClosed);
  EXPECT_THAT(Closes("binance"), ElementsAre(7, 8));
}

TEST_F(FeedIntakeTest, WhereTheVenueDoesNotSayACandleIsClosedByALaterOne) {
  for (const double close : {2.0, 3.0, 4.0}) CandleOf("kraken", 0, close, CandleState::kUnknown);
  EXPECT_FALSE(intake_.any());
  CandleOf("kraken", 1, 5, CandleState::kUnknown);
  CandleOf("kraken", 0, 8, CandleState::kUnknown);  // told again, corrected
  EXPECT_THAT(Closes("kraken"), ElementsAre(4, 8));
}

TEST_F(FeedIntakeTest, RejectsSayWhichMessageAndWhichOfItsRows) {
  FeedSink& sink = Frame();
  sink.OnReject({RejectReason::kBadNumber, "p is no number", "{...}", 0});
  sink.OnReject({RejectReason::kBadNumber, "p is no number", "{...}", 2});
  sink.OnTrade("SWAP", {.time = {kStart}, .id = "1", .price = 1, .size = 1}, TradeOrigin::kLive);
  const Intake got = Take();
  ASSERT_EQ(got.rejects.rows, 3u);
  EXPECT_EQ(got.rejects["content_hash"].strings.At(1), "frame 0000000000000001");
  EXPECT_EQ(got.rejects["position"].ints, (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(got.rejects["line"].ints, (std::vector<int64_t>{1, 3, 0}));
  EXPECT_EQ(got.rejects["reason"].strings.At(2), "bad_symbol");
  EXPECT_EQ(got.counts[0].read, 3);
  EXPECT_EQ(got.counts[0].rejected, 3);
}

TEST_F(FeedIntakeTest, AConfiguredSymbolIsKnownByTheVenuesSpelling) {
  SourceConfig source;
  source.feed.venue = "bitfinex";
  source.feed.symbols = {*Symbol::Parse("LTC-USDT")};
  config_.sources.push_back(source);
  Frame("bitfinex")
      .OnTrade("tLTCUST", {.time = {kStart}, .id = "1", .price = 1, .size = 1}, TradeOrigin::kLive);
  const Intake got = Take();
  ASSERT_EQ(got.trades->Series().size(), 1u);
  EXPECT_EQ(got.trades->Series()[0].ToString(), "bitfinex LTC-USDT");
}

TEST_F(FeedIntakeTest, LiveBeginsWithTheFirstTradeThatCameWhileItHappened) {
  TradeOf(1, 0, TradeOrigin::kHistory);
  EXPECT_TRUE(intake_.live_since().empty());
  TradeOf(2, 5'000'000);
  TradeOf(3, 9'000'000);
  EXPECT_EQ(intake_.live_since().at(btc_).us, kStart + 5'000'000);
  intake_.ForgetLive();
  EXPECT_TRUE(intake_.live_since().empty());
  TradeOf(4, 11'000'000);
  EXPECT_EQ(intake_.live_since().at(btc_).us, kStart + 11'000'000);
}

class FeedIntakeHistoryTest : public FeedIntakeTest {
 protected:
  // BTC is wanted from 0 on; the feed is heard for the first time by ETH, at 10 s.
  void Begin() {
    intake_.Passed(
        FrameKind::kTick, "binance", ++index_, ReceiveTime{kStart},
        fmt::format("lost BTC-USDT history {} {}", kStart, kStart + config_.lateness_us));
    const Trade trade = {
        .time = {kStart + 10'000'000}, .id = "7", .price = 100, .size = 1, .side = Side::kBuy};
    Frame().OnTrade("ETHUSDT", trade, TradeOrigin::kLive);
  }
  std::vector<std::pair<int64_t, int64_t>> Gaps() {
    std::vector<std::pair<int64_t, int64_t>> seconds;
    for (const TradeGap& gap : intake_.time_gaps().at(btc_)) {
      seconds.emplace_back((gap.from.us - kStart) / kMicrosPerSecond,
                           (gap.to.us - kStart) / kMicrosPerSecond);
    }
    return seconds;
  }
  using Pairs = std::vector<std::pair<int64_t, int64_t>>;
};

TEST_F(FeedIntakeHistoryTest, EndsWhereIdsBeginToTell) {
  Begin();
  EXPECT_EQ(Gaps(), (Pairs{{0, 15}}));
  TradeOf(2, 90'000'000);  // was there a trade 1 between?
  TradeOf(3, 95'000'000);
  EXPECT_EQ(Gaps(), (Pairs{{0, 15}, {15, 90}}));
}

TEST_F(FeedIntakeHistoryTest, IsNotTiedToTheFirstLiveTradeByWhatAReplyTold) {
  Begin();
  const Trade trade = {
      .time = {kStart + 5'000'000}, .id = "1", .price = 100, .size = 1, .side = Side::kBuy};
  Frame().OnTrade("BTCUSDT", trade, TradeOrigin::kHistory);  // replies say nothing of a sequence
  TradeOf(3, 90'000'000);
  EXPECT_EQ(Gaps(), (Pairs{{0, 15}, {15, 90}}));
}

}  // namespace
}  // namespace tidemark

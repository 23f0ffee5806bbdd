#include "tidemark/pipeline/feed_intake.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tidemark/base/random.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

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
  const SeriesId series{"binance", btc_.symbol, Interval()};
  CandleOf("binance", 2, 6, CandleState::kOpen);
  CandleOf("binance", 0, 7, CandleState::kUnknown, TradeOrigin::kHistory);
  CandleOf("binance", 1, 8, CandleState::kUnknown, TradeOrigin::kHistory);
  CandleOf("binance", 2, 5, CandleState::kUnknown, TradeOrigin::kHistory);  // it goes on
  const Intake got = Take();
  const auto rows = *got.spool->Rows(series, got.spool->Months(series).at(0));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].close, 8);
}

TEST_F(FeedIntakeTest, AReplyIsNoLaterThanWhatIsToldLive) {
  const SeriesId series{"kraken", btc_.symbol, Interval()};
  CandleOf("kraken", 1, 5, CandleState::kUnknown);
  CandleOf("kraken", 1, 3, CandleState::kUnknown, TradeOrigin::kHistory);
  CandleOf("kraken", 2, 6, CandleState::kUnknown);
  Frame("kraken").OnCandle({.symbol = "BTCUSDT",
                            .interval = Interval(),
                            .candle = {{kStart}, 5, 5, 5, 5, 0},
                            .state = CandleState::kClosed,
                            .origin = TradeOrigin::kHistory});  // of which it told nothing live
  const Intake got = Take();
  const auto rows = *got.spool->Rows(series, got.spool->Months(series).at(0));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].close, 5);
}

TEST_F(FeedIntakeTest, AfterAnotherConnectionAReplyIsLater) {
  const SeriesId series{"kraken", btc_.symbol, Interval()};
  CandleOf("kraken", 1, 5, CandleState::kUnknown);
  intake_.Passed(FrameKind::kOpened, "kraken", ++index_, ReceiveTime{kStart + index_ * 1000});
  CandleOf("kraken", 1, 3, CandleState::kUnknown, TradeOrigin::kHistory);  // a snapshot
  CandleOf("kraken", 2, 6, CandleState::kUnknown);
  const Intake got = Take();
  EXPECT_EQ((*got.spool->Rows(series, got.spool->Months(series).at(0)))[0].close, 3);
}

TEST_F(FeedIntakeTest, ARepliesLastCandleIsClosedByALaterLiveOne) {
  const SeriesId series{"binance", btc_.symbol, Interval()};
  CandleOf("binance", 0, 7, CandleState::kUnknown, TradeOrigin::kHistory);
  CandleOf("binance", 1, 6, CandleState::kOpen);
  CandleOf("binance", 1, 8, CandleState::kClosed);
  const Intake got = Take();
  const auto rows = *got.spool->Rows(series, got.spool->Months(series).at(0));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].close, 7);
}

TEST_F(FeedIntakeTest, WhereTheVenueDoesNotSayACandleIsClosedByALaterOne) {
  const SeriesId series{"kraken", btc_.symbol, Interval()};
  for (const double close : {2.0, 3.0, 4.0}) CandleOf("kraken", 0, close, CandleState::kUnknown);
  EXPECT_FALSE(intake_.any());
  CandleOf("kraken", 1, 5, CandleState::kUnknown);
  CandleOf("kraken", 0, 8, CandleState::kUnknown);  // told again, corrected
  const Intake got = Take();
  const auto rows = *got.spool->Rows(series, got.spool->Months(series).at(0));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].close, 4);
  EXPECT_EQ(rows[1].close, 8);
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

// Frames of two symbols at chosen receive times; the venue's clock is a second behind ours.
class FeedIntakeIdleTest : public testing::Test {
 protected:
  FeedIntakeIdleTest() {
    config_.intervals = {Interval::Fixed(5 * kMicrosPerMinute)};
    intake_ = std::make_unique<FeedIntake>(config_);
  }
  void TradeAt(std::string_view symbol, double second, TradeOrigin origin = TradeOrigin::kLive) {
    intake_->Frame("kraken", ++index_, At(second + 1), 10)
        .OnTrade(symbol, {.time = {At(second).us}, .id = "x", .price = 1, .size = 1}, origin);
  }
  void Passed(FrameKind kind, double second) {
    intake_->Passed(kind, "kraken", ++index_, At(second));
  }
  void Note(std::string_view text, double second) {
    intake_->Passed(FrameKind::kTick, "kraken", ++index_, At(second), text);
  }
  std::string Lost(double second) {
    return fmt::format("lost BTC-USD disconnect {}", At(second).us);
  }
  // Events as "opened disconnect 16 38", seconds.
  static std::vector<std::string> Events(const Intake& intake) {
    std::vector<std::string> events;
    const Batch& batch = intake.gap_events;
    for (size_t i = 0; i < batch.rows; ++i) {
      const auto seconds = [&](const char* column) {
        return static_cast<double>(batch[column].ints[i] - kStart) / kMicrosPerSecond;
      };
      events.push_back(fmt::format("{} {} {} {}", batch["event"].strings.At(i),
                                   batch["reason"].strings.At(i), seconds("from"), seconds("to")));
    }
    return events;
  }
  void TicksUntil(double first, double last) {
    for (double second = first; second <= last; ++second) Passed(FrameKind::kTick, second);
  }
  static ReceiveTime At(double second) {
    return {kStart + static_cast<int64_t>(second * kMicrosPerSecond)};
  }
  // In seconds; the reason too.
  std::pair<double, std::string> Of(const Intake& intake, std::string_view symbol) {
    const auto it =
        intake.watermarks.find({"feed://kraken/trades", "kraken " + std::string(symbol)});
    if (it == intake.watermarks.end()) return {-1, "none"};
    return {static_cast<double>(it->second.at.us - kStart) / kMicrosPerSecond, it->second.reason};
  }
  Intake Take() {
    Intake intake = *intake_->Take(SourceList(), ++epoch_);
    EXPECT_TRUE(intake.Spool());
    return intake;
  }

  Config config_;
  std::unique_ptr<FeedIntake> intake_;
  int64_t index_ = 0, epoch_ = 0;
  using Mark = std::pair<double, std::string>;
};

TEST_F(FeedIntakeIdleTest, ASilentSymbolIsCompleteByTheOthersTrades) {
  TradeAt("ETH/USD", 10);
  for (double second = 10; second <= 95; second += 5) TradeAt("BTC/USD", second);
  const Intake got = Take();
  EXPECT_EQ(Of(got, "BTC-USD"), Mark(93, "data"));
  EXPECT_EQ(Of(got, "ETH-USD"), Mark(95 - 30 - 2, "idle"));
}

TEST_F(FeedIntakeIdleTest, AnEpochForSilenceAloneIsOneThatClosesACandle) {
  TradeAt("ETH/USD", 10);
  EXPECT_EQ(Of(Take(), "ETH-USD"), Mark(8, "data"));
  TicksUntil(12, 92);  // 91 there, 59 complete
  EXPECT_FALSE(intake_->any());
  Passed(FrameKind::kTick, 93);
  EXPECT_TRUE(intake_->any()) << "its minute has ended 32 s ago";
  EXPECT_EQ(Of(Take(), "ETH-USD"), Mark(60, "idle"));
  TicksUntil(94, 212);
  EXPECT_FALSE(intake_->any()) << "the minutes that followed have no trades";
  TicksUntil(213, 220);
  EXPECT_TRUE(intake_->any()) << "of its five minutes nothing more is to come";
  EXPECT_EQ(Of(Take(), "ETH-USD").second, "idle");
  TicksUntil(221, 2000);
  EXPECT_FALSE(intake_->any());
}

TEST_F(FeedIntakeIdleTest, WhatTheVenueTellsOfThePastDoesNotCloseWhatMayLackSome) {
  TradeAt("BTC/USD", 10);
  EXPECT_EQ(Of(Take(), "BTC-USD"), Mark(8, "data"));
  Passed(FrameKind::kClosed, 17);
  Passed(FrameKind::kOpened, 19);
  Note(Lost(16), 20);
  TradeAt("BTC/USD", 60, TradeOrigin::kHistory);  // the venue's last trades, at a subscription
  const Intake got = Take();
  EXPECT_TRUE(Events(got).empty());
  EXPECT_EQ(Of(got, "BTC-USD"), Mark(13, "data"));
  TradeAt("BTC/USD", 70);
  const Intake later = Take();
  EXPECT_EQ(Events(later).size(), 1u);
  EXPECT_EQ(Of(later, "BTC-USD"), Mark(68, "data"));
}

TEST_F(FeedIntakeIdleTest, AConnectionThatIsLostIsNoSilence) {
  TradeAt("ETH/USD", 10);
  Take();
  TicksUntil(12, 30);
  Passed(FrameKind::kClosed, 31);
  Passed(FrameKind::kOpened, 55);
  TicksUntil(56, 84);
  EXPECT_EQ(Of(Take(), "ETH-USD"), Mark(-1, "none"));
  EXPECT_FALSE(intake_->any());
  TicksUntil(85, 93);
  EXPECT_TRUE(intake_->any());
}

TEST_F(FeedIntakeIdleTest, APauseOfOursIsNoSilence) {
  TradeAt("ETH/USD", 10);
  Take();
  Passed(FrameKind::kTick, 3600);  // asleep
  EXPECT_FALSE(intake_->any());
  Passed(FrameKind::kTick, 100);  // the clock was set back
  TicksUntil(101, 129);
  EXPECT_FALSE(intake_->any());
}

TEST_F(FeedIntakeIdleTest, WhatWasSilentIsNeverLessComplete) {
  TradeAt("ETH/USD", 10);
  for (double second = 10; second <= 100; second += 5) TradeAt("BTC/USD", second);
  EXPECT_EQ(Of(Take(), "ETH-USD"), Mark(68, "idle"));
  TradeAt("ETH/USD", 20);  // late by 80 s
  EXPECT_EQ(Of(Take(), "ETH-USD"), Mark(68, "data"));
  TradeAt("ETH/USD", 101);
  EXPECT_EQ(Of(Take(), "ETH-USD"), Mark(99, "data"));
}

TEST_F(FeedIntakeIdleTest, WhatTheLakeHasIsClosedBySilenceToo) {
  const TradeSeriesId eth = {"kraken", *Symbol::Parse("ETH-USD")};
  intake_->Follow(eth, {kStart + 8'000'000}, {kStart, kStart + 10'000'000});
  TradeAt("BTC/USD", 15);
  Take();
  TicksUntil(17, 92);
  EXPECT_FALSE(intake_->any());
  Passed(FrameKind::kTick, 93);
  EXPECT_TRUE(intake_->any());
  EXPECT_EQ(Of(Take(), "ETH-USD"), Mark(60, "idle"));
}

TEST_F(FeedIntakeIdleTest, NeverWhenItIsNotWanted) {
  config_.idle_us = 0;
  intake_ = std::make_unique<FeedIntake>(config_);
  TradeAt("ETH/USD", 10);
  Take();
  TicksUntil(12, 200);
  EXPECT_FALSE(intake_->any());
}

using FeedIntakeLossTest = FeedIntakeIdleTest;
using Lines = std::vector<std::string>;

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

TEST_F(FeedIntakeLossTest, IsAGapUntilTheVenueTellsATradeAgain) {
  TradeAt("BTC/USD", 10);
  Take();
  Passed(FrameKind::kClosed, 20);
  Passed(FrameKind::kOpened, 30);
  Note(Lost(19), 31);
  EXPECT_FALSE(intake_->any()) << "until when is not known";
  TradeAt("ETH/USD", 33);
  EXPECT_EQ(Events(Take()), Lines{"opened disconnect 16 38"});
  const TradeSeriesId btc = {"kraken", *Symbol::Parse("BTC-USD")};
  ASSERT_EQ(intake_->time_gaps().at(btc).size(), 1u);
  Note(fmt::format("whole BTC-USD disconnect {} {}", At(16).us, At(38).us), 40);
  EXPECT_TRUE(intake_->any());
  EXPECT_EQ(Events(Take()), Lines{"healed disconnect 16 38"});
  EXPECT_TRUE(intake_->time_gaps().at(btc).empty());
  Note(fmt::format("whole BTC-USD disconnect {} {}", At(16).us, At(38).us), 41);
  Note("nonsense", 42);
  EXPECT_FALSE(intake_->any());
}

TEST_F(FeedIntakeLossTest, BeginsByTheClockThatTheNoteTells) {
  // A recovery whose log begins behind the end of the connection, at a venue whose clock runs fast.
  TradeAt("ETH/USD", 1000);
  Note(fmt::format("lost BTC-USD disconnect {} {}", At(19).us, At(300).us), 1001);
  EXPECT_EQ(Events(Take()), Lines{"opened disconnect 298 1005"});
}

TEST_F(FeedIntakeLossTest, OfTheTimeBeforeTheFirstTradeBeginsWhereItIsWanted) {
  const auto note = [&](double second) {
    Note(fmt::format("lost BTC-USD history {} {}", At(second).us, At(2).us), second);
  };
  note(900);  // by a receive clock that has nothing to do with the venue's
  note(950);  // and again after a crash
  EXPECT_FALSE(intake_->any());
  EXPECT_EQ(intake_->ToldTo({"kraken", *Symbol::Parse("BTC-USD")}), kMinTime);
  TradeAt("ETH/USD", 1000);
  EXPECT_EQ(Events(Take()), Lines{"opened history 0 1005"});
}

TEST_F(FeedIntakeLossTest, OnAnOpenConnectionEndsBehindATradeThatCameAfterIt) {
  Passed(FrameKind::kOpened, 1);
  TradeAt("BTC/USD", 10);
  Note("lost BTC-USD loss " + std::to_string(At(11).us), 12);  // shown by a heartbeat
  EXPECT_TRUE(Events(Take()).empty());
  TradeAt("ETH/USD", 70);
  EXPECT_EQ(Events(Take()), Lines{"opened loss 8 75"});
  Note("lost BTC-USD loss " + std::to_string(At(70.5).us), 71.5);  // shown by that trade
  EXPECT_EQ(Events(Take()), Lines{"opened loss 67.5 75.5"});
}

TEST_F(FeedIntakeLossTest, WhatACheckMissesIsAGapAtOnceUntilItIsWhole) {
  TradeAt("BTC/USD", 100);
  Take();
  const auto note = [&](const char* kind, double second) {
    Note(fmt::format("{} BTC-USD cross_check {} {}", kind, At(0).us, At(60).us), second);
  };
  note("missed", 130);
  note("missed", 131);
  EXPECT_EQ(Events(Take()), Lines{"opened cross_check 0 60"});
  EXPECT_EQ(intake_->time_gaps().at({"kraken", *Symbol::Parse("BTC-USD")}).size(), 1u);
  TradeAt("BTC/USD", 30, TradeOrigin::kHistory);
  note("whole", 132);
  EXPECT_EQ(Events(Take()), Lines{"healed cross_check 0 60"});
}

TEST_F(FeedIntakeLossTest, ASeriesIsToldAsFarAsNothingMayBeMissing) {
  const TradeSeriesId btc = {"kraken", *Symbol::Parse("BTC-USD")};
  EXPECT_EQ(intake_->ToldTo(btc), kMinTime);
  TradeAt("BTC/USD", 100);
  EXPECT_EQ(intake_->ToldTo(btc).us, At(98).us);
  Passed(FrameKind::kClosed, 120);
  Passed(FrameKind::kOpened, 130);
  Note(Lost(91), 131);
  TradeAt("BTC/USD", 128, TradeOrigin::kHistory);
  EXPECT_EQ(intake_->ToldTo(btc).us, At(88).us);
  TradeAt("BTC/USD", 131);
  EXPECT_EQ(intake_->ToldTo(btc).us, At(129).us);
}

TEST_F(FeedIntakeLossTest, ATradeMayComeBeforeTheWordThatItIsSubscribed) {
  TradeAt("BTC/USD", 10);
  Passed(FrameKind::kClosed, 20);
  Passed(FrameKind::kOpened, 30);
  TradeAt("BTC/USD", 31);
  Note(Lost(19), 32.5);
  EXPECT_EQ(Events(Take()), Lines{"opened disconnect 16 36.5"});
}

TEST_F(FeedIntakeLossTest, AfterAStartItBeginsWhereTheLakeEnds) {
  Note("lost BTC-USD disconnect 0", 1);
  TradeAt("BTC/USD", 5);
  EXPECT_TRUE(Events(Take()).empty()) << "nothing was before it";
  intake_ = std::make_unique<FeedIntake>(config_);
  intake_->Follow({"kraken", *Symbol::Parse("BTC-USD")}, {At(3).us}, {});
  Note("lost BTC-USD disconnect 0", 100);
  Passed(FrameKind::kOpened, 101);
  TradeAt("BTC/USD", 102);
  EXPECT_EQ(Events(Take()), Lines{"opened disconnect 3 107"});
}

TEST_F(FeedIntakeLossTest, OfALakeThatBeginsNothingIsMissingBeforeIt) {
  TradeAt("BTC/USD", 3, TradeOrigin::kHistory);
  Note("lost BTC-USD disconnect 0", 4);
  TradeAt("BTC/USD", 5);
  EXPECT_TRUE(Events(Take()).empty());
}

TEST_F(FeedIntakeLossTest, OfNoLiveTradeItBeginsWhereTheVenueHasToldOfThePast) {
  TradeAt("BTC/USD", 3, TradeOrigin::kHistory);  // its last trades, at the first subscription
  Passed(FrameKind::kClosed, 20);
  Passed(FrameKind::kOpened, 30);
  Note(Lost(19), 31);
  TradeAt("BTC/USD", 33);
  const double from = 3 - static_cast<double>(config_.lateness_us) / kMicrosPerSecond;
  EXPECT_EQ(Events(Take()), Lines{fmt::format("opened disconnect {} 38", from)});
}

TEST_F(FeedIntakeLossTest, IsNoSilence) {
  TradeAt("BTC/USD", 10);
  Take();
  Passed(FrameKind::kClosed, 20);
  Passed(FrameKind::kOpened, 30);
  Note(Lost(19), 31);
  TicksUntil(32, 200);
  EXPECT_FALSE(intake_->any());
  TradeAt("ETH/USD", 200);
  TicksUntil(202, 300);
  EXPECT_EQ(Of(Take(), "BTC-USD").second, "idle");
}

TEST_F(FeedIntakeLossTest, OneOfBeforeIsStillOpen) {
  const TradeSeriesId btc = {"kraken", *Symbol::Parse("BTC-USD")};
  Batch events(GapEventsTable().schema);
  AppendGapEvent(btc, {{At(16).us}, {At(38).us}, "silence"}, "opened", &events);
  TradeGaps open;
  open.Add(events);
  intake_->Restore(open);
  EXPECT_EQ(intake_->time_gaps().at(btc).size(), 1u);
  Note(fmt::format("whole BTC-USD silence {} {}", At(16).us, At(38).us), 50);
  EXPECT_EQ(Events(Take()), Lines{"healed silence 16 38"});
}

TEST_F(FeedIntakeIdleTest, TheSameFramesGiveTheSameWatermarksHoweverTheyAreCut) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::vector<std::map<std::string, int64_t>> ends;
    for (const uint64_t cuts : {0, 1, 2}) {
      intake_ = std::make_unique<FeedIntake>(config_);
      index_ = 0;
      Random random(seed), cut(seed * 7 + cuts);
      double now = 0;
      std::map<std::string, int64_t> end;
      for (int i = 0; i < 300; ++i) {
        now += static_cast<double>(random.Below(40)) / 4;
        const uint64_t what = random.Below(20);
        const double late = random.Below(6) == 0 ? static_cast<double>(random.Below(60)) : 0;
        if (what == 0) {
          Passed(random.Below(2) == 0 ? FrameKind::kClosed : FrameKind::kOpened, now);
        } else if (what < 8) {
          Passed(FrameKind::kTick, now);
        } else {
          TradeAt(what < 17 ? "BTC/USD" : what < 19 ? "ETH/USD" : "LTC/USD", now - late);
        }
        if (i + 1 < 300 && (cuts == 0 || cut.Below(cuts == 1 ? 2 : 20) != 0)) continue;
        for (const auto& [key, watermark] : Take().watermarks) {
          EXPECT_GE(watermark.at.us, end[key.second]);
          end[key.second] = watermark.at.us;
        }
      }
      ends.push_back(std::move(end));
    }
    EXPECT_EQ(ends[0], ends[1]);
    EXPECT_EQ(ends[0], ends[2]);
  }
}

}  // namespace
}  // namespace tidemark

// What silence and lost connections mean for a feed's rows.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tidemark/base/random.h"
#include "tidemark/pipeline/feed_intake.h"

namespace tidemark {
namespace {

constexpr int64_t kStart = 1'600'000'020'000'000;  // a whole minute

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

TEST_F(FeedIntakeLossTest, OfTheTimeBeforeTheFirstTradeEndsWhereTheSymbolIsHeard) {
  // It may be subscribed long after others have been traded.
  Note(fmt::format("lost BTC-USD history {} {}", At(900).us, At(2).us), 900);
  TradeAt("ETH/USD", 1000);
  EXPECT_EQ(Events(Take()), Lines{"opened history 0 1005"});
  TradeAt("BTC/USD", 990, TradeOrigin::kHistory);
  EXPECT_TRUE(Events(Take()).empty());
  TradeAt("BTC/USD", 1030);
  EXPECT_EQ(Events(Take()), Lines{"opened history 1005 1030"});
  TradeAt("BTC/USD", 1060);
  EXPECT_TRUE(Events(Take()).empty());
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

TEST_F(FeedIntakeLossTest, WithoutAnEndItBeginsBehindWhatTheVenueHasToldMeanwhile) {
  const TradeSeriesId btc = {"kraken", *Symbol::Parse("BTC-USD")};
  TradeAt("BTC/USD", 100);
  EXPECT_TRUE(intake_->Losses("kraken").empty());
  Passed(FrameKind::kClosed, 120);
  Passed(FrameKind::kOpened, 121);
  Note(Lost(91), 122);
  TradeAt("BTC/USD", 125, TradeOrigin::kHistory);
  ASSERT_EQ(intake_->Losses("kraken").size(), 1u);
  const FeedIntake::OpenLoss loss = intake_->Losses("kraken")[0];
  EXPECT_EQ(loss.from.us, At(88).us);
  EXPECT_EQ(loss.reached.us, At(125).us);
  EXPECT_EQ(intake_->ToldTo(btc).us, At(88).us);
  const auto note = [&](const char* kind, double from, double to) {
    Note(fmt::format("{} BTC-USD disconnect {} {}", kind, At(from).us, At(to).us), 140);
  };
  note("whole", 80, 126);  // of another loss
  EXPECT_EQ(intake_->ToldTo(btc).us, At(88).us);
  note("missed", 88, 125);
  note("whole", 88, 125);
  EXPECT_EQ(intake_->ToldTo(btc).us, At(123).us) << "but for what may come late";
  EXPECT_EQ(intake_->Losses("kraken")[0].from.us, At(125).us);
  EXPECT_EQ(intake_->Losses("kraken")[0].frame, loss.frame);
  TradeAt("BTC/USD", 150);
  EXPECT_TRUE(intake_->Losses("kraken").empty());
  EXPECT_EQ(Events(Take()), (Lines{"opened disconnect 88 125", "healed disconnect 88 125",
                                   "opened disconnect 125 155"}));
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

#include "tidemark/pipeline/trade_gaps.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tidemark/base/random.h"
#include "tidemark/market/tables.h"

namespace tidemark {
namespace {

const TradeSeriesId kBtc{"binance", *Symbol::Parse("BTC-USDT")};

class TradeGapsTest : public testing::Test {
 protected:
  void Event(const TradeGap& gap, std::string_view event, int64_t epoch) {
    AppendGapEvent(kBtc, gap, event, &events_);
    events_["epoch"].ints.back() = epoch;
  }
  const TradeGapSet& Open() {
    gaps_.Add(std::exchange(events_, Batch(GapEventsTable().schema)));
    return gaps_.Of(kBtc);
  }
  Batch events_{GapEventsTable().schema};
  TradeGaps gaps_;
  const TradeGap a_{{100}, {200}, "ids 11 to 20"};
  const TradeGap b_{{100}, {200}, "ids 31 to 31"};
  const TradeGap c_{{150}, {400}, "disconnect"};
};

TEST_F(TradeGapsTest, AnOpenOneWasOpenedAndNotHealed) {
  Event(a_, "opened", 1);
  Event(b_, "opened", 1);
  Event(c_, "opened", 2);
  EXPECT_EQ(Open(), (TradeGapSet{a_, b_, c_}));
  Event(a_, "healed", 3);
  EXPECT_EQ(Open(), (TradeGapSet{b_, c_})) << "of two at one time each is its own";
  Event(c_, "healed", 4);
  Event(b_, "healed", 5);
  EXPECT_TRUE(Open().empty());
  EXPECT_TRUE(gaps_.all().empty());
}

TEST_F(TradeGapsTest, WhatOpenedAndHealedInOneEpochIsHealedHoweverRowsAreOrdered) {
  Event(a_, "healed", 2);
  Event(a_, "opened", 2);
  Event(b_, "healed", 7);
  Event(b_, "opened", 6);
  EXPECT_TRUE(Open().empty());
}

TEST_F(TradeGapsTest, IdsAreReadBackFromTheReason) {
  const IdGap gap = {11, 21, {{100}, {200}}};
  EXPECT_EQ(TradeGapOf(gap), a_);
  EXPECT_EQ(IdGapOf(a_), gap);
  for (const char* reason : {"disconnect", "ids", "ids 1", "ids 1 to", "ids 5 to 4", "ids 1 to 2 ",
                             "ids 1 to 9223372036854775807", "ids x to 3"}) {
    EXPECT_FALSE(IdGapOf({{1}, {2}, reason})) << reason;
  }
}

TEST_F(TradeGapsTest, RowsAreOfGapsThatTouchAsOne) {
  const TradeGap later = {{500}, {500}, "ids 41 to 42"};
  const Batch rows = TradeGapRows(kBtc, {a_, b_, c_, later});
  ASSERT_EQ(rows.rows, 2u);
  EXPECT_EQ(rows["from"].ints, (std::vector<int64_t>{100, 500}));
  EXPECT_EQ(rows["to"].ints, (std::vector<int64_t>{401, 501}));
  EXPECT_EQ(rows["missing"].ints, (std::vector<int64_t>{11, 2}));
  EXPECT_EQ(ChangeOf({a_, later}, {a_}).ranges(), (std::vector<TimeRange>{{{500}, {501}}}));
}

// The same events in any cut into calls leave the same gaps open.
TEST(TradeGaps, AreTheSameHoweverTheEventsCome) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    Batch events(GapEventsTable().schema);
    TradeGaps apart;
    std::map<int64_t, bool> open;
    for (int64_t epoch = 1; epoch <= 30; ++epoch) {
      Batch of_epoch(GapEventsTable().schema);
      for (int i = 0; i < 3; ++i) {
        const auto id = static_cast<int64_t>(random.Below(6));
        if (of_epoch.rows > 0) continue;
        const TradeGap gap = TradeGapOf({id, id + 1, {{id}, {id + 1}}});
        bool& is = open[id];
        is = !is;
        AppendGapEvent(kBtc, gap, is ? "opened" : "healed", &of_epoch);
        of_epoch["epoch"].ints.back() = epoch;
      }
      apart.Add(of_epoch);
      events.Append(of_epoch);
    }
    TradeGaps whole;
    whole.Add(events);
    EXPECT_EQ(whole.all(), apart.all());
    size_t expected = 0;
    for (const auto& [id, is] : open) expected += is;
    EXPECT_EQ(whole.Of(kBtc).size(), expected);
  }
}

}  // namespace
}  // namespace tidemark

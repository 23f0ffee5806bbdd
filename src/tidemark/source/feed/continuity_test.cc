#include "tidemark/source/feed/continuity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

SequenceEvent Trades(std::string_view symbol, int64_t begin, int64_t end) {
  return {SequenceKind::kTrade, symbol, begin, end};
}

TEST(Continuity, ConsecutiveIdsOfEachSymbolAreWhole) {
  ContinuityTracker tracker;
  for (int64_t id = 5; id < 20; ++id) {
    EXPECT_FALSE(tracker.Observe(Trades("BTCUSDT", id, id + 1)));
    EXPECT_FALSE(tracker.Observe(Trades("LTCUSDT", 1000 + id, 1001 + id)));
  }
  EXPECT_EQ(tracker.gaps(), 0);
  EXPECT_EQ(tracker.repeats(), 0);
}

TEST(Continuity, IdsPassedOverAreAGapFromTheFirstMissingToTheFirstSeen) {
  ContinuityTracker tracker;
  EXPECT_FALSE(tracker.Observe(Trades("BTCUSDT", 5, 6)));
  EXPECT_EQ(tracker.Observe(Trades("BTCUSDT", 9, 12)),
            (SequenceGap{SequenceKind::kTrade, "BTCUSDT", 6, 9}));
  EXPECT_FALSE(tracker.Observe(Trades("BTCUSDT", 12, 13)));
  EXPECT_EQ(tracker.gaps(), 1);
  EXPECT_EQ(tracker.missing(), 3);
}

TEST(Continuity, RepeatedAndEarlierIdsAreNoGap) {
  ContinuityTracker tracker;
  (void)tracker.Observe(Trades("BTCUSDT", 5, 10));
  EXPECT_FALSE(tracker.Observe(Trades("BTCUSDT", 5, 10)));
  EXPECT_FALSE(tracker.Observe(Trades("BTCUSDT", 3, 4)));
  EXPECT_FALSE(tracker.Observe(Trades("BTCUSDT", 8, 12)));
  EXPECT_FALSE(tracker.Observe(Trades("BTCUSDT", 12, 13)));
  EXPECT_EQ(tracker.repeats(), 3);
}

TEST(Continuity, AReportOfTheLatestIdFindsWhatDidNotCome) {
  ContinuityTracker tracker;
  (void)tracker.Observe(Trades("BTC-USD", 5, 6));
  EXPECT_FALSE(tracker.Observe(Trades("BTC-USD", 6, 6)));
  EXPECT_EQ(tracker.Observe(Trades("BTC-USD", 8, 8)),
            (SequenceGap{SequenceKind::kTrade, "BTC-USD", 6, 8}));
}

TEST(Continuity, ANewConnectionCountsItsMessagesAnewAndSymbolsGoOn) {
  ContinuityTracker tracker;
  (void)tracker.Observe({SequenceKind::kConnection, "", 100, 101});
  (void)tracker.Observe(Trades("BTC-USD", 5, 6));
  tracker.StartConnection();
  EXPECT_FALSE(tracker.Observe({SequenceKind::kConnection, "", 900, 901}));
  EXPECT_TRUE(tracker.Observe({SequenceKind::kConnection, "", 902, 903}));
  EXPECT_EQ(tracker.Observe(Trades("BTC-USD", 9, 10)),
            (SequenceGap{SequenceKind::kTrade, "BTC-USD", 6, 9}));
}

TEST(Continuity, OfIdsInOrderGapsAreExactlyTheIdsNeverSeen) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    ContinuityTracker tracker;
    std::set<int64_t> missing, reported;
    int64_t id = static_cast<int64_t>(random.Below(100));
    (void)tracker.Observe(Trades("X", id, id + 1));
    for (int i = 0; i < 50; ++i) {
      const int64_t skip = random.Below(4) == 0 ? static_cast<int64_t>(random.Below(5)) : 0;
      for (int64_t k = 0; k < skip; ++k) missing.insert(++id);
      ++id;
      if (const auto gap = tracker.Observe(Trades("X", id, id + 1))) {
        for (int64_t k = gap->begin; k < gap->end; ++k) reported.insert(k);
      }
    }
    EXPECT_EQ(reported, missing) << "seed " << seed;
    EXPECT_EQ(tracker.missing(), static_cast<int64_t>(missing.size()));
  }
}

}  // namespace
}  // namespace tidemark

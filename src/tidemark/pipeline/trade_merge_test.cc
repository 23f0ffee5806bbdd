#include "tidemark/pipeline/trade_merge.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

constexpr int64_t kSecond = kMicrosPerSecond;

void Add(IncomingTrades* to, int32_t source, int64_t time, std::string_view id, double price,
         double size = 1, Side side = Side::kBuy, bool cancelled = false) {
  to->rows.Append(Trade{.time = {time},
                        .id = id,
                        .price = price,
                        .size = size,
                        .side = side,
                        .cancelled = cancelled});
  to->source.push_back(source);
}

// What a lake holds after several epochs.
struct Held {
  SourcedTrades rows, versions;
  std::vector<MergeCounts> counts = std::vector<MergeCounts>(3);
  RangeSet changes;
  size_t appended_from = 0;

  void Take(IncomingTrades incoming, const std::vector<int32_t>& ranks = {0, 0, 0}) {
    MergedTrades merged = MergeTrades(rows, versions, std::move(incoming), ranks, {7});
    changes = merged.changes;
    appended_from = merged.appended_from;
    if (appended_from != SIZE_MAX) {
      EXPECT_EQ(appended_from, rows.rows.rows());
      for (size_t i = 0; i < appended_from; ++i) {
        EXPECT_EQ(merged.rows.time[i], rows.rows.time[i]);
        EXPECT_EQ(merged.rows.id[i], rows.rows.id[i]);
        EXPECT_EQ(merged.rows.price[i], rows.rows.price[i]);
        EXPECT_EQ(merged.revision[i], rows.revision[i]);
      }
    }
    for (size_t s = 0; s < counts.size(); ++s) counts[s] += merged.counts[s];
    for (size_t i = 0; i < merged.superseded.rows.rows(); ++i) {
      versions.rows.Append(merged.superseded.rows, i, i + 1);
      versions.source.push_back(merged.superseded.source[i]);
      versions.received_at.push_back(merged.superseded.received_at[i]);
      versions.revision.push_back(merged.superseded.revision[i]);
    }
    rows = std::move(merged);
  }
};

TEST(MergeTrades, TheSameIdIsTheSameTradeFromWhateverSource) {
  Held held;
  IncomingTrades file, feed;
  for (const char* id : {"11", "9", "10"}) Add(&file, 0, 5 * kSecond, id, 100);
  Add(&feed, 1, 5 * kSecond, "10", 100);
  Add(&feed, 1, 5 * kSecond, "12", 101);
  held.Take(file);
  held.Take(feed);
  ASSERT_EQ(held.rows.rows.rows(), 4u);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(held.rows.rows.id[i], static_cast<int64_t>(9 + i));
  EXPECT_EQ(held.rows.rows.sequence[0], 9);
  EXPECT_EQ(held.counts[1].duplicate, 1);
  EXPECT_EQ(held.counts[1].new_rows, 1);
}

TEST(MergeTrades, RowsBehindAllThatWereStoredAreAppended) {
  const auto take = [](Held& held, int64_t time, const char* id, double price = 100) {
    IncomingTrades incoming;
    Add(&incoming, 0, time, id, price);
    held.Take(std::move(incoming));
    return held.appended_from;
  };
  Held held;
  EXPECT_EQ(take(held, kSecond, "11"), 0u);
  EXPECT_EQ(take(held, kSecond, "12"), 1u) << "of the same time, with a greater id";
  EXPECT_EQ(take(held, 2 * kSecond, "3"), 2u);
  EXPECT_EQ(take(held, 2 * kSecond, "2"), SIZE_MAX);
  EXPECT_EQ(take(held, 2 * kSecond, "3", 101), SIZE_MAX) << "a revision";
  EXPECT_EQ(take(held, 3 * kSecond, "x"), 4u);
  EXPECT_EQ(take(held, 3 * kSecond, "y"), SIZE_MAX) << "nothing tells which was first";
}

TEST(MergeTrades, OtherValuesAreARevisionAndCancellingIsOne) {
  Held held;
  IncomingTrades first, second;
  Add(&first, 0, kSecond, "1", 100);
  Add(&first, 0, 2 * kSecond, "2", 100);
  Add(&second, 0, kSecond, "1", 101);
  Add(&second, 0, 2 * kSecond, "2", 100, 1, Side::kBuy, true);
  Add(&second, 0, kSecond, "1", 100);  // held before
  held.Take(first);
  held.Take(second);
  EXPECT_EQ(held.rows.rows.price[0], 101);
  EXPECT_EQ(held.rows.rows.cancelled[1], 1);
  EXPECT_EQ(held.rows.revision[1], 1);
  EXPECT_EQ(held.counts[0].revised, 2);
  EXPECT_EQ(held.counts[0].duplicate, 1);
  EXPECT_EQ(held.versions.rows.rows(), 2u);
  EXPECT_EQ(held.changes, RangeSet(TimeRange{{kSecond}, {2 * kSecond + 1}}));
}

TEST(MergeTrades, OfEqualRowsWithoutIdsTheGreatestNumberOfASourceCounts) {
  Held held;
  IncomingTrades one, other;
  for (int i = 0; i < 2; ++i) Add(&one, 0, kSecond, "", 100);
  Add(&one, 0, kSecond, "", 101);
  for (int i = 0; i < 3; ++i) Add(&other, 1, kSecond, "", 100);
  held.Take(one);
  held.Take(other);
  EXPECT_EQ(held.rows.rows.rows(), 4u);  // three at 100, one at 101
  EXPECT_EQ(held.counts[1].duplicate, 2);
  EXPECT_EQ(held.counts[1].new_rows, 1);
  held.Take(one);  // whole again
  EXPECT_EQ(held.rows.rows.rows(), 4u);
  EXPECT_TRUE(held.changes.empty());
}

TEST(MergeTrades, EqualRowsWithoutIdsAreAmbiguousWhereTheirSourceBeginsOrEnds) {
  Held held;
  IncomingTrades first, second;
  Add(&first, 0, kSecond, "", 100);
  Add(&first, 0, 2 * kSecond, "", 100);
  Add(&first, 0, 2 * kSecond, "7", 100);
  // Begins at the time where the other ends, and has a row of before it too.
  for (int i = 0; i < 2; ++i) Add(&second, 1, 2 * kSecond, "", 100);
  Add(&second, 1, 2 * kSecond, "7", 100);
  Add(&second, 1, 3 * kSecond, "", 100);
  second.extents = {{1, {{2 * kSecond}, {3 * kSecond + 1}}}};
  held.Take(first);
  const MergedTrades merged = MergeTrades(held.rows, held.versions, second, {0, 0, 0}, {7});
  EXPECT_EQ(merged.counts[1].duplicate, 2);
  EXPECT_EQ(merged.counts[1].ambiguous, 1);  // of those with an id it is known
  ASSERT_EQ(merged.ambiguous.rows.rows(), 1u);
  EXPECT_EQ(merged.ambiguous.rows.time[0], 2 * kSecond);
  EXPECT_EQ(merged.ambiguous.source, std::vector<int32_t>{1});
  EXPECT_EQ(merged.ambiguous_held_from, std::vector<int32_t>{0});
  second.extents = {
      {1, {{kSecond}, {3 * kSecond + 1}}}};  // it has rows of before: all of that time
  EXPECT_EQ(MergeTrades(held.rows, held.versions, second, {0, 0, 0}, {7}).counts[1].ambiguous, 0);
  held.Take(second);
  held.Take(second);  // its own rows again
  EXPECT_EQ(held.counts[1].ambiguous, 0);
}

TEST(ForgetTrades, LeavesWhatTheOthersGave) {
  // Three sources, one of them forgotten, against the same rows merged without it.
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    const std::vector<int32_t> ranks = {1, 0, 1};
    Held with, without;
    for (int epoch = 0; epoch < 12; ++epoch) {
      IncomingTrades part;
      const auto source = static_cast<int32_t>(epoch % 3);
      for (int i = 0; i < 20; ++i) {
        const auto id = static_cast<int64_t>(random.Below(40));
        // No two sources give the same values: those would be counted once and then be gone.
        const double price = 100 + source + 10 * static_cast<double>(random.Below(3));
        Add(&part, source, kSecond * id, std::to_string(id), price);
      }
      with.Take(part, ranks);
      if (source != 2) without.Take(part, ranks);
    }
    SourcedTrades rows = with.rows, versions = with.versions;
    const RangeSet changed = ForgetTrades(2, ranks, &rows, &versions);
    for (size_t i = 0; i < with.rows.rows.rows(); ++i) {
      const int64_t time = with.rows.rows.time[i];
      EXPECT_EQ(changed.Overlaps({{time}, {time + 1}}), with.rows.source[i] == 2);
    }
    ASSERT_EQ(rows.rows.time, without.rows.rows.time) << "seed " << seed;
    EXPECT_EQ(rows.rows.price, without.rows.rows.price) << "seed " << seed;
    EXPECT_EQ(rows.source, without.rows.source) << "seed " << seed;
    EXPECT_EQ(versions.rows.rows(), without.versions.rows.rows()) << "seed " << seed;
  }
}

TEST(MergeTrades, RowsWithoutIdsKeepTheOrderOfTheirSecond) {
  Held held;
  IncomingTrades file;
  for (const double price : {103.0, 101.0, 102.0}) Add(&file, 0, kSecond, "", price);
  Add(&file, 0, 2 * kSecond, "", 100);
  held.Take(file);
  EXPECT_EQ(held.rows.rows.price, (std::vector<double>{103, 101, 102, 100}));
  EXPECT_EQ(held.rows.rows.sequence, (std::vector<int64_t>{0, 1, 2, 0}));
}

TEST(MergeTrades, ALowerRankDoesNotWin) {
  Held held;
  IncomingTrades first, second;
  Add(&first, 1, kSecond, "1", 100);
  Add(&second, 0, kSecond, "1", 99);
  held.Take(first, {0, 5, 0});
  held.Take(second, {0, 5, 0});
  EXPECT_EQ(held.rows.rows.price[0], 100);
  EXPECT_EQ(held.versions.rows.price[0], 99);
}

// Three sources that overlap, cut anywhere, in any order: the trades are the union by key.
TEST(MergeTrades, IsTheSameHoweverTheRowsAreCut) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    std::map<std::pair<int64_t, int64_t>, double> truth;
    IncomingTrades all;
    for (int64_t id = 1; id <= 200; ++id) {
      const int64_t time = kSecond * (1 + static_cast<int64_t>(random.Below(20)));
      const double price = 100 + random.Uniform();
      const size_t copies = 1 + random.Below(4);
      truth[{time, id}] = price;
      for (size_t c = 0; c < copies; ++c) {
        Add(&all, static_cast<int32_t>(random.Below(3)), time, std::to_string(id), price);
      }
    }
    std::vector<size_t> order(all.rows.rows());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
    Held held;
    for (size_t at = 0; at < order.size();) {
      IncomingTrades part;
      const size_t end = std::min(order.size(), at + 1 + random.Below(60));
      for (; at < end; ++at) {
        part.rows.Append(all.rows, order[at], order[at] + 1);
        part.source.push_back(all.source[order[at]]);
      }
      held.Take(std::move(part));
    }
    ASSERT_EQ(held.rows.rows.rows(), truth.size()) << "seed " << seed;
    size_t i = 0;
    for (const auto& [key, price] : truth) {
      EXPECT_EQ(held.rows.rows.time[i], key.first);
      EXPECT_EQ(held.rows.rows.id[i], key.second);
      EXPECT_EQ(held.rows.rows.price[i], price);
      ++i;
    }
    int64_t counted = 0;
    for (const MergeCounts& c : held.counts) counted += c.new_rows + c.duplicate + c.revised;
    EXPECT_EQ(counted, static_cast<int64_t>(all.rows.rows()));
  }
}

}  // namespace
}  // namespace tidemark

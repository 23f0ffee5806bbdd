#include "tidemark/pipeline/merge.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace tidemark {
namespace {

SpoolRow Row(int64_t time, double close, int32_t source = 0) {
  return {time, close, close, close, close, 1, source, 0};
}

StoredMonth AsStored(const MergedMonth& merged, const StoredMonth& before) {
  StoredMonth stored;
  stored.rows = merged.rows;
  stored.source = merged.source;
  stored.received_at = merged.received_at;
  stored.revision = merged.revision;
  stored.superseded = before.superseded;
  stored.superseded.insert(stored.superseded.end(), merged.superseded.begin(),
                           merged.superseded.end());
  std::sort(stored.superseded.begin(), stored.superseded.end(), [](const auto& a, const auto& b) {
    return std::tie(a.values.open_time, a.revision) < std::tie(b.values.open_time, b.revision);
  });
  return stored;
}

TEST(Merge, ACorrectionBecomesCurrentAndTheOldValueIsKept) {
  const MergedMonth merged = Merge({}, {Row(10, 1), Row(10, 2), Row(10, 2)}, {0}, {5});
  ASSERT_EQ(merged.rows.size(), 1u);
  EXPECT_EQ(merged.rows.close[0], 2);
  ASSERT_EQ(merged.superseded.size(), 1u);
  EXPECT_EQ(merged.superseded[0].values.close, 1);
  EXPECT_EQ(merged.counts[0].new_rows, 1);
  EXPECT_EQ(merged.counts[0].revised, 1);
  EXPECT_EQ(merged.counts[0].duplicate, 1);
}

TEST(Merge, AValueHeldBeforeIsADuplicateHoweverOldItIs) {
  StoredMonth stored;
  stored = AsStored(Merge(stored, {Row(10, 1)}, {0}, {5}), stored);
  stored = AsStored(Merge(stored, {Row(10, 2)}, {0}, {6}), stored);
  const MergedMonth again = Merge(stored, {Row(10, 1)}, {0}, {7});
  EXPECT_EQ(again.rows.close[0], 2);
  EXPECT_EQ(again.counts[0].duplicate, 1);
  EXPECT_TRUE(again.changes.empty());
}

TEST(Merge, ThousandsOfVersionsOfOneKeyAreTakenInTime) {
  constexpr int kVersions = 100'000;
  std::vector<SpoolRow> incoming;
  for (int round = 0; round < 2; ++round) {
    for (int i = 1; i <= kVersions; ++i) incoming.push_back(Row(10, i));
  }
  incoming.push_back({10, 1, 1, 1, 1, kNull, 0, 0});
  incoming.push_back({10, 1, 1, 1, 1, -kNull, 0, 0});
  const MergedMonth merged = Merge({}, incoming, {0}, {5});
  EXPECT_EQ(merged.counts[0].revised, kVersions);
  EXPECT_EQ(merged.counts[0].duplicate, kVersions + 1);
  ASSERT_EQ(merged.rows.size(), 1u);
  EXPECT_TRUE(std::isnan(merged.rows.volume[0]));
}

TEST(Merge, ALowerRankNeverReplacesAHigherOne) {
  const std::vector<int32_t> ranks = {0, 5};
  SpoolRow high = Row(10, 1, 1);
  high.rank = 5;
  const MergedMonth merged = Merge({}, {high, Row(10, 2, 0)}, ranks, {5});
  EXPECT_EQ(merged.rows.close[0], 1);
  EXPECT_EQ(merged.superseded[0].values.close, 2);
  EXPECT_EQ(merged.counts[0].revised, 1);
}

// Rows accepted in one order give the same current values and the same counts in total, however
// they are cut into epochs; every row is counted once.
RC_GTEST_PROP(Merge, DoesNotDependOnHowRowsAreCutIntoEpochs, ()) {
  std::vector<SpoolRow> rows;
  const int count = *rc::gen::inRange(0, 30);
  for (int i = 0; i < count; ++i) {
    rows.push_back(Row(*rc::gen::inRange<int64_t>(0, 6), *rc::gen::inRange(0, 4)));
  }
  const MergedMonth whole = Merge({}, rows, {0}, {1});
  StoredMonth stored;
  MergeCounts counts;
  for (size_t i = 0; i < rows.size();) {
    const size_t n = *rc::gen::inRange<size_t>(1, 8);
    const size_t end = std::min(rows.size(), i + n);
    const std::vector<SpoolRow> part(rows.begin() + static_cast<ptrdiff_t>(i),
                                     rows.begin() + static_cast<ptrdiff_t>(end));
    const MergedMonth merged = Merge(stored, part, {0}, {1});
    counts.new_rows += merged.counts[0].new_rows;
    counts.revised += merged.counts[0].revised;
    counts.duplicate += merged.counts[0].duplicate;
    stored = AsStored(merged, stored);
    i = end;
  }
  RC_ASSERT(stored.rows.open_time == whole.rows.open_time);
  RC_ASSERT(stored.rows.close == whole.rows.close);
  RC_ASSERT(stored.revision == whole.revision);
  RC_ASSERT(counts.new_rows == whole.counts[0].new_rows);
  RC_ASSERT(counts.revised == whole.counts[0].revised);
  RC_ASSERT(counts.new_rows + counts.revised + counts.duplicate ==
            static_cast<int64_t>(rows.size()));
  // The slow obvious answer: the last value of each key that had not been seen before.
  std::map<int64_t, std::vector<double>> seen;
  for (const SpoolRow& row : rows) {
    auto& values = seen[row.open_time];
    if (std::find(values.begin(), values.end(), row.close) == values.end()) {
      values.push_back(row.close);
    }
  }
  size_t i = 0;
  for (const auto& [time, values] : seen) {
    RC_ASSERT(whole.rows.open_time[i] == time);
    RC_ASSERT(whole.rows.close[i] == values.back());
    ++i;
  }
}

}  // namespace
}  // namespace tidemark

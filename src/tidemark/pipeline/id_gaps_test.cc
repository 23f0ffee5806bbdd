#include "tidemark/pipeline/id_gaps.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

EventTime At(int64_t id) { return EventTime{1'700'000'000'000'000 + id * 1000}; }
std::optional<IdGap> Opened(IdGaps& gaps) {
  const std::vector<IdGap> opened = gaps.TakeOpened();
  EXPECT_LE(opened.size(), 1u);
  return opened.empty() ? std::nullopt : std::optional(opened[0]);
}
std::optional<IdGap> Come(IdGaps& gaps, int64_t id) {
  gaps.Came(id, At(id));
  return Opened(gaps);
}
std::optional<IdGap> Exist(IdGaps& gaps, int64_t end) {
  gaps.Exist(end, At(end - 1));
  return Opened(gaps);
}

TEST(IdGaps, AreOpenedByAJumpAndHealedByWhatWasPassedOver) {
  IdGaps gaps;
  EXPECT_FALSE(Come(gaps, 100));
  EXPECT_FALSE(Come(gaps, 101));
  const IdGap gap = {102, 105, {At(101), At(105)}};
  EXPECT_EQ(Come(gaps, 105), gap);
  EXPECT_THAT(gaps.missing(), ElementsAre(gap));
  EXPECT_FALSE(Come(gaps, 103));
  EXPECT_FALSE(Come(gaps, 103)) << "twice is once";
  EXPECT_THAT(gaps.missing(), ElementsAre(IdGap{102, 103, gap.times}, IdGap{104, 105, gap.times}));
  EXPECT_THAT(gaps.TakeHealed(), IsEmpty());
  Come(gaps, 104);
  Come(gaps, 102);
  EXPECT_THAT(gaps.TakeHealed(), ElementsAre(gap));
  EXPECT_TRUE(gaps.whole());
  EXPECT_THAT(gaps.TakeHealed(), IsEmpty());
  EXPECT_FALSE(Come(gaps, 99)) << "before the first is no business of ours";
}

TEST(IdGaps, BeginNowhereBeforeTheFirstTrade) {
  IdGaps gaps;
  gaps.Exist(100, kMinTime);
  gaps.Exist(103, kMinTime);
  EXPECT_FALSE(Opened(gaps)) << "the symbol begins behind what it is first heard of";
  EXPECT_EQ(Come(gaps, 105), (IdGap{103, 105, {At(105), At(105)}}));
}

TEST(IdGaps, AreOpenedByWhatTheVenueSaysExists) {
  IdGaps gaps;
  EXPECT_FALSE(Exist(gaps, 100));
  EXPECT_EQ(Exist(gaps, 103), (IdGap{100, 103, {At(99), At(102)}}));
  EXPECT_FALSE(Exist(gaps, 103));
  for (const int64_t id : {100, 101, 102}) Come(gaps, id);
  EXPECT_TRUE(gaps.whole());
}

TEST(IdGaps, OfBeforeAreHealedAsTheyWereOpenedAndNotOpenedTwice) {
  IdGaps gaps;
  const IdGap before = {11, 21, {At(10), At(21)}};
  gaps.Restore(before);
  for (int64_t id = 1; id <= 14; ++id) EXPECT_FALSE(Come(gaps, id));
  EXPECT_FALSE(Come(gaps, 21));
  EXPECT_THAT(gaps.missing(), ElementsAre(IdGap{15, 21, before.times}));
  EXPECT_FALSE(Come(gaps, 22));
  EXPECT_EQ(Come(gaps, 24)->begin, 23);
  for (int64_t id = 15; id < 21; ++id) Come(gaps, id);
  EXPECT_THAT(gaps.TakeHealed(), ElementsAre(before));
  IdGaps without;  // nothing is known of the ids round it
  without.Restore(before);
  EXPECT_FALSE(Come(without, 30));
  for (int64_t id = 11; id < 21; ++id) Come(without, id);
  EXPECT_THAT(without.TakeHealed(), ElementsAre(before));
  EXPECT_TRUE(without.whole());
}

TEST(IdGaps, AreOpenedRoundThoseOfBefore) {
  IdGaps gaps;
  gaps.Restore({14, 16, {At(13), At(16)}});
  gaps.Came(10, At(10));
  gaps.Came(20, At(20));
  const TimeRange times = {At(10), At(20)};
  EXPECT_THAT(gaps.TakeOpened(), ElementsAre(IdGap{11, 14, times}, IdGap{16, 20, times}));
  EXPECT_EQ(gaps.missing().size(), 3u);
}

// Against a set of all ids that came.
TEST(IdGaps, AreTheIdsThatDidNotCome) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    IdGaps gaps;
    const int64_t first = 50;
    std::set<int64_t> came;
    for (int i = 0; i < 80; ++i) {
      const int64_t id = i == 0 ? first : static_cast<int64_t>(random.Below(40)) + first;
      came.insert(id);
      Come(gaps, id);
      std::set<int64_t> missing;
      for (const IdGap& gap : gaps.missing()) {
        for (int64_t m = gap.begin; m < gap.end; ++m) missing.insert(m);
      }
      std::set<int64_t> expected;
      for (int64_t m = first; m < *came.rbegin(); ++m) {
        if (!came.contains(m)) expected.insert(m);
      }
      ASSERT_EQ(missing, expected) << "after " << i << " ids";
    }
  }
}

}  // namespace
}  // namespace tidemark

#include "tidemark/flow/range_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bitset>

namespace tidemark {
namespace {

TimeRange Range(int64_t start, int64_t end) { return {{start}, {end}}; }

TEST(RangeSet, TouchingRangesBecomeOne) {
  RangeSet set;
  set.Add(Range(10, 20));
  set.Add(Range(30, 40));
  set.Add(Range(20, 30));
  EXPECT_EQ(set.ranges(), std::vector{Range(10, 40)});
}

TEST(RangeSet, EmptyRangesAreIgnored) {
  RangeSet set;
  set.Add(Range(5, 5));
  EXPECT_TRUE(set.empty());
}

TEST(RangeSet, CoarseFillsShortGapsOnlyWhenThereAreTooManyRanges) {
  RangeSet set;
  for (const int64_t start : {0, 10, 100}) set.Add(Range(start, start + 1));
  EXPECT_EQ(set.Coarse(3, 50), set);
  EXPECT_EQ(set.Coarse(2, 50).ranges(), (std::vector{Range(0, 11), Range(100, 101)}));
}

RC_GTEST_PROP(RangeSet, AgreesWithASetOfPoints, ()) {
  RangeSet set;
  std::bitset<64> points;
  const int count = *rc::gen::inRange(0, 12);
  for (int i = 0; i < count; ++i) {
    const int start = *rc::gen::inRange(0, 60);
    const int end = *rc::gen::inRange(start, 64);
    set.Add(Range(start, end));
    for (int p = start; p < end; ++p) points.set(static_cast<size_t>(p));
  }
  for (int p = 0; p < 64; ++p) {
    RC_ASSERT(set.Overlaps(Range(p, p + 1)) == points.test(static_cast<size_t>(p)));
  }
  for (size_t i = 1; i < set.ranges().size(); ++i) {
    RC_ASSERT(set.ranges()[i - 1].end < set.ranges()[i].start);
  }
  const int from = *rc::gen::inRange(0, 64);
  const RangeSet clipped = set.Clip(Range(from, 64));
  for (int p = 0; p < 64; ++p) {
    RC_ASSERT(clipped.Overlaps(Range(p, p + 1)) ==
              (p >= from && points.test(static_cast<size_t>(p))));
  }
}

}  // namespace
}  // namespace tidemark

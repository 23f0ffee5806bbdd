#include "tidemark/forecast/training.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "tidemark/forecast/test_series.h"

namespace tidemark {
namespace {

double SlowMedian(std::vector<double> v) {
  if (v.empty()) return 0;
  std::sort(v.begin(), v.end());
  const size_t n = v.size();
  return n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

RC_GTEST_PROP(Median, EqualsTheMiddleOfTheSortedValues, ()) {
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  const auto n = *rc::gen::inRange<size_t>(0, 40'000);
  const int kind = *rc::gen::inRange(0, 3);
  Random random(seed);
  std::vector<double> v(n);
  for (double& x : v) {
    x = kind == 0 ? random.Normal() : static_cast<double>(random.Below(kind == 1 ? 3 : 1000));
  }
  if (kind == 2) std::sort(v.begin(), v.end());
  const double median = SlowMedian(v);
  RC_ASSERT(Median(v) == median);
  for (double& x : v) x = std::fabs(x - median);
  std::vector<double> original = v;
  RC_ASSERT(Median(v) == SlowMedian(original));
}

TEST(SelectRows, TakesCompleteUsableRowsInsideTheCut) {
  const TestSeries s(1, 1000, 3);
  const FeatureView view = s.All();
  const RowCut cut{{s.time[100]}, {s.target_time[900]}};
  std::vector<uint8_t> taken(1000, 0);
  for (const RowRun& run : SelectRows(view, cut)) {
    for (size_t i = run.begin; i < run.end; ++i) taken[i] = 1;
  }
  for (size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(taken[i] != 0, i >= 100 && i <= 900 && s.usable[i] != 0) << i;
  }
  const auto all = SelectRows(view, {});
  EXPECT_GE(all[0].begin, 6u);  // the third feature warms up for six rows
}

TEST(SelectRows, StoredCompletenessGivesTheSameRows) {
  const TestSeries s(2, 500, 4);
  FeatureView view = s.All();
  const std::string hash = HashRows(view, {});
  const std::vector<uint8_t> complete = CompleteRows(view);
  view.complete = complete;
  EXPECT_EQ(HashRows(view, {}), hash);
}

TEST(HashRows, ChangesWithAnyTrainingRowAndWithNoOther) {
  TestSeries s(3, 500, 4);
  const std::string hash = HashRows(s.All(), {});
  const size_t used = SelectRows(s.All(), {})[0].begin;
  s.columns[2][used] += 1e-12;
  EXPECT_NE(HashRows(s.All(), {}), hash);
  s = TestSeries(3, 500, 4);
  const auto unused =
      static_cast<size_t>(std::find(s.usable.begin() + 20, s.usable.end(), 0) - s.usable.begin());
  s.columns[1][unused] += 1;
  s.target[unused] = kNull;
  EXPECT_EQ(HashRows(s.All(), {}), hash);
  EXPECT_EQ(HashRows(s.All(), {kMaxTime, kMaxTime}), "");
}

TEST(PrepareTraining, ClipsAroundZeroAtTenScaledDeviations) {
  const TestSeries s(4, 3000, 2);
  const auto months = s.Months();
  const TrainingSet set = PrepareTraining(months, s.Context().options);
  EXPECT_DOUBLE_EQ(set.clip, 10 * 1.4826 * MedianAbsoluteDeviation(set.target));
  EXPECT_EQ(set.Clipped(1e9), set.clip);
  EXPECT_EQ(set.Clipped(-1e9), -set.clip);
  double clipped = 0, absolute = 0;
  for (const double y : set.target) {
    clipped += set.Clipped(y);
    absolute += std::fabs(y);
  }
  const auto n = static_cast<double>(set.rows());
  EXPECT_NEAR(set.mean_target, clipped / n, 1e-15);
  EXPECT_NEAR(set.mean_absolute_target, absolute / n, 1e-15);
}

}  // namespace
}  // namespace tidemark

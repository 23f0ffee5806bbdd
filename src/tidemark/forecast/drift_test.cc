#include "tidemark/forecast/drift.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

// Rows a minute apart with |actual| 0.001 and scale 0.001, so that x is the loss over 0.001 less 1.
std::vector<LossRow> RowsOf(const std::vector<double>& x) {
  std::vector<LossRow> rows;
  for (size_t i = 0; i < x.size(); ++i) {
    rows.push_back({.target_time = {static_cast<int64_t>(i) * kMicrosPerMinute},
                    .loss = 0.001 * (1 + x[i]),
                    .reference = 0.001,
                    .scale = 0.001});
  }
  return rows;
}

int64_t MinuteOf(EventTime time) { return time.us / kMicrosPerMinute; }

TEST(Drift, TheWorkedExample) {
  const auto alarm =
      FindDrift(RowsOf({0, 0, 1, 1}), {.delta = 0, .threshold = 1, .horizon_rows = 1});
  ASSERT_TRUE(alarm);
  EXPECT_EQ(MinuteOf(alarm->since), 2);
  EXPECT_EQ(MinuteOf(alarm->raised), 3);
  EXPECT_EQ(alarm->rows, 2);
  EXPECT_NEAR(alarm->before, 0, 1e-12);
  EXPECT_NEAR(alarm->after, 1, 1e-12);
  EXPECT_NEAR(alarm->relative_mae_before, 1, 1e-12);
  EXPECT_NEAR(alarm->relative_mae_after, 2, 1e-12);
}

TEST(Drift, NoRowsAndSteadyRowsAlarmNobody) {
  EXPECT_FALSE(FindDrift({}, {}));
  EXPECT_FALSE(FindDrift(RowsOf(std::vector<double>(100'000, 0.3)), {}));
}

TEST(Drift, BecomingBetterIsNoAlarm) {
  std::vector<double> x(20'000, 0.5);
  std::fill(x.begin() + 10'000, x.end(), -0.5);
  EXPECT_FALSE(FindDrift(RowsOf(x), {}));
}

TEST(Drift, AnAlarmStandsNoLongerWhenTheModelHasRecovered) {
  std::vector<double> x(40'000, 0.0);
  std::fill(x.begin() + 10'000, x.begin() + 13'000, 0.5);
  const auto worse = std::vector<double>(x.begin(), x.begin() + 13'000);
  const auto alarm = FindDrift(RowsOf(worse), {});
  ASSERT_TRUE(alarm);
  EXPECT_EQ(MinuteOf(alarm->since), 10'000);
  std::fill(x.begin() + 13'000, x.end(), -0.1);
  EXPECT_FALSE(FindDrift(RowsOf(x), {}));
}

// Straight from the definition: every mean, sum and minimum anew for every row.
std::vector<size_t> SlowAlarms(const std::vector<double>& x, const DriftOptions& options) {
  std::vector<size_t> alarms;
  size_t begin = 0;
  for (size_t t = 0; t < x.size(); ++t) {
    std::vector<double> m;
    for (size_t i = begin; i <= t; ++i) {
      double mean = 0;
      for (size_t j = begin; j <= i; ++j) mean += x[j];
      mean /= static_cast<double>(i - begin + 1);
      m.push_back((m.empty() ? 0 : m.back()) +
                  (x[i] - mean - options.delta) / static_cast<double>(options.horizon_rows));
    }
    if (m.back() - *std::ranges::min_element(m) > options.threshold) {
      alarms.push_back(t);
      begin = t + 1;
    }
  }
  return alarms;
}

RC_GTEST_PROP(Drift, AlarmsWhereTheDefinitionDoes, ()) {
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  const auto n = *rc::gen::inRange<size_t>(1, 90);
  Random random(seed);
  std::vector<double> x;
  for (size_t i = 0; i < n; ++i) x.push_back(random.Normal() + (i > n / 2 ? 1.5 : 0));
  const DriftOptions options = {.delta = 0.1, .threshold = 3, .horizon_rows = 2};
  const std::vector<size_t> expected = SlowAlarms(x, options);
  const auto alarm = FindDrift(RowsOf(x), options);
  if (expected.empty()) {
    RC_ASSERT(!alarm);
  } else if (alarm) {
    RC_ASSERT(std::ranges::count(expected, static_cast<size_t>(MinuteOf(alarm->raised))) == 1);
    RC_ASSERT(alarm->since <= alarm->raised);
    RC_ASSERT(alarm->after > alarm->before + options.delta);
  }
}

}  // namespace
}  // namespace tidemark

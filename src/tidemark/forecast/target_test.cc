#include "tidemark/forecast/target.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tidemark/base/math.h"
#include "tidemark/market/batch.h"

namespace tidemark {
namespace {

constexpr int64_t kMinute = kMicrosPerMinute;

TEST(Horizon, ReadsRowsAndDurationsAndNothingElse) {
  EXPECT_EQ(Horizon::Parse("30")->rows, 30);
  EXPECT_EQ(Horizon::Parse("30m")->micros, 30 * kMinute);
  EXPECT_EQ(Horizon::Parse("30m")->rows, 0);
  EXPECT_EQ(Horizon::Parse("30m")->ToString(), "30m");
  EXPECT_EQ(Horizon::Parse("7")->ToString(), "7");
  for (const char* bad : {"", "0", "-3", "30x", "soon", "3.5"}) {
    EXPECT_FALSE(Horizon::Parse(bad)) << bad;
  }
  EXPECT_EQ(Horizon::Parse("30m")->NominalRows(5 * kMinute), 6);
  EXPECT_EQ(Horizon::Parse("30m")->NominalRows(kMicrosPerDay), 1);
}

TEST(ComputeTargets, RowHorizonCountsRowsAndLimitsTheSpan) {
  const std::vector<int64_t> time = {0, kMinute, 2 * kMinute, 60 * kMinute};
  const std::vector<double> close = {100, 101, 102, 103};
  const Targets t = ComputeTargets(time, close, 0, 4, {2, 0}, 10 * kMinute, {}, {60 * kMinute});
  EXPECT_EQ(t.target_time, (std::vector<int64_t>{2 * kMinute, 60 * kMinute, kNullInt, kNullInt}));
  EXPECT_EQ(t.actual[0], Log(102.0 / 100.0));
  EXPECT_EQ(t.actual[1], Log(103.0 / 101.0));
  EXPECT_TRUE(std::isnan(t.actual[2]));
  EXPECT_EQ(t.usable, (std::vector<uint8_t>{1, 0, 0, 0}));
  EXPECT_EQ(t.excluded_span, 1);
}

TEST(ComputeTargets, DurationTakesTheLastCloseAndZeroWhenNothingTraded) {
  const std::vector<int64_t> time = {0, 10 * kMinute, 31 * kMinute, 100 * kMinute};
  const std::vector<double> close = {100, 110, 120, 130};
  const Targets t =
      ComputeTargets(time, close, 0, 4, {0, 30 * kMinute}, kMicrosPerDay, {}, {100 * kMinute});
  EXPECT_EQ(t.actual[0], Log(110.0 / 100.0));
  EXPECT_EQ(t.target_time[0], 30 * kMinute);
  EXPECT_EQ(t.actual[1], Log(120.0 / 110.0));
  EXPECT_EQ(t.actual[2], 0.0);  // no row in (31, 61]
  EXPECT_EQ(t.usable[2], 1);
  EXPECT_EQ(t.target_time[3], kNullInt);  // rows up to minute 130 are not known yet
  // No row at or after it is needed: that the quiet was watched is enough.
  const Targets later =
      ComputeTargets(time, close, 0, 4, {0, 30 * kMinute}, kMicrosPerDay, {}, {130 * kMinute});
  EXPECT_EQ(later.target_time[3], 130 * kMinute);
  EXPECT_EQ(later.actual[3], 0.0);
}

TEST(ComputeTargets, DurationIsNullWhereAnOutageOverlaps) {
  const std::vector<int64_t> time = {0, 10 * kMinute, 200 * kMinute, 300 * kMinute};
  const std::vector<double> close = {100, 110, 120, 130};
  const std::vector<TimeRange> outages = {{{10 * kMinute}, {199 * kMinute}}};
  const Targets t =
      ComputeTargets(time, close, 0, 4, {0, 30 * kMinute}, kMicrosPerDay, outages, {300 * kMinute});
  EXPECT_EQ(t.usable, (std::vector<uint8_t>{0, 0, 1, 0}));
  EXPECT_TRUE(std::isnan(t.actual[0]));
  EXPECT_EQ(t.excluded_outage, 2);
}

TEST(ComputeTargets, APartOfTheRowsGetsTheSameTargetsAsTheWhole) {
  std::vector<int64_t> time;
  std::vector<double> close;
  for (int64_t i = 0; i < 300; ++i) {
    time.push_back(i * kMinute * (1 + i % 3));
    if (i > 0) time.back() = time[time.size() - 2] + kMinute * (1 + i % 7);
    close.push_back(100 + static_cast<double>(i * i % 17));
  }
  for (const Horizon& h : {Horizon{30, 0}, Horizon{0, 30 * kMinute}}) {
    const Targets whole =
        ComputeTargets(time, close, 0, time.size(), h, 2 * kMicrosPerHour, {}, {time.back()});
    const Targets part =
        ComputeTargets(time, close, 100, 200, h, 2 * kMicrosPerHour, {}, {time.back()});
    for (size_t i = 0; i < 100; ++i) {
      EXPECT_EQ(part.target_time[i], whole.target_time[100 + i]);
      EXPECT_EQ(part.actual[i], whole.actual[100 + i]);
      EXPECT_EQ(part.usable[i], whole.usable[100 + i]);
    }
  }
}

}  // namespace
}  // namespace tidemark

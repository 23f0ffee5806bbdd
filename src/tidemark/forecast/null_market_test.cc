#include "tidemark/forecast/null_market.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tidemark/base/math.h"

namespace tidemark {
namespace {

std::vector<std::vector<double>> Returns(const CandleColumns& candles) {
  std::vector<std::vector<double>> columns;
  for (const size_t n : {1u, 5u, 30u}) {
    std::vector<double> column(candles.size(), kNull);
    for (size_t i = n; i < candles.size(); ++i) {
      column[i] = Log(candles.close[i] / candles.close[i - n]);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

NullMarketOptions SmallOptions() {
  NullMarketOptions options;
  options.rows = 120'000;  // 83 days: February to March are forecast
  options.seeds = {1, 2};
  options.momentum = 0.6;
  return options;
}

const std::vector<std::string> kNames = {"log_return_1", "log_return_5", "log_return_30"};

void ExpectCandlesAreValid(const CandleColumns& c) {
  for (size_t i = 0; i < c.size(); ++i) {
    ASSERT_GT(c.low[i], 0);
    ASSERT_LE(c.low[i], std::min(c.open[i], c.close[i]));
    ASSERT_GE(c.high[i], std::max(c.open[i], c.close[i]));
  }
}

TEST(NullMarket, IsCleanOnNoiseAndFindsBothControls) {
  const CandleColumns own = MomentumMarket(77, 100'000, kMicrosPerMinute, 0.6);
  ThreadPool pool(2);
  const NullMarketReport report = RunNullMarket(own, Returns, kNames, SmallOptions(), &pool);
  EXPECT_TRUE(report.null_clean);  // random signs take the momentum out of `own`
  EXPECT_TRUE(report.momentum_found);
  EXPECT_TRUE(report.look_ahead_found);
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.runs.size(), 2u * (2 * 2 + 2));
  for (const NullMarketRun& run : report.runs) EXPECT_GT(run.n, 20'000) << run.market;
}

TEST(NullMarket, FailsWhenFeaturesSeeOneRowAhead) {
  NullMarketOptions options = SmallOptions();
  options.look_ahead = true;
  options.seeds = {1};
  const NullMarketReport report = RunNullMarket({}, Returns, kNames, options, nullptr);
  EXPECT_FALSE(report.null_clean);
  EXPECT_FALSE(report.passed());
}

TEST(NullMarket, ThreadsChangeNothing) {
  NullMarketOptions options = SmallOptions();
  options.rows = 60'000;
  options.seeds = {3};
  ThreadPool pool(3);
  const auto a = RunNullMarket({}, Returns, kNames, options, nullptr);
  const auto b = RunNullMarket({}, Returns, kNames, options, &pool);
  ASSERT_EQ(a.runs.size(), b.runs.size());
  for (size_t i = 0; i < a.runs.size(); ++i) {
    EXPECT_EQ(a.runs[i].relative_mae, b.runs[i].relative_mae);
    EXPECT_EQ(a.runs[i].p, b.runs[i].p);
  }
}

TEST(SignsMarket, KeepsTimesVolumesAndTheSizeOfEveryMove) {
  const CandleColumns own = WalkMarket(5, 2000, kMicrosPerMinute);
  const CandleColumns out = SignsMarket(own, 9, 1500);
  ASSERT_EQ(out.size(), 1500u);
  ExpectCandlesAreValid(out);
  int flipped = 0;
  for (size_t i = 1; i < out.size(); ++i) {
    const size_t k = 500 + i;
    EXPECT_EQ(out.open_time[i], own.open_time[k]);
    EXPECT_EQ(out.volume[i], own.volume[k]);
    const double was = std::log(own.close[k] / own.close[k - 1]);
    const double is = std::log(out.close[i] / out.close[i - 1]);
    EXPECT_NEAR(std::fabs(is), std::fabs(was), 1e-12);
    EXPECT_NEAR(std::log(out.high[i] / out.low[i]), std::log(own.high[k] / own.low[k]), 1e-12);
    flipped += (was > 0) != (is > 0);
  }
  EXPECT_GT(flipped, 600);
  EXPECT_LT(flipped, 900);
}

TEST(WalkMarket, BarsAreValidAndFollowTheSeed) {
  const CandleColumns a = WalkMarket(1, 5000, kMicrosPerMinute);
  ExpectCandlesAreValid(a);
  EXPECT_EQ(WalkMarket(1, 5000, kMicrosPerMinute).close, a.close);
  EXPECT_NE(WalkMarket(2, 5000, kMicrosPerMinute).close, a.close);
  ExpectCandlesAreValid(MomentumMarket(1, 5000, kMicrosPerMinute, 0.55));
}

TEST(HolmAdjusted, StepsDown) {
  const auto p = HolmAdjusted({0.01, 0.04, kNull, 0.03, 0.005});
  EXPECT_NEAR(p[4], 0.02, 1e-15);
  EXPECT_NEAR(p[0], 0.03, 1e-15);
  EXPECT_NEAR(p[3], 0.06, 1e-15);
  EXPECT_NEAR(p[1], 0.06, 1e-15);
  EXPECT_TRUE(std::isnan(p[2]));
  EXPECT_EQ(HolmAdjusted({0.9, 0.8})[1], 1.0);
}

}  // namespace
}  // namespace tidemark

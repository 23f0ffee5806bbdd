#include "tidemark/pipeline/check_features.h"

#include <gtest/gtest.h>

#include "tidemark/feature/catalogue.h"

namespace tidemark {
namespace {

Config WithoutLake() {
  Config config;
  config.lake = "/nowhere/lake";
  return config;
}

TEST(CheckFeatures, DefaultFeaturesSeeNoFuture) {
  const auto report = CheckLookahead(WithoutLake());
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_TRUE(report->ok()) << report->findings.front();
  EXPECT_EQ(report->features, 20);
  EXPECT_GT(report->compared, 20 * 1000);
}

TEST(CheckFeatures, DefaultFeaturesWarmUpAsClaimed) {
  const auto report = CheckWarmup(WithoutLake());
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_TRUE(report->ok()) << report->findings.front();
}

TEST(CheckFeatures, UnknownFeatureIsAnError) {
  Config config = WithoutLake();
  config.features = {"no_such_feature_3"};
  EXPECT_EQ(CheckLookahead(config).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace tidemark

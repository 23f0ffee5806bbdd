#include "tidemark/source/simulator/venue_faults.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

constexpr EventTime kStart{1'704'067'200'000'000};

TEST(VenueFaults, AreReadByName) {
  const auto faults = ParseVenueFaults(
      "disconnect=0.01, "
      "rest5xx=1,skew=-2.5,delay-seconds=3,calm-after=60,stale=0.5,stale-seconds=90");
  ASSERT_TRUE(faults) << faults.error().message();
  EXPECT_EQ(faults->share[static_cast<size_t>(VenueFault::kDisconnect)], 0.01);
  EXPECT_EQ(faults->share[static_cast<size_t>(VenueFault::kRest5xx)], 1);
  EXPECT_EQ(faults->share[static_cast<size_t>(VenueFault::kDrop)], 0);
  EXPECT_EQ(faults->skew_seconds, -2.5);
  EXPECT_EQ(faults->delay_seconds, 3);
  EXPECT_EQ(faults->share[static_cast<size_t>(VenueFault::kStale)], 0.5);
  EXPECT_EQ(faults->stale_seconds, 90);
  EXPECT_EQ(faults->calm_after_seconds, 60);
  EXPECT_TRUE(ParseVenueFaults(""));
  for (const char* bad :
       {"drop", "drop=", "drop=2", "drop=-0.1", "drop=nan", "drop=1x", "drip=0.1", "outage=0.1",
        "skew=1e9", "delay-seconds=-1", "stale-seconds=-1", "calm-after=-1"}) {
    const auto refused = ParseVenueFaults(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(VenueFaults, AScriptSaysWhenAndForHowLong) {
  const auto script = ParseFaultScript(
      "# a bad morning\n"
      "at 5m drop for 30s   # a gap\n"
      "\r\n"
      "at 00:01:30 disconnect\n"
      "at 100:00:00 shutdown");
  ASSERT_TRUE(script) << script.error().message();
  EXPECT_EQ(*script, (std::vector<ScriptedFault>{
                         {90 * kMicrosPerSecond, VenueFault::kDisconnect, 0},
                         {300 * kMicrosPerSecond, VenueFault::kDrop, 30 * kMicrosPerSecond},
                         {360'000 * kMicrosPerSecond, VenueFault::kShutdown, 0}}));
  for (const char* bad :
       {"at", "at 5m", "in 5m drop", "at 5 drop for 5s", "at 5m drop", "at 5m fall",
        "at 5m drop for", "at 5m drop for x", "at 00:61:00 silence", "at 1:2 silence",
        "at ::: silence", "at 1:2:3:4 silence", "at 9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9 silence",
        "at 1:2:3x silence", "at 99999999w silence", "at 5m drop for 9999999w",
        "at 5m drop since 5s"}) {
    const auto refused = ParseFaultScript(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_TRUE(refused.error().message().starts_with("line 1: ")) << refused.error().message();
  }
}

TEST(VenueFaults, ChanceIsOfTheSeedAndTheKeyAlone) {
  VenueFaults faults;
  faults.share[static_cast<size_t>(VenueFault::kDrop)] = 0.05;
  const FaultPlan plan(9, kStart, faults, {}), same(9, kStart, faults, {}),
      other(8, kStart, faults, {});
  int met = 0, differ = 0;
  for (uint64_t key = 0; key < 20'000; ++key) {
    const bool meets = plan.Meets(VenueFault::kDrop, key, kStart);
    ASSERT_EQ(meets, same.Meets(VenueFault::kDrop, key, kStart + 5));
    met += meets;
    differ += meets != other.Meets(VenueFault::kDrop, key, kStart);
    ASSERT_FALSE(plan.Meets(VenueFault::kDelay, key, kStart));
  }
  EXPECT_NEAR(met, 1000, 150);
  EXPECT_GT(differ, 1000);
}

TEST(VenueFaults, ChanceDoesNoHarmOnceItIsCalm) {
  VenueFaults faults;
  faults.share[static_cast<size_t>(VenueFault::kDrop)] = 1;
  faults.calm_after_seconds = 60;
  const FaultPlan plan(1, kStart, faults, {});
  EXPECT_TRUE(plan.Meets(VenueFault::kDrop, 1, kStart + 60 * kMicrosPerSecond - 1));
  EXPECT_FALSE(plan.Meets(VenueFault::kDrop, 1, kStart + 60 * kMicrosPerSecond));
}

TEST(VenueFaults, AScriptedTimeIsHalfOpen) {
  const FaultPlan plan(1, kStart, {}, {{100, VenueFault::kDrop, 50}});
  EXPECT_FALSE(plan.Meets(VenueFault::kDrop, 1, kStart + 99));
  EXPECT_TRUE(plan.Meets(VenueFault::kDrop, 1, kStart + 100));
  EXPECT_TRUE(plan.Meets(VenueFault::kDrop, 1, kStart + 149));
  EXPECT_FALSE(plan.Meets(VenueFault::kDrop, 1, kStart + 150));
  EXPECT_FALSE(plan.Meets(VenueFault::kDelay, 1, kStart + 120));
}

TEST(VenueFaults, DamageIsNeverTheTextItself) {
  Random random(4);
  for (int i = 0; i < 3000; ++i) {
    for (const std::string text : {"", "{}", R"({"e":"trade","t":12})"}) {
      EXPECT_NE(Damaged(text, random), text);
    }
  }
}

}  // namespace
}  // namespace tidemark

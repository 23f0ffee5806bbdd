#include "tidemark/journal/request_budget.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "tidemark/base/fault.h"
#include "tidemark/base/file.h"
#include "tidemark/base/random.h"

namespace tidemark {
namespace {

constexpr int64_t kStart = 1'700'000'000 * kMicrosPerSecond;

// The wall may be set; what has passed only grows.
class WallClock : public Clock {
 public:
  ReceiveTime Now() override { return {wall_us}; }
  int64_t MonotonicNanos() override { return passed_us * 1000; }
  void Pass(int64_t micros) {
    wall_us += micros;
    passed_us += micros;
  }
  int64_t wall_us = kStart, passed_us = 12345;
};

class RequestBudgetTest : public testing::Test {
 protected:
  void SetUp() override { folder_ = *MakeTemporaryDirectory("tidemark-requests-"); }
  void TearDown() override {
    ArmFault(FaultMode::kNone, 0);
    (void)RemoveTree(folder_);
  }
  std::unique_ptr<RequestBudget> Open(RequestLimits limits = {}, std::string_view key = "KEY1") {
    auto budget = RequestBudget::Open(folder_, "service", key, limits, clock_);
    EXPECT_TRUE(budget) << (budget ? "" : budget.error().message());
    return budget ? *std::move(budget) : nullptr;
  }
  // One that ends at once.
  static bool Make(RequestBudget& budget) {
    const auto id = budget.Take("x");
    if (!id) {
      EXPECT_EQ(id.error().code(), ErrorCode::kFull);
      return false;
    }
    EXPECT_TRUE(budget.Settle(*id, true, 0));
    return true;
  }
  std::string folder_;
  WallClock clock_;
};

TEST_F(RequestBudgetTest, GivesSoManyAMinuteAndSoManyADay) {
  const auto budget = Open({.per_minute = 2, .per_day = 3});
  EXPECT_EQ(*budget->Wait(), 0);
  EXPECT_TRUE(Make(*budget));
  clock_.Pass(10 * kMicrosPerSecond);
  EXPECT_TRUE(Make(*budget));
  EXPECT_FALSE(Make(*budget));
  EXPECT_EQ(*budget->Wait(), 50 * kMicrosPerSecond);
  clock_.Pass(50 * kMicrosPerSecond - 1);
  EXPECT_FALSE(Make(*budget));
  clock_.Pass(1);
  EXPECT_TRUE(Make(*budget));
  EXPECT_EQ(*budget->Wait(), kMicrosPerDay - kMicrosPerMinute);
  clock_.Pass(kMicrosPerDay - kMicrosPerMinute);
  EXPECT_TRUE(Make(*budget));
  EXPECT_FALSE(Make(*budget));
}

TEST_F(RequestBudgetTest, SurvivesRestartsAndKnowsKeysApart) {
  const RequestLimits limits{.per_minute = 5, .per_day = 1};
  EXPECT_TRUE(Make(*Open(limits)));
  EXPECT_FALSE(Make(*Open(limits)));
  EXPECT_TRUE(Make(*Open(limits, "KEY2")));
  EXPECT_TRUE(Make(*Open({.per_minute = 5, .per_day = 2})));  // limits are the caller's
  clock_.Pass(kMicrosPerDay);
  EXPECT_TRUE(Make(*Open(limits)));
  const auto names = ListDirectory(folder_);
  for (const std::string& name : *names) {
    EXPECT_EQ(ReadFile(folder_ + "/" + name)->find("KEY1"), std::string::npos) << name;
  }
}

TEST_F(RequestBudgetTest, ARequestCountsUntilAWindowAfterItsEnd) {
  auto budget = Open({.per_minute = 1, .per_day = 10});
  const auto slow = budget->Take("x");
  ASSERT_TRUE(slow);
  clock_.Pass(kMicrosPerHour);
  EXPECT_EQ(*budget->Wait(), kMicrosPerMinute);  // it may still be on its way
  ASSERT_TRUE(budget->Settle(*slow, true, 0));
  EXPECT_EQ(*budget->Wait(), kMicrosPerMinute);
  clock_.Pass(kMicrosPerMinute);
  // One that a crash cut off ends at the next opening.
  ASSERT_TRUE(budget->Take("x"));
  clock_.Pass(kMicrosPerHour);
  budget = Open({.per_minute = 1, .per_day = 10});
  EXPECT_EQ(*budget->Wait(), kMicrosPerMinute);
  clock_.Pass(kMicrosPerMinute);
  EXPECT_EQ(*budget->Wait(), 0);
}

TEST_F(RequestBudgetTest, AClockThatIsSetGivesNothing) {
  const RequestLimits limits{.per_minute = 5, .per_day = 1};
  auto budget = Open(limits);
  EXPECT_TRUE(Make(*budget));
  clock_.wall_us += 3 * kMicrosPerDay;  // while it is open nobody looks at the wall
  EXPECT_EQ(*budget->Wait(), kMicrosPerDay);
  clock_.wall_us -= 13 * kMicrosPerDay;
  EXPECT_EQ(*budget->Wait(), kMicrosPerDay);
  budget = Open(limits);
  EXPECT_EQ(*budget->Wait(), kMicrosPerDay);
  EXPECT_GE(budget->Now(), kStart);
  clock_.Pass(kMicrosPerDay - 1);
  EXPECT_FALSE(Make(*budget));
  clock_.Pass(1);
  EXPECT_TRUE(Make(*budget));  // and it does not wait for the clock to catch up
}

TEST_F(RequestBudgetTest, AHoldSurvivesAndIsNeverShortened) {
  auto budget = Open();
  ASSERT_TRUE(budget->Hold(kStart + kMicrosPerHour));
  ASSERT_TRUE(budget->Hold(kStart + kMicrosPerMinute));
  budget = Open();
  EXPECT_EQ(*budget->Wait(), kMicrosPerHour);
  EXPECT_FALSE(Make(*budget));
  EXPECT_TRUE(Make(*Open({}, "KEY2")));
  clock_.Pass(kMicrosPerHour);
  EXPECT_TRUE(Make(*budget));
}

TEST_F(RequestBudgetTest, TheLastAnswerToEachQuestionIsRemembered) {
  auto budget = Open({.per_minute = 5, .per_day = 25});
  EXPECT_FALSE(budget->PastOf("daily")->has_value());
  const int64_t first = *budget->Take("daily");
  EXPECT_EQ((*budget->PastOf("daily"))->due, 0);
  ASSERT_TRUE(budget->Settle(first, true, kStart + 7));
  const int64_t second = *budget->Take("daily");
  ASSERT_TRUE(budget->Settle(second, false, kStart + 9));
  budget = Open();
  EXPECT_EQ((*budget->PastOf("daily"))->due, kStart + 9);
  EXPECT_EQ((*budget->PastOf("daily"))->answered, kStart);
  clock_.Pass(40 * kMicrosPerDay);
  EXPECT_TRUE(Make(*budget));
  EXPECT_EQ((*budget->PastOf("daily"))->due, kStart + 7);
  EXPECT_EQ((*budget->PastOf("daily"))->answered, kStart);
}

TEST_F(RequestBudgetTest, ADamagedRecordGivesNothing) {
  Open();
  std::string bytes = *ReadFile(folder_ + "/requests.sqlite");
  ASSERT_GT(bytes.size(), 4096u);
  std::fill(bytes.begin() + 4096, bytes.end(), 'x');
  (void)RemoveFile(folder_ + "/requests.sqlite-wal");
  ASSERT_TRUE(WriteFileSynced(folder_ + "/requests.sqlite", bytes));
  const auto damaged = RequestBudget::Open(folder_, "service", "KEY1", {}, clock_);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code(), ErrorCode::kCorrupt);
  ASSERT_TRUE(WriteFileSynced(folder_ + "/requests.sqlite", "no database at all"));
  EXPECT_EQ(RequestBudget::Open(folder_, "service", "KEY1", {}, clock_).error().code(),
            ErrorCode::kCorrupt);
}

// What the service sees: requests at some time between their record and their end, or the death of
// the process. Counted by the true time, whatever the wall clock says.
TEST_F(RequestBudgetTest, NeverMoreInAnyWindowWhateverComesBetween) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto below = [&](int64_t n) {
      return static_cast<int64_t>(random.Below(static_cast<uint64_t>(n)));
    };
    ASSERT_TRUE(RemoveTree(folder_));
    clock_ = WallClock();
    const RequestLimits limits{.per_minute = 1 + below(5), .per_day = 5 + below(30)};
    std::vector<int64_t> seen;
    auto budget = Open(limits);
    for (int step = 0; step < 250; ++step) {
      const int64_t wait = *budget->Wait();
      clock_.Pass(below(3) == 0 ? below(2 * wait + 1) : below(20 * kMicrosPerSecond));
      if (below(10) == 0) clock_.wall_us -= below(2 * kMicrosPerHour);  // set back
      const auto id = budget->Take("x");
      if (id) {
        const int64_t on_its_way = below(30 * kMicrosPerSecond);
        const int64_t until_seen = below(on_its_way + 1);
        clock_.Pass(until_seen);
        seen.push_back(clock_.passed_us);
        clock_.Pass(on_its_way - until_seen);
        const bool settled = below(4) == 0 || budget->Settle(*id, below(2) == 0, 0);
        ASSERT_TRUE(settled);
      }
      if (below(8) == 0 || (id && below(4) == 0)) budget = Open(limits);
    }
    ASSERT_GT(seen.size(), 10u);
    for (const auto& [window, limit] : {std::pair(kMicrosPerMinute, limits.per_minute),
                                        std::pair(kMicrosPerDay, limits.per_day)}) {
      for (size_t i = static_cast<size_t>(limit); i < seen.size(); ++i) {
        ASSERT_GE(seen[i] - seen[i - static_cast<size_t>(limit)], window) << i;
      }
    }
  }
}

// Dead or failed at every write: what was given to the caller is on record at the next opening.
TEST_F(RequestBudgetTest, NoDeathGivesARequestBack) {
  const RequestLimits limits{.per_minute = 100, .per_day = 4};
  for (const FaultMode mode : {FaultMode::kCrash, FaultMode::kFail}) {
    for (uint64_t nth = 1; nth <= 16; ++nth) {
      ASSERT_TRUE(RemoveTree(folder_));
      const std::string sent = folder_ + "-sent";
      (void)RemoveFile(sent);
      const pid_t child = fork();
      if (child == 0) {
        ArmFault(mode, nth);
        auto budget = RequestBudget::Open(folder_, "service", "KEY1", limits, clock_);
        std::string made;
        for (int i = 0; budget && i < 6; ++i) {
          const auto id = (*budget)->Take("x");
          if (!id) continue;
          made += 'x';
          ArmFault(FaultMode::kNone, 0);  // not the test's own note
          (void)WriteFileSynced(sent, made);
          ArmFault(mode, nth > 2 + made.size() ? nth - 2 - made.size() : 1);
          if (i % 2 == 0) (void)(*budget)->Settle(*id, true, 0);
        }
        _exit(0);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      const auto note = ReadFile(sent);
      size_t made = note ? note->size() : 0;
      for (int restart = 0; restart < 3; ++restart) {
        const auto budget = Open(limits);
        ASSERT_TRUE(budget);
        for (int i = 0; i < 6; ++i) made += budget->Take("x").has_value() ? 1 : 0;
      }
      EXPECT_LE(made, 4u) << "fault point " << nth;
      (void)RemoveFile(sent);
    }
  }
}

}  // namespace
}  // namespace tidemark

#include "tidemark/base/urgency.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <thread>

namespace tidemark {
namespace {

struct Scheduled {
  int policy = -1, nice = -100;
  static Scheduled Here() { return {::sched_getscheduler(0), ::getpriority(PRIO_PROCESS, 0)}; }
};

// On a thread of its own, so that the test's own stays as it is; the second by a thread of that
// one.
std::array<Scheduled, 2> After(void (*hint)()) {
  std::array<Scheduled, 2> seen;
  std::thread([&] {
    hint();
    seen[0] = Scheduled::Here();
    std::thread([&] { seen[1] = Scheduled::Here(); }).join();
  }).join();
  return seen;
}

TEST(Urgency, WorkThatCanWaitIsBatchWork) {
  const Scheduled before = Scheduled::Here();
  for (const Scheduled& behind : After(RunBehind)) {
    EXPECT_EQ(behind.policy & ~SCHED_RESET_ON_FORK, SCHED_BATCH);
    EXPECT_GE(behind.nice, std::max(before.nice, 10));
  }
}

TEST(Urgency, RunAtOnceLeavesPolicyAndNiceAlone) {
  const Scheduled before = Scheduled::Here();
  const auto [at_once, later] = After(RunAtOnce);
  EXPECT_EQ(at_once.policy & ~SCHED_RESET_ON_FORK, before.policy);
  EXPECT_EQ(at_once.nice, before.nice);
  EXPECT_EQ(later.policy, before.policy);
}

}  // namespace
}  // namespace tidemark

#include "tidemark/source/net/event_loop.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <optional>
#include <string>

#include "tidemark/base/clock.h"

namespace tidemark {
namespace {

TEST(EventLoop, TimersComeInOrderOfTheirTime) {
  EventLoop loop;
  std::string order;
  EventTimer late(loop), early(loop);
  late.Start(20'000, [&] { order += 'b'; });
  early.Start(5'000, [&] { order += 'a'; });
  loop.RunFor(60'000);
  EXPECT_EQ(order, "ab");
}

TEST(EventLoop, ACancelledTimerAndOneThatIsGoneCallNoMore) {
  EventLoop loop;
  int calls = 0;
  EventTimer cancelled(loop);
  cancelled.Start(1'000, [&] { ++calls; });
  cancelled.Cancel();
  {
    EventTimer gone(loop);
    gone.Start(1'000, [&] { ++calls; });
  }
  EventTimer again(loop);
  again.Start(1'000, [&] { calls += 100; });
  again.Start(2'000, [&] { ++calls; });
  loop.RunFor(30'000);
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, ATimerMayDeleteItself) {
  EventLoop loop;
  std::optional<EventTimer> timer;
  bool called = false;
  timer.emplace(loop);
  timer->Start(1'000, [&] {
    timer.reset();
    called = true;
  });
  loop.RunFor(20'000);
  EXPECT_TRUE(called);
}

TEST(EventLoop, RunForLastsAndStopEndsIt) {
  EventLoop loop;
  const int64_t begin = SystemClock().MonotonicNanos();
  loop.RunFor(30'000);
  EXPECT_GE(SystemClock().MonotonicNanos() - begin, 30'000'000);
  EventTimer timer(loop);
  timer.Start(1'000, [&] { loop.Stop(); });
  loop.Run();
  bool ran = false;
  loop.Post([&] { ran = true; });
  EXPECT_TRUE(loop.RunOne(100'000));
  EXPECT_TRUE(ran);
  EXPECT_FALSE(loop.RunOne(1'000));
}

TEST(EventLoop, SignalsAreCallbacks) {
  EventLoop loop;
  int seen = 0;
  ASSERT_TRUE(loop.OnSignals({SIGUSR1}, [&](int signal) {
    seen = signal;
    loop.Stop();
  }));
  ::raise(SIGUSR1);
  loop.RunFor(1'000'000);
  EXPECT_EQ(seen, SIGUSR1);
}

}  // namespace
}  // namespace tidemark

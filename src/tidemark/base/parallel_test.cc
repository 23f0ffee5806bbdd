#include "tidemark/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace tidemark {
namespace {

class ThreadPoolSizes : public ::testing::TestWithParam<int> {};

TEST_P(ThreadPoolSizes, EveryIndexIsVisitedOnceEvenWhenNested) {
  ThreadPool pool(GetParam());
  std::vector<std::atomic<int>> visits(400);
  pool.ParallelFor(
      20, [&](size_t i) { pool.ParallelFor(20, [&](size_t j) { ++visits[i * 20 + j]; }); });
  for (const auto& count : visits) EXPECT_EQ(count, 1);
}

TEST_P(ThreadPoolSizes, AGroupWaitsForAllItsTasks) {
  ThreadPool pool(GetParam());
  std::atomic<int> done{0};
  {
    ThreadPool::Group group(pool);
    for (int i = 0; i < 100; ++i) group.Run([&] { ++done; });
    group.Wait();
    EXPECT_EQ(done, 100);
    group.Run([&] { ++done; });
  }
  EXPECT_EQ(done, 101);
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolSizes, ::testing::Values(1, 2, 5));

}  // namespace
}  // namespace tidemark

#include "tidemark/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <vector>

namespace tidemark {
namespace {

TEST(ThreadPool, ParallelForCallsEveryTaskOnce) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const size_t count : {0u, 1u, 2u, 1000u}) {
      std::vector<int> calls(count, 0);  // one slot a task: no lock is needed, or wanted
      pool.ParallelFor(count, [&](size_t i) { ++calls[i]; });
      EXPECT_EQ(calls, std::vector<int>(count, 1)) << threads << " threads";
    }
  }
}

TEST(ThreadPool, ParallelForInsideATaskFinishes) {
  ThreadPool pool(3);
  std::vector<std::vector<int>> sums(8, std::vector<int>(50, 0));
  pool.ParallelFor(sums.size(), [&](size_t i) {
    pool.ParallelFor(sums[i].size(), [&](size_t k) { sums[i][k] = static_cast<int>(i * k); });
  });
  for (size_t i = 0; i < sums.size(); ++i) {
    EXPECT_EQ(std::accumulate(sums[i].begin(), sums[i].end(), 0), static_cast<int>(i) * 1225);
  }
}

TEST(ThreadPool, WhatTasksWroteIsSeenAfterWait) {
  for (const int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    std::vector<int> written(200, 0);
    ThreadPool::Group group(pool);
    for (size_t i = 0; i < written.size(); ++i) {
      group.Run([&written, i] { written[i] = static_cast<int>(i) + 1; });
    }
    group.Wait();
    EXPECT_EQ(std::accumulate(written.begin(), written.end(), 0), 20100);
  }
}

TEST(ThreadPool, GroupsOfDifferentThreadsDoNotWaitForEachOther) {
  ThreadPool pool(4);
  std::atomic<int> done = 0;
  pool.ParallelFor(4, [&](size_t) {
    ThreadPool::Group group(pool);
    for (int k = 0; k < 25; ++k) group.Run([&] { ++done; });
    group.Wait();
  });
  EXPECT_EQ(done.load(), 100);
}

TEST(ThreadPool, AGroupWaitsWhenItEnds) {
  ThreadPool pool(2);
  int written = 0;
  {
    ThreadPool::Group group(pool);
    group.Run([&] { written = 7; });
  }
  EXPECT_EQ(written, 7);
}

}  // namespace
}  // namespace tidemark

#include "tidemark/base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "tidemark/base/check.h"
#include "tidemark/base/urgency.h"

namespace tidemark {

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable changed;  // a task was queued, a task ended, or stop was set
  std::deque<std::function<void()>> tasks;
  bool stop = false;
  std::vector<std::thread> workers;
};

namespace {
bool g_alone = false;
}  // namespace

void ThreadPool::WorkAlone() { g_alone = true; }

ThreadPool::ThreadPool(int threads, bool behind)
    : threads_(g_alone ? 1 : threads), state_(std::make_unique<State>()) {
  CHECK(threads >= 1);
  for (int i = 1; i < threads_; ++i) {
    state_->workers.emplace_back([this, behind] {
      if (behind) RunBehind();
      for (;;) {
        std::unique_lock lock(state_->mutex);
        state_->changed.wait(lock, [this] { return state_->stop || !state_->tasks.empty(); });
        if (state_->tasks.empty()) return;
        lock.unlock();
        RunOne();
      }
    });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->changed.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

bool ThreadPool::RunOne() {
  std::function<void()> task;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->tasks.empty()) return false;
    task = std::move(state_->tasks.front());
    state_->tasks.pop_front();
  }
  task();
  return true;
}

void ThreadPool::Group::Run(std::function<void()> task) {
  if (pool_.threads_ == 1) {
    task();
    return;
  }
  {
    const std::lock_guard lock(pool_.state_->mutex);
    ++*pending_;
    pool_.state_->tasks.push_back([&pool = pool_, pending = pending_, task = std::move(task)] {
      task();
      {
        const std::lock_guard inner(pool.state_->mutex);
        --*pending;
      }
      pool.state_->changed.notify_all();
    });
  }
  pool_.state_->changed.notify_all();
}

// Helps with queued tasks while waiting, so that nested waits cannot starve.
void ThreadPool::Group::Wait() {
  for (;;) {
    {
      std::unique_lock lock(pool_.state_->mutex);
      if (*pending_ == 0) return;
      if (pool_.state_->tasks.empty()) {
        pool_.state_->changed.wait(
            lock, [this] { return *pending_ == 0 || !pool_.state_->tasks.empty(); });
        continue;
      }
    }
    pool_.RunOne();
  }
}

void ThreadPool::ParallelFor(size_t count, const std::function<void(size_t)>& task) {
  if (threads_ == 1 || count <= 1) {
    for (size_t i = 0; i < count; ++i) task(i);
    return;
  }
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) task(i);
  };
  Group group(*this);
  for (int t = 1; t < threads_; ++t) group.Run(work);
  work();
  group.Wait();
}

int AvailableProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace tidemark

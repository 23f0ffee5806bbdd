// The thread seam: a fixed pool of workers. Results never depend on the number of threads: callers
// give every task its own output slot and combine the slots in order.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace tidemark {

class ThreadPool {
 public:
  // `threads` >= 1 counts the calling thread: ThreadPool(1) runs everything inline. The others run
  // when the processor has nothing more urgent if they are `behind`.
  explicit ThreadPool(int threads, bool behind = false);
  ~ThreadPool();
  // From now on every new pool is one of one thread, so that all happens in one order. For
  // simulations.
  static void WorkAlone();
  int threads() const { return threads_; }

  // Calls task(i) for every i in [0, count), each once, in any order; returns when all are done.
  // May be called from inside a task (the caller then helps with its own tasks first).
  void ParallelFor(size_t count, const std::function<void(size_t)>& task);

  // Runs `task` on another thread when there is one, else at once; Wait() is the barrier.
  class Group {
   public:
    explicit Group(ThreadPool& pool) : pool_(pool) {}
    ~Group() { Wait(); }
    void Run(std::function<void()> task);
    void Wait();

   private:
    ThreadPool& pool_;
    std::shared_ptr<size_t> pending_ = std::make_shared<size_t>(0);
  };

 private:
  struct State;
  bool RunOne();
  int threads_;
  std::unique_ptr<State> state_;
};

// The number of processors this process may use.
int AvailableProcessors();

}  // namespace tidemark

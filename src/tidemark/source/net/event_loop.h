// The one thread's event loop: everything that waits (sockets, timers, signals) waits here, and
// every callback runs inside Run, RunFor or RunOne. Nothing of it may be called from another
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "tidemark/base/result.h"

namespace tidemark {

class NetSimulation;

class EventLoop {
 public:
  EventLoop();
  // A loop of another time and network; borrowed. Only RunFor, Post and timers work on it.
  explicit EventLoop(NetSimulation& simulation);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs callbacks as they become due, until the time is over or Stop() is called.
  void RunFor(int64_t micros);
  // Runs one callback, waiting for it no longer than that. False: none came, or Stop().
  bool RunOne(int64_t wait_micros_max);
  void Run();  // until Stop()
  // Ends the call that is running, after the callback under way; without one, the next call.
  void Stop();

  // Runs it soon, and never inside Post itself.
  void Post(std::function<void()> task);
  // Calls `on_signal` with each of these that comes, in place of what the process would do.
  // REQUIRES no earlier call. Errors: kIo.
  Status OnSignals(const std::vector<int>& signals, std::function<void(int)> on_signal);

  struct Context;  // net/asio.h
  Context& context() { return *context_; }
  NetSimulation* simulation() { return simulation_; }  // null: the machine's own time and network

 private:
  NetSimulation* simulation_ = nullptr;
  std::unique_ptr<Context> context_;
};

// Calls once, some time later. A timer that is started anew, cancelled or gone calls no more.
class EventTimer {
 public:
  explicit EventTimer(EventLoop& loop);
  ~EventTimer();
  EventTimer(const EventTimer&) = delete;
  EventTimer& operator=(const EventTimer&) = delete;

  void Start(int64_t micros, std::function<void()> task);
  void Cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tidemark

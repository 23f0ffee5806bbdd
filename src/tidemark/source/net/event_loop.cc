#include "tidemark/source/net/event_loop.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>

#include "tidemark/base/check.h"
#include "tidemark/source/net/asio.h"
#include "tidemark/source/net/net_simulation.h"

namespace tidemark {
namespace {

using boost::system::error_code;

void WaitForSignal(boost::asio::signal_set& signals,
                   const std::shared_ptr<std::function<void(int)>>& on_signal) {
  signals.async_wait([&signals, on_signal](const error_code& error, int signal) {
    if (error) return;
    WaitForSignal(signals, on_signal);
    (*on_signal)(signal);
  });
}

}  // namespace

EventLoop::EventLoop() : context_(std::make_unique<Context>()) {}
EventLoop::EventLoop(NetSimulation& simulation) : simulation_(&simulation) {}
EventLoop::~EventLoop() = default;

void EventLoop::RunFor(int64_t micros) {
  if (simulation_ != nullptr) return simulation_->RunFor(micros);
  context_->io.run_for(std::chrono::microseconds(micros));
  if (context_->io.stopped()) context_->io.restart();
}

bool EventLoop::RunOne(int64_t wait_micros_max) {
  const size_t ran = context_->io.run_one_for(std::chrono::microseconds(wait_micros_max));
  if (context_->io.stopped()) context_->io.restart();
  return ran > 0;
}

void EventLoop::Run() {
  context_->io.run();
  context_->io.restart();
}

void EventLoop::Stop() { context_->io.stop(); }

void EventLoop::Post(std::function<void()> task) {
  if (simulation_ != nullptr) return simulation_->After(0, std::move(task));
  boost::asio::post(context_->io, std::move(task));
}

Status EventLoop::OnSignals(const std::vector<int>& signals, std::function<void(int)> on_signal) {
  CHECK(!context_->signals);
  auto& set = context_->signals.emplace(context_->io);
  for (const int signal : signals) {
    error_code error;
    set.add(signal, error);
    if (error) return Fail(ErrorCode::kIo, "waiting for signals: " + error.message());
  }
  WaitForSignal(set, std::make_shared<std::function<void(int)>>(std::move(on_signal)));
  return {};
}

struct EventTimer::State {
  explicit State(EventLoop& loop) : simulation(loop.simulation()) {
    if (simulation == nullptr) timer.emplace(loop.context().io);
  }
  NetSimulation* simulation;
  std::optional<boost::asio::steady_timer> timer;  // without a simulation
  std::function<void()> task;
  int64_t round = 0;  // a wait that has ended but not yet called is of an earlier round

  void Due(int64_t of) {
    if (round != of) return;
    const std::function<void()> due = std::move(task);
    due();
  }
};

EventTimer::EventTimer(EventLoop& loop) : state_(std::make_shared<State>(loop)) {}
EventTimer::~EventTimer() { Cancel(); }

void EventTimer::Start(int64_t micros, std::function<void()> task) {
  const int64_t round = ++state_->round;
  state_->task = std::move(task);
  if (state_->simulation != nullptr) {
    return state_->simulation->After(micros, [state = state_, round] { state->Due(round); });
  }
  state_->timer->expires_after(std::chrono::microseconds(micros));
  state_->timer->async_wait([state = state_, round](const error_code& error) {
    if (!error) state->Due(round);
  });
}

void EventTimer::Cancel() {
  ++state_->round;
  if (state_->timer) state_->timer->cancel();
}

}  // namespace tidemark

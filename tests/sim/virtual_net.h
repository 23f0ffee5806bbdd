// A venue within the process: its time is a clock that jumps from event to event, its connections
// are calls with a delay. The same seed gives the same calls at the same times.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "tidemark/base/clock.h"
#include "tidemark/base/random.h"
#include "tidemark/source/net/net_simulation.h"
#include "tidemark/source/simulator/venue_world.h"

namespace tidemark::sim {

class VirtualNet : public NetSimulation {
 public:
  // Borrowed; the clock is moved by RunFor.
  VirtualNet(ManualClock& clock, VenueWorld& world, uint64_t seed)
      : clock_(clock), world_(world), random_(seed) {}

  void RunFor(int64_t micros) override;
  void After(int64_t micros, std::function<void()> task) override;
  std::shared_ptr<WebSocketClient::Connection> Open(WebSocketOptions options,
                                                    WebSocketClient::Listener& listener) override;
  std::shared_ptr<HttpFetch::Exchange> Get(HttpGet get,
                                           std::function<void(Result<HttpReply>)> done) override;

  VenueWorld& world() { return world_; }
  int64_t now_us() { return clock_.Now().us; }
  // How long something takes on the way: mostly short, sometimes long.
  int64_t Delay();

 private:
  struct Task {
    int64_t at_us, order;
    std::function<void()> run;
    bool operator>(const Task& o) const {
      return at_us != o.at_us ? at_us > o.at_us : order > o.order;
    }
  };

  ManualClock& clock_;
  VenueWorld& world_;
  Random random_;
  std::priority_queue<Task, std::vector<Task>, std::greater<>> tasks_;
  int64_t orders_ = 0;
};

}  // namespace tidemark::sim

// What `live` follows: venues that send (LiveFeed), services that are asked (AlphaVantageFeed).
#pragma once

#include <cstdint>
#include <optional>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/live_state.h"

namespace tidemark {

class LiveSource {
 public:
  virtual ~LiveSource() = default;
  virtual void Start() = 0;
  virtual void Stop() = 0;
  // After every turn of the loop, when what it brought is durable and the lake is open.
  virtual void Turn(int64_t now_us) = 0;
  // While paused nothing is taken: the log has no room, or cannot be written.
  virtual void PauseReading(bool paused) = 0;
  virtual int64_t reconnects() const { return 0; }
  // For those that stay connected.
  virtual std::optional<LiveState::OfFeed> State() const { return std::nullopt; }

  // For `run`, which stops when all that can be asked now has been: whether that is so, and the
  // first thing that went wrong.
  virtual bool idle() const { return true; }
  virtual Status problem() const { return {}; }
};

}  // namespace tidemark

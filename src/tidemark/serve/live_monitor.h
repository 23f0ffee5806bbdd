// The window of a `live` for others: GET /metrics and GET /health, answered from what its runner
// last said, in a thread of its own.
#pragma once

#include <memory>
#include <mutex>

#include "tidemark/base/clock.h"
#include "tidemark/pipeline/live_state.h"
#include "tidemark/serve/http_server.h"

namespace tidemark {

class LiveMonitor {
 public:
  // `clock` is borrowed, and asked from another thread. Errors: those of HttpServer::Start.
  static Result<std::unique_ptr<LiveMonitor>> Start(const ListenAddress& address,
                                                    int64_t silence_us, Clock& clock);
  // From any thread.
  void Update(const LiveState& state);
  const ListenAddress& address() const { return server_->address(); }

 private:
  LiveMonitor(int64_t silence_us, Clock& clock) : silence_us_(silence_us), clock_(clock) {}
  PageAnswer Answer(std::string_view path);

  int64_t silence_us_;
  Clock& clock_;
  std::mutex mutex_;
  LiveState state_;
  std::unique_ptr<HttpServer> server_;  // last: it asks for the state
};

}  // namespace tidemark

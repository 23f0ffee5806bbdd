// The seam below source/net: where a loop's time and connections come from when they are not the
// machine's. What stands in for them decides when anything happens; everything above is unchanged.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "tidemark/source/net/http_fetch.h"
#include "tidemark/source/net/websocket_connection.h"

namespace tidemark {

class NetSimulation {
 public:
  virtual ~NetSimulation() = default;
  // Everything that is due within the time, in order; then the time is over.
  virtual void RunFor(int64_t micros) = 0;
  // Runs the task once, so much later, and never inside this call.
  virtual void After(int64_t micros, std::function<void()> task) = 0;
  virtual std::shared_ptr<WebSocketClient::Connection> Open(
      WebSocketOptions options, WebSocketClient::Listener& listener) = 0;
  virtual std::shared_ptr<HttpFetch::Exchange> Get(HttpGet get,
                                                   std::function<void(Result<HttpReply>)> done) = 0;
};

}  // namespace tidemark

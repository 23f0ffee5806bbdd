// What stands behind a WebSocketClient: ws, wss, or what could not even be tried.
#pragma once

#include <memory>
#include <string>

#include "tidemark/source/net/websocket_client.h"

namespace tidemark {

class WebSocketClient::Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(Listener& listener) : listener_(&listener) {}
  virtual ~Connection() = default;
  // Never null.
  static std::shared_ptr<Connection> Make(EventLoop& loop, WebSocketOptions options,
                                          Listener& listener);
  virtual void Start() = 0;
  virtual Status Send(std::string text) = 0;
  virtual void Ping() = 0;
  virtual void Close() = 0;
  virtual void PauseReading(bool paused) = 0;

 protected:
  Listener* listener_;  // null once it must not be called
};

}  // namespace tidemark

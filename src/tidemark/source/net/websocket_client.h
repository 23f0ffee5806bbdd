// One websocket connection, ws or wss, from opening to end. Ping frames are answered while reading.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/source/net/event_loop.h"

namespace tidemark {

struct WebSocketOptions {
  std::string url = {};
  std::string ca_file = {};              // "": the system's certificates
  int64_t open_timeout_us = 15'000'000;  // look-up, connection, TLS and handshake together
  size_t message_bytes_max = 64 << 20;   // of a message received, unpacked
  size_t queue_messages_max = 256, queue_bytes_max = 1 << 20;  // of what waits to be sent
  bool deflate = true;                                         // offer permessage-deflate
};

struct WebSocketClosed {
  // With the host: "wss://ws.kraken.com: TLS: certificate verify failed: self-signed certificate".
  std::string reason;
  int http_status = 0;      // of a refused handshake
  std::string retry_after;  // its header
};

class WebSocketClient {
 public:
  // Called from the loop, never inside a call of the client. Any of them may close or delete the
  // client; nothing is called after that.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnOpen() = 0;
    // A whole text or binary message; it lives as long as the call.
    virtual void OnMessage(std::string_view message) = 0;
    virtual void OnAlive() = 0;  // a ping or pong frame has come
    // At most once, the last call, also when it never opened.
    virtual void OnClosed(const WebSocketClosed& closed) = 0;
  };

  // Starts to connect. `loop` and `listener` outlive the client.
  WebSocketClient(EventLoop& loop, WebSocketOptions options, Listener& listener);
  ~WebSocketClient();  // as Close
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;

  // Queues a text message. Errors: kUnavailable when it is not open or the queue is full.
  Status Send(std::string text);
  void Ping();  // a ping frame, when one can be sent now
  // Says goodbye in the background and calls the listener no more.
  void Close();
  // While paused nothing is read, so that TCP holds the sender back; a message that is already here
  // waits. Ping frames are not answered meanwhile.
  void PauseReading(bool paused);

  class Connection;  // websocket_client.cc

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace tidemark

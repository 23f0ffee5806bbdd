// A websocket connection by its parts, for websocket_client.cc: opening (look-up, TCP, TLS,
// handshake, one time limit over all), reading one message at a time, sending from a queue.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <deque>

#include "tidemark/source/net/tls.h"
#include "tidemark/source/net/websocket_client.h"

namespace tidemark {

class WebSocketClient::Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(Listener& listener) : listener_(&listener) {}
  virtual ~Connection() = default;
  virtual void Start() = 0;
  virtual Status Send(std::string text) = 0;
  virtual void Ping() = 0;
  virtual void Close() = 0;
  virtual void PauseReading(bool paused) = 0;

 protected:
  Listener* listener_;  // null once it must not be called
};

// An address or certificates that cannot be used: ends as soon as the loop runs.
class FailedConnection : public WebSocketClient::Connection {
 public:
  FailedConnection(EventLoop& loop, WebSocketClient::Listener& listener, std::string reason)
      : Connection(listener), loop_(loop), reason_(std::move(reason)) {}
  void Start() override;
  Status Send(std::string) override { return Fail(ErrorCode::kUnavailable, reason_); }
  void Ping() override {}
  void Close() override { listener_ = nullptr; }
  void PauseReading(bool) override {}

 private:
  EventLoop& loop_;
  std::string reason_;
};

// What ws and wss share; `Stream` is the layer below the websocket.
template <typename Stream>
class StreamConnection : public WebSocketClient::Connection {
 public:
  template <typename... StreamArguments>
  StreamConnection(EventLoop& loop, WebSocketOptions options, Url url,
                   WebSocketClient::Listener& listener, StreamArguments&&... arguments);
  void Start() override;
  Status Send(std::string text) override;
  void Ping() override;
  void Close() override;
  void PauseReading(bool paused) override;

 protected:
  using ErrorCode_ = boost::system::error_code;
  // Encryption, where there is one; then Handshake().
  virtual void Secure() = 0;
  void Handshake();
  // Ends the connection and tells why: "<host>: <step>: <cause>".
  void End(std::string_view step, std::string_view cause);
  std::shared_ptr<StreamConnection> Self() {
    return std::static_pointer_cast<StreamConnection>(shared_from_this());
  }
  // Whether an asynchronous step may go on: nobody closed, no error (which it reports).
  bool Goes(const ErrorCode_& error, std::string_view step);

  Url url_;
  boost::beast::websocket::stream<Stream> stream_;

 private:
  void OnHandshake(const ErrorCode_& error);
  void Read();
  void OnRead(const ErrorCode_& error);
  void Deliver();
  void Write();
  void Drop();  // at once, without goodbye
  std::string ReasonOf(const ErrorCode_& error) const;

  WebSocketOptions options_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer opening_;
  boost::beast::websocket::response_type response_;
  boost::beast::flat_buffer buffer_;
  std::deque<std::string> queue_;
  size_t queue_bytes_ = 0;
  bool open_ = false, paused_ = false, reading_ = false, waiting_ = false, timed_out_ = false;
  bool pinging_ = false;
};

class PlainConnection : public StreamConnection<boost::beast::tcp_stream> {
 public:
  using StreamConnection::StreamConnection;

 protected:
  void Secure() override { Handshake(); }
};

using TlsStream = boost::beast::ssl_stream<boost::beast::tcp_stream>;

class SecureConnection : public StreamConnection<TlsStream> {
 public:
  SecureConnection(EventLoop& loop, WebSocketOptions options, Url url,
                   WebSocketClient::Listener& listener,
                   std::shared_ptr<boost::asio::ssl::context> tls)
      : StreamConnection(loop, std::move(options), std::move(url), listener, *tls),
        tls_(std::move(tls)) {}

 protected:
  void Secure() override;

 private:
  std::shared_ptr<boost::asio::ssl::context> tls_;
};

}  // namespace tidemark

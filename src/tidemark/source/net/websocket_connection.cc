#include "tidemark/source/net/websocket_connection.h"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <deque>
#include <utility>

#include "tidemark/source/net/asio.h"
#include "tidemark/source/net/net_simulation.h"
#include "tidemark/source/net/tls.h"

namespace tidemark {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

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
  // Encryption, where there is one; then Handshake().
  virtual void Secure() = 0;
  void Handshake();
  // Ends the connection and tells why: "<host>: <step>: <cause>".
  void End(std::string_view step, std::string_view cause);
  std::shared_ptr<StreamConnection> Self() {
    return std::static_pointer_cast<StreamConnection>(shared_from_this());
  }
  // Whether an asynchronous step may go on: nobody closed, no error (which it reports).
  bool Goes(const error_code& error, std::string_view step);

  Url url_;
  websocket::stream<Stream> stream_;

 private:
  void OnHandshake(const error_code& error);
  void Read();
  void OnRead(const error_code& error);
  void Deliver();
  void Write();
  void Drop();  // at once, without goodbye
  std::string ReasonOf(const error_code& error) const;

  WebSocketOptions options_;
  tcp::resolver resolver_;
  boost::asio::steady_timer opening_;
  websocket::response_type response_;
  beast::flat_buffer buffer_;
  std::deque<std::string> queue_;
  size_t queue_bytes_ = 0;
  bool open_ = false, paused_ = false, reading_ = false, waiting_ = false, timed_out_ = false;
  bool pinging_ = false;
};

class PlainConnection : public StreamConnection<beast::tcp_stream> {
 public:
  using StreamConnection::StreamConnection;

 protected:
  void Secure() override { Handshake(); }
};

using TlsStream = beast::ssl_stream<beast::tcp_stream>;

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

void FailedConnection::Start() {
  loop_.Post([self = shared_from_this(), this] {
    if (listener_ != nullptr) std::exchange(listener_, nullptr)->OnClosed({reason_, 0, ""});
  });
}

template <typename Stream>
template <typename... StreamArguments>
StreamConnection<Stream>::StreamConnection(EventLoop& loop, WebSocketOptions options, Url url,
                                           WebSocketClient::Listener& listener,
                                           StreamArguments&&... arguments)
    : Connection(listener),
      url_(std::move(url)),
      stream_(loop.context().io, std::forward<StreamArguments>(arguments)...),
      options_(std::move(options)),
      resolver_(loop.context().io),
      opening_(loop.context().io),
      buffer_(options_.message_bytes_max) {}

template <typename Stream>
bool StreamConnection<Stream>::Goes(const error_code& error, std::string_view step) {
  if (listener_ == nullptr) return false;
  if (!error) return true;
  End(step, timed_out_ ? fmt::format("not open after {} ms", options_.open_timeout_us / 1000)
                       : error.message());
  return false;
}

template <typename Stream>
void StreamConnection<Stream>::Start() {
  opening_.expires_after(std::chrono::microseconds(options_.open_timeout_us));
  opening_.async_wait([self = Self(), this](const error_code& error) {
    if (error || open_ || listener_ == nullptr) return;
    timed_out_ = true;
    resolver_.cancel();
    Drop();  // the step under way ends with an error; a look-up may not
    End("opening", fmt::format("not open after {} ms", options_.open_timeout_us / 1000));
  });
  resolver_.async_resolve(
      url_.host, url_.port,
      [self = Self(), this](const error_code& error, const tcp::resolver::results_type& found) {
        if (!Goes(error, "looking up the host")) return;
        beast::get_lowest_layer(stream_).expires_never();
        beast::get_lowest_layer(stream_).async_connect(
            found, [self = Self(), this](const error_code& failed, const tcp::endpoint&) {
              if (!Goes(failed, "connecting")) return;
              error_code ignored;
              auto& socket = beast::get_lowest_layer(stream_).socket();
              socket.set_option(tcp::no_delay(true), ignored);
              Secure();
            });
      });
}

void SecureConnection::Secure() {
  if (const Status ready = PrepareTls(url_, stream_.next_layer().native_handle()); !ready) {
    return End("TLS", ready.error().message());
  }
  stream_.next_layer().async_handshake(
      boost::asio::ssl::stream_base::client, [self = Self(), this](const error_code& error) {
        const error_code& cause = error;
        if (listener_ != nullptr && cause) {
          return End("TLS", TlsErrorText(cause, stream_.next_layer().native_handle()));
        }
        if (Goes(cause, "TLS")) Handshake();
      });
}

template <typename Stream>
void StreamConnection<Stream>::Handshake() {
  // The opening timer covers the handshake; silence is judged by the owner, who knows the venue.
  stream_.set_option(websocket::stream_base::timeout{
      std::chrono::microseconds(options_.open_timeout_us), websocket::stream_base::none(), false});
  stream_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
    request.set(beast::http::field::user_agent, "tidemark/" TIDEMARK_VERSION);
  }));
  websocket::permessage_deflate deflate;
  deflate.client_enable = options_.deflate;
  stream_.set_option(deflate);
  stream_.read_message_max(options_.message_bytes_max);
  stream_.control_callback([this](websocket::frame_type kind, beast::string_view) {
    if (kind != websocket::frame_type::close && listener_ != nullptr) listener_->OnAlive();
  });
  stream_.async_handshake(response_, url_.HostHeader(), url_.target,
                          [self = Self(), this](const error_code& error) { OnHandshake(error); });
}

template <typename Stream>
void StreamConnection<Stream>::OnHandshake(const error_code& error) {
  if (listener_ == nullptr) return;
  if (error == websocket::error::upgrade_declined) {
    WebSocketClosed closed;
    closed.http_status = static_cast<int>(response_.result_int());
    const auto reason = response_.reason();
    closed.reason = fmt::format("{}: the server answered {} {}", options_.url, closed.http_status,
                                std::string_view(reason.data(), reason.size()));
    const auto retry = response_[beast::http::field::retry_after];
    closed.retry_after.assign(retry.data(), retry.size());
    Drop();
    return std::exchange(listener_, nullptr)->OnClosed(closed);
  }
  if (!Goes(error, "handshake")) return;
  open_ = true;
  opening_.cancel();
  listener_->OnOpen();
  Read();
}

template <typename Stream>
void StreamConnection<Stream>::Read() {
  if (listener_ == nullptr || paused_ || reading_ || !open_) return;
  reading_ = true;
  stream_.async_read(buffer_,
                     [self = Self(), this](const error_code& error, size_t) { OnRead(error); });
}

template <typename Stream>
void StreamConnection<Stream>::OnRead(const error_code& error) {
  reading_ = false;
  if (listener_ == nullptr) return;
  if (error) return End("reading", ReasonOf(error));
  if (paused_) {
    waiting_ = true;  // delivered when reading goes on
    return;
  }
  Deliver();
}

template <typename Stream>
void StreamConnection<Stream>::Deliver() {
  const auto data = buffer_.cdata();
  listener_->OnMessage({static_cast<const char*>(data.data()), data.size()});
  buffer_.consume(buffer_.size());
  Read();
}

template <typename Stream>
void StreamConnection<Stream>::PauseReading(bool paused) {
  paused_ = paused;
  if (paused || listener_ == nullptr) return;
  if (!waiting_) return Read();
  // Not inside this call: the caller is in the middle of something.
  boost::asio::post(stream_.get_executor(), [self = Self(), this] {
    if (!waiting_ || paused_ || listener_ == nullptr) return;
    waiting_ = false;
    Deliver();
  });
}

template <typename Stream>
Status StreamConnection<Stream>::Send(std::string text) {
  if (!open_ || listener_ == nullptr) {
    return Fail(ErrorCode::kUnavailable, options_.url + " is not open");
  }
  if (queue_.size() >= options_.queue_messages_max ||
      queue_bytes_ + text.size() > options_.queue_bytes_max) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("{}: {} messages wait to be sent", options_.url, queue_.size()));
  }
  queue_bytes_ += text.size();
  queue_.push_back(std::move(text));
  if (queue_.size() == 1) Write();
  return {};
}

template <typename Stream>
void StreamConnection<Stream>::Write() {
  stream_.text(true);
  stream_.async_write(boost::asio::buffer(queue_.front()),
                      [self = Self(), this](const error_code& error, size_t) {
                        queue_bytes_ -= queue_.front().size();
                        queue_.pop_front();
                        if (Goes(error, "sending") && !queue_.empty()) Write();
                      });
}

template <typename Stream>
void StreamConnection<Stream>::Ping() {
  if (!open_ || pinging_ || listener_ == nullptr) return;
  pinging_ = true;
  stream_.async_ping({}, [self = Self(), this](const error_code& error) {
    pinging_ = false;
    Goes(error, "sending a ping");
  });
}

template <typename Stream>
void StreamConnection<Stream>::Drop() {
  error_code ignored;
  beast::get_lowest_layer(stream_).socket().close(ignored);
}

template <typename Stream>
void StreamConnection<Stream>::Close() {
  if (listener_ == nullptr) return;
  listener_ = nullptr;
  opening_.cancel();
  resolver_.cancel();
  if (!open_) return Drop();
  // A peer that does not answer the goodbye is left after two seconds.
  stream_.set_option(websocket::stream_base::timeout{std::chrono::seconds(2),
                                                     websocket::stream_base::none(), false});
  stream_.async_close(websocket::close_code::normal,
                      [self = Self(), this](const error_code&) { Drop(); });
}

template <typename Stream>
void StreamConnection<Stream>::End(std::string_view step, std::string_view cause) {
  if (listener_ == nullptr) return;
  opening_.cancel();
  Drop();
  const std::string reason = fmt::format("{}: {}: {}", options_.url, step, cause);
  std::exchange(listener_, nullptr)->OnClosed({reason, 0, ""});
}

template <typename Stream>
std::string StreamConnection<Stream>::ReasonOf(const error_code& error) const {
  if (error == websocket::error::closed) {
    const auto& reason = stream_.reason();
    return fmt::format("the server closed with code {}{}{}", static_cast<unsigned>(reason.code),
                       reason.reason.empty() ? "" : ": ",
                       std::string_view(reason.reason.data(), reason.reason.size()));
  }
  if (error == boost::asio::error::eof || error == boost::asio::ssl::error::stream_truncated) {
    return "the server ended the connection";
  }
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow) {
    return fmt::format("a message of more than {} bytes", options_.message_bytes_max);
  }
  return error.message();
}

}  // namespace

std::shared_ptr<WebSocketClient::Connection> WebSocketClient::Connection::Make(
    EventLoop& loop, WebSocketOptions options, Listener& listener) {
  if (loop.simulation() != nullptr) return loop.simulation()->Open(std::move(options), listener);
  auto url = ParseUrl(options.url);
  if (url && !url->websocket) {
    url = Fail(ErrorCode::kParse, "not a websocket address: '" + options.url + "'");
  }
  if (!url) return std::make_shared<FailedConnection>(loop, listener, url.error().message());
  if (!url->secure) {
    return std::make_shared<PlainConnection>(loop, std::move(options), *url, listener);
  }
  auto tls = MakeTlsContext(options.ca_file);
  if (!tls) return std::make_shared<FailedConnection>(loop, listener, tls.error().message());
  return std::make_shared<SecureConnection>(loop, std::move(options), *url, listener,
                                            *std::move(tls));
}

}  // namespace tidemark

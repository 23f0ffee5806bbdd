#include "tidemark/source/net/http_fetch.h"

#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

#include "tidemark/source/net/asio.h"
#include "tidemark/source/net/net_simulation.h"
#include "tidemark/source/net/tls.h"
#include "tidemark/source/net/url.h"

namespace tidemark {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

namespace {

class SocketExchange : public HttpFetch::Exchange,
                       public std::enable_shared_from_this<SocketExchange> {
 public:
  SocketExchange(EventLoop& loop, HttpGet get, std::function<void(Result<HttpReply>)> done)
      : loop_(loop),
        get_(std::move(get)),
        done_(std::move(done)),
        resolver_(loop.context().io),
        timer_(loop.context().io) {}

  void Start() {
    if (const Status ready = Prepare(); !ready) {
      // `done` is never called inside the constructor of the fetch.
      return loop_.Post(
          [self = shared_from_this(), error = ready.error()] { self->Finish(Fail(error)); });
    }
    timer_.expires_after(std::chrono::microseconds(get_.timeout_us));
    timer_.async_wait([self = shared_from_this(), this](const error_code& error) {
      if (error) return;
      Finish(Unavailable("waiting", fmt::format("no reply after {} ms", get_.timeout_us / 1000)));
    });
    resolver_.async_resolve(url_.host, url_.port,
                            [self = shared_from_this(), this](
                                const error_code& error, const tcp::resolver::results_type& found) {
                              if (!Goes(error, "looking up the host")) return;
                              Lowest().expires_never();
                              Lowest().async_connect(
                                  found, [self = shared_from_this(), this](const error_code& failed,
                                                                           const tcp::endpoint&) {
                                    if (Goes(failed, "connecting")) Secure();
                                  });
                            });
  }

  void GiveUp() override {
    done_ = nullptr;
    End();
  }

 private:
  Status Prepare() {
    TM_ASSIGN(url_, ParseUrl(get_.url));
    url_.target += get_.secret;
    if (url_.websocket) return Fail(ErrorCode::kParse, "not an http address: '" + get_.url + "'");
    if (!url_.secure) {
      plain_.emplace(loop_.context().io);
      return {};
    }
    TM_ASSIGN(tls_, MakeTlsContext(get_.ca_file));
    secure_.emplace(loop_.context().io, *tls_);
    return PrepareTls(url_, secure_->native_handle());
  }

  beast::tcp_stream& Lowest() { return secure_ ? beast::get_lowest_layer(*secure_) : *plain_; }

  std::unexpected<Error> Unavailable(std::string_view step, std::string_view cause) const {
    return Fail(ErrorCode::kUnavailable, fmt::format("{}: {}: {}", get_.url, step, cause));
  }

  bool Goes(const error_code& error, std::string_view step) {
    if (!done_) return false;
    if (!error) return true;
    std::string cause = error.message();
    if (error == http::error::body_limit || error == http::error::buffer_overflow) {
      cause = fmt::format("a reply of more than {} bytes", get_.body_bytes_max);
    } else if (secure_ && step == "TLS") {
      cause = TlsErrorText(error, secure_->native_handle());
    }
    Finish(Unavailable(step, cause));
    return false;
  }

  void Secure() {
    if (!secure_) return Ask();
    secure_->async_handshake(boost::asio::ssl::stream_base::client,
                             [self = shared_from_this(), this](const error_code& error) {
                               if (Goes(error, "TLS")) Ask();
                             });
  }

  void Ask() {
    request_.method(http::verb::get);
    request_.target(url_.target);
    request_.version(11);
    request_.set(http::field::host, url_.HostHeader());
    request_.set(http::field::user_agent, "tidemark/" TIDEMARK_VERSION);
    request_.set(http::field::accept, "application/json");
    request_.keep_alive(false);
    parser_.body_limit(get_.body_bytes_max);
    if (secure_) {
      Exchanged(*secure_);
    } else {
      Exchanged(*plain_);
    }
  }

  template <typename Stream>
  void Exchanged(Stream& stream) {
    http::async_write(stream, request_,
                      [self = shared_from_this(), this, &stream](const error_code& error, size_t) {
                        if (!Goes(error, "asking")) return;
                        http::async_read(
                            stream, buffer_, parser_,
                            [self = shared_from_this(), this](const error_code& failed, size_t) {
                              if (Goes(failed, "reading the reply")) OnReply();
                            });
                      });
  }

  void OnReply() {
    auto& message = parser_.get();
    HttpReply reply;
    reply.status = static_cast<int>(message.result_int());
    reply.reason.assign(message.reason().data(), message.reason().size());
    reply.retry_after = message[http::field::retry_after];
    reply.date = ParseServerTime(message[http::field::date], message[http::field::age]);
    reply.body = std::move(message.body());
    Finish(std::move(reply));
  }

  void Finish(Result<HttpReply> result) {
    End();
    if (!done_) return;
    const auto done = std::exchange(done_, nullptr);
    done(std::move(result));
  }

  void End() {
    timer_.cancel();
    resolver_.cancel();
    error_code ignored;
    if (secure_ || plain_) Lowest().socket().close(ignored);
  }

  EventLoop& loop_;
  HttpGet get_;
  std::function<void(Result<HttpReply>)> done_;
  Url url_;
  tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  std::optional<beast::tcp_stream> plain_;
  std::optional<TlsStream> secure_;
  beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  http::response_parser<http::string_body> parser_;
};

}  // namespace

HttpFetch::HttpFetch(EventLoop& loop, HttpGet get, std::function<void(Result<HttpReply>)> done) {
  if (loop.simulation() != nullptr) {
    exchange_ = loop.simulation()->Get(std::move(get), std::move(done));
    return;
  }
  const auto exchange = std::make_shared<SocketExchange>(loop, std::move(get), std::move(done));
  exchange_ = exchange;
  exchange->Start();
}

HttpFetch::~HttpFetch() { exchange_->GiveUp(); }

}  // namespace tidemark

#include "tidemark/serve/http_server.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "tidemark/base/parallel.h"

namespace tidemark {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// How long what a client still sends is thrown away, so that it can read why it is cut off.
constexpr auto kLinger = std::chrono::seconds(1);
// Out of descriptors, mostly: others may go meanwhile.
constexpr auto kAcceptAgain = std::chrono::milliseconds(100);

ErrorCode CodeOf(const error_code& error) {
  if (error == boost::system::errc::permission_denied) return ErrorCode::kPermission;
  if (error == boost::system::errc::address_in_use) return ErrorCode::kUnavailable;
  if (error == boost::system::errc::address_not_available) return ErrorCode::kInvalidArgument;
  return ErrorCode::kIo;
}

PageAnswer Refusal(http::status status) {
  return {static_cast<int>(status), "text/plain; charset=utf-8",
          std::string(http::obsolete_reason(status)) + "\n"};
}

// What a request that cannot be read is told; nullopt: nobody is there to be told.
std::optional<http::status> StatusOf(const error_code& error) {
  if (error.category() != http::make_error_code(http::error::end_of_stream).category() ||
      error == http::error::end_of_stream || error == http::error::partial_message) {
    return std::nullopt;
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return http::status::request_header_fields_too_large;
  }
  if (error == http::error::body_limit) return http::status::payload_too_large;
  return http::status::bad_request;
}

}  // namespace

class HttpServer::Context {
 public:
  Context(Handler handler, const HttpServerLimits& limits)
      : handler_(std::move(handler)), limits_(limits) {}
  ~Context() {
    io_.stop();
    running_.Wait();
  }

  Result<ListenAddress> Listen(const ListenAddress& address);
  void Run() {
    Accept();
    running_.Run([this] { io_.run(); });
  }

  const Handler& handler() const { return handler_; }
  const HttpServerLimits& limits() const { return limits_; }
  void Forget(int64_t number) { connections_.erase(number); }

 private:
  void Accept();

  Handler handler_;
  HttpServerLimits limits_;
  int64_t number_ = 0;
  std::map<int64_t, std::weak_ptr<Connection>> connections_;  // by number: the oldest first
  asio::io_context io_{1};  // holds the connections: goes before the map they are in
  tcp::acceptor acceptor_{io_};
  asio::steady_timer again_{io_};
  ThreadPool threads_{2};  // the other one is the caller's
  ThreadPool::Group running_{threads_};
};

// One client: request after request, until it or its time is over.
class HttpServer::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Context& context, int64_t number, tcp::socket socket)
      : context_(context), number_(number), stream_(std::move(socket)) {}
  ~Connection() { context_.Forget(number_); }

  void Read() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(context_.limits().header_bytes));
    parser_->body_limit(context_.limits().body_bytes);
    Wait(std::chrono::microseconds(context_.limits().wait_us));
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this(), this](const error_code& error, size_t) {
                       if (!error) return Answer();
                       const auto status = StatusOf(error);
                       if (status) return Write(Refusal(*status), false, false, 11);
                       Close();
                     });
  }

  void Close() {
    error_code ignored;
    stream_.socket().close(ignored);
  }

 private:
  template <typename Duration>
  void Wait(Duration duration) {
    stream_.expires_after(duration);
  }

  void Answer() {
    const auto& request = parser_->get();
    const bool head = request.method() == http::verb::head;
    if (!head && request.method() != http::verb::get) {
      return Write(Refusal(http::status::method_not_allowed), request.keep_alive(), false,
                   request.version());
    }
    const std::string_view target(request.target().data(), request.target().size());
    Write(context_.handler()(target.substr(0, target.find('?'))), request.keep_alive(), head,
          request.version());
  }

  void Write(PageAnswer answer, bool keep, bool head, unsigned version) {
    reply_.emplace(static_cast<http::status>(answer.status), version);
    reply_->set(http::field::server, "tidemark/" TIDEMARK_VERSION);
    reply_->set(http::field::content_type, answer.type);
    reply_->set(http::field::cache_control, "no-store");
    if (reply_->result() == http::status::method_not_allowed) {
      reply_->set(http::field::allow, "GET, HEAD");
    }
    reply_->keep_alive(keep);
    reply_->content_length(answer.body.size());
    if (!head) reply_->body() = std::move(answer.body);
    Wait(std::chrono::microseconds(context_.limits().wait_us));
    http::async_write(stream_, *reply_,
                      [self = shared_from_this(), this, keep](const error_code& error, size_t) {
                        if (error) return Close();
                        if (keep) return Read();
                        SayGoodbye();
                      });
  }

  // Closing with bytes unread would take the answer back.
  void SayGoodbye() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    Wait(kLinger);
    ThrowAway();
  }
  void ThrowAway() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this(), this](const error_code& error, size_t) {
                              if (error) return Close();
                              ThrowAway();
                            });
  }

  Context& context_;
  int64_t number_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{64 << 10};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> reply_;
};

Result<ListenAddress> HttpServer::Context::Listen(const ListenAddress& address) {
  error_code error;
  const auto host = asio::ip::make_address(address.host, error);
  const tcp::endpoint endpoint(host, address.port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  const tcp::endpoint bound = error ? endpoint : acceptor_.local_endpoint(error);
  if (error) {
    return Fail(CodeOf(error),
                fmt::format("nothing can listen on {}: {}", address.ToString(), error.message()));
  }
  return ListenAddress{address.host, bound.port()};
}

void HttpServer::Context::Accept() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error) {
      again_.expires_after(kAcceptAgain);
      return again_.async_wait([this](const error_code&) { Accept(); });
    }
    if (connections_.size() >= limits_.connections) {
      if (const auto oldest = connections_.begin()->second.lock()) oldest->Close();
      connections_.erase(connections_.begin());
    }
    const auto connection = std::make_shared<Connection>(*this, ++number_, std::move(socket));
    connections_.emplace(number_, connection);
    connection->Read();
    Accept();
  });
}

HttpServer::HttpServer() = default;
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const ListenAddress& address, Handler handler,
                                                      const HttpServerLimits& limits) {
  std::unique_ptr<HttpServer> server(new HttpServer());
  server->context_ = std::make_unique<Context>(std::move(handler), limits);
  TM_ASSIGN(server->address_, server->context_->Listen(address));
  server->context_->Run();
  return server;
}

}  // namespace tidemark

#include "tidemark/source/simulator/venue_session.h"

#include <netinet/tcp.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <sstream>
#include <utility>

namespace tidemark {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

// A client that does not read holds its own feed back: nothing more is made while so much waits.
constexpr size_t kQueueBytes = 1 << 20;
constexpr size_t kTextBytesMax = 1 << 20;
// Messages that are due together go out together.
using Cork = asio::detail::socket_option::boolean<IPPROTO_TCP, TCP_CORK>;
constexpr int64_t kPingNanos = 20'000'000'000, kPongNanos = 60'000'000'000;

}  // namespace

VenueSession::VenueSession(VenueWorld& world, Socket socket)
    : world_(world), http_(std::move(socket)) {
  beast::error_code ignored;
  http_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

void VenueSession::Close() {
  if (std::exchange(closed_, true)) return;
  beast::error_code ignored;
  stream().socket().close(ignored);
}

void VenueSession::ReadRequest() {
  request_ = {};
  http::async_read(http_, buffer_, request_,
                   [self = shared_from_this()](beast::error_code error, size_t) {
                     if (error) return self->Close();
                     self->OnRequest();
                   });
}

void VenueSession::OnRequest() {
  if (websocket::is_upgrade(request_)) return OpenWebSocket();
  Reply(world_.OnRequest(std::string(request_.method_string()), std::string(request_.target())));
}

void VenueSession::Reply(const RestReply& reply) {
  response_ = {};
  response_.version(request_.version());
  response_.result(static_cast<unsigned>(reply.answer.status));
  const bool json = reply.answer.body.empty() || reply.answer.body[0] != '<';
  response_.set(http::field::content_type, json ? "application/json;charset=UTF-8" : "text/html");
  for (const auto& [name, value] : reply.answer.headers) response_.set(name, value);
  response_.keep_alive(request_.keep_alive() && !reply.truncate);
  response_.body() = reply.answer.body;
  response_.prepare_payload();
  if (reply.truncate) return SendTruncated();
  http::async_write(http_, response_, [self = shared_from_this()](beast::error_code error, size_t) {
    if (error || !self->response_.keep_alive()) return self->Close();
    self->ReadRequest();
  });
}

// The header promises all of the body, and half of it comes.
void VenueSession::SendTruncated() {
  std::ostringstream header;
  header << response_.base();
  bytes_ = header.str() + response_.body().substr(0, response_.body().size() / 2);
  asio::async_write(http_, asio::buffer(bytes_),
                    [self = shared_from_this()](beast::error_code, size_t) { self->Close(); });
}

void VenueSession::OpenWebSocket() {
  venue_ = world_.MakeVenue();
  const EventTime now = world_.Now();
  auto answer =
      venue_->OnOpen(HttpTarget::Parse({request_.target().data(), request_.target().size()}), now);
  if (!answer) {
    RestReply reply;
    reply.answer.status = 404;
    return Reply(reply);
  }
  feed_ = std::make_unique<VenueFeed>(world_.market(), *venue_, world_.plan(), world_.counts(),
                                      ++world_.counts().connections, now, world_.heartbeat_us());
  web_.emplace(std::move(http_));
  web_->read_message_max(kTextBytesMax);
  web_->auto_fragment(false);
  // Of the handshakes at the beginning and the end.
  web_->set_option(websocket::stream_base::timeout{std::chrono::seconds(10),
                                                   websocket::stream_base::none(), false});
  ponged_ns_ = pinged_ns_ = world_.RealNanos();
  web_->control_callback([this](websocket::frame_type kind, beast::string_view) {
    if (kind == websocket::frame_type::pong) ponged_ns_ = world_.RealNanos();
  });
  web_->async_accept(
      request_, [self = shared_from_this(), opening = *std::move(answer)](beast::error_code error) {
        if (error) return self->Close();
        self->open_ = true;
        self->web_->text(true);
        for (const std::string& text : opening.texts)
          self->Queue({VenueMessage::Kind::kText, text});
        for (const VenueStream& stream : opening.add) self->feed_->Add(stream, self->world_.Now());
        self->ReadText();
      });
}

void VenueSession::ReadText() {
  web_->async_read(buffer_, [self = shared_from_this()](beast::error_code error, size_t) {
    if (self->silent_) return self->Drain();
    if (error) return self->Close();
    const std::string text = beast::buffers_to_string(self->buffer_.data());
    self->buffer_.consume(self->buffer_.size());
    self->OnText(text);
    if (self->closed_) return;
    if (self->silent_) return self->Drain();
    self->ReadText();
  });
}

bool VenueSession::TooManyTexts() {
  const int most = venue_->requests_per_second();
  if (most <= 0) return false;
  const int64_t now = world_.RealNanos();
  texts_ns_.push_back(now);
  while (now - texts_ns_.front() >= 1'000'000'000) texts_ns_.pop_front();
  return texts_ns_.size() > static_cast<size_t>(most);
}

void VenueSession::OnText(const std::string& text) {
  if (TooManyTexts()) return End(VenueMessage::Kind::kGoodbye);
  const EventTime now = world_.Now();
  // What happened before the request comes before its answer.
  Pump();
  if (closed_ || silent_) return;
  const VenueAnswer answer = venue_->OnText(text, feed_->streams(), now);
  for (const std::string& reply : answer.texts) Queue({VenueMessage::Kind::kText, reply});
  for (const VenueStream& stream : answer.remove) feed_->Remove(stream);
  for (const VenueStream& stream : answer.add) feed_->Add(stream, now);
}

void VenueSession::Pump() {
  if (!open_ || closed_ || silent_) return;
  KeepAlive();
  if (queued_bytes_ > kQueueBytes || feed_->ended()) return;
  collected_.clear();
  feed_->Collect(world_.Now(), &collected_);
  if (collected_.size() > 1) SetCork(true);
  for (VenueMessage& message : collected_) Queue(std::move(message));
}

void VenueSession::SetCork(bool on) {
  beast::error_code ignored;
  if (std::exchange(corked_, on) != on) stream().socket().set_option(Cork(on), ignored);
}

void VenueSession::KeepAlive() {
  const int64_t now = world_.RealNanos();
  if (now - ponged_ns_ > kPongNanos) return Close();
  if (pinging_ || now - pinged_ns_ < kPingNanos) return;
  pinged_ns_ = now;
  pinging_ = true;
  web_->async_ping({}, [self = shared_from_this()](beast::error_code) { self->pinging_ = false; });
}

void VenueSession::Queue(VenueMessage message) {
  if (closed_ || silent_) return;
  queued_bytes_ += message.text.size();
  queue_.push_back(std::move(message));
  if (!writing_) Write();
}

void VenueSession::Write() {
  if (queue_.empty() || closed_ || silent_) return;
  const VenueMessage& message = queue_.front();
  if (message.kind == VenueMessage::Kind::kSplitText) {
    writing_ = true;
    return WriteSplit(message.text);
  }
  if (message.kind != VenueMessage::Kind::kText) return End(message.kind);
  writing_ = true;
  web_->async_write(
      asio::buffer(message.text),
      [self = shared_from_this()](beast::error_code error, size_t) { self->OnWritten(error); });
}

void VenueSession::WriteSplit(const std::string& text) {
  const size_t half = text.size() / 2;
  web_->async_write_some(
      false, asio::buffer(text.data(), half),
      [self = shared_from_this(), half](beast::error_code error, size_t) {
        if (error || self->closed_ || self->silent_) return self->OnWritten(error);
        const std::string& whole = self->queue_.front().text;
        self->web_->async_write_some(
            true, asio::buffer(whole.data() + half, whole.size() - half),
            [self](beast::error_code second, size_t) { self->OnWritten(second); });
      });
}

void VenueSession::OnWritten(beast::error_code error) {
  writing_ = false;
  if (silent_) return;
  if (error) return Close();
  queued_bytes_ -= queue_.front().text.size();
  queue_.pop_front();
  if (queue_.empty()) SetCork(false);
  Write();
}

void VenueSession::End(VenueMessage::Kind kind) {
  beast::error_code ignored;
  switch (kind) {
    case VenueMessage::Kind::kSilence:
      return FallSilent();
    case VenueMessage::Kind::kReset:
      // Closing with a lingering time of 0 sends a reset.
      stream().socket().set_option(asio::socket_base::linger(true, 0), ignored);
      return Close();
    case VenueMessage::Kind::kGoodbye:
      open_ = false;
      web_->async_close(websocket::close_code::going_away,
                        [self = shared_from_this()](beast::error_code) { self->Close(); });
      return;
    default:
      return Close();
  }
}

void VenueSession::FallSilent() {
  silent_ = true;
  // Ends the read under way, which would answer pings; Drain goes on from there.
  stream().cancel();
}

// Takes what comes without an answer, to see when the client has gone.
void VenueSession::Drain() {
  bytes_.resize(4096);
  stream().async_read_some(asio::buffer(bytes_),
                           [self = shared_from_this()](beast::error_code error, size_t) {
                             if (error) return self->Close();
                             self->Drain();
                           });
}

}  // namespace tidemark

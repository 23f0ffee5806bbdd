// One TCP connection of a simulated venue: HTTP requests, until one of them opens a websocket.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "tidemark/source/simulator/venue_feed.h"
#include "tidemark/source/simulator/venue_world.h"

namespace tidemark {

class VenueSession : public std::enable_shared_from_this<VenueSession> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  // The world is borrowed and outlives the session.
  VenueSession(VenueWorld& world, Socket socket);
  void Start() { ReadRequest(); }
  // Sends what has become due; called again and again.
  void Pump();
  // Ends the connection without a word.
  void Close();
  bool closed() const { return closed_; }

 private:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;
  using WebSocket = boost::beast::websocket::stream<boost::beast::tcp_stream>;

  void ReadRequest();
  void OnRequest();
  void Reply(const RestReply& reply);
  void SendTruncated();
  void OpenWebSocket();
  void ReadText();
  void OnText(const std::string& text);
  bool TooManyTexts();
  void Queue(VenueMessage message);
  void SetCork(bool on);
  void Write();
  void WriteSplit(const std::string& text);
  void OnWritten(boost::beast::error_code error);
  void End(VenueMessage::Kind kind);
  void FallSilent();
  void Drain();
  void KeepAlive();
  boost::beast::tcp_stream& stream() { return web_ ? web_->next_layer() : http_; }

  VenueWorld& world_;
  boost::beast::tcp_stream http_;
  std::optional<WebSocket> web_;  // takes http_ over
  boost::beast::flat_buffer buffer_;
  Request request_;
  Response response_;
  std::string bytes_;  // being sent, or read into the void

  std::unique_ptr<SimulatedVenue> venue_;
  std::unique_ptr<VenueFeed> feed_;
  std::deque<VenueMessage> queue_;  // the first is being sent
  size_t queued_bytes_ = 0;
  std::vector<VenueMessage> collected_;
  std::deque<int64_t> texts_ns_;  // when the client's last messages came
  int64_t pinged_ns_ = 0, ponged_ns_ = 0;
  bool open_ = false, writing_ = false, pinging_ = false, silent_ = false, closed_ = false;
  bool corked_ = false;
};

}  // namespace tidemark

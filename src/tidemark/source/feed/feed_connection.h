// One websocket of a FeedClient and what reads it: for feed_client.cc.
#pragma once

#include <memory>

#include "tidemark/source/feed/continuity.h"
#include "tidemark/source/feed/feed_client.h"
#include "tidemark/source/feed/feed_decoder.h"
#include "tidemark/source/net/websocket_client.h"

namespace tidemark {

struct FeedClient::Shard {
  Shard(const VenueProtocol& protocol, std::vector<FeedTopic> topics, std::string url,
        const FeedTimings& timings, uint64_t seed, int64_t& numbers)
      : session(protocol, std::move(topics), std::move(url), timings, seed, numbers) {}

  FeedSession session;
  std::map<int64_t, std::unique_ptr<Connection>> connections;
  bool carrying = false;
};

// Hands on what comes in this order: the frame, its rows, the session.
class FeedClient::Connection : public WebSocketClient::Listener, public FeedSink {
 public:
  Connection(FeedClient& client, Shard& shard, int64_t id, const WebSocketOptions& options,
             std::unique_ptr<FeedDecoder> decoder);

  int64_t id() const { return id_; }
  bool open() const { return open_; }
  Status Send(std::string text);
  void PauseReading(bool paused) { socket_.PauseReading(paused); }
  // Says goodbye; the frame of it is kept.
  void Close(std::string_view reason);

  void OnOpen() override;
  void OnMessage(std::string_view message) override;
  void OnAlive() override;
  void OnClosed(const WebSocketClosed& closed) override;

  void OnTrade(std::string_view symbol, const Trade& trade, TradeOrigin origin) override;
  void OnCandle(const CandleUpdate& update) override;
  void OnControl(const ControlEvent& event) override;
  void OnBook(std::string_view type, std::string_view symbol) override;
  void OnReject(const FeedReject& reject) override;
  void OnSequence(const SequenceEvent& event) override;

 private:
  void Frame(FeedFrame::Kind kind, std::string_view about, std::string_view bytes);

  FeedClient& client_;
  Shard& shard_;
  int64_t id_;
  std::string url_;
  std::unique_ptr<FeedDecoder> decoder_;
  ContinuityTracker continuity_;  // of the connection's own numbers
  int64_t now_ = 0;               // of the message that is being decoded
  int64_t numbered_at_ = 0;       // when the last message with such a number came
  bool open_ = false;
  WebSocketClient socket_;  // last: it calls the others
};

}  // namespace tidemark

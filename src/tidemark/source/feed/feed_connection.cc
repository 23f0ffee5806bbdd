#include "tidemark/source/feed/feed_connection.h"

#include "tidemark/source/net/url.h"

namespace tidemark {

FeedClient::Connection::Connection(FeedClient& client, Shard& shard, int64_t id,
                                   const WebSocketOptions& options,
                                   std::unique_ptr<FeedDecoder> decoder)
    : client_(client),
      shard_(shard),
      id_(id),
      url_(options.url),
      decoder_(std::move(decoder)),
      socket_(client.loop_, options, *this) {}

void FeedClient::Connection::Frame(FeedFrame::Kind kind, std::string_view about,
                                   std::string_view bytes) {
  client_.listener_.OnFrame({kind, id_, client_.clock_.Now(), about, bytes});
}

Status FeedClient::Connection::Send(std::string text) {
  if (!text.empty()) return socket_.Send(std::move(text));
  socket_.Ping();
  return {};
}

void FeedClient::Connection::Close(std::string_view reason) {
  socket_.Close();
  if (std::exchange(open_, false)) Frame(FeedFrame::Kind::kClosed, reason, "");
}

void FeedClient::Connection::OnOpen() {
  open_ = true;
  Frame(FeedFrame::Kind::kOpened, url_, "");
  shard_.session.OnOpened(id_, client_.Now());
  client_.Carry(shard_);
}

void FeedClient::Connection::OnMessage(std::string_view message) {
  const ReceiveTime at = client_.clock_.Now();
  client_.heard_ = at;
  now_ = client_.Now();
  client_.listener_.OnFrame({FeedFrame::Kind::kReceived, id_, at, "", message});
  if (!open_) return;  // stopped meanwhile
  shard_.session.OnMessage(id_, now_);
  decoder_->Decode(message, at, *this);
  client_.Carry(shard_);
}

void FeedClient::Connection::OnAlive() {
  client_.heard_ = client_.clock_.Now();
  shard_.session.OnMessage(id_, client_.Now());
}

void FeedClient::Connection::OnClosed(const WebSocketClosed& closed) {
  if (std::exchange(open_, false)) Frame(FeedFrame::Kind::kClosed, closed.reason, "");
  const int64_t retry =
      ParseRetryAfter(closed.retry_after, EventTime{client_.clock_.Now().us}).value_or(0);
  shard_.session.OnClosed(id_, closed.reason, retry, client_.Now());
  const auto self = shard_.connections.find(id_);
  if (self != shard_.connections.end()) {
    client_.left_.push_back(std::move(self->second));
    shard_.connections.erase(self);
  }
  client_.Carry(shard_);
}

void FeedClient::Connection::OnTrade(std::string_view symbol, const Trade& trade,
                                     TradeOrigin origin) {
  client_.listener_.rows().OnTrade(symbol, trade, origin);
  client_.OnRow(symbol);
  shard_.session.OnTrade(id_, symbol, now_);
}

void FeedClient::Connection::OnCandle(const CandleUpdate& update) {
  client_.listener_.rows().OnCandle(update);
  client_.OnRow(update.symbol);
  shard_.session.OnCandle(id_, update.symbol, update.interval, now_);
}

void FeedClient::Connection::OnControl(const ControlEvent& event) {
  client_.listener_.rows().OnControl(event);
  shard_.session.OnControl(id_, event, now_);
}

void FeedClient::Connection::OnBook(std::string_view type, std::string_view symbol) {
  client_.listener_.rows().OnBook(type, symbol);
  shard_.session.OnBook(id_, symbol);
}

void FeedClient::Connection::OnReject(const FeedReject& reject) {
  client_.listener_.rows().OnReject(reject);
}

void FeedClient::Connection::OnSequence(const SequenceEvent& event) {
  client_.listener_.rows().OnSequence(event);
  if (event.kind != SequenceKind::kConnection) return;
  // Only here is known which connection's numbers these are. What is missing was told between the
  // last message with a number and this one.
  if (continuity_.Observe(event)) shard_.session.OnLoss(id_, numbered_at_, now_);
  numbered_at_ = now_;
}

}  // namespace tidemark

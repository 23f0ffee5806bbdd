#include "tests/sim/virtual_net.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "tidemark/source/net/url.h"
#include "tidemark/source/simulator/venue_feed.h"

namespace tidemark::sim {
namespace {

constexpr int64_t kPumpUs = 5'000;
constexpr int64_t kAliveUs = 20 * kMicrosPerSecond;

// Both ends of a websocket.
class VirtualSocket : public WebSocketClient::Connection {
 public:
  VirtualSocket(VirtualNet& net, WebSocketOptions options, WebSocketClient::Listener& listener)
      : Connection(listener), net_(net), url_(std::move(options.url)) {}

  void Start() override {
    Later(&VirtualSocket::Accept);
  }

  Status Send(std::string text) override {
    if (!open_) return Fail(ErrorCode::kUnavailable, url_ + ": not open");
    net_.After(net_.Delay(), [self = Self(), text = std::move(text)] {
      self->OnText(text);
    });
    return {};
  }

  void Ping() override {
    if (open_ && !silent_) Later(&VirtualSocket::Alive);
  }

  void Close() override {
    listener_ = nullptr;
    open_ = false;
  }

  void PauseReading(bool paused) override {
    paused_ = paused;
    if (!paused) net_.After(0, [self = Self()] { self->Deliver(); });
  }

 private:
  std::shared_ptr<VirtualSocket> Self() {
    return std::static_pointer_cast<VirtualSocket>(shared_from_this());
  }
  void Later(void (VirtualSocket::*what)()) {
    net_.After(net_.Delay(), [self = Self(), what] { (self.get()->*what)(); });
  }

  void Accept() {
    if (listener_ == nullptr) return;
    VenueWorld& world = net_.world();
    if (world.out()) return Closed("connection refused");
    const auto url = ParseUrl(url_);
    if (!url) return Closed(url.error().message());
    venue_ = world.MakeVenue();
    const EventTime now = world.Now();
    auto answer = venue_->OnOpen(HttpTarget::Parse(url->target), now);
    if (!answer) return Closed("404 Not Found");
    feed_ = std::make_unique<VenueFeed>(world.market(), *venue_, world.plan(), world.counts(),
                                        ++world.counts().connections, now, world.heartbeat_us());
    open_ = true;
    listener_->OnOpen();
    Answer(*answer, now);
    Pump();
    net_.After(kAliveUs, [self = Self()] { self->KeepAlive(); });
  }

  void OnText(const std::string& text) {
    if (!open_ || silent_) return;
    Collect();
    if (silent_) return;
    const EventTime now = net_.world().Now();
    Answer(venue_->OnText(text, feed_->streams(), now), now);
  }

  void Answer(const VenueAnswer& answer, EventTime now) {
    for (const std::string& text : answer.texts) Queue({VenueMessage::Kind::kText, text});
    for (const VenueStream& stream : answer.remove) feed_->Remove(stream);
    for (const VenueStream& stream : answer.add) feed_->Add(stream, now);
  }

  // The venue's end: what is due is sent, again and again.
  void Pump() {
    if (!open_) return;
    if (net_.world().out()) return Queue({VenueMessage::Kind::kReset, ""});
    Collect();
    if (!silent_) net_.After(kPumpUs, [self = Self()] { self->Pump(); });
  }

  // A reader that does not read is told nothing more until it does.
  void Collect() {
    if (paused_ || silent_ || feed_->ended()) return;
    std::vector<VenueMessage> messages;
    feed_->Collect(net_.world().Now(), &messages);
    for (VenueMessage& message : messages) Queue(std::move(message));
  }

  void Queue(VenueMessage message) {
    if (silent_) return;
    if (message.kind == VenueMessage::Kind::kSilence) {
      silent_ = true;
      return;
    }
    // Nothing overtakes what was sent before.
    const int64_t now = net_.now_us();
    arrives_us_ = std::max(arrives_us_, now + net_.Delay());
    net_.After(arrives_us_ - now, [self = Self(), message = std::move(message)] {
      self->inbox_.push_back(message);
      self->Deliver();
    });
  }

  void Deliver() {
    while (!inbox_.empty() && !paused_ && open_) {
      const VenueMessage message = std::move(inbox_.front());
      inbox_.pop_front();
      const bool text = message.kind == VenueMessage::Kind::kText ||
                        message.kind == VenueMessage::Kind::kSplitText;
      if (!text) return Closed(message.kind == VenueMessage::Kind::kReset ? "reset" : "closed");
      listener_->OnMessage(message.text);
    }
  }

  void Alive() {
    if (open_ && !paused_) listener_->OnAlive();
  }
  void KeepAlive() {
    if (!open_ || silent_) return;
    Alive();
    net_.After(kAliveUs, [self = Self()] { self->KeepAlive(); });
  }

  void Closed(const std::string& reason) {
    open_ = false;
    if (listener_ == nullptr) return;
    std::exchange(listener_, nullptr)->OnClosed({url_ + ": " + reason, 0, ""});
  }

  VirtualNet& net_;
  std::string url_;
  std::unique_ptr<SimulatedVenue> venue_;
  std::unique_ptr<VenueFeed> feed_;
  std::deque<VenueMessage> inbox_;
  int64_t arrives_us_ = 0;  // the last that was sent
  bool open_ = false, silent_ = false, paused_ = false;
};

class VirtualExchange : public HttpFetch::Exchange {
 public:
  explicit VirtualExchange(std::function<void(Result<HttpReply>)> done) : done_(std::move(done)) {}
  void GiveUp() override { done_ = nullptr; }
  void Finish(Result<HttpReply> reply) {
    if (!done_) return;
    const auto done = std::exchange(done_, nullptr);
    done(std::move(reply));
  }

 private:
  std::function<void(Result<HttpReply>)> done_;
};

Result<HttpReply> Ask(VenueWorld& world, const std::string& address) {
  TM_ASSIGN(const Url url, ParseUrl(address));
  if (world.out()) return Fail(ErrorCode::kUnavailable, address + ": connection refused");
  const RestReply told = world.OnRequest("GET", url.target);
  if (told.truncate) return Fail(ErrorCode::kUnavailable, address + ": partial message");
  HttpReply reply;
  reply.status = told.answer.status;
  reply.body = told.answer.body;
  for (const auto& [name, value] : told.answer.headers) {
    if (name == "Retry-After") reply.retry_after = value;
    if (name == "Date") reply.date = ParseHttpDate(value);
  }
  return reply;
}

}  // namespace

void VirtualNet::RunFor(int64_t micros) {
  const int64_t end = now_us() + micros;
  while (!tasks_.empty() && tasks_.top().at_us <= end) {
    const Task task = tasks_.top();
    tasks_.pop();
    clock_.Advance(task.at_us - now_us());
    task.run();
  }
  clock_.Advance(end - now_us());
}

void VirtualNet::After(int64_t micros, std::function<void()> task) {
  tasks_.push({now_us() + std::max<int64_t>(micros, 0), ++orders_, std::move(task)});
}

int64_t VirtualNet::Delay() {
  const int64_t most = random_.Bernoulli(0.02) ? 400'000 : 10'000;
  return 200 + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(most)));
}

std::shared_ptr<WebSocketClient::Connection> VirtualNet::Open(
    WebSocketOptions options, WebSocketClient::Listener& listener) {
  return std::make_shared<VirtualSocket>(*this, std::move(options), listener);
}

std::shared_ptr<HttpFetch::Exchange> VirtualNet::Get(HttpGet get,
                                                     std::function<void(Result<HttpReply>)> done) {
  const auto exchange = std::make_shared<VirtualExchange>(std::move(done));
  After(Delay(), [this, exchange, url = get.url] {
    auto reply = Ask(world_, url);
    After(Delay(), [exchange, reply = std::move(reply)] { exchange->Finish(reply); });
  });
  return exchange;
}

}  // namespace tidemark::sim

#include "tidemark/source/feed/feed_backfill.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/utf8.h"
#include "tidemark/source/net/url.h"

namespace tidemark {
namespace {

constexpr int kTriesMax = 8;
constexpr int64_t kWaitMax = 5 * kMicrosPerMinute;

// Too fast (Bybit says 403), or the venue's own trouble.
bool MayPass(int status) {
  return status == 429 || status == 418 || status == 403 || status == 408 || status >= 500;
}

// Hands rows on and remembers what the page held.
class PageSink : public FeedSink {
 public:
  explicit PageSink(FeedSink& rows) : rows_(rows) {}
  PageSeen page;
  EventTime reached = kMinTime;
  bool rejected = false;
  ControlAction action = ControlAction::kNone;
  std::string refusal;

  void OnTrade(std::string_view symbol, const Trade& trade, TradeOrigin origin) override {
    page.Add(trade.time, IdNumber(trade.id).value_or(kNullInt));
    reached = std::max(reached, trade.time);
    rows_.OnTrade(symbol, trade, origin);
  }
  void OnCandle(const CandleUpdate& update) override {
    const EventTime open = update.candle.open_time;
    page.Add(open, kNullInt);
    const bool closed = update.state == CandleState::kClosed;
    reached = std::max(reached, closed ? update.interval.CloseOf(open) : open);
    rows_.OnCandle(update);
  }
  void OnControl(const ControlEvent& event) override {
    if (event.kind == ControlKind::kError) {
      action = event.action;
      refusal = std::string(event.message);
      if (refusal.empty()) refusal = "refused";
    }
    rows_.OnControl(event);
  }
  void OnBook(std::string_view type, std::string_view symbol) override {
    rows_.OnBook(type, symbol);
  }
  void OnReject(const FeedReject& reject) override {
    rejected = true;
    rows_.OnReject(reject);
  }
  void OnSequence(const SequenceEvent& event) override { rows_.OnSequence(event); }

 private:
  FeedSink& rows_;
};

}  // namespace

FeedBackfill::FeedBackfill(EventLoop& loop, Clock& clock, const VenueProtocol& protocol,
                           std::unique_ptr<RestDecoder> decoder, std::string base_url,
                           std::string ca_file, uint64_t seed, Hooks hooks)
    : loop_(loop),
      clock_(clock),
      protocol_(protocol),
      decoder_(std::move(decoder)),
      base_url_(std::move(base_url)),
      ca_file_(std::move(ca_file)),
      random_(seed),
      hooks_(std::move(hooks)),
      pace_(protocol.rules().rest) {
  while (base_url_.ends_with('/')) base_url_.pop_back();
}

void FeedBackfill::Add(const Symbol& symbol, const BackfillRange& range,
                       std::function<void(Status)> done) {
  Job job;
  job.symbol = symbol;
  job.range = range;
  job.done = std::move(done);
  job.to_now = range.times.end == kMaxTime;
  jobs_.push_back(std::move(job));
}

void FeedBackfill::Look(const Symbol& symbol, const BackfillRange& range, FeedSink& rows,
                        std::function<void(Status)> done) {
  Add(symbol, range, std::move(done));
  jobs_.back().look = &rows;
}

size_t FeedBackfill::waiting() const {
  return static_cast<size_t>(std::ranges::count(jobs_, nullptr, &Job::look));
}

void FeedBackfill::PutWantedFirst() {
  const auto wanted = std::ranges::find(jobs_, nullptr, &Job::look);
  if (wanted != jobs_.end()) std::rotate(jobs_.begin(), wanted, wanted + 1);
}

void FeedBackfill::OnTime() {
  fetched_.reset();
  const int64_t now = clock_.MonotonicNanos() / 1000;
  if (jobs_.empty() || fetch_ || now < not_before_) return;
  PutWantedFirst();
  Ask(now);
}

void FeedBackfill::Ask(int64_t now) {
  Job& job = jobs_.front();
  if (job.tries == 0) {
    job.progress.now = VenueTime();
    if (job.to_now && job.progress.replies == 0) {
      // Before the first reply its clock is not known.
      job.range.times.end = std::max(job.range.times.start, job.progress.now) + kMicrosPerDay;
    }
    job.progress.path = job.request.path;
    const auto next = protocol_.NextPage(job.symbol, job.range, job.progress);
    if (!next) return Done(Fail(next.error()));
    if (!*next) return Done(hooks_.covers(job.range, job.progress));
    if ((*next)->path == job.request.path) {
      return Done(Fail(ErrorCode::kUnavailable,
                       fmt::format("{}{} does not go on", base_url_, job.request.path)));
    }
    if (!pace_.Take(now)) return;
    job.request = **next;
  } else if (!pace_.Take(now)) {
    return;
  }
  HttpGet get{.url = base_url_ + job.request.path, .ca_file = ca_file_};
  fetch_ = std::make_unique<HttpFetch>(
      loop_, std::move(get), [this](Result<HttpReply> reply) { OnReply(std::move(reply)); });
}

void FeedBackfill::OnReply(Result<HttpReply> reply) {
  fetched_ = std::move(fetch_);  // it goes later: this is its call
  if (!reply) {
    if (reply.error().code() != ErrorCode::kUnavailable) return Done(Fail(reply.error()));
    return Retry(reply.error().message(), 0);
  }
  if (reply->status >= 200 && reply->status < 300) {
    if (reply->date) behind_us_ = clock_.Now().us - reply->date->us;
    return OnBody(reply->body);
  }
  ++refused_;
  const std::string answer =
      fmt::format("{}{}: the server answered {} {}: {}", base_url_, jobs_.front().request.path,
                  reply->status, reply->reason, Printable(reply->body.substr(0, 200)));
  if (!MayPass(reply->status)) return Done(Fail(ErrorCode::kInvalidArgument, answer));
  Retry(answer, ParseRetryAfter(reply->retry_after, EventTime{clock_.Now().us}).value_or(0));
}

void FeedBackfill::OnBody(const std::string& body) {
  const RestRequest request = jobs_.front().request;
  const int64_t round = round_;
  const RestQuery query{request.kind, request.symbol, request.interval};
  const std::string text = QueryText(query);
  const ReceiveTime at = clock_.Now();
  FeedSink* const look = jobs_.front().look;
  if (look == nullptr) hooks_.frame({FeedFrame::Kind::kRestReply, 0, at, text, body});
  PageSink sink(look == nullptr ? hooks_.rows() : *look);
  decoder_->Decode(query, body, at, sink);
  if (round != round_) return;  // stopped meanwhile
  if (!sink.refusal.empty()) {
    ++refused_;
    const std::string why = fmt::format("{}{}: {}", base_url_, request.path, sink.refusal);
    const bool passes = sink.action == ControlAction::kSlowDown ||
                        sink.action == ControlAction::kResubscribe ||
                        sink.action == ControlAction::kReconnect;
    if (passes) return Retry(why, 0);
    return Done(Fail(ErrorCode::kInvalidArgument, why));
  }
  if (sink.page.rows == 0 && sink.rejected) {
    return Retry(fmt::format("{}{}: the reply cannot be read", base_url_, request.path), 0);
  }
  Job& job = jobs_.front();
  job.tries = 0;
  ++job.progress.replies;
  job.progress.rows += sink.page.rows;
  job.progress.reached = std::max(job.progress.reached, sink.reached);
  job.progress.last = sink.page;
  // A second more, for Date has no parts of one.
  if (job.to_now && job.progress.replies == 1) {
    job.range.times.end = VenueTime() + kMicrosPerSecond;
  }
}

void FeedBackfill::Retry(std::string_view why, int64_t wait_us) {
  Job& job = jobs_.front();
  if (++job.tries >= kTriesMax) {
    return Done(Fail(ErrorCode::kUnavailable, std::string(why)));
  }
  const int64_t full = std::min(kMicrosPerSecond << (job.tries - 1), kMicrosPerMinute);
  const auto jitter = static_cast<int64_t>(random_.Below(static_cast<uint64_t>(full / 2)));
  const int64_t wait = std::max(full / 2 + jitter, std::min(wait_us, kWaitMax));
  not_before_ = clock_.MonotonicNanos() / 1000 + wait;
  hooks_.note({LogLevel::kWarning,
               "request_retried",
               fmt::format("{}; asked again in {:.1f} s", why,
                           static_cast<double>(wait) / kMicrosPerSecond),
               {{"symbol", job.symbol.text()}}});
}

void FeedBackfill::Done(Status status) {
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  job.done(std::move(status));
}

void FeedBackfill::Stop() {
  ++round_;
  fetch_.reset();
  std::deque<Job> jobs = std::exchange(jobs_, {});
  for (Job& job : jobs) job.done(Fail(ErrorCode::kUnavailable, "stopped"));
}

}  // namespace tidemark

#include "tidemark/pipeline/alphavantage_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tidemark/base/utf8.h"
#include "tidemark/pipeline/config_value.h"
#include "tidemark/source/feed/backfill_range.h"
#include "tidemark/source/net/url.h"

namespace tidemark {
namespace {

// The service wants no more than one a second.
constexpr int64_t kGapUs = kMicrosPerSecond;
// How long `run` waits for room in the budget: for the limit of a minute, not for that of a day.
constexpr int64_t kPatienceUs = 2 * kMicrosPerMinute;
// Midnight may be one of America: so long after ours the limit of the day before may still hold.
constexpr int64_t kMidnightsUs = 6 * kMicrosPerHour;

// When a daily limit that the service tells of at `now` is worth another question.
int64_t EndOfDay(int64_t now) {
  const int64_t midnight = FloorToDay({now}).us;
  return now - midnight < kMidnightsUs ? now + kMicrosPerHour : midnight + kMicrosPerDay;
}

bool MayPassStatus(int status) {
  return status == 403 || status == 408 || status == 429 || status >= 500;
}

}  // namespace

bool IsPolled(const SourceConfig& source) { return source.feed.venue == kAlphaVantage; }

Result<std::vector<AlphaVantageRequest>> AlphaVantageRequestsOf(const FeedConfig& feed) {
  std::vector<AlphaVantageRequest> requests;
  for (const Symbol& symbol : feed.symbols) {
    if (feed.exchange_rates) requests.push_back(AlphaVantageRate(symbol));
    for (const Interval& interval : feed.candles) {
      TM_ASSIGN(AlphaVantageRequest request, AlphaVantageCandles(symbol, interval));
      requests.push_back(std::move(request));
    }
  }
  if (requests.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "alphavantage: nothing is asked for; write for example candles = [\"5m\", \"1d\"]");
  }
  return requests;
}

Result<std::string> AlphaVantageKeyOf(const FeedConfig& feed) {
  std::string key = feed.api_key;
  if (key.empty()) {
    TM_ASSIGN(key, ExpandEnvironment("${ALPHAVANTAGE_API_KEY:-}"));
  }
  TM_TRY(CheckAlphaVantageKey(key));
  return key;
}

AlphaVantageFeed::AlphaVantageFeed(const FeedConfig& feed, std::string key,
                                   AlphaVantageSchedule schedule, EventLoop& loop,
                                   LiveWriter& writer, const LiveOptions& options)
    : base_url_(feed.rest_url.empty() ? std::string(kAlphaVantageUrl) : feed.rest_url),
      ca_file_(feed.ca_file),
      key_(std::move(key)),
      schedule_(std::move(schedule)),
      loop_(loop),
      writer_(writer),
      options_(options) {}

Result<std::unique_ptr<AlphaVantageFeed>> AlphaVantageFeed::Make(const SourceConfig& source,
                                                                 EventLoop& loop,
                                                                 LiveWriter& writer,
                                                                 const LiveOptions& options) {
  TM_ASSIGN(std::vector<AlphaVantageRequest> requests, AlphaVantageRequestsOf(source.feed));
  TM_ASSIGN(std::string key, AlphaVantageKeyOf(source.feed));
  const RequestLimits limits{.per_minute = source.feed.requests_per_minute,
                             .per_day = source.feed.requests_per_day};
  std::unique_ptr<AlphaVantageFeed> feed(new AlphaVantageFeed(
      source.feed, std::move(key), AlphaVantageSchedule(std::move(requests), limits.per_day), loop,
      writer, options));
  TM_ASSIGN(feed->budget_, RequestBudget::Open(writer.requests_path(), kAlphaVantage, feed->key_,
                                               limits, SystemClock()));
  TM_TRY(feed->Remember());
  return feed;
}

// What was asked before, by whichever process, is not asked again before it is due.
Status AlphaVantageFeed::Remember() {
  for (size_t i = 0; i < schedule_.size(); ++i) {
    TM_ASSIGN(const auto past, budget_->PastOf(QueryText(schedule_.request(i).query())));
    if (past) schedule_.Restore(i, past->due, past->answered);
  }
  return {};
}

void AlphaVantageFeed::Start() {
  if (const int64_t wanted = schedule_.wanted_per_day(); wanted > schedule_.per_day()) {
    Note(fmt::format("{} requests a day are wanted and {} allowed: the slowest series wait", wanted,
                     schedule_.per_day()));
  }
}

void AlphaVantageFeed::Turn(int64_t /*now_us*/) {
  fetched_.reset();
  if (paused_) return;
  const int64_t now = budget_->Now();
  if (asked_ && asked_->ended) {
    // Its frame is durable by now. What cannot be settled counts as under way: nothing is asked.
    if (now < not_before_) return;
    if (const Status status = budget_->Settle(asked_->request, asked_->answered, asked_->due);
        !status) {
      Told(status.error().code(), status.error().message());
      not_before_ = now + kMicrosPerMinute;
      return;
    }
    asked_.reset();
    not_before_ = now + kGapUs;
  }
  if (asked_ || now < not_before_) return;
  const auto task = schedule_.Next(now);
  if (!task) return;
  const auto wait = budget_->Wait();
  if (!wait || *wait > 0) {
    if (!wait) Told(wait.error().code(), wait.error().message());
    wait_ = wait ? *wait : kMicrosPerDay;
    not_before_ = now + std::min(wait_, kMicrosPerMinute);
    if (wait && *wait > kPatienceUs && !std::exchange(told_spent_, true)) {
      Note("no request is left until " + FormatTime({now + *wait}));
    }
    return;
  }
  Ask(*task, now);
}

void AlphaVantageFeed::Ask(size_t task, int64_t now) {
  AlphaVantageRequest what = schedule_.request(task);
  what.full = schedule_.WantsFull(task, now);
  const auto request = budget_->Take(QueryText(what.query()));
  if (!request) {
    Told(request.error().code(), request.error().message());
    not_before_ = now + kMicrosPerMinute;
    return;
  }
  wait_ = 0;
  told_spent_ = false;
  HttpGet get{
      .url = base_url_ + what.Path(), .secret = AlphaVantageKeyQuery(key_), .ca_file = ca_file_};
  asked_ = {.task = task, .request = *request, .what = std::move(what)};
  fetch_ = std::make_unique<HttpFetch>(loop_, std::move(get),
                                       [this](const Result<HttpReply>& reply) { OnReply(reply); });
}

void AlphaVantageFeed::OnReply(const Result<HttpReply>& reply) {
  fetched_ = std::move(fetch_);  // it goes later: this is its call
  if (!reply) return Failed(reply.error().code(), reply.error().message());
  if (reply->status >= 200 && reply->status < 300) {
    return OnBody(WithoutAlphaVantageKey(reply->body, key_));
  }
  const std::string answer = fmt::format("the server answered {} {}: {}", reply->status,
                                         reply->reason, Printable(reply->body.substr(0, 200)));
  if (!MayPassStatus(reply->status)) return RefusedForGood(ErrorCode::kInvalidArgument, answer);
  const int64_t now = budget_->Now();
  const int64_t after = ParseRetryAfter(reply->retry_after, {now}).value_or(0);
  if (reply->status == 429) Hold(now + std::max(after, kMicrosPerMinute));
  Failed(ErrorCode::kUnavailable, answer);
}

void AlphaVantageFeed::OnBody(const std::string& body) {
  const RestQuery query = asked_->what.query();
  const std::string about = QueryText(query);
  const LoggedFrame frame = {.kind = FrameKind::kRestReply,
                             .feed = kAlphaVantage,
                             .connection = 0,
                             .at = SystemClock().Now(),
                             .about = about,
                             .bytes = body};
  decoder_.Decode(query, body, frame.at, writer_.Take(frame));
  const AlphaVantageReply& reply = decoder_.reply();
  if (writer_.full()) return Failed(ErrorCode::kFull, "there is no room for the reply");
  switch (reply.kind) {
    case AlphaVantageReply::Kind::kCandles:
    case AlphaVantageReply::Kind::kRate:
      return Ended(true, schedule_.Answered(asked_->task, budget_->Now(), reply.closed_until));
    case AlphaVantageReply::Kind::kRefused:
      return OnRefusal(reply);
    case AlphaVantageReply::Kind::kUnreadable:
      return Failed(ErrorCode::kParse, "the reply cannot be read");
  }
}

void AlphaVantageFeed::OnRefusal(const AlphaVantageReply& reply) {
  const std::string words =
      fmt::format("{}: {}", NameOf(reply.problem), Printable(reply.words.substr(0, 300)));
  const int64_t now = budget_->Now();
  switch (reply.problem) {
    case AlphaVantageProblem::kRateLimit:
    case AlphaVantageProblem::kDailyLimit: {
      const bool day = reply.problem == AlphaVantageProblem::kDailyLimit;
      const int64_t until = day ? EndOfDay(now) : now + kMicrosPerMinute;
      Hold(until);
      Note(fmt::format("{}; nothing is asked before {}", words, FormatTime({until})));
      return Ended(false, now);
    }
    case AlphaVantageProblem::kPremium:
    case AlphaVantageProblem::kBadKey:
    case AlphaVantageProblem::kInvalidCall:
      return RefusedForGood(CodeOf(reply.problem), words);
    case AlphaVantageProblem::kOther:
      return Failed(ErrorCode::kUnavailable, words);
  }
}

void AlphaVantageFeed::Ended(bool answered, int64_t due) {
  asked_->ended = true;
  asked_->answered = answered;
  asked_->due = due;
}

void AlphaVantageFeed::Failed(ErrorCode code, std::string_view why) {
  const int64_t due = schedule_.Failed(asked_->task, budget_->Now());
  Told(code, fmt::format("{}: {}; asked again after {}", QueryText(asked_->what.query()), why,
                         FormatTime({due})));
  Ended(false, due);
}

void AlphaVantageFeed::RefusedForGood(ErrorCode code, std::string_view why) {
  const int64_t due = schedule_.Refused(asked_->task, budget_->Now());
  Told(code, fmt::format("{}: {}; it is not asked again", QueryText(asked_->what.query()), why));
  Ended(false, due);
}

void AlphaVantageFeed::Hold(int64_t until) {
  if (const Status held = budget_->Hold(until); !held) Note(held.error().message());
}

bool AlphaVantageFeed::idle() const {
  if (asked_ || paused_) return false;
  return wait_ > kPatienceUs || !schedule_.Next(budget_->Now());
}

void AlphaVantageFeed::Note(std::string_view text) const {
  options_.on_event({LogLevel::kInfo,
                     "service_note",
                     WithoutAlphaVantageKey(fmt::format("{}: {}", kAlphaVantage, text), key_),
                     {{"venue", std::string(kAlphaVantage)}}});
}

void AlphaVantageFeed::Told(ErrorCode code, std::string text) {
  if (problem_) {
    problem_ = Fail(code, WithoutAlphaVantageKey(fmt::format("{}: {}", kAlphaVantage, text), key_));
  }
  Note(text);
}

}  // namespace tidemark

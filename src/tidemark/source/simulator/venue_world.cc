#include "tidemark/source/simulator/venue_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/json_text.h"
#include "tidemark/source/net/url.h"
#include "tidemark/source/simulator/venue_truth.h"

namespace tidemark {
namespace {

constexpr int64_t kNanosPerMinute = 60'000'000'000;
// So that times, and ids behind them, stay numbers.
constexpr double kSpeedMax = 1'000'000;
constexpr int64_t kDurationMax = 36'525 * kMicrosPerDay;
constexpr int64_t kRetryAfterMaxS = 3;

Status Validate(const VenueServerOptions& options) {
  const auto invalid = [](std::string message) {
    return Fail(ErrorCode::kInvalidArgument, "simulate: " + std::move(message));
  };
  if (options.symbols.empty()) return invalid("no symbols");
  if (!(options.speed > 0 && options.speed <= kSpeedMax)) {
    return invalid(fmt::format("speed must be above 0 and at most {}", kSpeedMax));
  }
  if (!(options.trades_per_second > 0 && options.trades_per_second <= 500)) {
    return invalid("rate must be above 0 and at most 500 trades a second");
  }
  if (options.start.us % kMicrosPerMinute != 0) return invalid("start must be a whole minute");
  if (options.start < StartOf({2009, 1, 3}) || StartOf({2100, 1, 1}) < options.start) {
    return invalid("start must lie between 2009-01-03 and 2100-01-01");
  }
  if (options.duration_us < 0 || options.duration_us > kDurationMax) {
    return invalid("the duration must be between 0 and a century");
  }
  for (size_t i = 0; i < options.symbols.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (options.symbols[j].symbol == options.symbols[i].symbol) {
        return invalid(options.symbols[i].symbol.text() + " is named twice");
      }
    }
  }
  return {};
}

}  // namespace

VenueWorld::VenueWorld(const VenueServerOptions& options, Clock& clock)
    : options_(options),
      clock_(clock),
      began_ns_(clock.MonotonicNanos()),
      plan_(options.seed, options.start, options.faults, options.script) {}

Result<std::unique_ptr<VenueWorld>> VenueWorld::Make(const VenueServerOptions& options,
                                                     Clock& clock) {
  TM_TRY(Validate(options));
  std::unique_ptr<VenueWorld> world(new VenueWorld(options, clock));
  MarketOptions market{.seed = options.seed, .start = options.start, .symbols = options.symbols};
  market.trades_per_second = options.trades_per_second;
  // The venue says how fine its times are, and is asked on a market it will not use.
  SimulatedMarket none({.start = options.start});
  TM_ASSIGN(const auto venue, MakeSimulatedVenue(options.venue, none));
  market.time_step_us = venue->time_step_us();
  world->market_ = std::make_unique<SimulatedMarket>(std::move(market));
  world->rest_ = world->MakeVenue();
  if (world->options_.weight_per_minute <= 0) {
    world->options_.weight_per_minute = world->rest_->weight_per_minute();
  }
  return world;
}

std::unique_ptr<SimulatedVenue> VenueWorld::MakeVenue() {
  return *MakeSimulatedVenue(options_.venue, *market_);  // the name was good when we were made
}

EventTime VenueWorld::Now() const {
  const auto real_us = static_cast<double>(clock_.MonotonicNanos() - began_ns_) / 1000;
  const auto us = static_cast<int64_t>(real_us * options_.speed);
  if (options_.duration_us > 0) return options_.start + std::min(us, options_.duration_us);
  return options_.start + us;
}

bool VenueWorld::over() const {
  return options_.duration_us > 0 && Now() - options_.start >= options_.duration_us;
}

int64_t VenueWorld::heartbeat_us() const {
  return std::max(kMicrosPerSecond, static_cast<int64_t>(options_.speed * kMicrosPerSecond / 100));
}

bool VenueWorld::OverWeight(int64_t* retry_after_s) {
  const int64_t now = clock_.MonotonicNanos() - began_ns_;
  if (now / kNanosPerMinute != weight_minute_) {
    weight_minute_ = now / kNanosPerMinute;
    weight_used_ = 0;
  }
  *retry_after_s = (kNanosPerMinute - now % kNanosPerMinute) / 1'000'000'000 + 1;
  return weight_used_ >= options_.weight_per_minute;
}

RestReply VenueWorld::OnRequest(const std::string& method, const std::string& target) {
  RestReply reply = Answer(method, target);
  reply.answer.headers.emplace_back("Date", FormatHttpDate(Now()));
  return reply;
}

RestReply VenueWorld::Answer(const std::string& method, const std::string& target_text) {
  const HttpTarget target = HttpTarget::Parse(target_text);
  if (target.path.starts_with("/simulator/")) return Simulator(method, target.path);
  RestReply reply;
  if (method != "GET") {
    reply.answer = {.status = 405, .body = "{}"};
    return reply;
  }
  const EventTime now = Now();
  const auto key = FaultKey(0, static_cast<uint64_t>(++counts_.requests));
  int64_t retry_after_s = 0;
  const auto refuse = [&](int status) {
    reply.answer = rest_->Refusal(status);
    if (status == 429) {
      reply.answer.headers.emplace_back("Retry-After", fmt::format("{}", retry_after_s));
    }
    return reply;
  };
  if (OverWeight(&retry_after_s)) return refuse(429);
  if (plan_.Meets(VenueFault::kRest429, key, now)) {
    ++counts_.Of(VenueFault::kRest429);
    retry_after_s =
        1 + static_cast<int64_t>(plan_.Draw(VenueFault::kRest429, key + 1).Below(kRetryAfterMaxS));
    return refuse(429);
  }
  if (plan_.Meets(VenueFault::kRest5xx, key, now)) {
    ++counts_.Of(VenueFault::kRest5xx);
    constexpr int kStatuses[] = {500, 502, 503, 504};
    return refuse(kStatuses[plan_.Draw(VenueFault::kRest5xx, key + 1).Below(4)]);
  }
  const EventTime told = now + static_cast<int64_t>(plan_.faults().skew_seconds * kMicrosPerSecond);
  EventTime known = now;
  if (plan_.Meets(VenueFault::kStale, key, now)) {
    ++counts_.Of(VenueFault::kStale);
    const auto longest = static_cast<uint64_t>(plan_.faults().stale_seconds * kMicrosPerSecond);
    const auto stale =
        static_cast<int64_t>(plan_.Draw(VenueFault::kStale, key + 1).Below(longest + 1));
    known = std::max(options_.start, now - stale);
  }
  reply.answer = rest_->OnRequest(target, known, told);
  weight_used_ += reply.answer.weight;
  if (!rest_->weight_header().empty()) {
    reply.answer.headers.emplace_back(rest_->weight_header(), fmt::format("{}", weight_used_));
  }
  reply.truncate = plan_.Meets(VenueFault::kTruncate, key, now);
  if (reply.truncate) ++counts_.Of(VenueFault::kTruncate);
  return reply;
}

RestReply VenueWorld::Simulator(const std::string& method, const std::string& path) {
  RestReply reply;
  if (path == "/simulator/status") {
    reply.answer.body = StatusJson();
  } else if (path == "/simulator/truth" && method == "POST") {
    const Status written = WriteTruth();
    reply.answer.status = written ? 200 : 500;
    reply.answer.body =
        written ? StatusJson()
                : fmt::format(R"({{"error":{}}})", JsonString(written.error().message()));
  } else {
    reply.answer = {.status = 404, .body = "{}"};
  }
  return reply;
}

Status VenueWorld::WriteTruth() {
  if (options_.truth_folder.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "no folder for the truth was named (--out)");
  }
  return WriteVenueTruth(*market_, Now(), rest_->tells_empty_minutes(), options_.truth_folder);
}

std::string VenueWorld::StatusJson() const {
  std::string faults;
  for (size_t i = 0; i < kVenueFaultCount; ++i) {
    faults += fmt::format(R"({}"{}":{})", i == 0 ? "" : ",", NameOf(static_cast<VenueFault>(i)),
                          counts_.faults[i]);
  }
  return fmt::format(
      R"({{"venue":"{}","seed":{},"time":"{}","over":{},"connections":{},"messages":{},)"
      R"("requests":{},"faults":{{{}}}}})",
      options_.venue, options_.seed, FormatTime(Now()), over(), counts_.connections,
      counts_.messages, counts_.requests, faults);
}

}  // namespace tidemark

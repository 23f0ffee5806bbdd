#include "tidemark/source/gemini/gemini_protocol.h"

#include <algorithm>

#include "tidemark/base/text.h"
#include "tidemark/source/feed/protocol_text.h"

namespace tidemark {
namespace {

constexpr IntervalNames kIntervals[] = {{"1m", "1m"}, {"5m", "5m"}, {"15m", "15m"}, {"30m", "30m"},
                                        {"1h", "1h"}, {"6h", "6h"}, {"1d", "1d"}};
// REST spells them otherwise.
constexpr IntervalNames kRestIntervals[] = {{"1m", "1m"},   {"5m", "5m"},  {"15m", "15m"},
                                            {"30m", "30m"}, {"1h", "1hr"}, {"6h", "6hr"},
                                            {"1d", "1day"}};
constexpr int64_t kPage = 500;

VenueRules Rules() {
  VenueRules rules;
  rules.rest_url = "https://api.gemini.com";
  rules.topics_per_connection = 100;
  rules.topics_per_message = 20;
  rules.one_channel_per_message = true;
  rules.send = {500 * kMicrosPerMilli};
  rules.connect = {kMicrosPerSecond, 10, 6 * kMicrosPerSecond};
  rules.rest = {600 * kMicrosPerMilli};      // 120 a minute
  rules.silence_us = 30 * kMicrosPerSecond;  // heartbeats: 5 s
  return rules;
}

std::string Message(std::string_view type, std::span<const FeedTopic> topics) {
  return fmt::format(R"({{"type":"{}","subscriptions":[{{"name":"{}","symbols":{}}}]}})", type,
                     topics[0].channel, JsonSpellings(topics));
}

}  // namespace

GeminiProtocol::GeminiProtocol() : VenueProtocol(Rules()) {}

std::string GeminiProtocol::Spelling(const Symbol& symbol) const { return BaseQuote(symbol); }

Status GeminiProtocol::SetTradeChannel(FeedTopic* topic) const {
  topic->channel = "l2";
  topic->url = "wss://api.gemini.com/v2/marketdata";
  return {};
}

Status GeminiProtocol::SetCandleChannel(FeedTopic* topic) const {
  TM_ASSIGN(const std::string name, IntervalName(kIntervals, topic->interval, "gemini"));
  topic->channel = "candles_" + name;
  topic->url = "wss://api.gemini.com/v2/marketdata";
  return {};
}

std::string GeminiProtocol::Subscribe(std::span<const FeedTopic> topics, int64_t) const {
  return Message("subscribe", topics);
}

std::string GeminiProtocol::Unsubscribe(std::span<const FeedTopic> topics, int64_t) const {
  return Message("unsubscribe", topics);
}

// Trades: the oldest after an id or time, up to a page of them.
NextRequest GeminiProtocol::NextPage(const Symbol& symbol, const BackfillRange& range,
                                     const BackfillProgress& progress) const {
  RestRequest request{.symbol = Spelling(symbol)};
  const std::string pair = ToLower(request.symbol);
  if (range.candles) {
    TM_ASSIGN(const std::string name, IntervalName(kRestIntervals, range.interval, "gemini"));
    if (progress.replies > 0) return std::nullopt;
    request.kind = RestQuery::Kind::kCandles;
    request.interval = range.interval;
    request.path = fmt::format("/v2/candles/{}/{}", pair, name);
    return request;
  }
  const std::string base = fmt::format("/v1/trades/{}?limit_trades={}", pair, kPage);
  const PageSeen& last = progress.last;
  if (progress.replies > 0) {
    if (last.rows == 0 || last.id_max == kNullInt) return std::nullopt;
    if (range.by_id() ? last.id_max >= range.id_end - 1 : last.time_max >= range.times.end) {
      return std::nullopt;
    }
    request.path = fmt::format("{}&since_tid={}", base, last.id_max);
  } else if (range.by_id()) {
    request.path = fmt::format("{}&since_tid={}", base, std::max<int64_t>(range.id_begin - 1, 0));
  } else {
    request.path = fmt::format("{}&timestamp={}", base, Millis(range.times.start) - 1);
  }
  return request;
}

}  // namespace tidemark

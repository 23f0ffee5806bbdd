#include "tidemark/source/bitstamp/bitstamp_protocol.h"

#include "tidemark/base/text.h"
#include "tidemark/source/feed/protocol_text.h"

namespace tidemark {
namespace {

constexpr IntervalNames kIntervals[] = {{"1m", "60"},     {"3m", "180"},   {"5m", "300"},
                                        {"15m", "900"},   {"30m", "1800"}, {"1h", "3600"},
                                        {"2h", "7200"},   {"4h", "14400"}, {"6h", "21600"},
                                        {"12h", "43200"}, {"1d", "86400"}};
constexpr int64_t kPage = 1000;

VenueRules Rules() {
  VenueRules rules;
  rules.rest_url = "https://www.bitstamp.net";
  rules.topics_per_connection = 200;
  rules.send = {50 * kMicrosPerMilli};
  rules.connect = {kMicrosPerSecond, 10, 5 * kMicrosPerSecond};
  rules.rest = {200 * kMicrosPerMilli};        // 10,000 in ten minutes
  rules.rotate_after_us = 30 * kMicrosPerDay;  // closed by the venue after 90 days
  return rules;
}

std::string Message(std::string_view event, const FeedTopic& topic) {
  return fmt::format(R"({{"event":"bts:{}","data":{{"channel":"{}_{}"}}}})", event, topic.channel,
                     topic.spelling);
}

}  // namespace

BitstampProtocol::BitstampProtocol() : VenueProtocol(Rules()) {}

std::string BitstampProtocol::Spelling(const Symbol& symbol) const {
  return ToLower(BaseQuote(symbol));
}

Status BitstampProtocol::SetTradeChannel(FeedTopic* topic) const {
  topic->channel = "live_trades";
  topic->url = "wss://ws.bitstamp.net";
  return {};
}

Status BitstampProtocol::SetCandleChannel(FeedTopic*) const {
  return NotOffered("bitstamp", "candles on its websocket");
}

std::string BitstampProtocol::Subscribe(std::span<const FeedTopic> topics, int64_t) const {
  return Message("subscribe", topics[0]);
}

std::string BitstampProtocol::Unsubscribe(std::span<const FeedTopic> topics, int64_t) const {
  return Message("unsubscribe", topics[0]);
}

std::string BitstampProtocol::Ping(int64_t) const { return R"({"event":"bts:heartbeat"})"; }

NextRequest BitstampProtocol::NextPage(const Symbol& symbol, const BackfillRange& range,
                                       const BackfillProgress& progress) const {
  RestRequest request{.symbol = Spelling(symbol)};
  if (!range.candles) {
    if (range.by_id()) return NotOffered("bitstamp", "trades by id");
    // The latest minute, hour or day by its clock, which may not be ours: whether that was enough
    // shows in the oldest trade.
    const auto asked = [&](std::string_view span) { return progress.path.ends_with(span); };
    const bool reached = progress.last.rows > 0 && progress.last.time_min <= range.times.start;
    if (progress.replies > 0 && (reached || asked("=day"))) return std::nullopt;
    const int64_t age = progress.now - range.times.start;
    const std::string_view span = progress.replies > 0         ? (asked("=minute") ? "hour" : "day")
                                  : age < kMicrosPerMinute / 2 ? "minute"
                                  : age < kMicrosPerHour - 5 * kMicrosPerMinute ? "hour"
                                                                                : "day";
    request.path = fmt::format("/api/v2/transactions/{}/?time={}", request.symbol, span);
    return request;
  }
  TM_ASSIGN(const std::string seconds, IntervalName(kIntervals, range.interval, "bitstamp"));
  EventTime from = range.times.start;
  if (progress.replies > 0) {
    if (progress.last.rows < kPage) return std::nullopt;
    from = range.interval.CloseOf(progress.last.time_max);
  }
  if (!(from < range.times.end)) return std::nullopt;
  request.kind = RestQuery::Kind::kCandles;
  request.interval = range.interval;
  request.path =
      fmt::format("/api/v2/ohlc/{}/?step={}&limit={}&start={}&end={}", request.symbol, seconds,
                  kPage, Seconds(from + (kMicrosPerSecond - 1)), LastSecond(range.times.end));
  return request;
}

}  // namespace tidemark

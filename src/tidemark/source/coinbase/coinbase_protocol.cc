#include "tidemark/source/coinbase/coinbase_protocol.h"

#include <algorithm>

#include "tidemark/source/feed/protocol_text.h"

namespace tidemark {
namespace {

constexpr IntervalNames kIntervals[] = {{"1m", "60"},   {"5m", "300"},   {"15m", "900"},
                                        {"1h", "3600"}, {"6h", "21600"}, {"1d", "86400"}};
constexpr int64_t kPage = 1000, kCandles = 300;

VenueRules Rules() {
  VenueRules rules;
  rules.rest_url = "https://api.exchange.coinbase.com";
  rules.topics_per_connection = 200;
  rules.topics_per_message = 50;
  rules.send = {200 * kMicrosPerMilli};
  rules.connect = {500 * kMicrosPerMilli};   // eight a second from one address
  rules.rest = {150 * kMicrosPerMilli};      // ten a second
  rules.silence_us = 30 * kMicrosPerSecond;  // heartbeats come each second
  return rules;
}

// Heartbeats follow matches: they tell of trades that did not come.
std::string Message(std::string_view type, std::span<const FeedTopic> topics) {
  const std::string products = JsonSpellings(topics);
  return fmt::format(R"({{"type":"{0}","channels":[{{"name":"matches","product_ids":{1}}},)"
                     R"({{"name":"heartbeat","product_ids":{1}}}]}})",
                     type, products);
}

}  // namespace

CoinbaseProtocol::CoinbaseProtocol() : VenueProtocol(Rules()) {}

std::string CoinbaseProtocol::Spelling(const Symbol& symbol) const { return symbol.text(); }

Status CoinbaseProtocol::SetTradeChannel(FeedTopic* topic) const {
  topic->channel = "matches";
  topic->url = "wss://ws-feed.exchange.coinbase.com";
  return {};
}

Status CoinbaseProtocol::SetCandleChannel(FeedTopic*) const {
  return NotOffered("coinbase", "candles on its websocket");
}

std::string CoinbaseProtocol::Subscribe(std::span<const FeedTopic> topics, int64_t) const {
  return Message("subscribe", topics);
}

std::string CoinbaseProtocol::Unsubscribe(std::span<const FeedTopic> topics, int64_t) const {
  return Message("unsubscribe", topics);
}

NextRequest CoinbaseProtocol::NextPage(const Symbol& symbol, const BackfillRange& range,
                                       const BackfillProgress& progress) const {
  RestRequest request{.symbol = Spelling(symbol)};
  const std::string base = "/products/" + request.symbol;
  if (range.candles) {
    TM_ASSIGN(const std::string seconds, IntervalName(kIntervals, range.interval, "coinbase"));
    const int64_t window = kCandles * range.interval.nominal_micros();
    const EventTime start = range.times.start + progress.replies * window;
    const EventTime end = std::min(range.times.end, start + window);
    if (!(start < end)) return std::nullopt;
    request.kind = RestQuery::Kind::kCandles;
    request.interval = range.interval;
    request.path = fmt::format("{}/candles?granularity={}&start={}&end={}", base, seconds,
                               FormatTime(start), FormatTime(end - 1));
    return request;
  }
  // `after` is an id: the page is of older trades. There is no asking by time, so a range of times
  // is reached from the newest trade back.
  if (progress.replies == 0) {
    request.path = range.by_id()
                       ? fmt::format("{}/trades?limit={}&after={}", base,
                                     std::clamp<int64_t>(range.id_end - range.id_begin, 1, kPage),
                                     range.id_end)
                       : fmt::format("{}/trades?limit={}", base, kPage);
    return request;
  }
  const PageSeen& last = progress.last;
  if (last.rows == 0 || last.id_min == kNullInt || last.id_min <= 1) return std::nullopt;
  if (range.by_id() ? last.id_min <= range.id_begin : last.time_min < range.times.start) {
    return std::nullopt;
  }
  const int64_t limit = range.by_id() ? std::min(kPage, last.id_min - range.id_begin) : kPage;
  request.path = fmt::format("{}/trades?limit={}&after={}", base, limit, last.id_min);
  return request;
}

}  // namespace tidemark

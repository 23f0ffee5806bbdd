#include "tidemark/source/bitfinex/bitfinex_protocol.h"

#include <algorithm>

#include "tidemark/source/feed/protocol_text.h"

namespace tidemark {
namespace {

constexpr IntervalNames kIntervals[] = {{"1m", "1m"}, {"5m", "5m"}, {"15m", "15m"}, {"30m", "30m"},
                                        {"1h", "1h"}, {"3h", "3h"}, {"6h", "6h"},   {"12h", "12h"},
                                        {"1d", "1D"}, {"1w", "1W"}, {"1mo", "1M"}};
constexpr int64_t kPage = 10'000;

VenueRules Rules() {
  VenueRules rules;
  rules.rest_url = "https://api-pub.bitfinex.com";
  rules.topics_per_connection = 25;
  rules.send = {100 * kMicrosPerMilli};
  rules.connect = {kMicrosPerSecond, 8, 6 * kMicrosPerSecond};  // 20 a minute
  rules.rest = {4200 * kMicrosPerMilli};                        // 15 a minute
  return rules;                                                 // heartbeats: 15 s a channel
}

std::string AssetName(const std::string& asset) {
  return asset == "USDT" ? "UST" : asset == "USDC" ? "UDC" : asset;
}

// "trade:1m:tBTCUSD"
std::string KeyOf(const FeedTopic& topic) {
  const auto name = IntervalName(kIntervals, topic.interval, "bitfinex");
  return fmt::format("trade:{}:{}", name.value_or("1m"), topic.spelling);
}

std::string Message(std::string_view event, const FeedTopic& topic) {
  const bool candles = topic.kind == FeedKind::kCandles;
  return fmt::format(R"({{"event":"{}","channel":"{}","{}":{}}})", event, topic.channel,
                     candles ? "key" : "symbol",
                     JsonString(candles ? KeyOf(topic) : topic.spelling));
}

}  // namespace

BitfinexProtocol::BitfinexProtocol() : VenueProtocol(Rules()) {}

std::string BitfinexProtocol::Spelling(const Symbol& symbol) const {
  const std::string base = AssetName(symbol.base()), quote = AssetName(symbol.quote());
  return "t" + base + (base.size() > 3 || quote.size() > 3 ? ":" : "") + quote;
}

Status BitfinexProtocol::SetTradeChannel(FeedTopic* topic) const {
  topic->channel = "trades";
  topic->url = "wss://api-pub.bitfinex.com/ws/2";
  return {};
}

Status BitfinexProtocol::SetCandleChannel(FeedTopic* topic) const {
  TM_TRY(IntervalName(kIntervals, topic->interval, "bitfinex"));
  topic->channel = "candles";
  topic->url = "wss://api-pub.bitfinex.com/ws/2";
  return {};
}

std::vector<std::string> BitfinexProtocol::Greeting() const {
  return {R"({"event":"conf","flags":65536})"};
}

std::string BitfinexProtocol::Subscribe(std::span<const FeedTopic> topics, int64_t) const {
  return Message("subscribe", topics[0]);
}

// The venue wants the channel's number, which only the decoder knows: an unsubscribed topic is one
// that the next connection does not ask for.
std::string BitfinexProtocol::Unsubscribe(std::span<const FeedTopic>, int64_t) const { return ""; }

std::string BitfinexProtocol::Ping(int64_t id) const {
  return fmt::format(R"({{"event":"ping","cid":{}}})", id);
}

NextRequest BitfinexProtocol::NextPage(const Symbol& symbol, const BackfillRange& range,
                                       const BackfillProgress& progress) const {
  RestRequest request{.symbol = Spelling(symbol)};
  if (range.by_id()) return NotOffered("bitfinex", "trades by id");
  std::string base = fmt::format("/v2/trades/{}/hist", request.symbol);
  if (range.candles) {
    TM_ASSIGN(const std::string name, IntervalName(kIntervals, range.interval, "bitfinex"));
    base = fmt::format("/v2/candles/trade:{}:{}/hist", name, request.symbol);
    request.kind = RestQuery::Kind::kCandles;
    request.interval = range.interval;
  }
  int64_t start = Millis(range.times.start);
  if (progress.replies > 0) {
    const PageSeen& last = progress.last;
    if (last.rows < kPage) return std::nullopt;
    // The last millisecond is asked for again, unless it fills a page alone.
    start = Millis(last.time_max) + (range.candles || last.time_min == last.time_max ? 1 : 0);
  }
  if (start > LastMilli(range.times.end)) return std::nullopt;
  request.path = fmt::format("{}?limit={}&sort=1&start={}&end={}", base, kPage, start,
                             LastMilli(range.times.end));
  return request;
}

}  // namespace tidemark

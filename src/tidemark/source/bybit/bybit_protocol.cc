#include "tidemark/source/bybit/bybit_protocol.h"

#include "tidemark/source/feed/protocol_text.h"

namespace tidemark {
namespace {

constexpr IntervalNames kIntervals[] = {{"1m", "1"},   {"3m", "3"},    {"5m", "5"},   {"15m", "15"},
                                        {"30m", "30"}, {"1h", "60"},   {"2h", "120"}, {"4h", "240"},
                                        {"6h", "360"}, {"12h", "720"}, {"1d", "D"},   {"1w", "W"},
                                        {"1mo", "M"}};
constexpr int64_t kPage = 1000;

VenueRules Rules() {
  VenueRules rules;
  rules.rest_url = "https://api.bybit.com";
  rules.topics_per_connection = 400;  // 21,000 characters
  rules.topics_per_message = 10;
  rules.send = {100 * kMicrosPerMilli};
  rules.connect = {kMicrosPerSecond, 50, 2 * kMicrosPerSecond};  // 500 in five minutes
  rules.rest = {50 * kMicrosPerMilli};                           // 600 in five seconds
  return rules;
}

std::string TopicText(const FeedTopic& topic) { return topic.channel + "." + topic.spelling; }

std::string Message(std::string_view operation, std::span<const FeedTopic> topics, int64_t id) {
  return fmt::format(R"({{"req_id":"{}","op":"{}","args":{}}})", id, operation,
                     JsonListOf(topics, TopicText));
}

}  // namespace

BybitProtocol::BybitProtocol() : VenueProtocol(Rules()) {}

std::string BybitProtocol::Spelling(const Symbol& symbol) const { return BaseQuote(symbol); }

Status BybitProtocol::SetTradeChannel(FeedTopic* topic) const {
  topic->channel = "publicTrade";
  topic->url = "wss://stream.bybit.com/v5/public/spot";
  return {};
}

Status BybitProtocol::SetCandleChannel(FeedTopic* topic) const {
  TM_ASSIGN(const std::string name, IntervalName(kIntervals, topic->interval, "bybit"));
  topic->channel = "kline." + name;
  topic->url = "wss://stream.bybit.com/v5/public/spot";
  return {};
}

std::string BybitProtocol::Subscribe(std::span<const FeedTopic> topics, int64_t id) const {
  return Message("subscribe", topics, id);
}

std::string BybitProtocol::Unsubscribe(std::span<const FeedTopic> topics, int64_t id) const {
  return Message("unsubscribe", topics, id);
}

std::string BybitProtocol::Ping(int64_t id) const {
  return fmt::format(R"({{"req_id":"{}","op":"ping"}})", id);
}

NextRequest BybitProtocol::NextPage(const Symbol& symbol, const BackfillRange& range,
                                    const BackfillProgress& progress) const {
  RestRequest request{.symbol = Spelling(symbol)};
  if (!range.candles) {
    if (range.by_id()) return NotOffered("bybit", "trades by id");
    if (progress.replies > 0) return std::nullopt;
    request.path =
        fmt::format("/v5/market/recent-trade?category=spot&symbol={}&limit=60", request.symbol);
    return request;
  }
  TM_ASSIGN(const std::string name, IntervalName(kIntervals, range.interval, "bybit"));
  // The newest of the range come first.
  EventTime end = range.times.end;
  if (progress.replies > 0) {
    if (progress.last.rows < kPage) return std::nullopt;
    end = progress.last.time_min;
  }
  if (!(range.times.start < end)) return std::nullopt;
  request.kind = RestQuery::Kind::kCandles;
  request.interval = range.interval;
  request.path =
      fmt::format("/v5/market/kline?category=spot&symbol={}&interval={}&start={}&end={}&limit={}",
                  request.symbol, name, CeilMillis(range.times.start), LastMilli(end), kPage);
  return request;
}

}  // namespace tidemark

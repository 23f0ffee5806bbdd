#include "tidemark/source/okx/okx_protocol.h"

#include "tidemark/source/feed/protocol_text.h"

namespace tidemark {
namespace {

// From six hours up, only the names with "utc" open by UTC.
constexpr IntervalNames kIntervals[] = {
    {"1m", "1m"},    {"3m", "3m"},    {"5m", "5m"},    {"15m", "15m"},  {"30m", "30m"},
    {"1h", "1H"},    {"2h", "2H"},    {"4h", "4H"},    {"6h", "6Hutc"}, {"12h", "12Hutc"},
    {"1d", "1Dutc"}, {"1w", "1Wutc"}, {"1mo", "1Mutc"}};
constexpr int64_t kPage = 100;

VenueRules Rules() {
  VenueRules rules;
  rules.rest_url = "https://www.okx.com";
  rules.topics_per_connection = 400;
  rules.topics_per_message = 100;  // 64 KiB
  // 480 requests an hour: half at once, half over the hour. Pings are not counted, but spend it.
  rules.send = {100 * kMicrosPerMilli, 200, 13 * kMicrosPerSecond};
  rules.connect = {500 * kMicrosPerMilli};  // three a second
  rules.rest = {150 * kMicrosPerMilli};     // 20 in two seconds
  return rules;
}

std::string Message(std::string_view operation, std::span<const FeedTopic> topics, int64_t id) {
  std::string args;
  for (const FeedTopic& topic : topics) {
    if (!args.empty()) args += ',';
    args += fmt::format(R"({{"channel":"{}","instId":"{}"}})", topic.channel, topic.spelling);
  }
  return fmt::format(R"({{"id":"{}","op":"{}","args":[{}]}})", id, operation, args);
}

}  // namespace

OkxProtocol::OkxProtocol() : VenueProtocol(Rules()) {}

std::string OkxProtocol::Spelling(const Symbol& symbol) const { return symbol.text(); }

// The history has each fill by itself, the channel "trades" those of one order at one price as one.
Status OkxProtocol::SetTradeChannel(FeedTopic* topic) const {
  topic->channel = "trades-all";
  topic->url = "wss://ws.okx.com:8443/ws/v5/business";
  return {};
}

Status OkxProtocol::SetCandleChannel(FeedTopic* topic) const {
  TM_ASSIGN(const std::string name, IntervalName(kIntervals, topic->interval, "okx"));
  topic->channel = "candle" + name;
  topic->url = "wss://ws.okx.com:8443/ws/v5/business";
  return {};
}

std::string OkxProtocol::Subscribe(std::span<const FeedTopic> topics, int64_t id) const {
  return Message("subscribe", topics, id);
}

std::string OkxProtocol::Unsubscribe(std::span<const FeedTopic> topics, int64_t id) const {
  return Message("unsubscribe", topics, id);
}

std::string OkxProtocol::Ping(int64_t) const { return "ping"; }

// Newest first: `after` asks for what is older.
NextRequest OkxProtocol::NextPage(const Symbol& symbol, const BackfillRange& range,
                                  const BackfillProgress& progress) const {
  RestRequest request{.symbol = Spelling(symbol)};
  const PageSeen& last = progress.last;
  if (range.candles) {
    TM_ASSIGN(const std::string name, IntervalName(kIntervals, range.interval, "okx"));
    int64_t after = CeilMillis(range.times.end);
    if (progress.replies > 0) {
      if (last.rows == 0 || last.time_min <= range.times.start) return std::nullopt;
      after = Millis(last.time_min);
    }
    request.kind = RestQuery::Kind::kCandles;
    request.interval = range.interval;
    request.path = fmt::format("/api/v5/market/history-candles?instId={}&bar={}&after={}&limit={}",
                               request.symbol, name, after, kPage);
    return request;
  }
  const std::string base = "/api/v5/market/history-trades?instId=" + request.symbol;
  if (progress.replies == 0) {
    request.path =
        range.by_id()
            ? fmt::format("{}&type=1&after={}&limit={}", base, range.id_end, kPage)
            : fmt::format("{}&type=2&after={}&limit={}", base, CeilMillis(range.times.end), kPage);
    return request;
  }
  if (last.rows == 0 || last.id_min == kNullInt) return std::nullopt;
  if (range.by_id() ? last.id_min <= range.id_begin : last.time_min < range.times.start) {
    return std::nullopt;
  }
  request.path = fmt::format("{}&type=1&after={}&limit={}", base, last.id_min, kPage);
  return request;
}

}  // namespace tidemark

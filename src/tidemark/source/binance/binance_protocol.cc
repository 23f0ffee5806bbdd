#include "tidemark/source/binance/binance_protocol.h"

#include <algorithm>

#include "tidemark/base/text.h"
#include "tidemark/source/feed/protocol_text.h"

namespace tidemark {
namespace {

constexpr IntervalNames kIntervals[] = {
    {"1m", "1m"},   {"3m", "3m"}, {"5m", "5m"}, {"15m", "15m"}, {"30m", "30m"},
    {"1h", "1h"},   {"2h", "2h"}, {"4h", "4h"}, {"6h", "6h"},   {"8h", "8h"},
    {"12h", "12h"}, {"1d", "1d"}, {"1w", "1w"}, {"1mo", "1M"}};

constexpr int64_t kPage = 1000;
// Futures answer for less than an hour between two times.
constexpr int64_t kWindow = kMicrosPerHour - kMicrosPerSecond;

VenueRules RulesOf(std::string_view venue) {
  VenueRules rules;
  const bool futures = venue == "binance_futures";
  rules.rest_url = futures                 ? "https://fapi.binance.com"
                   : venue == "binance_us" ? "https://api.binance.us"
                                           : "https://api.binance.com";
  rules.topics_per_connection = futures ? 200 : 1024;
  rules.topics_per_message = 200;
  // Five messages a second, ten with futures; our pongs count.
  rules.send = {300 * kMicrosPerMilli};
  rules.connect = {kMicrosPerSecond, 50, 2 * kMicrosPerSecond};  // 300 in five minutes
  // By weight: an aggTrades page is 4 of 6000 a minute, with futures 20 of 2400.
  rules.rest = {(futures ? 600 : 200) * kMicrosPerMilli};
  rules.rotate_after_us = 23 * kMicrosPerHour;  // closed by the venue after 24 h
  return rules;
}

std::string StreamOf(const FeedTopic& topic) {
  return ToLower(topic.spelling) + "@" + topic.channel;
}

std::string Message(std::string_view method, std::span<const FeedTopic> topics, int64_t id) {
  return fmt::format(R"({{"method":"{}","params":{},"id":{}}})", method,
                     JsonListOf(topics, StreamOf), id);
}

}  // namespace

BinanceProtocol::BinanceProtocol(std::string_view venue)
    : VenueProtocol(RulesOf(venue)), futures_(venue == "binance_futures") {
  // Futures: since 2026 trades and candles come on the routed address only.
  url_ = futures_                ? "wss://fstream.binance.com/market/stream"
         : venue == "binance_us" ? "wss://stream.binance.us:9443/stream"
                                 : "wss://stream.binance.com:9443/stream";
  path_ = futures_ ? "/fapi/v1/" : "/api/v3/";
}

std::string BinanceProtocol::Spelling(const Symbol& symbol) const { return BaseQuote(symbol); }

Status BinanceProtocol::SetTradeChannel(FeedTopic* topic) const {
  topic->channel = "aggTrade";
  topic->url = url_;
  return {};
}

Status BinanceProtocol::SetCandleChannel(FeedTopic* topic) const {
  TM_ASSIGN(const std::string name, IntervalName(kIntervals, topic->interval, "binance"));
  topic->channel = "kline_" + name;
  topic->url = url_;
  return {};
}

std::string BinanceProtocol::Subscribe(std::span<const FeedTopic> topics, int64_t id) const {
  return Message("SUBSCRIBE", topics, id);
}

std::string BinanceProtocol::Unsubscribe(std::span<const FeedTopic> topics, int64_t id) const {
  return Message("UNSUBSCRIBE", topics, id);
}

// By time: windows until one has rows, then by id from the last of them.
NextRequest BinanceProtocol::NextTrades(const std::string& symbol, const BackfillRange& range,
                                        const BackfillProgress& progress) const {
  RestRequest request{.kind = RestQuery::Kind::kAggregates, .symbol = symbol};
  const std::string base = fmt::format("{}aggTrades?symbol={}", path_, symbol);
  int64_t from = range.id_begin;
  if (progress.rows > 0) {
    // A short page reached the newest trade, unless it was cut by its window of time.
    const bool window = !range.by_id() && progress.rows == progress.last.rows;
    if (progress.last.rows == 0 || (progress.last.rows < kPage && !window)) return std::nullopt;
    from = progress.last.id_max + 1;
    if (range.by_id() ? from >= range.id_end : progress.last.time_max >= range.times.end) {
      return std::nullopt;
    }
  } else if (range.by_id()) {
    if (progress.replies > 0 || from >= range.id_end) return std::nullopt;
  } else {
    const EventTime start = range.times.start + progress.replies * kWindow;
    const EventTime end = std::min(range.times.end, start + kWindow);
    if (!(start < end)) return std::nullopt;
    request.path = fmt::format("{}&startTime={}&endTime={}&limit={}", base, Millis(start),
                               LastMilli(end), kPage);
    return request;
  }
  const int64_t limit = range.by_id() ? std::min(kPage, range.id_end - from) : kPage;
  request.path = fmt::format("{}&fromId={}&limit={}", base, from, limit);
  return request;
}

NextRequest BinanceProtocol::NextPage(const Symbol& symbol, const BackfillRange& range,
                                      const BackfillProgress& progress) const {
  if (!range.candles) return NextTrades(Spelling(symbol), range, progress);
  TM_ASSIGN(const std::string name, IntervalName(kIntervals, range.interval, "binance"));
  EventTime from = range.times.start;
  if (progress.replies > 0) {
    if (progress.last.rows < kPage) return std::nullopt;
    from = range.interval.CloseOf(progress.last.time_max);
  }
  if (!(from < range.times.end)) return std::nullopt;
  RestRequest request{.kind = RestQuery::Kind::kCandles, .symbol = Spelling(symbol)};
  request.interval = range.interval;
  request.path =
      fmt::format("{}klines?symbol={}&interval={}&startTime={}&endTime={}&limit={}", path_,
                  request.symbol, name, CeilMillis(from), LastMilli(range.times.end), kPage);
  return request;
}

}  // namespace tidemark

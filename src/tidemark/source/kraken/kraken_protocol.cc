#include "tidemark/source/kraken/kraken_protocol.h"

#include "tidemark/source/feed/protocol_text.h"

namespace tidemark {
namespace {

// Minutes; as our messages and REST want them.
constexpr IntervalNames kIntervals[] = {{"1m", "1"},    {"5m", "5"},    {"15m", "15"},
                                        {"30m", "30"},  {"1h", "60"},   {"4h", "240"},
                                        {"1d", "1440"}, {"1w", "10080"}};
constexpr int64_t kPage = 1000;

VenueRules Rules() {
  VenueRules rules;
  rules.rest_url = "https://api.kraken.com";
  rules.topics_per_connection = 200;
  rules.topics_per_message = 50;
  rules.one_channel_per_message = true;
  rules.send = {200 * kMicrosPerMilli};
  rules.connect = {kMicrosPerSecond, 50, 6 * kMicrosPerSecond};  // 150 in ten minutes
  rules.rest = {1100 * kMicrosPerMilli};                         // one a second
  rules.silence_us = 30 * kMicrosPerSecond;                      // heartbeats come each second
  return rules;
}

// Websocket v2 says BTC and DOGE, REST says XBT and XDG.
std::string NewName(std::string asset) {
  return asset == "XBT" ? "BTC" : asset == "XDG" ? "DOGE" : asset;
}
std::string OldName(std::string asset) {
  return asset == "BTC" ? "XBT" : asset == "DOGE" ? "XDG" : asset;
}

std::string Message(std::string_view method, std::span<const FeedTopic> topics, int64_t id) {
  const bool candles = topics[0].kind == FeedKind::kCandles;
  std::string interval;
  if (candles) {
    interval =
        fmt::format(R"(,"interval":{})", topics[0].interval.nominal_micros() / kMicrosPerMinute);
  }
  // The snapshot tells what happened while we were away.
  const std::string_view snapshot = method == "subscribe" ? R"(,"snapshot":true)" : "";
  return fmt::format(R"({{"method":"{}","params":{{"channel":"{}","symbol":{}{}{}}},"req_id":{}}})",
                     method, candles ? "ohlc" : "trade", JsonSpellings(topics), interval, snapshot,
                     id);
}

}  // namespace

KrakenProtocol::KrakenProtocol() : VenueProtocol(Rules()) {}

std::string KrakenProtocol::Spelling(const Symbol& symbol) const {
  return NewName(symbol.base()) + "/" + NewName(symbol.quote());
}

Status KrakenProtocol::SetTradeChannel(FeedTopic* topic) const {
  topic->channel = "trade";
  topic->url = "wss://ws.kraken.com/v2";
  return {};
}

Status KrakenProtocol::SetCandleChannel(FeedTopic* topic) const {
  TM_TRY(IntervalName(kIntervals, topic->interval, "kraken"));
  topic->channel = "ohlc";
  topic->url = "wss://ws.kraken.com/v2";
  return {};
}

std::string KrakenProtocol::Subscribe(std::span<const FeedTopic> topics, int64_t id) const {
  return Message("subscribe", topics, id);
}

std::string KrakenProtocol::Unsubscribe(std::span<const FeedTopic> topics, int64_t id) const {
  return Message("unsubscribe", topics, id);
}

std::string KrakenProtocol::Ping(int64_t id) const {
  return fmt::format(R"({{"method":"ping","req_id":{}}})", id);
}

NextRequest KrakenProtocol::NextPage(const Symbol& symbol, const BackfillRange& range,
                                     const BackfillProgress& progress) const {
  RestRequest request{.symbol = Spelling(symbol)};
  const std::string pair = OldName(symbol.base()) + OldName(symbol.quote());
  if (range.candles) {
    TM_ASSIGN(const std::string minutes, IntervalName(kIntervals, range.interval, "kraken"));
    if (progress.replies > 0) return std::nullopt;
    request.kind = RestQuery::Kind::kCandles;
    request.interval = range.interval;
    request.path = fmt::format("/0/public/OHLC?pair={}&interval={}&since={}", pair, minutes,
                               Seconds(range.times.start) - 1);
    return request;
  }
  if (range.by_id()) return NotOffered("kraken", "trades by id");
  // `since` is in nanoseconds and does not belong to the page; our times are cut to microseconds,
  // so the last microsecond is asked for again.
  int64_t since = range.times.start.us * 1000 - 1;
  if (progress.replies > 0) {
    const PageSeen& last = progress.last;
    if (last.rows < kPage || last.time_max >= range.times.end) return std::nullopt;
    since = last.time_max.us * 1000 + (last.time_min == last.time_max ? 999 : -1);
  }
  request.path = fmt::format("/0/public/Trades?pair={}&since={}&count={}", pair, since, kPage);
  return request;
}

}  // namespace tidemark

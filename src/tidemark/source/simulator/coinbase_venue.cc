#include "tidemark/source/simulator/coinbase_venue.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/json.h"

namespace tidemark {
namespace {

constexpr int64_t kTradesMax = 1000, kCandlesMax = 300;

RestAnswer Refusing(int status, std::string_view message) {
  return {.status = status,
          .body = fmt::format(R"({{"message":{}}})", Json::String(message).Dump())};
}

class CoinbaseVenue : public SimulatedVenue {
 public:
  explicit CoinbaseVenue(SimulatedMarket& market) : market_(market) {}

  int64_t time_step_us() const override { return 1; }
  std::string SpellingOf(const Symbol& symbol) const override { return symbol.text(); }

  std::optional<VenueAnswer> OnOpen(const HttpTarget& target, EventTime) override {
    if (target.path != "/" && !target.path.empty()) return std::nullopt;
    return VenueAnswer();
  }
  VenueAnswer OnText(std::string_view text, std::span<const VenueStream> held,
                     EventTime now) override;
  std::string TradeText(const VenueStream& stream, const SimulatedTrade& trade,
                        EventTime) override {
    return MatchText("match", stream.symbol, trade);
  }
  std::string BarText(const VenueStream&, const SimulatedBar&, bool, EventTime) override {
    return {};
  }
  bool tells_empty_minutes() const override { return false; }
  std::string HeartbeatText(const VenueStream& stream, EventTime now, EventTime told) override {
    const int64_t last = market_.FirstIdAt(stream.symbol, now) - 1;
    return fmt::format(
        R"({{"type":"heartbeat","last_trade_id":{},"product_id":"{}","sequence":{},"time":"{}"}})",
        last, Name(stream.symbol), SequenceOf(last), IsoMicros(told.us));
  }
  std::string ShutdownText(EventTime) override { return {}; }

  RestAnswer OnRequest(const HttpTarget& target, EventTime now, EventTime told) override;
  RestAnswer Refusal(int status) override {
    return Refusing(status, status == 429 ? "Public rate limit exceeded" : "Internal server error");
  }
  int weight_per_minute() const override { return 600; }

 private:
  const std::string& Name(size_t symbol) const { return market_.symbols()[symbol].symbol.text(); }
  std::string Price(size_t symbol, int64_t ticks) const {
    const int decimals = market_.symbols()[symbol].price_decimals;
    return FixedText(ticks, decimals, decimals);
  }
  // Orders count too, so a trade's sequence skips.
  static int64_t SequenceOf(int64_t id) { return 10 * id; }
  // The maker's.
  static std::string_view SideOf(const SimulatedTrade& trade) {
    return trade.buyer_is_maker ? "buy" : "sell";
  }
  std::string MatchText(std::string_view type, size_t symbol, const SimulatedTrade& trade) const;
  std::optional<std::string> ReadChannels(const Json& request, std::vector<VenueStream>* streams);
  static std::string Subscriptions(std::span<const VenueStream> streams, const SimulatedMarket&);
  RestAnswer TradeRows(size_t symbol, const HttpTarget& target, EventTime now);
  RestAnswer CandleRows(size_t symbol, const HttpTarget& target, EventTime now);

  SimulatedMarket& market_;
};

std::string CoinbaseVenue::MatchText(std::string_view type, size_t symbol,
                                     const SimulatedTrade& trade) const {
  return fmt::format(
      R"({{"type":"{}","trade_id":{},"maker_order_id":"00000000-0000-4000-8000-{:012x}",)"
      R"("taker_order_id":"00000000-0000-4000-9000-{:012x}","side":"{}","size":"{}","price":"{}",)"
      R"("product_id":"{}","sequence":{},"time":"{}"}})",
      type, trade.id, trade.id, trade.id, SideOf(trade),
      FixedText(trade.size, kSizeDecimals, kSizeDecimals), Price(symbol, trade.price), Name(symbol),
      SequenceOf(trade.id), IsoMicros(trade.time_us));
}

// The streams a request names, or what is wrong with it. Channels without products of their own
// have those of the request.
std::optional<std::string> CoinbaseVenue::ReadChannels(const Json& request,
                                                       std::vector<VenueStream>* streams) {
  for (const Json& channel : request["channels"].items()) {
    const std::string name = channel.is_object() ? channel["name"].AsString() : channel.AsString();
    const auto& own = channel["product_ids"].items();
    VenueStream stream;
    if (name == "matches") {
      stream.kind = VenueStream::Kind::kTrades;
    } else if (name == "heartbeat") {
      stream.kind = VenueStream::Kind::kHeartbeats;
    } else {
      return name + " is not a valid channel";
    }
    for (const Json& product : own.empty() ? request["product_ids"].items() : own) {
      const auto symbol = SymbolSpelled(*this, market_, product.AsString());
      if (!symbol) return product.AsString() + " is not a valid product";
      stream.symbol = *symbol;
      stream.name = name + ":" + Name(*symbol);
      streams->push_back(stream);
    }
  }
  if (streams->empty()) return "channels and product_ids are required";
  return std::nullopt;
}

std::string CoinbaseVenue::Subscriptions(std::span<const VenueStream> streams,
                                         const SimulatedMarket& market) {
  Json channels = Json::Array();
  for (const auto& [kind, name] : {std::pair{VenueStream::Kind::kTrades, "matches"},
                                   std::pair{VenueStream::Kind::kHeartbeats, "heartbeat"}}) {
    Json products = Json::Array();
    for (const VenueStream& stream : streams) {
      if (stream.kind != kind) continue;
      products.Add(Json::String(market.symbols()[stream.symbol].symbol.text()));
    }
    if (products.items().empty()) continue;
    Json channel = Json::Object();
    channel.Set("name", Json::String(name)).Set("product_ids", std::move(products));
    channels.Add(std::move(channel));
  }
  return fmt::format(R"({{"type":"subscriptions","channels":{}}})", channels.Dump());
}

VenueAnswer CoinbaseVenue::OnText(std::string_view text, std::span<const VenueStream> held,
                                  EventTime now) {
  VenueAnswer answer;
  const auto refuse = [&](std::string_view message, std::string_view reason) {
    answer = {};
    answer.texts = {fmt::format(R"({{"type":"error","message":{},"reason":{}}})",
                                Json::String(message).Dump(), Json::String(reason).Dump())};
    return answer;
  };
  const auto request = Json::Parse(text);
  const std::string type = request ? (*request)["type"].AsString() : "";
  if (type != "subscribe" && type != "unsubscribe") {
    return refuse("Malformed JSON", "type is neither subscribe nor unsubscribe");
  }
  std::vector<VenueStream> named;
  if (const auto wrong = ReadChannels(*request, &named)) {
    return refuse("Failed to subscribe", *wrong);
  }
  std::vector<VenueStream> all(held.begin(), held.end());
  for (const VenueStream& stream : named) {
    std::erase_if(all, [&](const VenueStream& other) { return other.name == stream.name; });
    if (type == "subscribe") all.push_back(stream);
  }
  answer.texts = {Subscriptions(all, market_)};
  (type == "subscribe" ? answer.add : answer.remove) = named;
  for (const VenueStream& stream : answer.add) {
    const int64_t next = market_.FirstIdAt(stream.symbol, now);
    if (stream.kind != VenueStream::Kind::kTrades || next == 1) continue;
    answer.texts.push_back(
        MatchText("last_match", stream.symbol, market_.TradeOf(stream.symbol, next - 1)));
  }
  return answer;
}

RestAnswer CoinbaseVenue::TradeRows(size_t symbol, const HttpTarget& target, EventTime now) {
  const auto number = [&](std::string_view name, int64_t otherwise) {
    const auto text = target.Find(name);
    return text ? WholeNumber(*text).value_or(-1) : otherwise;
  };
  const int64_t known = market_.FirstIdAt(symbol, now);
  const int64_t limit = std::clamp<int64_t>(number("limit", kTradesMax), 1, kTradesMax);
  // Older than `after`, newer than `before`; of those the newest.
  const int64_t end = std::clamp<int64_t>(number("after", known), 1, known);
  const int64_t newer = std::clamp<int64_t>(number("before", 0), 0, known) + 1;
  const auto trades = market_.Trades(symbol, std::max(newer, end - limit), end);
  RestAnswer answer;
  answer.body = "[";
  for (auto trade = trades.rbegin(); trade != trades.rend(); ++trade) {
    if (answer.body.size() > 1) answer.body += ',';
    answer.body +=
        fmt::format(R"({{"trade_id":{},"side":"{}","size":"{}","price":"{}","time":"{}"}})",
                    trade->id, SideOf(*trade), FixedText(trade->size, kSizeDecimals, kSizeDecimals),
                    Price(symbol, trade->price), IsoMicros(trade->time_us));
  }
  answer.body += "]";
  if (!trades.empty()) {
    answer.headers.emplace_back("cb-before", fmt::format("{}", trades.back().id));
    answer.headers.emplace_back("cb-after", fmt::format("{}", trades.front().id));
  }
  return answer;
}

RestAnswer CoinbaseVenue::CandleRows(size_t symbol, const HttpTarget& target, EventTime now) {
  if (target.Find("granularity").value_or("60") != "60") {
    return Refusing(400, "Unsupported granularity");
  }
  const EventTime start = market_.options().start;
  // The minute that begins at or after `start`, at or before `end`.
  const auto minute_of = [&](std::string_view name, int64_t rounding,
                             int64_t otherwise) -> std::optional<int64_t> {
    const auto text = target.Find(name);
    if (!text) return otherwise;
    EventTime time;
    if (const auto seconds = WholeNumber(*text); seconds && *seconds < 100'000'000'000) {
      time = {*seconds * kMicrosPerSecond};
    } else if (const auto parsed = ParseTime(*text)) {
      time = *parsed;
    } else {
      return std::nullopt;
    }
    if (time < start) return rounding > 0 ? 0 : -1;
    return (time - start + rounding) / kMicrosPerMinute;
  };
  const int64_t last = now > start ? (now - start - 1) / kMicrosPerMinute : -1;
  const auto end = minute_of("end", 0, last);
  if (!end) return Refusing(400, "Invalid end");
  const auto begin =
      minute_of("start", kMicrosPerMinute - 1, std::max<int64_t>(0, *end - kCandlesMax + 1));
  if (!begin) return Refusing(400, "Invalid start");
  if (*end - *begin >= kCandlesMax) {
    return Refusing(400,
                    "granularity too small for the requested time range. Count of aggregations "
                    "requested exceeds 300");
  }
  RestAnswer answer;
  answer.body = "[";
  for (int64_t m = std::min(*end, last); m >= *begin; --m) {
    const SimulatedBar bar = market_.Bar(symbol, start + m * kMicrosPerMinute, now);
    if (bar.trades == 0) continue;  // as the venue: a minute without trades has no row
    if (answer.body.size() > 1) answer.body += ',';
    answer.body +=
        fmt::format("[{},{},{},{},{},{}]", bar.open_time_us / kMicrosPerSecond,
                    Price(symbol, bar.low), Price(symbol, bar.high), Price(symbol, bar.open),
                    Price(symbol, bar.close), FixedText(bar.volume, kSizeDecimals, kSizeDecimals));
  }
  answer.body += "]";
  return answer;
}

RestAnswer CoinbaseVenue::OnRequest(const HttpTarget& target, EventTime now, EventTime told) {
  if (target.path == "/time") {
    return {.body = fmt::format(R"({{"iso":"{}","epoch":{}.{:06}}})", IsoMicros(told.us),
                                told.us / kMicrosPerSecond, told.us % kMicrosPerSecond)};
  }
  if (target.path == "/products") {
    std::string products;
    for (const MarketSymbol& traded : market_.symbols()) {
      products += fmt::format(
          R"({}{{"id":"{}","base_currency":"{}","quote_currency":"{}","status":"online"}})",
          products.empty() ? "" : ",", traded.symbol.text(), traded.symbol.base(),
          traded.symbol.quote());
    }
    return {.body = "[" + products + "]"};
  }
  std::string_view path = target.path;
  constexpr std::string_view kProducts = "/products/";
  if (!path.starts_with(kProducts)) return Refusing(404, "NotFound");
  path.remove_prefix(kProducts.size());
  const size_t slash = std::min(path.find('/'), path.size());
  const auto symbol = SymbolSpelled(*this, market_, path.substr(0, slash));
  if (!symbol) return Refusing(404, "NotFound");
  const std::string_view call = path.substr(slash);
  if (call == "/trades") return TradeRows(*symbol, target, now);
  if (call == "/candles") return CandleRows(*symbol, target, now);
  return Refusing(404, "NotFound");
}

}  // namespace

std::unique_ptr<SimulatedVenue> MakeSimulatedCoinbase(SimulatedMarket& market) {
  return std::make_unique<CoinbaseVenue>(market);
}

}  // namespace tidemark

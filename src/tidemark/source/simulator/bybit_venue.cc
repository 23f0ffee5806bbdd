#include "tidemark/source/simulator/bybit_venue.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/json.h"

namespace tidemark {
namespace {

constexpr std::string_view kTrades = "publicTrade.", kMinutes = "kline.1.";
constexpr size_t kTopicsMax = 10;
constexpr int64_t kTradesMax = 60, kCandlesMax = 1000, kCandlesUnasked = 200;

std::string Size(int64_t size) { return ShortText(size, kSizeDecimals); }

class BybitVenue : public SimulatedVenue {
 public:
  explicit BybitVenue(SimulatedMarket& market) : market_(market) {}

  int64_t time_step_us() const override { return kMicrosPerMilli; }
  std::string SpellingOf(const Symbol& symbol) const override {
    return symbol.base() + symbol.quote();
  }

  std::optional<VenueAnswer> OnOpen(const HttpTarget& target, EventTime) override {
    if (target.path != "/v5/public/spot") return std::nullopt;
    return VenueAnswer();
  }
  VenueAnswer OnText(std::string_view text, std::span<const VenueStream> held,
                     EventTime now) override;
  std::string TradeText(const VenueStream& stream, const SimulatedTrade& trade,
                        EventTime told) override;
  std::string BarText(const VenueStream& stream, const SimulatedBar& bar, bool closed,
                      EventTime told) override;
  // It has no words for it.
  std::string ShutdownText(EventTime) override { return {}; }

  RestAnswer OnRequest(const HttpTarget& target, EventTime now, EventTime told) override;
  RestAnswer Refusal(int status) override {
    if (status != 429) return {.status = status, .body = "<html>a bad gateway</html>"};
    return {.status = 403, .body = "<html>403, access too frequent</html>"};
  }
  int weight_per_minute() const override { return 7200; }  // 600 in five seconds

 private:
  std::string Price(size_t symbol, int64_t ticks) const {
    return ShortText(ticks, market_.symbols()[symbol].price_decimals);
  }
  std::optional<VenueStream> StreamNamed(std::string_view topic) const;
  std::string TradeRows(size_t symbol, const HttpTarget& target, EventTime now);
  std::string CandleRows(size_t symbol, const HttpTarget& target, EventTime now);
  std::string Listing() const;

  SimulatedMarket& market_;
};

// A side as it is told.
std::string_view SideOf(const SimulatedTrade& trade) {
  return trade.buyer_is_maker ? "Sell" : "Buy";
}

std::optional<VenueStream> BybitVenue::StreamNamed(std::string_view topic) const {
  const bool trades = topic.starts_with(kTrades);
  if (!trades && !topic.starts_with(kMinutes)) return std::nullopt;
  const auto symbol =
      SymbolSpelled(*this, market_, topic.substr((trades ? kTrades : kMinutes).size()));
  if (!symbol) return std::nullopt;
  return VenueStream{trades ? VenueStream::Kind::kTrades : VenueStream::Kind::kCandles, *symbol,
                     std::string(topic)};
}

VenueAnswer BybitVenue::OnText(std::string_view text, std::span<const VenueStream> held,
                               EventTime) {
  VenueAnswer answer;
  const auto request = Json::Parse(text);
  const std::string operation = request ? (*request)["op"].AsString() : "";
  const std::string id = request ? (*request)["req_id"].AsString() : "";
  const auto say = [&](bool success, std::string_view words) {
    answer.texts.push_back(fmt::format(
        R"({{"success":{},"ret_msg":{},"conn_id":"2324d924-aa4d-45b0-a858-7b8be29ab52b",)"
        R"("req_id":{},"op":{}}})",
        success, Json::String(words).Dump(), Json::String(id).Dump(),
        Json::String(operation).Dump()));
  };
  const auto refuse = [&](std::string_view words) {
    answer = {};
    say(false, words);
    return answer;
  };
  if (operation == "ping") {
    say(true, "pong");
    return answer;
  }
  const bool adds = operation == "subscribe";
  if (!adds && operation != "unsubscribe") return refuse("error:handler not found");
  const auto& topics = (*request)["args"].items();
  if (topics.size() > kTopicsMax) return refuse("args size >10");
  for (const Json& topic : topics) {
    const std::string name = topic.AsString();
    auto stream = StreamNamed(name);
    if (!stream) return refuse("error:handler not found,topic:" + name);
    if (adds && std::ranges::find(held, *stream) != held.end()) {
      return refuse("error:already subscribed,topic:" + name);
    }
    (adds ? answer.add : answer.remove).push_back(*std::move(stream));
  }
  say(true, adds ? operation : "");
  return answer;
}

std::string BybitVenue::TradeText(const VenueStream& stream, const SimulatedTrade& trade,
                                  EventTime told) {
  return fmt::format(
      R"({{"topic":"{}","ts":{},"type":"snapshot","data":[{{"i":"{}","T":{},"p":"{}","v":"{}",)"
      R"("S":"{}","seq":{},"s":"{}","BT":false,"RPI":false}}]}})",
      stream.name, told.us / kMicrosPerMilli, trade.id, trade.time_us / kMicrosPerMilli,
      Price(stream.symbol, trade.price), Size(trade.size), SideOf(trade), trade.id,
      SpellingOf(market_.symbols()[stream.symbol].symbol));
}

std::string BybitVenue::BarText(const VenueStream& stream, const SimulatedBar& bar, bool closed,
                                EventTime told) {
  const int64_t open_ms = bar.open_time_us / kMicrosPerMilli;
  const int64_t told_ms = told.us / kMicrosPerMilli;
  const auto price = [&](int64_t ticks) { return Price(stream.symbol, ticks); };
  return fmt::format(
      R"({{"topic":"{}","data":[{{"start":{},"end":{},"interval":"1","open":"{}","close":"{}",)"
      R"("high":"{}","low":"{}","volume":"{}","turnover":"{}","confirm":{},"timestamp":{}}}],)"
      R"("ts":{},"type":"snapshot"}})",
      stream.name, open_ms, open_ms + 59'999, price(bar.open), price(bar.close), price(bar.high),
      price(bar.low), Size(bar.volume), Size(bar.quote_volume), closed, told_ms, told_ms);
}

std::string BybitVenue::TradeRows(size_t symbol, const HttpTarget& target, EventTime now) {
  const int64_t end = market_.FirstIdAt(symbol, now);
  const int64_t limit =
      std::clamp<int64_t>(target.Number("limit").value_or(kTradesMax), 1, kTradesMax);
  const auto trades = market_.Trades(symbol, std::max<int64_t>(1, end - limit), end);
  std::string rows;
  for (auto trade = trades.rbegin(); trade != trades.rend(); ++trade) {
    rows += fmt::format(
        R"({}{{"execId":"{}","symbol":"{}","price":"{}","size":"{}","side":"{}","time":"{}",)"
        R"("isBlockTrade":false,"isRPITrade":false,"seq":"{}"}})",
        rows.empty() ? "" : ",", trade->id, SpellingOf(market_.symbols()[symbol].symbol),
        Price(symbol, trade->price), Size(trade->size), SideOf(*trade),
        trade->time_us / kMicrosPerMilli, trade->id);
  }
  return fmt::format(R"("category":"spot","list":[{}])", rows);
}

// Those that open from `start` on and not behind `end`, the newest of them.
std::string BybitVenue::CandleRows(size_t symbol, const HttpTarget& target, EventTime now) {
  const EventTime start = market_.options().start;
  int64_t begin = 0;  // minutes
  int64_t end = now > start ? (now - start - 1) / kMicrosPerMinute + 1 : 0;
  if (const auto from = target.Number("start")) {
    const int64_t us = *from * kMicrosPerMilli - start.us;
    begin = us <= 0 ? 0 : (us - 1) / kMicrosPerMinute + 1;
  }
  if (const auto to = target.Number("end")) {
    const int64_t us = *to * kMicrosPerMilli - start.us;
    end = std::min(end, us < 0 ? 0 : us / kMicrosPerMinute + 1);
  }
  const int64_t limit =
      std::clamp<int64_t>(target.Number("limit").value_or(kCandlesUnasked), 1, kCandlesMax);
  begin = std::max(begin, end - limit);
  std::string rows;
  for (int64_t minute = end - 1; minute >= begin; --minute) {
    const SimulatedBar bar = market_.Bar(symbol, start + minute * kMicrosPerMinute, now);
    rows += fmt::format(R"({}["{}","{}","{}","{}","{}","{}","{}"])", rows.empty() ? "" : ",",
                        bar.open_time_us / kMicrosPerMilli, Price(symbol, bar.open),
                        Price(symbol, bar.high), Price(symbol, bar.low), Price(symbol, bar.close),
                        Size(bar.volume), Size(bar.quote_volume));
  }
  return fmt::format(R"("category":"spot","symbol":"{}","list":[{}])",
                     SpellingOf(market_.symbols()[symbol].symbol), rows);
}

std::string BybitVenue::Listing() const {
  std::string rows;
  for (const MarketSymbol& traded : market_.symbols()) {
    rows +=
        fmt::format(R"({}{{"symbol":"{}","baseCoin":"{}","quoteCoin":"{}","status":"Trading"}})",
                    rows.empty() ? "" : ",", SpellingOf(traded.symbol), traded.symbol.base(),
                    traded.symbol.quote());
  }
  return fmt::format(R"("category":"spot","list":[{}])", rows);
}

RestAnswer BybitVenue::OnRequest(const HttpTarget& target, EventTime now, EventTime told) {
  const auto say = [&](int code, std::string_view words, std::string_view result) {
    return RestAnswer{
        .body = fmt::format(R"({{"retCode":{},"retMsg":"{}","result":{{{}}},"retExtInfo":{{}},)"
                            R"("time":{}}})",
                            code, words, result, told.us / kMicrosPerMilli)};
  };
  const std::string& path = target.path;
  if (path == "/v5/market/time") {
    return say(0, "OK",
               fmt::format(R"("timeSecond":"{}","timeNano":"{}000")", told.us / kMicrosPerSecond,
                           told.us));
  }
  const bool trades = path == "/v5/market/recent-trade", candles = path == "/v5/market/kline";
  const bool listing = path == "/v5/market/instruments-info";
  if (!trades && !candles && !listing) return {.status = 404, .body = "<html>404</html>"};
  // Without a category kline means another market, which is not here.
  if (target.Find("category") != "spot") return say(10001, "Category is invalid", "");
  if (listing) return say(0, "OK", Listing());
  const auto symbol = SymbolSpelled(*this, market_, target.Find("symbol").value_or(""));
  if (!symbol) return say(10001, "Not supported symbols", "");
  if (trades) return say(0, "OK", TradeRows(*symbol, target, now));
  if (target.Find("interval") != "1") return say(10001, "Invalid period!", "");
  return say(0, "OK", CandleRows(*symbol, target, now));
}

}  // namespace

std::unique_ptr<SimulatedVenue> MakeSimulatedBybit(SimulatedMarket& market) {
  return std::make_unique<BybitVenue>(market);
}

}  // namespace tidemark

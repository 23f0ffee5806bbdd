#include "tidemark/source/simulator/bitstamp_venue.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/json.h"
#include "tidemark/base/text.h"

namespace tidemark {
namespace {

constexpr std::string_view kTradesChannel = "live_trades_";
constexpr int64_t kCandlesMax = 1000;

std::string Size(int64_t size) { return FixedText(size, kSizeDecimals, kSizeDecimals); }

RestAnswer Refusing(int status, std::string_view words) {
  return {.status = status,
          .body = fmt::format(R"({{"status":"error","reason":{}}})", Json::String(words).Dump())};
}

class BitstampVenue : public SimulatedVenue {
 public:
  explicit BitstampVenue(SimulatedMarket& market) : market_(market) {}

  int64_t time_step_us() const override { return kMicrosPerSecond; }
  std::string SpellingOf(const Symbol& symbol) const override {
    return ToLower(symbol.base() + symbol.quote());
  }

  std::optional<VenueAnswer> OnOpen(const HttpTarget& target, EventTime) override {
    if (target.path != "/" && !target.path.empty()) return std::nullopt;
    return VenueAnswer();
  }
  VenueAnswer OnText(std::string_view text, std::span<const VenueStream> held,
                     EventTime now) override;
  std::string TradeText(const VenueStream& stream, const SimulatedTrade& trade, EventTime) override;
  std::string BarText(const VenueStream&, const SimulatedBar&, bool, EventTime) override {
    return {};
  }
  std::string ShutdownText(EventTime) override {
    return R"({"event":"bts:request_reconnect","channel":"","data":""})";
  }

  RestAnswer OnRequest(const HttpTarget& target, EventTime now, EventTime told) override;
  RestAnswer Refusal(int status) override {
    if (status != 429) return {.status = status, .body = "<html>a bad gateway</html>"};
    return Refusing(429, "Request rate limit exceeded");
  }
  int weight_per_minute() const override { return 1000; }

 private:
  std::string Price(size_t symbol, int64_t ticks) const {
    const int decimals = market_.symbols()[symbol].price_decimals;
    return FixedText(ticks, decimals, decimals);
  }
  RestAnswer TradeRows(size_t symbol, const HttpTarget& target, EventTime now);
  RestAnswer CandleRows(size_t symbol, const HttpTarget& target, EventTime now);

  SimulatedMarket& market_;
};

VenueAnswer BitstampVenue::OnText(std::string_view text, std::span<const VenueStream>, EventTime) {
  VenueAnswer answer;
  const auto say = [&](std::string_view event, std::string_view channel, std::string_view data) {
    answer.texts.push_back(fmt::format(R"({{"event":"{}","channel":{},"data":{}}})", event,
                                       Json::String(channel).Dump(), data));
  };
  const auto request = Json::Parse(text);
  const std::string event = request ? (*request)["event"].AsString() : "";
  if (event == "bts:heartbeat") {
    say(event, "", R"({"status":"success"})");
    return answer;
  }
  const bool adds = event == "bts:subscribe";
  if (!adds && event != "bts:unsubscribe") {
    say("bts:error", "", R"({"code":null,"message":"Incorrect JSON format."})");
    return answer;
  }
  const std::string channel = (*request)["data"]["channel"].AsString();
  std::optional<size_t> symbol;
  if (channel.starts_with(kTradesChannel)) {
    symbol = SymbolSpelled(*this, market_, channel.substr(kTradesChannel.size()));
  }
  if (!symbol) {
    say("bts:error", channel, R"({"code":null,"message":"Incorrect channel name."})");
    return answer;
  }
  say(adds ? "bts:subscription_succeeded" : "bts:unsubscription_succeeded", channel, "{}");
  (adds ? answer.add : answer.remove).push_back({VenueStream::Kind::kTrades, *symbol, channel});
  return answer;
}

std::string BitstampVenue::TradeText(const VenueStream& stream, const SimulatedTrade& trade,
                                     EventTime) {
  const std::string price = Price(stream.symbol, trade.price), size = Size(trade.size);
  // Finer than what its history has.
  const int64_t micros = trade.time_us + trade.id * 7919 % kMicrosPerSecond;
  // The taker's order came later.
  const int64_t maker = 2 * trade.id, taker = maker + 1;
  return fmt::format(
      R"({{"data":{{"id":{},"timestamp":"{}","amount":{},"amount_str":"{}","price":{},)"
      R"("price_str":"{}","type":{},"microtimestamp":"{}","buy_order_id":{},"sell_order_id":{}}},)"
      R"("channel":"{}","event":"trade"}})",
      trade.id, trade.time_us / kMicrosPerSecond, size, size, price, price,
      trade.buyer_is_maker ? 1 : 0, micros, trade.buyer_is_maker ? maker : taker,
      trade.buyer_is_maker ? taker : maker, stream.name);
}

RestAnswer BitstampVenue::TradeRows(size_t symbol, const HttpTarget& target, EventTime now) {
  const std::string span = target.Find("time").value_or("hour");
  int64_t us = kMicrosPerHour;
  if (span == "minute") us = kMicrosPerMinute;
  if (span == "day") us = kMicrosPerDay;
  const auto trades =
      market_.Trades(symbol, market_.FirstIdAt(symbol, now - us), market_.FirstIdAt(symbol, now));
  std::string rows;
  for (auto trade = trades.rbegin(); trade != trades.rend(); ++trade) {
    rows +=
        fmt::format(R"({}{{"date":"{}","tid":"{}","amount":"{}","type":"{}","price":"{}"}})",
                    rows.empty() ? "" : ",", trade->time_us / kMicrosPerSecond, trade->id,
                    Size(trade->size), trade->buyer_is_maker ? 1 : 0, Price(symbol, trade->price));
  }
  return {.body = "[" + rows + "]"};
}

RestAnswer BitstampVenue::CandleRows(size_t symbol, const HttpTarget& target, EventTime now) {
  if (target.Find("step").value_or("60") != "60") return Refusing(400, "Invalid step");
  const auto number = [&](std::string_view name) {
    const auto value = WholeNumber(target.Find(name).value_or(""));
    return value ? std::optional(std::clamp<int64_t>(*value, 0, 10'000'000'000)) : std::nullopt;
  };
  const EventTime start = market_.options().start;
  const int64_t limit = std::clamp<int64_t>(number("limit").value_or(100), 1, kCandlesMax);
  int64_t last = now > start ? (now - start - 1) / kMicrosPerMinute : -1;
  if (const auto end = number("end")) {
    const int64_t us = *end * kMicrosPerSecond - start.us;
    last = std::min(last, us < 0 ? -1 : us / kMicrosPerMinute);
  }
  int64_t begin = std::max<int64_t>(0, last - limit + 1);
  if (const auto from = number("start")) {
    const int64_t us = *from * kMicrosPerSecond - start.us;
    begin = us <= 0 ? 0 : (us + kMicrosPerMinute - 1) / kMicrosPerMinute;
    last = std::min(last, begin + limit - 1);
  }
  std::string rows;
  for (int64_t m = begin; m <= last; ++m) {
    const SimulatedBar bar = market_.Bar(symbol, start + m * kMicrosPerMinute, now);
    rows += fmt::format(
        R"({}{{"timestamp":"{}","open":"{}","high":"{}","low":"{}","close":"{}","volume":"{}"}})",
        rows.empty() ? "" : ",", bar.open_time_us / kMicrosPerSecond, Price(symbol, bar.open),
        Price(symbol, bar.high), Price(symbol, bar.low), Price(symbol, bar.close),
        Size(bar.volume));
  }
  const Symbol& named = market_.symbols()[symbol].symbol;
  return {.body = fmt::format(R"({{"data":{{"ohlc":[{}],"pair":"{}/{}"}}}})", rows, named.base(),
                              named.quote())};
}

RestAnswer BitstampVenue::OnRequest(const HttpTarget& target, EventTime now, EventTime) {
  std::string_view path = target.path;
  if (path.ends_with('/')) path.remove_suffix(1);
  for (const auto& [base, trades] :
       {std::pair<std::string_view, bool>{"/api/v2/transactions/", true},
        {"/api/v2/ohlc/", false}}) {
    if (!path.starts_with(base)) continue;
    const auto symbol = SymbolSpelled(*this, market_, path.substr(base.size()));
    if (!symbol) return Refusing(404, "Unknown currency pair");
    return trades ? TradeRows(*symbol, target, now) : CandleRows(*symbol, target, now);
  }
  return Refusing(404, "Not found");
}

}  // namespace

std::unique_ptr<SimulatedVenue> MakeSimulatedBitstamp(SimulatedMarket& market) {
  return std::make_unique<BitstampVenue>(market);
}

}  // namespace tidemark

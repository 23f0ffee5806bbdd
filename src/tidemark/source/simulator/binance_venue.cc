#include "tidemark/source/simulator/binance_venue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tidemark/base/json.h"
#include "tidemark/base/text.h"

namespace tidemark {
namespace {

constexpr int kShownDecimals = 8;
constexpr size_t kStreamsMax = 1024;

struct Refused {
  int64_t code = 0;
  std::string_view message;
};
constexpr Refused kInvalidSymbol{-1121, "Invalid symbol."};
constexpr Refused kIllegalValue{-1100, "Illegal characters found in a parameter."};
constexpr Refused kInvalidInterval{-1120, "Invalid interval."};
constexpr Refused kMissingSymbol{-1102, "Mandatory parameter 'symbol' was not sent."};

int64_t Millis(EventTime time) { return time.us / kMicrosPerMilli; }

RestAnswer Refusing(int status, const Refused& refused) {
  RestAnswer answer;
  answer.status = status;
  answer.body = fmt::format(R"({{"code":{},"msg":"{}"}})", refused.code, refused.message);
  return answer;
}

std::string ErrorText(const Refused& refused, std::string_view id) {
  return fmt::format(R"({{"error":{{"code":{},"msg":{}}},"id":{}}})", refused.code,
                     Json::String(refused.message).Dump(), id);
}

// The parameters that requests for rows share.
struct RowsAsked {
  size_t symbol = 0;
  int64_t limit = 500;
  std::optional<int64_t> from_id, start_ms, end_ms;
};

class BinanceVenue : public SimulatedVenue {
 public:
  explicit BinanceVenue(SimulatedMarket& market) : market_(market) {
    for (const MarketSymbol& symbol : market.symbols()) {
      spellings_.push_back(SpellingOf(symbol.symbol));
      lower_.push_back(ToLower(spellings_.back()));
    }
  }

  int64_t time_step_us() const override { return kMicrosPerMilli; }
  std::string SpellingOf(const Symbol& symbol) const override {
    return symbol.base() + symbol.quote();
  }

  std::optional<VenueAnswer> OnOpen(const HttpTarget& target, EventTime now) override;
  VenueAnswer OnText(std::string_view text, std::span<const VenueStream> held,
                     EventTime now) override;
  std::string TradeText(const VenueStream& stream, const SimulatedTrade& trade,
                        EventTime told) override;
  std::string BarText(const VenueStream& stream, const SimulatedBar& bar, bool closed,
                      EventTime told) override;
  std::string ShutdownText(EventTime told) override {
    return fmt::format(R"({{"event":{{"e":"serverShutdown","E":{}}}}})", Millis(told));
  }
  int requests_per_second() const override { return 5; }

  RestAnswer OnRequest(const HttpTarget& target, EventTime now, EventTime told) override;
  RestAnswer Refusal(int status) override;
  int weight_per_minute() const override { return 6000; }
  std::string_view weight_header() const override { return "X-MBX-USED-WEIGHT-1M"; }

 private:
  std::optional<VenueStream> StreamNamed(std::string_view name) const;
  std::string Wrapped(const VenueStream& stream, std::string data) const;
  std::string Price(size_t symbol, int64_t ticks) const {
    return FixedText(ticks, market_.symbols()[symbol].price_decimals, kShownDecimals);
  }
  static std::string Size(int64_t size) { return FixedText(size, kSizeDecimals, kShownDecimals); }

  Result<RowsAsked> ReadRows(const HttpTarget& target, RestAnswer* refusal) const;
  RestAnswer TradeRows(const RowsAsked& asked, bool aggregates, EventTime now);
  RestAnswer BarRows(const RowsAsked& asked, EventTime now);
  RestAnswer Listing(EventTime told) const;

  SimulatedMarket& market_;
  std::vector<std::string> spellings_, lower_;  // by the market's order
  bool combined_ = false;
};

std::optional<VenueStream> BinanceVenue::StreamNamed(std::string_view name) const {
  const size_t at = name.find('@');
  const auto found = std::find(lower_.begin(), lower_.end(), name.substr(0, at));
  if (at == name.npos || found == lower_.end()) return std::nullopt;
  VenueStream stream;
  stream.symbol = static_cast<size_t>(found - lower_.begin());
  stream.name = name;
  const std::string_view kind = name.substr(at + 1);
  if (kind == "trade") {
    stream.kind = VenueStream::Kind::kTrades;
  } else if (kind == "aggTrade") {
    stream.kind = VenueStream::Kind::kAggregates;
  } else if (kind == "kline_1m") {
    stream.kind = VenueStream::Kind::kCandles;
  } else {
    return std::nullopt;
  }
  return stream;
}

std::optional<VenueAnswer> BinanceVenue::OnOpen(const HttpTarget& target, EventTime) {
  std::string names;
  if (target.path == "/stream") {
    combined_ = true;
    names = target.Find("streams").value_or("");
  } else if (target.path.starts_with("/ws/")) {
    names = target.path.substr(4);
  } else if (target.path != "/ws") {
    return std::nullopt;
  }
  VenueAnswer answer;
  std::string_view rest = names;
  while (!rest.empty()) {
    const size_t slash = std::min(rest.find('/'), rest.size());
    if (auto stream = StreamNamed(rest.substr(0, slash))) answer.add.push_back(*std::move(stream));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  return answer;
}

VenueAnswer BinanceVenue::OnText(std::string_view text, std::span<const VenueStream> held,
                                 EventTime) {
  VenueAnswer answer;
  const auto request = Json::Parse(text);
  if (!request || !request->is_object()) {
    answer.texts = {ErrorText({3, "Invalid JSON: expected value at line 1 column 1"}, "null")};
    return answer;
  }
  const std::string id = (*request)["id"].Dump();
  const std::string method = (*request)["method"].AsString();
  const auto refuse = [&](const Refused& refused) {
    answer = {};
    answer.texts = {ErrorText(refused, id)};
    return answer;
  };
  if (method == "LIST_SUBSCRIPTIONS") {
    Json names = Json::Array();
    for (const VenueStream& stream : held) names.Add(Json::String(stream.name));
    answer.texts = {fmt::format(R"({{"result":{},"id":{}}})", names.Dump(), id)};
    return answer;
  }
  const auto& parameters = (*request)["params"].items();
  if (method == "SET_PROPERTY") {
    if (parameters.size() != 2 || parameters[0].AsString() != "combined") {
      return refuse({0, "Unknown property"});
    }
    combined_ = parameters[1].AsBool(combined_);
  } else if (method == "SUBSCRIBE" || method == "UNSUBSCRIBE") {
    if (parameters.empty()) return refuse({2, "Invalid request: missing field `params`"});
    auto& changed = method == "SUBSCRIBE" ? answer.add : answer.remove;
    for (const Json& name : parameters) {
      auto stream = StreamNamed(name.AsString());
      if (!stream) return refuse(kInvalidSymbol);
      changed.push_back(*std::move(stream));
    }
    if (held.size() + answer.add.size() > kStreamsMax) {
      return refuse({2, "Invalid request: more than 1024 streams"});
    }
  } else {
    return refuse({2,
                   "Invalid request: unknown variant, expected one of `SUBSCRIBE`, "
                   "`UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"});
  }
  answer.texts = {fmt::format(R"({{"result":null,"id":{}}})", id)};
  return answer;
}

std::string BinanceVenue::Wrapped(const VenueStream& stream, std::string data) const {
  if (!combined_) return data;
  return fmt::format(R"({{"stream":"{}","data":{}}})", stream.name, data);
}

std::string BinanceVenue::TradeText(const VenueStream& stream, const SimulatedTrade& trade,
                                    EventTime told) {
  const bool aggregate = stream.kind == VenueStream::Kind::kAggregates;
  std::string ids = fmt::format(R"("{}":{})", aggregate ? 'a' : 't', trade.id);
  if (aggregate) ids += fmt::format(R"(,"f":{0},"l":{0})", trade.id);
  return Wrapped(
      stream,
      fmt::format(R"({{"e":"{}","E":{},"s":"{}",{},"p":"{}","q":"{}","T":{},"m":{},"M":true}})",
                  aggregate ? "aggTrade" : "trade", Millis(told), spellings_[stream.symbol], ids,
                  Price(stream.symbol, trade.price), Size(trade.size),
                  trade.time_us / kMicrosPerMilli, trade.buyer_is_maker));
}

std::string BinanceVenue::BarText(const VenueStream& stream, const SimulatedBar& bar, bool closed,
                                  EventTime told) {
  const size_t s = stream.symbol;
  const int64_t open_ms = bar.open_time_us / kMicrosPerMilli;
  return Wrapped(
      stream,
      fmt::format(
          R"({{"e":"kline","E":{},"s":"{}","k":{{"t":{},"T":{},"s":"{}","i":"1m","f":{},"L":{},)"
          R"("o":"{}","c":"{}","h":"{}","l":"{}","v":"{}","n":{},"x":{},"q":"{}","V":"{}",)"
          R"("Q":"{}","B":"0"}}}})",
          Millis(told), spellings_[s], open_ms, open_ms + 59'999, spellings_[s], bar.first_id,
          bar.last_id, Price(s, bar.open), Price(s, bar.close), Price(s, bar.high),
          Price(s, bar.low), Size(bar.volume), bar.trades, closed, Size(bar.quote_volume),
          Size(bar.taker_buy_volume), Size(bar.taker_buy_quote)));
}

Result<RowsAsked> BinanceVenue::ReadRows(const HttpTarget& target, RestAnswer* refusal) const {
  RowsAsked asked;
  const auto refuse = [&](const Refused& refused) {
    *refusal = Refusing(400, refused);
    return Fail(ErrorCode::kInvalidArgument, std::string(refused.message));
  };
  const auto symbol = target.Find("symbol");
  if (!symbol) return refuse(kMissingSymbol);
  const auto found = std::find(spellings_.begin(), spellings_.end(), *symbol);
  if (found == spellings_.end()) return refuse(kInvalidSymbol);
  asked.symbol = static_cast<size_t>(found - spellings_.begin());
  std::optional<int64_t> limit;
  for (const auto& [name, into] :
       {std::pair{"limit", &limit}, std::pair{"fromId", &asked.from_id},
        std::pair{"startTime", &asked.start_ms}, std::pair{"endTime", &asked.end_ms}}) {
    const auto text = target.Find(name);
    if (!text) continue;
    *into = WholeNumber(*text);
    // A time in microseconds, or none at all, is no reason to search the tape for ever.
    if (!*into || **into < 0 || **into > 100'000'000'000'000) return refuse(kIllegalValue);
  }
  if (limit) asked.limit = std::clamp<int64_t>(*limit, 1, 1000);
  return asked;
}

RestAnswer BinanceVenue::TradeRows(const RowsAsked& asked, bool aggregates, EventTime now) {
  const int64_t known = market_.FirstIdAt(asked.symbol, now);  // ids below have happened
  const auto id_at = [&](int64_t ms) {
    const EventTime time{ms * kMicrosPerMilli};
    return time < now ? market_.FirstIdAt(asked.symbol, time) : known;
  };
  int64_t begin = std::max<int64_t>(1, known - asked.limit), end = known;
  if (asked.from_id) {
    begin = std::max<int64_t>(1, *asked.from_id);
  } else if (aggregates && (asked.start_ms || asked.end_ms)) {
    if (asked.end_ms) end = id_at(*asked.end_ms + 1);
    begin = asked.start_ms ? id_at(*asked.start_ms) : std::max<int64_t>(1, end - asked.limit);
  }
  end = std::min(end, begin + asked.limit);
  RestAnswer answer;
  answer.weight = aggregates ? 4 : 25;
  answer.body = "[";
  for (const SimulatedTrade& trade : market_.Trades(asked.symbol, begin, end)) {
    if (answer.body.size() > 1) answer.body += ',';
    const std::string price = Price(asked.symbol, trade.price), size = Size(trade.size);
    const int64_t time = trade.time_us / kMicrosPerMilli;
    if (aggregates) {
      answer.body +=
          fmt::format(R"({{"a":{0},"p":"{1}","q":"{2}","f":{0},"l":{0},"T":{3},"m":{4},"M":true}})",
                      trade.id, price, size, time, trade.buyer_is_maker);
    } else {
      answer.body += fmt::format(
          R"({{"id":{},"price":"{}","qty":"{}","quoteQty":"{}","time":{},"isBuyerMaker":{},)"
          R"("isBestMatch":true}})",
          trade.id, price, size, Size(market_.QuoteSize(asked.symbol, trade)), time,
          trade.buyer_is_maker);
    }
  }
  answer.body += "]";
  return answer;
}

RestAnswer BinanceVenue::BarRows(const RowsAsked& asked, EventTime now) {
  const int64_t minute = kMicrosPerMinute;
  const EventTime start = market_.options().start;
  // Minutes from the start: those that open at or after startTime and at or before endTime.
  const int64_t last = now > start ? (now - start - 1) / minute : -1;
  const auto minute_at = [&](int64_t ms) {
    const int64_t us = ms * kMicrosPerMilli - start.us;
    return us < 0 ? -1 : us / minute;
  };
  int64_t end = last;
  if (asked.end_ms) end = std::min(end, minute_at(*asked.end_ms));
  int64_t begin = std::max<int64_t>(0, end - asked.limit + 1);
  if (asked.start_ms) {
    const int64_t before = *asked.start_ms - 1;
    begin = std::max<int64_t>(0, before < 0 ? 0 : minute_at(before) + 1);
  }
  end = std::min(end, begin + asked.limit - 1);
  RestAnswer answer;
  answer.weight = 2;
  answer.body = "[";
  for (int64_t m = begin; m <= end; ++m) {
    const SimulatedBar bar = market_.Bar(asked.symbol, start + m * minute, now);
    const int64_t open_ms = bar.open_time_us / kMicrosPerMilli;
    if (answer.body.size() > 1) answer.body += ',';
    answer.body += fmt::format(R"([{},"{}","{}","{}","{}","{}",{},"{}",{},"{}","{}","0"])", open_ms,
                               Price(asked.symbol, bar.open), Price(asked.symbol, bar.high),
                               Price(asked.symbol, bar.low), Price(asked.symbol, bar.close),
                               Size(bar.volume), open_ms + 59'999, Size(bar.quote_volume),
                               bar.trades, Size(bar.taker_buy_volume), Size(bar.taker_buy_quote));
  }
  answer.body += "]";
  return answer;
}

RestAnswer BinanceVenue::Listing(EventTime told) const {
  RestAnswer answer;
  answer.weight = 20;
  std::string symbols;
  for (size_t i = 0; i < spellings_.size(); ++i) {
    const Symbol& symbol = market_.symbols()[i].symbol;
    symbols += fmt::format(
        R"({}{{"symbol":"{}","status":"TRADING","baseAsset":"{}","baseAssetPrecision":8,)"
        R"("quoteAsset":"{}","quotePrecision":8,"quoteAssetPrecision":8,)"
        R"("orderTypes":["LIMIT","MARKET"],"isSpotTradingAllowed":true,"filters":[],)"
        R"("permissions":["SPOT"]}})",
        i == 0 ? "" : ",", spellings_[i], symbol.base(), symbol.quote());
  }
  answer.body = fmt::format(
      R"({{"timezone":"UTC","serverTime":{},"rateLimits":[{{"rateLimitType":"REQUEST_WEIGHT",)"
      R"("interval":"MINUTE","intervalNum":1,"limit":{}}}],"exchangeFilters":[],"symbols":[{}]}})",
      Millis(told), weight_per_minute(), symbols);
  return answer;
}

RestAnswer BinanceVenue::OnRequest(const HttpTarget& target, EventTime now, EventTime told) {
  std::string_view call = target.path;
  for (const std::string_view base : {"/api/v3/", "/fapi/v1/"}) {
    if (call.starts_with(base)) call.remove_prefix(base.size());
  }
  if (call.size() == target.path.size()) return Refusing(404, {-1000, "No such path."});
  if (call == "ping") return {.body = "{}"};
  if (call == "time") return {.body = fmt::format(R"({{"serverTime":{}}})", Millis(told))};
  if (call == "exchangeInfo") return Listing(told);
  const bool aggregates = call == "aggTrades", bars = call == "klines";
  const bool history = call == "historicalTrades";
  if (!aggregates && !bars && !history && call != "trades") {
    return Refusing(404, {-1000, "No such path."});
  }
  RestAnswer refusal;
  auto asked = ReadRows(target, &refusal);
  if (!asked) return refusal;
  if (bars) {
    if (target.Find("interval") != "1m") return Refusing(400, kInvalidInterval);
    return BarRows(*asked, now);
  }
  // The plain call knows the latest trades only.
  if (!aggregates && !history) asked->from_id.reset();
  return TradeRows(*asked, aggregates, now);
}

RestAnswer BinanceVenue::Refusal(int status) {
  if (status == 429) {
    return Refusing(429, {-1003,
                          "Too many requests; current limit is 6000 request weight per 1 "
                          "MINUTE. Please use the websocket for live updates to avoid "
                          "polling the API."});
  }
  return {
      .status = status,
      .body = fmt::format("<html><body><h1>{} the venue is not well</h1></body></html>", status)};
}

}  // namespace

std::unique_ptr<SimulatedVenue> MakeSimulatedBinance(SimulatedMarket& market) {
  return std::make_unique<BinanceVenue>(market);
}

}  // namespace tidemark

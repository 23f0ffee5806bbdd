#include "tidemark/source/simulator/okx_venue.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/json.h"

namespace tidemark {
namespace {

constexpr int64_t kHistoryUs = 90 * kMicrosPerDay;
constexpr int64_t kPage = 100, kLatestTradesMax = 500, kLatestCandlesMax = 300;
constexpr std::string_view kConnection = "a4d3ae55";

struct Named {
  std::string_view channel;
  VenueStream::Kind kind;
  bool business;
};
constexpr Named kChannels[] = {{"trades", VenueStream::Kind::kAggregates, false},
                               {"trades-all", VenueStream::Kind::kTrades, true},
                               {"candle1m", VenueStream::Kind::kCandles, true}};

std::string Size(int64_t size) { return ShortText(size, kSizeDecimals); }

RestAnswer Rows(const std::string& rows) {
  return {.body = fmt::format(R"({{"code":"0","msg":"","data":[{}]}})", rows)};
}

RestAnswer Refusing(std::string_view code, std::string_view words, int status = 200) {
  return {.status = status,
          .body = fmt::format(R"({{"code":"{}","msg":"{}","data":[]}})", code, words)};
}

class OkxVenue : public SimulatedVenue {
 public:
  explicit OkxVenue(SimulatedMarket& market) : market_(market) {}

  int64_t time_step_us() const override { return kMicrosPerMilli; }
  std::string SpellingOf(const Symbol& symbol) const override { return symbol.text(); }

  std::optional<VenueAnswer> OnOpen(const HttpTarget& target, EventTime) override {
    business_ = target.path == "/ws/v5/business";
    if (!business_ && target.path != "/ws/v5/public") return std::nullopt;
    return VenueAnswer();
  }
  VenueAnswer OnText(std::string_view text, std::span<const VenueStream> held,
                     EventTime now) override;
  std::string TradeText(const VenueStream& stream, const SimulatedTrade& trade, EventTime) override;
  std::string BarText(const VenueStream& stream, const SimulatedBar& bar, bool closed,
                      EventTime) override {
    return fmt::format(R"({{"arg":{{"channel":"candle1m","instId":"{}"}},"data":[{}]}})",
                       Instrument(stream.symbol), BarRow(stream.symbol, bar, closed));
  }
  std::string ShutdownText(EventTime) override {
    return fmt::format(
        R"({{"event":"notice","code":"64008","msg":"The connection will soon be closed for a )"
        R"(service upgrade. Please reconnect.","connId":"{}"}})",
        kConnection);
  }

  RestAnswer OnRequest(const HttpTarget& target, EventTime now, EventTime told) override;
  RestAnswer Refusal(int status) override {
    if (status != 429) return {.status = status, .body = "<html>a bad gateway</html>"};
    return Refusing("50011", "Too Many Requests", 429);
  }
  int weight_per_minute() const override { return 600; }  // 20 in two seconds

 private:
  std::string Instrument(size_t symbol) const {
    return SpellingOf(market_.symbols()[symbol].symbol);
  }
  std::string Price(size_t symbol, int64_t ticks) const {
    return ShortText(ticks, market_.symbols()[symbol].price_decimals);
  }
  // Of one order at one price.
  static bool AreOne(const SimulatedTrade& a, const SimulatedTrade& b) {
    return a.time_us == b.time_us && a.price == b.price && a.buyer_is_maker == b.buyer_is_maker;
  }
  std::string BarRow(size_t symbol, const SimulatedBar& bar, bool closed) const;
  RestAnswer TradeRows(size_t symbol, const HttpTarget& target, bool history, EventTime now);
  RestAnswer CandleRows(size_t symbol, const HttpTarget& target, bool history, EventTime now);
  RestAnswer Listing() const;

  SimulatedMarket& market_;
  bool business_ = false;
};

int64_t LimitOf(const HttpTarget& target, int64_t most) {
  return std::clamp<int64_t>(target.Number("limit").value_or(kPage), 1, most);
}

VenueAnswer OkxVenue::OnText(std::string_view text, std::span<const VenueStream>, EventTime) {
  VenueAnswer answer;
  if (text == "ping") {
    answer.texts = {"pong"};
    return answer;
  }
  const auto request = Json::Parse(text);
  std::string id;
  if (request && request->Has("id")) id = fmt::format(R"("id":{},)", (*request)["id"].Dump());
  const auto refuse = [&](int code, const std::string& words) {
    answer.texts.push_back(
        fmt::format(R"({{{}"event":"error","code":"{}","msg":{},"connId":"{}"}})", id, code,
                    Json::String(words).Dump(), kConnection));
  };
  if (!request || !request->is_object() || !request->Has("op")) {
    refuse(60012, "Invalid request: " + (request ? request->Dump() : ""));
    return answer;
  }
  const std::string operation = (*request)["op"].AsString();
  const bool adds = operation == "subscribe";
  if (!adds && operation != "unsubscribe") {
    refuse(60019, "Invalid op: " + operation);
    return answer;
  }
  if ((*request)["args"].items().empty()) refuse(60013, "Invalid args");
  for (const Json& topic : (*request)["args"].items()) {
    const std::string channel = topic["channel"].AsString(), named = topic["instId"].AsString();
    const auto* const known = std::ranges::find(kChannels, channel, &Named::channel);
    const auto symbol = SymbolSpelled(*this, market_, named);
    if (known == std::end(kChannels) || known->business != business_ || !symbol) {
      refuse(60018, fmt::format("Subscribe failed, wrong URL or channel:{},instId:{} doesn't "
                                "exist. Please use the correct URL, channel and parameters "
                                "referring to API document.",
                                channel, named));
      continue;
    }
    answer.texts.push_back(
        fmt::format(R"({{{}"event":"{}","arg":{{"channel":"{}","instId":"{}"}},"connId":"{}"}})",
                    id, operation, channel, named, kConnection));
    (adds ? answer.add : answer.remove).push_back({known->kind, *symbol, channel + ":" + named});
  }
  return answer;
}

std::string OkxVenue::TradeText(const VenueStream& stream, const SimulatedTrade& trade, EventTime) {
  const std::string instrument = Instrument(stream.symbol);
  const bool together = stream.kind == VenueStream::Kind::kAggregates;
  int64_t size = trade.size, count = 1;
  if (together) {
    // Told with the last of its fills.
    if (AreOne(trade, market_.TradeOf(stream.symbol, trade.id + 1))) return {};
    for (; count < trade.id; ++count) {
      const SimulatedTrade before = market_.TradeOf(stream.symbol, trade.id - count);
      if (!AreOne(before, trade)) break;
      size += before.size;
    }
  }
  const int64_t ms = trade.time_us / kMicrosPerMilli;
  const std::string tail =
      together
          ? fmt::format(R"("ts":"{}","count":"{}","source":"0","seqId":{})", ms, count, trade.id)
          : fmt::format(R"("source":"0","ts":"{}")", ms);
  return fmt::format(
      R"({{"arg":{{"channel":"{}","instId":"{}"}},"data":[{{"instId":"{}","tradeId":"{}",)"
      R"("px":"{}","sz":"{}","side":"{}",{}}}]}})",
      together ? "trades" : "trades-all", instrument, instrument, trade.id,
      Price(stream.symbol, trade.price), Size(size), trade.buyer_is_maker ? "sell" : "buy", tail);
}

std::string OkxVenue::BarRow(size_t symbol, const SimulatedBar& bar, bool closed) const {
  const std::string quote = Size(bar.quote_volume);
  return fmt::format(R"(["{}","{}","{}","{}","{}","{}","{}","{}","{}"])",
                     bar.open_time_us / kMicrosPerMilli, Price(symbol, bar.open),
                     Price(symbol, bar.high), Price(symbol, bar.low), Price(symbol, bar.close),
                     Size(bar.volume), quote, quote, closed ? 1 : 0);
}

// `after`: older than that id, or with type=2 that millisecond; `before`: newer than that id.
RestAnswer OkxVenue::TradeRows(size_t symbol, const HttpTarget& target, bool history,
                               EventTime now) {
  int64_t begin = market_.FirstIdAt(symbol, now - kHistoryUs);
  int64_t end = market_.FirstIdAt(symbol, now);
  if (history) {
    const bool by_time = target.Find("type").value_or("1") == "2";
    if (const auto after = target.Number("after")) {
      const EventTime time{*after * kMicrosPerMilli};
      if (!by_time) end = std::min(end, *after);
      if (by_time && time < now) end = market_.FirstIdAt(symbol, time);
    }
    const auto before = target.Number("before");
    if (before && !by_time) begin = std::max(begin, *before + 1);
  }
  begin = std::max(begin, end - LimitOf(target, history ? kPage : kLatestTradesMax));
  std::string rows;
  const auto trades = market_.Trades(symbol, begin, std::max(begin, end));
  for (auto trade = trades.rbegin(); trade != trades.rend(); ++trade) {
    rows += fmt::format(
        R"({}{{"instId":"{}","side":"{}","sz":"{}","source":"0","px":"{}","tradeId":"{}",)"
        R"("ts":"{}"}})",
        rows.empty() ? "" : ",", Instrument(symbol), trade->buyer_is_maker ? "sell" : "buy",
        Size(trade->size), Price(symbol, trade->price), trade->id,
        trade->time_us / kMicrosPerMilli);
  }
  return Rows(rows);
}

// `after`: opened before that millisecond; `before`: behind it.
RestAnswer OkxVenue::CandleRows(size_t symbol, const HttpTarget& target, bool history,
                                EventTime now) {
  if (target.Find("bar").value_or("1m") != "1m") return Refusing("51000", "Parameter bar error");
  const EventTime start = market_.options().start;
  const int64_t closed = now > start ? (now - start) / kMicrosPerMinute : 0;
  const int64_t known = now > start ? (now - start - 1) / kMicrosPerMinute + 1 : 0;
  int64_t begin = 0, end = history ? closed : known;  // minutes
  if (const auto after = target.Number("after")) {
    const int64_t us = *after * kMicrosPerMilli - start.us;
    end = std::min(end, us <= 0 ? 0 : (us - 1) / kMicrosPerMinute + 1);
  }
  if (const auto before = target.Number("before")) {
    const int64_t us = *before * kMicrosPerMilli - start.us;
    begin = us < 0 ? 0 : us / kMicrosPerMinute + 1;
  }
  begin = std::max(begin, end - LimitOf(target, history ? kPage : kLatestCandlesMax));
  std::string rows;
  for (int64_t minute = end - 1; minute >= begin; --minute) {
    const SimulatedBar bar = market_.Bar(symbol, start + minute * kMicrosPerMinute, now);
    rows += (rows.empty() ? "" : ",") + BarRow(symbol, bar, minute < closed);
  }
  return Rows(rows);
}

RestAnswer OkxVenue::Listing() const {
  std::string rows;
  for (size_t i = 0; i < market_.symbols().size(); ++i) {
    const MarketSymbol& traded = market_.symbols()[i];
    rows += fmt::format(
        R"({}{{"instType":"SPOT","instId":"{}","baseCcy":"{}","quoteCcy":"{}","tickSz":"{}",)"
        R"("lotSz":"{}","state":"live"}})",
        rows.empty() ? "" : ",", Instrument(i), traded.symbol.base(), traded.symbol.quote(),
        Price(i, 1), Size(1));
  }
  return Rows(rows);
}

RestAnswer OkxVenue::OnRequest(const HttpTarget& target, EventTime now, EventTime told) {
  std::string_view path = target.path;
  if (path == "/api/v5/public/time") {
    return Rows(fmt::format(R"({{"ts":"{}"}})", told.us / kMicrosPerMilli));
  }
  if (path == "/api/v5/public/instruments") return Listing();
  constexpr std::string_view kBase = "/api/v5/market/", kHistory = "history-";
  const bool rows = path.starts_with(kBase);
  if (rows) path.remove_prefix(kBase.size());
  const bool history = rows && path.starts_with(kHistory);
  if (history) path.remove_prefix(kHistory.size());
  if (!rows || (path != "trades" && path != "candles")) {
    return {.status = 404, .body = R"({"msg":"Requested resource not found","code":"404"})"};
  }
  const auto symbol = SymbolSpelled(*this, market_, target.Find("instId").value_or(""));
  if (!symbol) {
    return Refusing("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.");
  }
  return path == "trades" ? TradeRows(*symbol, target, history, now)
                          : CandleRows(*symbol, target, history, now);
}

}  // namespace

std::unique_ptr<SimulatedVenue> MakeSimulatedOkx(SimulatedMarket& market) {
  return std::make_unique<OkxVenue>(market);
}

}  // namespace tidemark

#include "tidemark/source/simulator/kraken_venue.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/json.h"

namespace tidemark {
namespace {

constexpr int64_t kSnapshotTrades = 50;
constexpr int64_t kTradesMax = 1000, kCandlesMax = 720;
constexpr int64_t kNanosPerMicro = 1000;

std::string Size(int64_t size) { return FixedText(size, kSizeDecimals, kSizeDecimals); }

class KrakenVenue : public SimulatedVenue {
 public:
  explicit KrakenVenue(SimulatedMarket& market) : market_(market) {}

  int64_t time_step_us() const override { return 1; }
  std::string SpellingOf(const Symbol& symbol) const override {
    return symbol.base() + "/" + symbol.quote();
  }

  std::optional<VenueAnswer> OnOpen(const HttpTarget& target, EventTime) override {
    if (target.path != "/v2") return std::nullopt;
    VenueAnswer answer;
    answer.texts = {
        R"({"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online",)"
        R"("api_version":"v2","connection_id":11831592742602104361}]})"};
    return answer;
  }
  VenueAnswer OnText(std::string_view text, std::span<const VenueStream> held,
                     EventTime now) override;
  std::string TradeText(const VenueStream& stream, const SimulatedTrade& trade,
                        EventTime) override {
    return fmt::format(R"({{"channel":"trade","type":"update","data":[{}]}})",
                       TradeRow(stream.symbol, trade));
  }
  std::string BarText(const VenueStream& stream, const SimulatedBar& bar, bool closed,
                      EventTime told) override {
    (void)closed;  // nothing is told of that
    return fmt::format(R"({{"channel":"ohlc","type":"update","timestamp":"{}","data":[{}]}})",
                       IsoMicros(told.us), BarRow(stream.symbol, bar));
  }
  bool tells_empty_minutes() const override { return false; }
  std::string HeartbeatText(const VenueStream&, EventTime, EventTime) override {
    return R"({"channel":"heartbeat"})";
  }
  std::string ShutdownText(EventTime) override { return {}; }

  RestAnswer OnRequest(const HttpTarget& target, EventTime now, EventTime told) override;
  RestAnswer Refusal(int status) override {
    if (status != 429) return {.status = status, .body = "<html>a bad gateway</html>"};
    return {.status = 429, .body = R"({"error":["EGeneral:Too many requests"]})"};
  }
  int weight_per_minute() const override { return 60; }

 private:
  std::string Price(size_t symbol, int64_t ticks) const {
    const int decimals = market_.symbols()[symbol].price_decimals;
    return FixedText(ticks, decimals, decimals);
  }
  std::string Vwap(size_t symbol, const SimulatedBar& bar) const;
  std::string TradeRow(size_t symbol, const SimulatedTrade& trade) const;
  std::string BarRow(size_t symbol, const SimulatedBar& bar) const;
  std::string Snapshot(const VenueStream& stream, EventTime now);
  int64_t PlaceOf(size_t symbol, const SimulatedTrade& trade) {
    const int64_t first = market_.FirstIdAt(symbol, {trade.time_us});
    return trade.time_us * kNanosPerMicro + std::min<int64_t>(trade.id - first, 999);
  }
  RestAnswer TradeRows(size_t symbol, const HttpTarget& target, EventTime now);
  RestAnswer CandleRows(size_t symbol, const HttpTarget& target, EventTime now);
  std::optional<size_t> SymbolOfPair(std::string_view pair) const;

  SimulatedMarket& market_;
};

std::string KrakenVenue::Vwap(size_t symbol, const SimulatedBar& bar) const {
  if (bar.volume == 0) return "0.0";
  const double vwap = static_cast<double>(bar.quote_volume) / static_cast<double>(bar.volume);
  return fmt::format("{:.{}f}", vwap, market_.symbols()[symbol].price_decimals);
}

std::string KrakenVenue::TradeRow(size_t symbol, const SimulatedTrade& trade) const {
  return fmt::format(
      R"({{"symbol":"{}","side":"{}","price":{},"qty":{},"ord_type":"market","trade_id":{},)"
      R"("timestamp":"{}"}})",
      SpellingOf(market_.symbols()[symbol].symbol), trade.buyer_is_maker ? "sell" : "buy",
      Price(symbol, trade.price), Size(trade.size), trade.id, IsoMicros(trade.time_us));
}

std::string KrakenVenue::BarRow(size_t symbol, const SimulatedBar& bar) const {
  return fmt::format(
      R"({{"symbol":"{}","open":{},"high":{},"low":{},"close":{},"trades":{},"volume":{},)"
      R"("vwap":{},"interval_begin":"{}","interval":1,"timestamp":"{}"}})",
      SpellingOf(market_.symbols()[symbol].symbol), Price(symbol, bar.open),
      Price(symbol, bar.high), Price(symbol, bar.low), Price(symbol, bar.close), bar.trades,
      Size(bar.volume), Vwap(symbol, bar), IsoMicros(bar.open_time_us),
      IsoMicros(bar.open_time_us + kMicrosPerMinute));
}

// What was before the subscription, oldest first; "": nothing was.
std::string KrakenVenue::Snapshot(const VenueStream& stream, EventTime now) {
  std::string rows;
  if (stream.kind == VenueStream::Kind::kTrades) {
    const int64_t known = market_.FirstIdAt(stream.symbol, now);
    const int64_t begin = std::max<int64_t>(1, known - kSnapshotTrades);
    for (const SimulatedTrade& trade : market_.Trades(stream.symbol, begin, known)) {
      rows += (rows.empty() ? "" : ",") + TradeRow(stream.symbol, trade);
    }
    if (rows.empty()) return {};
    return fmt::format(R"({{"channel":"trade","type":"snapshot","data":[{}]}})", rows);
  }
  for (int ago = 10; ago >= 0; --ago) {
    const EventTime at = now - 1 - ago * kMicrosPerMinute;
    if (at < market_.options().start) continue;
    const SimulatedBar bar = market_.Bar(stream.symbol, at, now);
    if (bar.trades > 0) rows += (rows.empty() ? "" : ",") + BarRow(stream.symbol, bar);
  }
  if (rows.empty()) return {};
  return fmt::format(R"({{"channel":"ohlc","type":"snapshot","timestamp":"{}","data":[{}]}})",
                     IsoMicros(now.us), rows);
}

VenueAnswer KrakenVenue::OnText(std::string_view text, std::span<const VenueStream> held,
                                EventTime now) {
  VenueAnswer answer;
  const std::string times =
      fmt::format(R"("time_in":"{}","time_out":"{}")", IsoMicros(now.us), IsoMicros(now.us + 50));
  const auto request = Json::Parse(text);
  const std::string method = request ? (*request)["method"].AsString() : "";
  std::string id;
  if (request && request->Has("req_id")) id = R"(,"req_id":)" + (*request)["req_id"].Dump();
  const auto refuse = [&](std::string_view words, const std::string& symbol) {
    const std::string named =
        symbol.empty() ? "" : fmt::format(R"("symbol":{},)", Json::String(symbol).Dump());
    answer.texts.push_back(fmt::format(R"({{"error":{},"method":{},"success":false,{}{}{}}})",
                                       Json::String(words).Dump(), Json::String(method).Dump(),
                                       named, times, id));
  };
  if (method == "ping") {
    answer.texts = {fmt::format(R"({{"method":"pong",{}{}}})", times, id)};
    return answer;
  }
  if (method != "subscribe" && method != "unsubscribe") {
    refuse("Unknown method", "");
    return answer;
  }
  const Json& parameters = (*request)["params"];
  const std::string channel = parameters["channel"].AsString();
  if (channel != "trade" && channel != "ohlc") {
    refuse("Unsupported channel", "");
    return answer;
  }
  if (channel == "ohlc" && parameters["interval"].AsInt(1) != 1) {
    refuse("Unsupported ohlc interval", "");
    return answer;
  }
  const bool adds = method == "subscribe";
  for (const Json& name : parameters["symbol"].items()) {
    const auto symbol = SymbolSpelled(*this, market_, name.AsString());
    if (!symbol) {
      refuse("Currency pair not supported " + name.AsString(), name.AsString());
      continue;
    }
    VenueStream stream{
        channel == "trade" ? VenueStream::Kind::kTrades : VenueStream::Kind::kCandles, *symbol,
        channel + ":" + name.AsString()};
    const bool known = std::find(held.begin(), held.end(), stream) != held.end();
    if (adds && known) {
      refuse("Already subscribed", name.AsString());
      continue;
    }
    answer.texts.push_back(fmt::format(
        R"({{"method":"{}","result":{{"channel":"{}",{}"symbol":"{}"}},"success":true,{}{}}})",
        method, channel, adds ? R"("snapshot":true,)" : "", name.AsString(), times, id));
    if (adds && parameters["snapshot"].AsBool(true)) {
      if (std::string snapshot = Snapshot(stream, now); !snapshot.empty()) {
        answer.texts.push_back(std::move(snapshot));
      }
    }
    (adds ? answer.add : answer.remove).push_back(std::move(stream));
  }
  if (!answer.add.empty()) answer.add.push_back({VenueStream::Kind::kHeartbeats, 0, "heartbeat"});
  return answer;
}

// "BTC/USD", "BTCUSD", "XBTUSD", "XXBTZUSD"; DOGE is XDG there.
std::optional<size_t> KrakenVenue::SymbolOfPair(std::string_view pair) const {
  for (size_t i = 0; i < market_.symbols().size(); ++i) {
    const Symbol& symbol = market_.symbols()[i].symbol;
    const std::string base = symbol.base() == "BTC"    ? "XBT"
                             : symbol.base() == "DOGE" ? "XDG"
                                                       : symbol.base();
    for (const std::string& spelling :
         {SpellingOf(symbol), symbol.base() + symbol.quote(), base + symbol.quote(),
          base + "/" + symbol.quote(), "X" + base + "Z" + symbol.quote()}) {
      if (spelling == pair) return i;
    }
  }
  return std::nullopt;
}

RestAnswer KrakenVenue::TradeRows(size_t symbol, const HttpTarget& target, EventTime now) {
  const int64_t known = market_.FirstIdAt(symbol, now);
  const int64_t count = std::clamp<int64_t>(
      WholeNumber(target.Find("count").value_or("")).value_or(kTradesMax), 1, kTradesMax);
  int64_t begin = std::max<int64_t>(1, known - count);
  if (const auto text = target.Find("since")) {
    int64_t since = WholeNumber(*text).value_or(0);
    // Ten digits are seconds.
    if (since < 100'000'000'000) since *= 1'000'000'000;
    const EventTime time{since / kNanosPerMicro};
    begin = time < now ? market_.FirstIdAt(symbol, time) : known;
    while (begin < known && PlaceOf(symbol, market_.TradeOf(symbol, begin)) <= since) ++begin;
  }
  const int64_t end = std::min(known, begin + count);
  std::string rows, last = target.Find("since").value_or("0");
  for (const SimulatedTrade& trade : market_.Trades(symbol, begin, end)) {
    const int64_t place = PlaceOf(symbol, trade);
    rows += fmt::format(R"({}["{}","{}",{}.{:09},"{}","m","",{}])", rows.empty() ? "" : ",",
                        Price(symbol, trade.price), Size(trade.size), place / 1'000'000'000,
                        place % 1'000'000'000, trade.buyer_is_maker ? "s" : "b", trade.id);
    last = fmt::format("{}", place);
  }
  return {.body = fmt::format(R"({{"error":[],"result":{{"{}":[{}],"last":{}}}}})",
                              target.Find("pair").value_or(""), rows, Json::String(last).Dump())};
}

RestAnswer KrakenVenue::CandleRows(size_t symbol, const HttpTarget& target, EventTime now) {
  if (target.Find("interval").value_or("1") != "1") {
    return {.body = R"({"error":["EGeneral:Invalid arguments"]})"};
  }
  const EventTime start = market_.options().start;
  const int64_t last = now > start ? (now - start - 1) / kMicrosPerMinute : -1;
  int64_t begin = std::max<int64_t>(0, last - kCandlesMax + 1);
  if (const auto since = WholeNumber(target.Find("since").value_or(""))) {
    const int64_t seconds = std::clamp<int64_t>(*since, 0, 10'000'000'000);
    begin = std::max(begin, (seconds * kMicrosPerSecond - start.us) / kMicrosPerMinute + 1);
  }
  std::string rows;
  for (int64_t m = begin; m <= last; ++m) {
    const SimulatedBar bar = market_.Bar(symbol, start + m * kMicrosPerMinute, now);
    rows += fmt::format(R"({}[{},"{}","{}","{}","{}","{}","{}",{}])", rows.empty() ? "" : ",",
                        bar.open_time_us / kMicrosPerSecond, Price(symbol, bar.open),
                        Price(symbol, bar.high), Price(symbol, bar.low), Price(symbol, bar.close),
                        Vwap(symbol, bar), Size(bar.volume), bar.trades);
  }
  const int64_t closed_s = (start.us + (last - 1) * kMicrosPerMinute) / kMicrosPerSecond;
  return {.body = fmt::format(R"({{"error":[],"result":{{"{}":[{}],"last":{}}}}})",
                              target.Find("pair").value_or(""), rows, closed_s)};
}

RestAnswer KrakenVenue::OnRequest(const HttpTarget& target, EventTime now, EventTime told) {
  std::string_view call = target.path;
  constexpr std::string_view kBase = "/0/public/";
  if (!call.starts_with(kBase)) return {.status = 404, .body = R"({"error":["EGeneral:Unknown"]})"};
  call.remove_prefix(kBase.size());
  if (call == "Time") {
    return {.body = fmt::format(R"({{"error":[],"result":{{"unixtime":{}}}}})",
                                told.us / kMicrosPerSecond)};
  }
  if (call == "AssetPairs") {
    std::string pairs;
    for (const MarketSymbol& traded : market_.symbols()) {
      const std::string plain = traded.symbol.base() + traded.symbol.quote();
      pairs += fmt::format(R"({}"{}":{{"altname":"{}","wsname":"{}","status":"online"}})",
                           pairs.empty() ? "" : ",", plain, plain, SpellingOf(traded.symbol));
    }
    return {.body = fmt::format(R"({{"error":[],"result":{{{}}}}})", pairs)};
  }
  const bool trades = call == "Trades";
  if (!trades && call != "OHLC") return {.body = R"({"error":["EGeneral:Unknown method"]})"};
  const auto symbol = SymbolOfPair(target.Find("pair").value_or(""));
  if (!symbol) return {.body = R"({"error":["EQuery:Unknown asset pair"]})"};
  return trades ? TradeRows(*symbol, target, now) : CandleRows(*symbol, target, now);
}

}  // namespace

std::unique_ptr<SimulatedVenue> MakeSimulatedKraken(SimulatedMarket& market) {
  return std::make_unique<KrakenVenue>(market);
}

}  // namespace tidemark

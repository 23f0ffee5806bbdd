#include "tidemark/source/simulator/bitfinex_venue.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/json.h"

namespace tidemark {
namespace {

constexpr int64_t kFlagNumbers = 65536;
constexpr size_t kChannelsMax = 25;
constexpr int64_t kSnapshotRows = 30;
constexpr int64_t kHeartbeatUs = 15 * kMicrosPerSecond;
constexpr int64_t kRowsMax = 10'000;
constexpr int64_t kMillisMax = 10'000'000'000'000;
// Channels have the same numbers on every connection: one of trades and one of candles a symbol.
constexpr int64_t kFirstChannel = 232'949;
constexpr std::string_view kCandleKey = "trade:1m:";

int64_t ChannelOf(bool candles, size_t symbol) {
  return kFirstChannel + 2 * static_cast<int64_t>(symbol) + (candles ? 1 : 0);
}

// USDT and USDC are UST and UDC there.
std::string AssetOf(const std::string& name) {
  return name == "USDT" ? "UST" : name == "USDC" ? "UDC" : name;
}

RestAnswer Refusing(int status, int code, std::string_view words) {
  return {.status = status, .body = fmt::format(R"(["error",{},"{}"])", code, words)};
}

class BitfinexVenue : public SimulatedVenue {
 public:
  explicit BitfinexVenue(SimulatedMarket& market) : market_(market) {}

  int64_t time_step_us() const override { return kMicrosPerMilli; }
  std::string SpellingOf(const Symbol& symbol) const override {
    const std::string base = AssetOf(symbol.base()), quote = AssetOf(symbol.quote());
    return "t" + base + (base.size() > 3 || quote.size() > 3 ? ":" : "") + quote;
  }

  std::optional<VenueAnswer> OnOpen(const HttpTarget& target, EventTime) override {
    if (target.path != "/ws/2") return std::nullopt;
    VenueAnswer answer;
    answer.texts = {
        R"({"event":"info","version":2,"serverId":"5c2ff94c-3a1c-4b7a-9d5e-0f6f1d9f8a11",)"
        R"("platform":{"status":1}})"};
    return answer;
  }
  VenueAnswer OnText(std::string_view text, std::span<const VenueStream> held,
                     EventTime now) override;
  std::string TradeText(const VenueStream& stream, const SimulatedTrade& trade,
                        EventTime) override {
    const size_t space = stream.name.find(' ');
    return fmt::format(R"([{},"{}",{}])", stream.name.substr(0, space),
                       stream.name.substr(space + 1), TradeRow(stream.symbol, trade));
  }
  std::string BarText(const VenueStream& stream, const SimulatedBar& bar, bool,
                      EventTime) override {
    return fmt::format("[{},{}]", ChannelOf(true, stream.symbol), BarRow(stream.symbol, bar));
  }
  bool tells_empty_minutes() const override { return false; }
  std::string HeartbeatText(const VenueStream& stream, EventTime now, EventTime) override {
    if (now.us % kHeartbeatUs != 0) return {};
    return fmt::format(R"([{},"hb"])", stream.name.substr(0, stream.name.find(' ')));
  }
  std::string Sent(std::string text) override {
    if (!numbered_ || !text.starts_with('[')) return text;
    text.pop_back();
    return fmt::format("{},{}]", text, ++number_);
  }
  std::string ShutdownText(EventTime) override {
    return R"({"event":"info","code":20051,"msg":"Stopping. Please try to reconnect"})";
  }

  RestAnswer OnRequest(const HttpTarget& target, EventTime now, EventTime told) override;
  RestAnswer Refusal(int status) override {
    if (status != 429) return {.status = status, .body = "<html>a bad gateway</html>"};
    return Refusing(429, 11010, "ratelimit: error");
  }
  int weight_per_minute() const override { return 30; }  // trades weigh two

 private:
  std::string TradeRow(size_t symbol, const SimulatedTrade& trade) const {
    return fmt::format("[{},{},{}{},{}]", trade.id, trade.time_us / kMicrosPerMilli,
                       trade.buyer_is_maker ? "-" : "", ShortText(trade.size, kSizeDecimals),
                       Price(symbol, trade.price));
  }
  std::string BarRow(size_t symbol, const SimulatedBar& bar) const {
    return fmt::format("[{},{},{},{},{},{}]", bar.open_time_us / kMicrosPerMilli,
                       Price(symbol, bar.open), Price(symbol, bar.close), Price(symbol, bar.high),
                       Price(symbol, bar.low), ShortText(bar.volume, kSizeDecimals));
  }
  std::string Price(size_t symbol, int64_t ticks) const {
    return ShortText(ticks, market_.symbols()[symbol].price_decimals);
  }
  void Subscribe(const Json& request, std::span<const VenueStream> held, EventTime now,
                 VenueAnswer* answer);
  void Unsubscribe(const Json& request, std::span<const VenueStream> held, VenueAnswer* answer);

  // What is asked for, both ends included.
  struct Window {
    EventTime start{0}, end{kMillisMax * kMicrosPerMilli};
    int64_t limit = 0;
    bool oldest_first = false;
  };
  static std::optional<Window> WindowOf(const HttpTarget& target, int64_t usual_limit);
  std::string TradeRows(size_t symbol, const Window& window, EventTime now);
  std::string CandleRows(size_t symbol, const Window& window, EventTime now);

  SimulatedMarket& market_;
  bool numbered_ = false;
  int64_t number_ = 0;
};

void BitfinexVenue::Subscribe(const Json& request, std::span<const VenueStream> held, EventTime now,
                              VenueAnswer* answer) {
  const std::string name = request["channel"].AsString();
  const bool candles = name == "candles";
  const std::string key = request["key"].AsString();
  std::string symbol = candles ? key : request["symbol"].AsString();
  const std::string about =
      candles ? fmt::format(R"("key":{})", Json::String(key).Dump())
              : fmt::format(R"("symbol":{},"pair":{})", Json::String(symbol).Dump(),
                            Json::String(symbol.substr(symbol.starts_with('t') ? 1 : 0)).Dump());
  const auto refuse = [&](int code, std::string_view words) {
    answer->texts.push_back(
        fmt::format(R"({{"channel":{},{},"event":"error","msg":"{}","code":{}}})",
                    Json::String(name).Dump(), about, words, code));
  };
  if (!candles && name != "trades") return refuse(10302, "channel: unknown");
  if (candles && !symbol.starts_with(kCandleKey)) return refuse(10300, "key: invalid");
  if (candles) symbol = symbol.substr(kCandleKey.size());
  const auto index = SymbolSpelled(*this, market_, symbol);
  if (!index) return refuse(10300, "symbol: invalid");
  const int64_t channel = ChannelOf(candles, *index);
  const VenueStream beats = {VenueStream::Kind::kHeartbeats, *index, fmt::format("{} hb", channel)};
  if (std::ranges::count(held, beats) > 0) return refuse(10301, "subscribe: dup");
  // Each channel has one stream of heartbeats.
  const auto channels = std::ranges::count(held, beats.kind, &VenueStream::kind);
  if (static_cast<size_t>(channels) >= kChannelsMax) return refuse(10305, "subscribe: limit");
  answer->texts.push_back(fmt::format(R"({{"event":"subscribed","channel":"{}","chanId":{},{}}})",
                                      name, channel, about));
  const Window last = {.end = now, .limit = kSnapshotRows};
  answer->texts.push_back(Sent(fmt::format(
      "[{},{}]", channel, candles ? CandleRows(*index, last, now) : TradeRows(*index, last, now))));
  if (candles) {
    answer->add.push_back({VenueStream::Kind::kCandles, *index, fmt::format("{} candle", channel)});
  } else {
    for (const std::string_view word : {"te", "tu"}) {
      answer->add.push_back(
          {VenueStream::Kind::kTrades, *index, fmt::format("{} {}", channel, word)});
    }
  }
  answer->add.push_back(beats);
}

void BitfinexVenue::Unsubscribe(const Json& request, std::span<const VenueStream> held,
                                VenueAnswer* answer) {
  const int64_t channel = request["chanId"].AsInt(0);
  const std::string prefix = fmt::format("{} ", channel);
  for (const VenueStream& stream : held) {
    if (stream.name.starts_with(prefix)) answer->remove.push_back(stream);
  }
  if (answer->remove.empty()) {
    answer->texts.push_back(fmt::format(
        R"({{"event":"error","msg":"unsubscribe: invalid","code":10400,"chanId":{}}})", channel));
    return;
  }
  answer->texts.push_back(
      fmt::format(R"({{"event":"unsubscribed","status":"OK","chanId":{}}})", channel));
}

VenueAnswer BitfinexVenue::OnText(std::string_view text, std::span<const VenueStream> held,
                                  EventTime now) {
  VenueAnswer answer;
  const auto request = Json::Parse(text);
  const std::string event = request ? (*request)["event"].AsString() : "";
  if (event == "subscribe") {
    Subscribe(*request, held, now, &answer);
  } else if (event == "unsubscribe") {
    Unsubscribe(*request, held, &answer);
  } else if (event == "conf") {
    const int64_t flags = (*request)["flags"].AsInt(0);
    numbered_ = (flags & kFlagNumbers) != 0;
    answer.texts = {fmt::format(R"({{"event":"conf","status":"OK","flags":{}}})", flags)};
  } else if (event == "ping") {
    const std::string id =
        request->Has("cid") ? fmt::format(R"(,"cid":{})", (*request)["cid"].Dump()) : "";
    answer.texts = {fmt::format(R"({{"event":"pong","ts":{}{}}})", now.us / kMicrosPerMilli, id)};
  } else {
    answer.texts = {R"({"event":"error","msg":"event: invalid","code":10000})"};
  }
  return answer;
}

// Rows of a list, in the order asked for; `window.limit` of them.
std::string BitfinexVenue::TradeRows(size_t symbol, const Window& window, EventTime now) {
  const auto id_at = [&](EventTime time) { return market_.FirstIdAt(symbol, std::min(time, now)); };
  int64_t begin = id_at(window.start), end = id_at(window.end + kMicrosPerMilli);
  if (window.oldest_first) {
    end = std::min(end, begin + window.limit);
  } else {
    begin = std::max(begin, end - window.limit);
  }
  if (begin >= end) return "[]";
  std::vector<SimulatedTrade> trades = market_.Trades(symbol, begin, end);
  if (!window.oldest_first) std::ranges::reverse(trades);
  std::string rows;
  for (const SimulatedTrade& trade : trades) {
    rows += (rows.empty() ? "" : ",") + TradeRow(symbol, trade);
  }
  return "[" + rows + "]";
}

std::string BitfinexVenue::CandleRows(size_t symbol, const Window& window, EventTime now) {
  const EventTime start = market_.options().start;
  const auto minute_of = [&](EventTime time) { return (time - start) / kMicrosPerMinute; };
  const EventTime until = std::min(window.end, now - 1);
  if (until < start) return "[]";
  const int64_t first = minute_of(std::max(window.start + (kMicrosPerMinute - 1), start));
  const int64_t last = minute_of(until), step = window.oldest_first ? 1 : -1;
  std::string rows;
  int64_t count = 0;
  for (int64_t m = window.oldest_first ? first : last;
       first <= m && m <= last && count < window.limit; m += step) {
    const SimulatedBar bar = market_.Bar(symbol, start + m * kMicrosPerMinute, now);
    if (bar.trades == 0) continue;
    ++count;
    rows += (rows.empty() ? "" : ",") + BarRow(symbol, bar);
  }
  return "[" + rows + "]";
}

std::optional<BitfinexVenue::Window> BitfinexVenue::WindowOf(const HttpTarget& target,
                                                             int64_t usual_limit) {
  Window window;
  window.limit = usual_limit;
  window.oldest_first = target.Find("sort") == "1";
  if (const auto text = target.Find("limit")) {
    const auto limit = WholeNumber(*text);
    if (!limit || *limit < 1 || *limit > kRowsMax) return std::nullopt;
    window.limit = *limit;
  }
  for (const auto& [name, at] : {std::pair{"start", &window.start}, {"end", &window.end}}) {
    const auto text = target.Find(name);
    if (!text) continue;
    const auto millis = WholeNumber(*text);
    if (!millis || *millis < 0 || *millis > kMillisMax) return std::nullopt;
    *at = EventTime{*millis * kMicrosPerMilli};
  }
  return window;
}

RestAnswer BitfinexVenue::OnRequest(const HttpTarget& target, EventTime now, EventTime) {
  std::string_view path = target.path;
  if (path == "/v2/platform/status") return {.body = "[1]"};
  constexpr std::string_view kEnd = "/hist";
  for (const auto& [base, trades] :
       {std::pair<std::string_view, bool>{"/v2/trades/", true}, {"/v2/candles/trade:1m:", false}}) {
    if (!path.starts_with(base) || !path.ends_with(kEnd)) continue;
    path.remove_prefix(base.size());
    path.remove_suffix(std::min(kEnd.size(), path.size()));
    const auto symbol = SymbolSpelled(*this, market_, path);
    if (!symbol) return Refusing(500, 10020, "symbol: invalid");
    const auto window = WindowOf(target, trades ? 125 : 100);
    if (!window) return Refusing(500, 10020, "limit: invalid");
    if (trades) return {.body = TradeRows(*symbol, *window, now), .weight = 2};
    return {.body = CandleRows(*symbol, *window, now)};
  }
  return {.status = 404, .body = R"({"error":"Not found."})"};
}

}  // namespace

std::unique_ptr<SimulatedVenue> MakeSimulatedBitfinex(SimulatedMarket& market) {
  return std::make_unique<BitfinexVenue>(market);
}

}  // namespace tidemark

#include "tidemark/source/simulator/gemini_venue.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/json.h"
#include "tidemark/base/text.h"
#include "tidemark/base/utf8.h"

namespace tidemark {
namespace {

using Kind = VenueStream::Kind;

constexpr int64_t kBeatUs = 5 * kMicrosPerSecond;
constexpr int64_t kSnapshotTrades = 50, kSnapshotCandles = 30;
constexpr int64_t kTradesMax = 500, kTradesUsual = 50;
constexpr int64_t kHistoryUs = 7 * kMicrosPerDay;
constexpr int64_t kCandlesMax = 1440;
constexpr int64_t kLevels = 5;  // of each side
constexpr std::string_view kBook = "l2", kCandles = "candles_1m";

std::string Size(int64_t size) { return ShortText(size, kSizeDecimals); }

std::string ErrorText(std::string_view reason, std::string_view words) {
  return fmt::format(R"({{"result":"error","reason":"{}","message":{}}})", reason,
                     Json::String(words).Dump());
}

std::string NoSymbol(std::string_view name) {
  return fmt::format("Supplied value '{}' is not a valid symbol", Printable(name));
}

class GeminiVenue : public SimulatedVenue {
 public:
  explicit GeminiVenue(SimulatedMarket& market) : market_(market) {}

  int64_t time_step_us() const override { return kMicrosPerMilli; }
  std::string SpellingOf(const Symbol& symbol) const override {
    return symbol.base() + symbol.quote();
  }

  std::optional<VenueAnswer> OnOpen(const HttpTarget& target, EventTime) override {
    if (target.path != "/v2/marketdata" && target.path != "/v2/marketdata/") return std::nullopt;
    return VenueAnswer();
  }
  VenueAnswer OnText(std::string_view text, std::span<const VenueStream> held,
                     EventTime now) override;
  std::string TradeText(const VenueStream& stream, const SimulatedTrade& trade,
                        EventTime) override {
    return fmt::format(
        R"({{"type":"trade","symbol":"{}","event_id":{},"timestamp":{},"price":"{}",)"
        R"("quantity":"{}","side":"{}"}})",
        NameOf(stream.symbol), trade.id, trade.time_us / kMicrosPerMilli,
        Price(stream.symbol, trade.price), Size(trade.size), SideOf(trade));
  }
  std::string BarText(const VenueStream& stream, const SimulatedBar& bar, bool,
                      EventTime) override {
    return CandlesText(stream.symbol, BarRow(stream.symbol, bar));
  }
  bool tells_empty_minutes() const override { return false; }
  std::string HeartbeatText(const VenueStream& stream, EventTime now, EventTime told) override;
  std::string ShutdownText(EventTime) override { return {}; }

  RestAnswer OnRequest(const HttpTarget& target, EventTime now, EventTime told) override;
  RestAnswer Refusal(int status) override {
    if (status != 429) return {.status = status, .body = "<html>a bad gateway</html>"};
    return {.status = 429, .body = ErrorText("RateLimit", "Requests were made too frequently")};
  }
  int weight_per_minute() const override { return 120; }

 private:
  std::string NameOf(size_t symbol) const { return SpellingOf(market_.symbols()[symbol].symbol); }
  static std::string_view SideOf(const SimulatedTrade& trade) {
    return trade.buyer_is_maker ? "sell" : "buy";
  }
  // With two decimals at least.
  std::string Price(size_t symbol, int64_t ticks) const {
    const int decimals = market_.symbols()[symbol].price_decimals;
    return FixedText(ticks, decimals, std::max(decimals, 2));
  }
  std::string BarRow(size_t symbol, const SimulatedBar& bar) const;
  std::string CandlesText(size_t symbol, std::string_view rows) const {
    return fmt::format(R"({{"type":"candles_1m_updates","symbol":"{}","changes":[{}]}})",
                       NameOf(symbol), rows);
  }
  std::string LevelText(size_t symbol, EventTime now, int64_t level);
  std::string BookSnapshot(size_t symbol, EventTime now);
  std::string CandleRows(size_t symbol, int64_t count, bool empty, EventTime now);
  void Change(size_t symbol, std::string_view channel, bool adds, EventTime now,
              VenueAnswer* answer);
  RestAnswer TradeRows(size_t symbol, const HttpTarget& target, EventTime now);

  SimulatedMarket& market_;
};

std::string GeminiVenue::BarRow(size_t symbol, const SimulatedBar& bar) const {
  const int decimals = market_.symbols()[symbol].price_decimals;
  return fmt::format("[{},{},{},{},{},{}]", bar.open_time_us / kMicrosPerMilli,
                     ShortText(bar.open, decimals), ShortText(bar.high, decimals),
                     ShortText(bar.low, decimals), ShortText(bar.close, decimals),
                     Size(bar.volume));
}

// Of the book: level 1 is the best ask, -1 the best bid.
std::string GeminiVenue::LevelText(size_t symbol, EventTime now, int64_t level) {
  const int64_t id = std::max<int64_t>(1, market_.FirstIdAt(symbol, now) - 1);
  const int64_t price = std::max<int64_t>(1, market_.TradeOf(symbol, id).price + level);
  return fmt::format(R"(["{}","{}","{}"])", level < 0 ? "buy" : "sell", Price(symbol, price),
                     Size(1 + (id + level * level) * 7919 % 400'000'000));
}

std::string GeminiVenue::BookSnapshot(size_t symbol, EventTime now) {
  std::string changes, trades;
  for (int64_t level = 1; level <= kLevels; ++level) {
    changes += (changes.empty() ? "" : ",") + LevelText(symbol, now, -level);
  }
  for (int64_t level = 1; level <= kLevels; ++level) changes += "," + LevelText(symbol, now, level);
  const int64_t known = market_.FirstIdAt(symbol, now);
  auto past = market_.Trades(symbol, std::max<int64_t>(1, known - kSnapshotTrades), known);
  std::ranges::reverse(past);
  for (const SimulatedTrade& trade : past) {
    trades += (trades.empty() ? "" : ",") + TradeText({Kind::kTrades, symbol, ""}, trade, now);
  }
  return fmt::format(
      R"({{"type":"l2_updates","symbol":"{}","changes":[{}],"trades":[{}],"auction_events":[]}})",
      NameOf(symbol), changes, trades);
}

// The latest `count` minutes, newest first.
std::string GeminiVenue::CandleRows(size_t symbol, int64_t count, bool empty, EventTime now) {
  const EventTime start = market_.options().start;
  const int64_t last = now > start ? (now - start - 1) / kMicrosPerMinute : -1;
  std::string rows;
  for (int64_t m = last; m >= 0 && m > last - count; --m) {
    const SimulatedBar bar = market_.Bar(symbol, start + m * kMicrosPerMinute, now);
    if (bar.trades > 0 || empty) rows += (rows.empty() ? "" : ",") + BarRow(symbol, bar);
  }
  return rows;
}

// The server's beat: of the connection, and of a book that moves.
std::string GeminiVenue::HeartbeatText(const VenueStream& stream, EventTime now, EventTime told) {
  if (now.us % kBeatUs != 0) return {};
  if (stream.name == "heartbeat") {
    return fmt::format(R"({{"type":"heartbeat","timestamp":{}}})", told.us / kMicrosPerMilli);
  }
  return fmt::format(R"({{"type":"l2_updates","symbol":"{}","changes":[{}]}})",
                     NameOf(stream.symbol), LevelText(stream.symbol, now, 1));
}

void GeminiVenue::Change(size_t symbol, std::string_view channel, bool adds, EventTime now,
                         VenueAnswer* answer) {
  const std::string name = NameOf(symbol);
  auto& streams = adds ? answer->add : answer->remove;
  const auto stream = [&](Kind kind, std::string_view what) {
    streams.push_back({kind, symbol, fmt::format("{} {}", what, name)});
  };
  if (channel == kCandles) {
    stream(Kind::kCandles, kCandles);
    if (!adds) return;
    answer->texts.push_back(CandlesText(symbol, CandleRows(symbol, kSnapshotCandles, false, now)));
  } else {
    stream(Kind::kTrades, kBook);
    stream(Kind::kHeartbeats, "book");
    if (adds) answer->texts.push_back(BookSnapshot(symbol, now));
  }
}

// What is subscribed to again is told from its snapshot on again.
VenueAnswer GeminiVenue::OnText(std::string_view text, std::span<const VenueStream>,
                                EventTime now) {
  VenueAnswer answer;
  const auto refuse = [&](std::string_view reason, std::string_view words) {
    answer = {};
    answer.texts = {ErrorText(reason, words)};
    return answer;
  };
  const auto request = Json::Parse(text);
  const std::string type = request ? (*request)["type"].AsString() : "";
  const bool adds = type == "subscribe";
  if (!adds && type != "unsubscribe") return refuse("InvalidJson", "Unable to parse JSON");
  for (const Json& wanted : (*request)["subscriptions"].items()) {
    const std::string channel = wanted["name"].AsString();
    if (channel != kBook && channel != kCandles) {
      return refuse("Bad Request", "No such subscription: " + channel);
    }
    for (const Json& spelling : wanted["symbols"].items()) {
      const auto symbol = SymbolSpelled(*this, market_, spelling.AsString());
      if (!symbol) return refuse("InvalidSymbol", NoSymbol(spelling.AsString()));
      Change(*symbol, channel, adds, now, &answer);
    }
  }
  if (!answer.add.empty()) answer.add.push_back({Kind::kHeartbeats, 0, "heartbeat"});
  return answer;
}

RestAnswer GeminiVenue::TradeRows(size_t symbol, const HttpTarget& target, EventTime now) {
  const auto number = [&](std::string_view name) {
    return WholeNumber(target.Find(name).value_or(""));
  };
  const int64_t known = market_.FirstIdAt(symbol, now);
  const int64_t oldest = market_.FirstIdAt(symbol, now - kHistoryUs);
  const int64_t limit =
      std::clamp<int64_t>(number("limit_trades").value_or(kTradesUsual), 1, kTradesMax);
  int64_t begin = known - limit;
  if (const auto after = number("since_tid")) {
    begin = std::clamp<int64_t>(*after, 0, known - 1) + 1;
  } else if (const auto stamp = number("timestamp"); stamp || number("since")) {
    int64_t millis = std::clamp<int64_t>(stamp ? *stamp : *number("since"), 0, INT64_MAX / 1000);
    if (millis < 100'000'000'000) millis *= 1000;  // seconds
    const int64_t now_ms = now.us / kMicrosPerMilli;
    begin = millis < now_ms ? market_.FirstIdAt(symbol, {(millis + 1) * kMicrosPerMilli}) : known;
  }
  begin = std::min(std::max(begin, oldest), known);
  auto trades = market_.Trades(symbol, begin, std::min(known, begin + limit));
  std::ranges::reverse(trades);
  std::string rows;
  for (const SimulatedTrade& trade : trades) {
    rows += fmt::format(
        R"({}{{"timestamp":{},"timestampms":{},"tid":{},"price":"{}","amount":"{}",)"
        R"("exchange":"gemini","type":"{}"}})",
        rows.empty() ? "" : ",", trade.time_us / kMicrosPerSecond, trade.time_us / kMicrosPerMilli,
        trade.id, Price(symbol, trade.price), Size(trade.size), SideOf(trade));
  }
  return {.body = "[" + rows + "]"};
}

RestAnswer GeminiVenue::OnRequest(const HttpTarget& target, EventTime now, EventTime) {
  std::string path = target.path;
  if (path == "/v1/symbols") {
    std::string names;
    for (size_t i = 0; i < market_.symbols().size(); ++i) {
      names += fmt::format(R"({}"{}")", i == 0 ? "" : ",", ToLower(NameOf(i)));
    }
    return {.body = "[" + names + "]"};
  }
  constexpr std::string_view kTradesAt = "/v1/trades/", kCandlesAt = "/v2/candles/";
  const bool trades = path.starts_with(kTradesAt);
  if (!trades && !path.starts_with(kCandlesAt)) {
    return {.status = 404, .body = ErrorText("EndpointNotFound", "API entry point not found")};
  }
  const std::string rest = path.substr(trades ? kTradesAt.size() : kCandlesAt.size());
  const std::string name = ToLower(rest.substr(0, rest.find('/')));
  for (size_t i = 0; i < market_.symbols().size(); ++i) {
    if (ToLower(NameOf(i)) != name) continue;
    if (trades) return TradeRows(i, target, now);
    if (rest != rest.substr(0, name.size()) + "/1m") {
      return {.status = 400, .body = ErrorText("Bad Request", "Invalid time frame")};
    }
    return {.body = "[" + CandleRows(i, kCandlesMax, true, now) + "]"};
  }
  return {.status = 400, .body = ErrorText("Bad Request", NoSymbol(name))};
}

}  // namespace

std::unique_ptr<SimulatedVenue> MakeSimulatedGemini(SimulatedMarket& market) {
  return std::make_unique<GeminiVenue>(market);
}

}  // namespace tidemark

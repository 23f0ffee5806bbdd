#include "tidemark/source/binance/binance_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tidemark/source/feed/book_check.h"
#include "tidemark/source/feed/field_reader.h"
#include "tidemark/source/feed/quick_text.h"

namespace tidemark {
namespace {

constexpr LevelShape kLevel{.width_min = 2, .width_max = 3};

// Events that are documented and not taken; all but the array forms name a symbol.
constexpr std::array<std::string_view, 10> kOtherEvents = {
    "24hrTicker", "24hrMiniTicker",  "1hTicker",   "4hTicker",         "1dTicker",
    "avgPrice",   "markPriceUpdate", "forceOrder", "continuous_kline", "assetIndexUpdate"};

void DecodeTrade(const Json& data, bool aggregate, FeedMessage& message) {
  FieldReader fields(message);
  const JsonField id = data[aggregate ? "a" : "t"];
  Trade trade;
  const std::string_view symbol = fields.Symbol(data["s"], "s");
  trade.id = fields.Id(id, aggregate ? "a" : "t");
  trade.time = fields.Time(data["T"], TimeUnit::kAuto, "T");
  // Futures also report what no order took: X is not MARKET, price and size are 0.
  const std::string_view kind = TextOf(data["X"]);
  if (kind.empty() || kind == "MARKET") {
    trade.price = fields.Price(data["p"], "p");
    trade.size = fields.Size(data["q"], "q");
    trade.side = fields.Bool(data["m"], "m") ? Side::kSell : Side::kBuy;
    message.Deliver(fields, symbol, trade, TradeOrigin::kLive);
  } else {
    message.DeliverBook(fields, "trade without taker", symbol);
  }
  const auto number = IntOf(id);
  if (number && !symbol.empty()) {
    message.SeenId(aggregate ? SequenceKind::kAggregate : SequenceKind::kTrade, symbol, *number);
  }
}

// A kline has some twenty members of one letter: read in one pass, each by its place in kNames.
class KlineMembers {
 public:
  explicit KlineMembers(const JsonField& kline) {
    const auto object = ObjectOf(kline);
    if (!object) return;
    for (const auto& [key, value] : *object) {
      if (key.size() != 1) continue;
      const size_t at = kNames.find(key[0]);
      if (at != kNames.npos && IsAbsent(members_[at])) members_[at] = JsonField(value);
    }
  }
  const JsonField& operator[](char name) const { return members_[kNames.find(name)]; }

 private:
  static constexpr std::string_view kNames = "tiohlcvnx";
  std::array<JsonField, kNames.size()> members_;
};

void DecodeKline(const Json& data, FeedMessage& message) {
  FieldReader fields(message);
  const KlineMembers k(data["k"]);
  CandleUpdate update;
  update.symbol = fields.Symbol(data["s"], "s");
  update.time = fields.Time(data["E"], TimeUnit::kAuto, "E");
  update.interval = fields.IntervalNamed(fields.Text(k['i'], "k.i"));
  update.candle.open_time = fields.Time(k['t'], TimeUnit::kAuto, "k.t");
  fields.CandleValues({k['o'], k['h'], k['l'], k['c'], k['v']}, &update.candle);
  update.trades = fields.Int(k['n'], "k.n");
  update.state = fields.Bool(k['x'], "k.x") ? CandleState::kClosed : CandleState::kOpen;
  message.Deliver(fields, update);
}

void DecodeDepthUpdate(const Json& data, FeedMessage& message) {
  FieldReader fields(message);
  const std::string_view symbol = fields.Symbol(data["s"], "s");
  fields.Time(data["E"], TimeUnit::kAuto, "E");
  const int64_t first = fields.Int(data["U"], "U"), last = fields.Int(data["u"], "u");
  if (fields.ok() && first > last) {
    fields.Fail(RejectReason::kBadRecord, fmt::format("update ids {} to {}", first, last));
  }
  CheckLevels(data["b"], kLevel, "b", fields);
  CheckLevels(data["a"], kLevel, "a", fields);
  message.DeliverBook(fields, "depthUpdate", symbol);
}

void DecodeBookTicker(const Json& data, FeedMessage& message) {
  FieldReader fields(message);
  const std::string_view symbol = fields.Symbol(data["s"], "s");
  fields.Int(data["u"], "u");
  for (const char* name : {"b", "B", "a", "A"}) fields.Volume(data[name], name);
  message.DeliverBook(fields, "bookTicker", symbol);
}

// Names its symbol in the stream's name only: "btcusdt@depth20@100ms".
void DecodePartialDepth(const Json& data, std::string_view stream, FeedMessage& message) {
  FieldReader fields(message);
  fields.Int(data["lastUpdateId"], "lastUpdateId");
  CheckLevels(data["bids"], kLevel, "bids", fields);
  CheckLevels(data["asks"], kLevel, "asks", fields);
  message.DeliverBook(fields, "depth", stream.substr(0, stream.find('@')));
}

void DecodeError(const JsonField& error, const JsonField& id, FeedMessage& message) {
  const int64_t code = IntOf(error["code"]).value_or(0);
  const std::string words =
      fmt::format("{}: {} (request {})", code, WordsOf(error["msg"]), WordsOf(id));
  message.Control({ControlKind::kError, ActionOfBinanceCode(code), "", "", words, WordsOf(id)});
}

// Answers to requests, and what is no event of a stream.
void DecodeAnswer(const Json& root, std::string_view stream, FeedMessage& message) {
  const JsonField id = root["id"], result = root["result"];
  if (!IsNull(root["error"])) return DecodeError(root["error"], id, message);
  if (IntOf(root["code"])) return DecodeError(root, id, message);
  if (!IsAbsent(result)) {
    const bool request = IsNull(result);
    const std::string number = WordsOf(id);
    const std::string words = request ? number : WordsOf(result);
    return message.Control({request ? ControlKind::kSubscribed : ControlKind::kStatus,
                            ControlAction::kNone, "", "", words, number});
  }
  if (!IsAbsent(root["lastUpdateId"])) return DecodePartialDepth(root, stream, message);
  if (!IsAbsent(root["B"])) return DecodeBookTicker(root, message);  // names no event on spot
  message.Unknown("message");
}

void DecodeEvent(const Json& data, std::string_view stream, FeedMessage& message) {
  const std::string_view event = TextOf(data["e"]);
  if (event == "trade") return DecodeTrade(data, false, message);
  if (event == "aggTrade") return DecodeTrade(data, true, message);
  if (event == "kline") return DecodeKline(data, message);
  if (event == "depthUpdate") return DecodeDepthUpdate(data, message);
  if (event == "bookTicker") return DecodeBookTicker(data, message);
  if (event == "serverShutdown") {
    return message.Control({ControlKind::kNotice, ControlAction::kReconnect, "", "", event});
  }
  if (std::find(kOtherEvents.begin(), kOtherEvents.end(), event) != kOtherEvents.end()) {
    return message.DeliverBook(FieldReader(message), event, TextOf(data["s"]));
  }
  if (event.empty()) return DecodeAnswer(data, stream, message);
  message.Unknown(event);
}

// Behind the time that a trade was sent at.
template <bool kAggregate>
bool QuickTrade(QuickText in, bool combined, FeedMessage& message) {
  std::string_view symbol;
  Trade trade;
  int64_t id = 0, ignored = 0;
  bool maker = false, best = false;
  const auto takes_id = [&] {
    return (kAggregate ? in.Word(R"(,"a":)") : in.Word(R"(,"t":)")) && in.Whole(&id, &trade.id);
  };
  const auto takes_symbol = [&] {
    return in.Word(R"(,"s":")") && in.Text(&symbol) && in.Word("\"");
  };
  // Futures name the id first.
  const bool named = takes_symbol() ? takes_id() : takes_id() && takes_symbol();
  if (!named || !in.Word(R"(,"p":")") || !in.Decimal(&trade.price) || !in.Word(R"(","q":")") ||
      !in.Decimal(&trade.size) || !in.Word("\"")) {
    return false;
  }
  if (kAggregate &&
      !(in.Word(R"(,"f":)") && in.Whole(&ignored) && in.Word(R"(,"l":)") && in.Whole(&ignored))) {
    return false;
  }
  if (!in.Word(R"(,"T":)") || !in.Millis(&trade.time) || !in.Word(R"(,"m":)") || !in.Bool(&maker) ||
      (in.Word(R"(,"M":)") && !in.Bool(&best)) || !in.Word("}") || (combined && !in.Word("}")) ||
      !in.End() || !message.IsGood(symbol, trade)) {
    return false;
  }
  trade.side = maker ? Side::kSell : Side::kBuy;
  message.DeliverGood(symbol, trade, TradeOrigin::kLive);
  message.SeenId(kAggregate ? SequenceKind::kAggregate : SequenceKind::kTrade, symbol, id);
  return true;
}

// From the time on that it was sent at.
bool QuickKline(QuickText in, bool combined, FeedMessage& message) {
  CandleUpdate update;
  Candle& c = update.candle;
  std::string_view text, interval;
  int64_t ignored = 0;
  bool closed = false;
  const bool read = in.Millis(&update.time) && in.Word(R"(,"s":")") && in.Text(&update.symbol) &&
                    in.Word(R"(","k":{"t":)") && in.Millis(&c.open_time) && in.Word(R"(,"T":)") &&
                    in.Whole(&ignored) && in.Word(R"(,"s":")") && in.Text(&text) &&
                    in.Word(R"(","i":")") && in.Text(&interval) && in.Word(R"(","f":)") &&
                    in.Whole(&ignored) && in.Word(R"(,"L":)") && in.Whole(&ignored) &&
                    in.Word(R"(,"o":")") && in.Decimal(&c.open) && in.Word(R"(","c":")") &&
                    in.Decimal(&c.close) && in.Word(R"(","h":")") && in.Decimal(&c.high) &&
                    in.Word(R"(","l":")") && in.Decimal(&c.low) && in.Word(R"(","v":")") &&
                    in.Decimal(&c.volume) && in.Word(R"(","n":)") && in.Whole(&update.trades) &&
                    in.Word(R"(,"x":)") && in.Bool(&closed) && in.Word(R"(,"q":")") &&
                    in.Text(&text) && in.Word(R"(","V":")") && in.Text(&text) &&
                    in.Word(R"(","Q":")") && in.Text(&text) && in.Word(R"(","B":")") &&
                    in.Text(&text) && in.Word(R"("}})") && (!combined || in.Word("}")) && in.End();
  if (!read) return false;
  const auto named = IntervalOfName(interval);
  if (!named) return false;
  update.interval = *named;
  update.state = closed ? CandleState::kClosed : CandleState::kOpen;
  if (!message.IsGood(update)) return false;
  message.DeliverGood(update);
  return true;
}

}  // namespace

ControlAction ActionOfBinanceCode(int64_t code) {
  switch (code) {
    case -1003:  // too many requests
    case -1015:
    case 429:
    case 418:
      return ControlAction::kSlowDown;
    case -1001:  // disconnected inside the venue
    case -1006:
    case -1007:
      return ControlAction::kResubscribe;
    default:  // the request is wrong: an unknown symbol or stream, a bad parameter
      return ControlAction::kDropSymbol;
  }
}

bool BinanceDecoder::DecodeQuick(std::string_view bytes, FeedMessage& message) {
  QuickText in(bytes);
  std::string_view stream;
  const bool combined = in.Word(R"({"stream":")");
  if (combined && (!in.Text(&stream) || stream.empty() || !in.Word(R"(","data":)"))) return false;
  int64_t sent = 0;
  if (in.Word(R"({"e":"aggTrade","E":)")) {
    return in.Whole(&sent) && QuickTrade<true>(in, combined, message);
  }
  if (in.Word(R"({"e":"trade","E":)")) {
    return in.Whole(&sent) && QuickTrade<false>(in, combined, message);
  }
  return in.Word(R"({"e":"kline","E":)") && QuickKline(in, combined, message);
}

void BinanceDecoder::DecodeJson(const Json& root, FeedMessage& message) {
  const std::string_view stream = TextOf(root["stream"]);
  Json data = root;
  if (!stream.empty() && root["data"].get(data) != simdjson::SUCCESS) {
    return message.Reject(RejectReason::kMissingValue, "data is missing");
  }
  Json shutdown;
  if (root["event"].get(shutdown) == simdjson::SUCCESS) {
    return DecodeEvent(shutdown, stream, message);
  }
  if (const auto array = ArrayOf(data)) {  // "!ticker@arr" and its like
    const std::string_view event = TextOf(array->at(0)["e"]);
    if (event.empty()) return message.Unknown("list");
    return message.DeliverBook(FieldReader(message), event, "");
  }
  DecodeEvent(data, stream, message);
}

}  // namespace tidemark

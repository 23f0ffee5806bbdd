#include "tidemark/source/binance/binance_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tidemark/source/feed/book_check.h"
#include "tidemark/source/feed/field_reader.h"

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

#include "tidemark/source/bybit/bybit_decoder.h"

#include <fmt/format.h>

#include <array>

#include "tidemark/source/feed/book_check.h"
#include "tidemark/source/feed/field_reader.h"

namespace tidemark {
namespace {

constexpr LevelShape kLevel{.width_min = 2, .width_max = 2};

struct TradeNames {
  const char *symbol, *id, *time, *price, *size, *side, *sequence;
};
constexpr TradeNames kV5{"s", "i", "T", "p", "v", "S", "seq"};
constexpr TradeNames kV2{"symbol", "trade_id", "trade_time_ms", "price",
                         "size",   "side",     "cross_seq"};

// "kline.1.BTCUSDT": its first word, what is between, its last word.
struct Topic {
  std::string_view name, detail, symbol;
};

Topic SplitTopic(std::string_view topic) {
  const size_t first = topic.find('.'), last = topic.rfind('.');
  if (first == std::string_view::npos) return {topic, "", ""};
  const std::string_view detail =
      first == last ? std::string_view() : topic.substr(first + 1, last - first - 1);
  return {topic.substr(0, first), detail, topic.substr(last + 1)};
}

void DecodeTrade(const Json& row, const TradeNames& names, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  const std::string_view symbol = fields.Symbol(row[names.symbol], names.symbol);
  trade.id = fields.Id(row[names.id], names.id);
  trade.time = fields.Time(row[names.time], TimeUnit::kMilli, names.time);
  trade.price = fields.Price(row[names.price], names.price);
  trade.size = fields.Size(row[names.size], names.size);
  trade.side = fields.TradeSide(row[names.side], SideOf::kTaker, names.side);
  trade.sequence = IntOf(row[names.sequence]).value_or(kNullInt);
  message.Deliver(fields, symbol, trade, TradeOrigin::kLive);
}

void DecodeKline(const Topic& topic, const Json& row, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  CandleUpdate update;
  update.symbol = topic.symbol;
  if (topic.symbol.empty()) fields.Fail(RejectReason::kBadSymbol, "topic names no symbol");
  update.interval = fields.IntervalNamed(fields.Text(row["interval"], "interval"));
  update.candle.open_time = fields.Time(row["start"], TimeUnit::kMilli, "start");
  fields.CandleValues({row["open"], row["high"], row["low"], row["close"], row["volume"]},
                      &update.candle);
  update.time = fields.Time(row["timestamp"], TimeUnit::kMilli, "timestamp");
  update.state = fields.Bool(row["confirm"], "confirm") ? CandleState::kClosed : CandleState::kOpen;
  message.Deliver(fields, update);
}

// {"price", "symbol", "id", "side"(, "size")}
void CheckOldLevels(const JsonField& levels, bool sized, std::string_view name,
                    FieldReader& fields) {
  const auto array = ArrayOf(levels);
  if (!array) {
    return fields.Fail(RejectReason::kMissingValue, fmt::format("{} is not a list", name));
  }
  for (const Json level : *array) {
    fields.Volume(level["price"], "price");
    fields.Int(level["id"], "id");
    if (sized) fields.Volume(level["size"], "size");
  }
}

void DecodeOldBook(const Topic& topic, const Json& root, FeedMessage& message) {
  FieldReader fields(message);
  const JsonField data = root["data"];
  const bool snapshot = TextOf(root["type"]) == "snapshot";
  fields.Int(root["cross_seq"], "cross_seq");
  if (snapshot) {
    // The list itself, or inside an object: the two kinds of contracts differ.
    const JsonField inside = data["order_book"];
    CheckOldLevels(IsAbsent(inside) ? data : inside, true, "order_book", fields);
  } else {
    CheckOldLevels(data["delete"], false, "delete", fields);
    CheckOldLevels(data["update"], true, "update", fields);
    CheckOldLevels(data["insert"], true, "insert", fields);
  }
  message.DeliverBook(fields, snapshot ? "orderBookL2 snapshot" : "orderBookL2 delta",
                      topic.symbol);
}

void DecodeBook(const Topic& topic, const Json& root, FeedMessage& message) {
  FieldReader fields(message);
  const JsonField data = root["data"];
  fields.Int(data["u"], "u");
  CheckLevels(data["b"], kLevel, "b", fields);
  CheckLevels(data["a"], kLevel, "a", fields);
  message.DeliverBook(fields, topic.name, topic.symbol);
}

void DecodeRows(const Topic& topic, const simdjson::dom::array& data, FeedMessage& message) {
  if (data.size() == 0) return message.NoRows(topic.name, topic.symbol);
  int element = 0;
  for (const Json row : data) {
    if (topic.name == "kline") {
      DecodeKline(topic, row, element++, message);
    } else {
      DecodeTrade(row, topic.name == "trade" ? kV2 : kV5, element++, message);
    }
  }
}

void DecodeTopic(const Topic& topic, const Json& root, FeedMessage& message) {
  if (topic.name == "publicTrade" || topic.name == "trade" || topic.name == "kline") {
    if (const auto data = ArrayOf(root["data"])) return DecodeRows(topic, *data, message);
    return message.Reject(RejectReason::kMissingValue, "data is not a list");
  }
  if (topic.name.starts_with("orderBook")) return DecodeOldBook(topic, root, message);
  if (topic.name == "orderbook") return DecodeBook(topic, root, message);
  static constexpr std::array<std::string_view, 7> kOthers = {
      "tickers", "liquidation", "allLiquidation", "lt", "instrument_info", "klineV2", "insurance"};
  for (const std::string_view other : kOthers) {
    if (topic.name == other) {
      return message.DeliverBook(FieldReader(message), topic.name, topic.symbol);
    }
  }
  message.Unknown(topic.name);
}

// v5 names the operation and not the topics; v2 repeats the request.
void DecodeAnswer(const Json& root, FeedMessage& message) {
  const JsonField request = root["request"];
  std::string_view op = TextOf(root["op"]);
  if (op.empty()) op = TextOf(request["op"]);
  const std::string words = WordsOf(root["ret_msg"]);
  if (op == "pong" || op == "ping" || words == "pong") {
    return message.Control({ControlKind::kPong, ControlAction::kNone, "", "", ""});
  }
  const Topic topic = SplitTopic(TextOf(At(request["args"], 0)));
  bool success = false;
  if (root["success"].get(success) != simdjson::SUCCESS) return message.Unknown("message");
  const std::string id = WordsOf(root["req_id"]);
  if (!success) {
    return message.Control(
        {ControlKind::kError, ActionOfBybitError(words), topic.name, topic.symbol, words, id});
  }
  const ControlKind kind = op == "subscribe"     ? ControlKind::kSubscribed
                           : op == "unsubscribe" ? ControlKind::kUnsubscribed
                                                 : ControlKind::kStatus;
  message.Control({kind, ControlAction::kNone, topic.name, topic.symbol, id, id});
}

}  // namespace

ControlAction ActionOfBybitError(std::string_view words) {
  const auto has = [&](std::string_view part) { return words.find(part) != words.npos; };
  if (has("already subscribed")) return ControlAction::kNone;
  if (has("ate limit") || has("oo many") || has("requent")) return ControlAction::kSlowDown;
  if (has("imeout") || has("erver error") || has("nternal")) return ControlAction::kResubscribe;
  return ControlAction::kDropSymbol;
}

// Spot writes the same in another order.
bool BybitDecoder::ReadSpot(QuickText& in, QuickRow* row) {
  Trade& trade = row->trade;
  bool block = false, improved = false;
  if (!in.Word(R"({"i":")") || !in.Text(&trade.id) || trade.id.empty() || !in.Word(R"(","T":)") ||
      !in.Millis(&trade.time) || !in.Word(R"(,"p":")") || !in.Decimal(&trade.price) ||
      !in.Word(R"(","v":")") || !in.Decimal(&trade.size) || !in.Word(R"(","S":")")) {
    return false;
  }
  trade.side = in.Word("Buy") ? Side::kBuy : in.Word("Sell") ? Side::kSell : Side::kUnknown;
  return trade.side != Side::kUnknown && in.Word(R"(",)") &&
         (!in.Word(R"("seq":)") || (in.Whole(&trade.sequence) && in.Word(","))) &&
         in.Word(R"("s":")") && in.Text(&row->symbol) && in.Word(R"(","BT":)") && in.Bool(&block) &&
         (!in.Word(R"(,"RPI":)") || in.Bool(&improved)) && in.Word("}");
}

bool BybitDecoder::ReadContract(QuickText& in, QuickRow* row) {
  Trade& trade = row->trade;
  std::string_view tick;
  bool block = false;
  if (!in.Word(R"({"T":)") || !in.Millis(&trade.time) || !in.Word(R"(,"s":")") ||
      !in.Text(&row->symbol) || !in.Word(R"(","S":")")) {
    return false;
  }
  trade.side = in.Word("Buy") ? Side::kBuy : in.Word("Sell") ? Side::kSell : Side::kUnknown;
  return trade.side != Side::kUnknown && in.Word(R"(","v":")") && in.Decimal(&trade.size) &&
         in.Word(R"(","p":")") && in.Decimal(&trade.price) && in.Word(R"(",)") &&
         (!in.Word(R"("L":")") || (in.Text(&tick) && in.Word(R"(",)"))) && in.Word(R"("i":")") &&
         in.Text(&trade.id) && !trade.id.empty() && in.Word(R"(","BT":)") && in.Bool(&block) &&
         (!in.Word(R"(,"seq":)") || in.Whole(&trade.sequence)) && in.Word("}");
}

bool BybitDecoder::DecodeQuick(std::string_view bytes, FeedMessage& message) {
  QuickText in(bytes);
  std::string_view topic;
  int64_t sent = 0;
  if (!in.Word(R"({"topic":"publicTrade.)") || !in.Text(&topic)) return false;
  const bool spot = in.Word(R"(","ts":)");
  if (spot ? !in.Whole(&sent) || !in.Word(R"(,"type":"snapshot","data":[)")
           : !in.Word(R"(","type":"snapshot","ts":)") || !in.Whole(&sent) ||
                 !in.Word(R"(,"data":[)")) {
    return false;
  }
  const auto read = [&](QuickText& row_in, QuickRow* row) {
    return (spot ? ReadSpot(row_in, row) : ReadContract(row_in, row)) &&
           message.IsGood(row->symbol, row->trade);
  };
  if (!in.Rows(&rows_, read) || !in.Word("]}") || !in.End()) return false;
  for (const QuickRow& row : rows_) {
    message.DeliverGood(row.symbol, row.trade, TradeOrigin::kLive);
  }
  return true;
}

void BybitDecoder::DecodeJson(const Json& root, FeedMessage& message) {
  const std::string_view topic = TextOf(root["topic"]);
  if (!topic.empty()) return DecodeTopic(SplitTopic(topic), root, message);
  DecodeAnswer(root, message);
}

}  // namespace tidemark

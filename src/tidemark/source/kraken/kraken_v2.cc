#include "tidemark/source/kraken/kraken_v2.h"

#include "tidemark/source/feed/field_reader.h"
#include "tidemark/source/kraken/kraken_decoder.h"

namespace tidemark {
namespace {

void DecodeTrade(const Json& row, TradeOrigin origin, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  const std::string_view symbol = fields.Symbol(row["symbol"]);
  trade.id = fields.Id(row["trade_id"], "trade_id");
  trade.time = fields.Time(row["timestamp"], TimeUnit::kIso, "timestamp");
  trade.price = fields.Price(row["price"]);
  trade.size = fields.Size(row["qty"], "qty");
  trade.side = fields.TradeSide(row["side"], SideOf::kTaker);
  message.Deliver(fields, symbol, trade, origin);
}

void DecodeCandle(const Json& row, TradeOrigin origin, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  CandleUpdate update;
  update.symbol = fields.Symbol(row["symbol"]);
  const int64_t minutes = fields.Int(row["interval"], "interval");
  if (const auto interval = IntervalOfMinutes(minutes)) {
    update.interval = *interval;
  } else {
    fields.Fail(RejectReason::kBadInterval, "an interval that does not divide a day");
  }
  update.candle.open_time = fields.Time(row["interval_begin"], TimeUnit::kIso, "interval_begin");
  fields.CandleValues({row["open"], row["high"], row["low"], row["close"], row["volume"]},
                      &update.candle);
  update.trades = fields.Int(row["trades"], "trades");
  update.origin = origin;
  message.Deliver(fields, update);
}

void CheckSide(const JsonField& levels, std::string_view price, std::string_view size,
               FieldReader& fields) {
  const auto array = ArrayOf(levels);
  if (!array) return fields.Fail(RejectReason::kMissingValue, "levels are not a list");
  for (const Json level : *array) {
    fields.Volume(level[price], price);
    fields.Volume(level[size], size);
  }
}

void DecodeBook(const Json& row, bool snapshot, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  const std::string_view symbol = fields.Symbol(row["symbol"]);
  CheckSide(row["bids"], "price", "qty", fields);
  CheckSide(row["asks"], "price", "qty", fields);
  message.DeliverBook(fields, snapshot ? "book snapshot" : "book update", symbol);
}

void DecodeRow(std::string_view channel, const Json& row, bool snapshot, int element,
               FeedMessage& message) {
  const TradeOrigin origin = snapshot ? TradeOrigin::kHistory : TradeOrigin::kLive;
  if (channel == "trade") return DecodeTrade(row, origin, element, message);
  if (channel == "ohlc") return DecodeCandle(row, origin, element, message);
  if (channel == "book") return DecodeBook(row, snapshot, element, message);
  if (channel == "status") {
    const std::string_view system = TextOf(row["system"]);
    return message.Control({system == "online" ? ControlKind::kStatus : ControlKind::kNotice,
                            ControlAction::kNone, "status", "", system});
  }
  if (channel == "ticker" || channel == "level3") {
    FieldReader fields(message, element);
    const std::string_view symbol = fields.Symbol(row["symbol"]);
    return message.DeliverBook(fields, channel, symbol);
  }
  message.Unknown(channel);
}

void DecodeAnswer(std::string_view method, const Json& root, FeedMessage& message) {
  if (method == "pong") {
    return message.Control({ControlKind::kPong, ControlAction::kNone, "", "", ""});
  }
  const JsonField result = root["result"];
  std::string_view symbol = TextOf(result["symbol"]);
  if (symbol.empty()) symbol = TextOf(root["symbol"]);
  const std::string id = WordsOf(root["req_id"]);
  bool success = false;
  if (root["success"].get(success) != simdjson::SUCCESS || !success) {
    const std::string words = WordsOf(root["error"]);
    return message.Control({ControlKind::kError, ActionOfKrakenError(words),
                            TextOf(result["channel"]), symbol, words, id});
  }
  const ControlKind kind = method == "subscribe"     ? ControlKind::kSubscribed
                           : method == "unsubscribe" ? ControlKind::kUnsubscribed
                                                     : ControlKind::kStatus;
  message.Control({kind, ControlAction::kNone, TextOf(result["channel"]), symbol, "", id});
}

}  // namespace

void DecodeKrakenV2(const Json& root, FeedMessage& message) {
  const std::string_view method = TextOf(root["method"]);
  if (!method.empty() || !IsAbsent(root["success"])) return DecodeAnswer(method, root, message);
  const std::string_view channel = TextOf(root["channel"]);
  if (channel == "heartbeat") {
    return message.Control({ControlKind::kHeartbeat, ControlAction::kNone, "", "", ""});
  }
  if (channel.empty()) return message.Unknown("message");
  if (channel == "instrument") return message.DeliverBook(FieldReader(message), channel, "");
  const auto data = ArrayOf(root["data"]);
  if (!data) return message.Reject(RejectReason::kMissingValue, "data is not a list");
  if (data->size() == 0) return message.NoRows(channel, "");
  const bool snapshot = TextOf(root["type"]) == "snapshot";
  int element = 0;
  for (const Json row : *data) DecodeRow(channel, row, snapshot, element++, message);
}

}  // namespace tidemark

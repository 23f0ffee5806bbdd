#include "tidemark/source/gemini/gemini_decoder.h"

#include <fmt/format.h>

#include "tidemark/source/feed/book_check.h"
#include "tidemark/source/feed/field_reader.h"
#include "tidemark/source/feed/quick_text.h"

namespace tidemark {
namespace {

constexpr LevelShape kChange{.width_min = 3, .width_max = 3, .first_number = 1};
constexpr size_t kCandleChannelsMax = 10'000;

void DecodeTrade(const Json& row, TradeOrigin origin, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  const std::string_view symbol = fields.Symbol(row["symbol"]);
  trade.id = fields.Id(row["event_id"], "event_id");
  trade.time = fields.Time(row["timestamp"], TimeUnit::kMilli, "timestamp");
  trade.price = fields.Price(row["price"]);
  trade.size = fields.Size(row["quantity"], "quantity");
  trade.side = fields.TradeSide(row["side"], SideOf::kTaker);
  message.Deliver(fields, symbol, trade, origin);
}

void DecodeL2Updates(const Json& root, FeedMessage& message) {
  FieldReader fields(message);
  const std::string_view symbol = fields.Symbol(root["symbol"]);
  CheckLevels(root["changes"], kChange, "changes", fields);
  message.DeliverBook(fields, "l2_updates", symbol);
  const JsonField trades = root["trades"];
  if (IsNull(trades)) return;
  const auto rows = ArrayOf(trades);
  if (!rows) return message.Reject(RejectReason::kBadRecord, "trades are not a list");
  int element = 0;
  for (const Json row : *rows) DecodeTrade(row, TradeOrigin::kHistory, element++, message);
}

void DecodeError(const Json& root, FeedMessage& message) {
  const std::string reason = WordsOf(root["reason"]);
  const std::string words = fmt::format("{}: {}", reason, WordsOf(root["message"]));
  const ControlAction action = reason == "RateLimit"     ? ControlAction::kSlowDown
                               : reason == "Maintenance" ? ControlAction::kReconnect
                               : reason == "System"      ? ControlAction::kResubscribe
                                                         : ControlAction::kDropSymbol;
  message.Control({ControlKind::kError, action, "", TextOf(root["symbol"]), words});
}

}  // namespace

// changes: [time, open, high, low, close, volume], the newest first.
void GeminiDecoder::DecodeCandles(std::string_view type, const Json& root, FeedMessage& message) {
  const std::string_view symbol = TextOf(root["symbol"]);
  const auto rows = ArrayOf(root["changes"]);
  if (symbol.empty()) return message.Reject(RejectReason::kBadSymbol, "symbol is missing");
  if (!rows) return message.Reject(RejectReason::kMissingValue, "changes is not a list");
  if (rows->size() == 0) return message.NoRows(type, symbol);
  key_.assign(type);
  key_ += ' ';
  key_ += symbol;
  TradeOrigin origin = TradeOrigin::kLive;
  if (!candles_.contains(key_) && candles_.size() < kCandleChannelsMax) {
    candles_.insert(key_);
    origin = TradeOrigin::kHistory;
  }
  // "candles_15m_updates"
  constexpr std::string_view kBefore = "candles_", kAfter = "_updates";
  const std::string_view name =
      type.substr(kBefore.size(), type.size() - kBefore.size() - kAfter.size());
  int element = 0;
  for (const Json row : *rows) {
    FieldReader fields(message, element++);
    CandleUpdate update;
    update.symbol = symbol;
    update.origin = origin;
    update.interval = fields.IntervalNamed(name);
    update.candle.open_time = fields.Time(At(row, 0), TimeUnit::kMilli);
    fields.CandleValues({At(row, 1), At(row, 2), At(row, 3), At(row, 4), At(row, 5)},
                        &update.candle);
    message.Deliver(fields, update);
  }
}

void GeminiDecoder::DecodeEvent(const Json& event, const Json& root, bool first, int element,
                                FeedMessage& message) {
  FieldReader fields(message, element);
  const std::string_view type = TextOf(event["type"]);
  std::string_view symbol = TextOf(event["symbol"]);
  if (symbol.empty()) symbol = symbol_;
  if (symbol.empty()) fields.Fail(RejectReason::kBadSymbol, "symbol is missing");
  if (type != "trade") {
    if (type == "change") {
      fields.Volume(event["price"], "price");
      fields.Volume(event["remaining"], "remaining");
    }
    return message.DeliverBook(fields, type.empty() ? "event" : type, symbol);
  }
  Trade trade;
  trade.id = fields.Id(event["tid"], "tid");
  trade.time = fields.Time(root["timestampms"], TimeUnit::kMilli, "timestampms");
  trade.price = fields.Price(event["price"]);
  trade.size = fields.Size(event["amount"], "amount");
  const JsonField maker = event["makerSide"];
  if (TextOf(maker) != "auction") {
    trade.side = fields.TradeSide(maker, SideOf::kMaker, "makerSide");
  }
  message.Deliver(fields, symbol, trade, first ? TradeOrigin::kHistory : TradeOrigin::kLive);
}

void GeminiDecoder::DecodeUpdate(const Json& root, FeedMessage& message) {
  const auto sequence = IntOf(root["socket_sequence"]);
  const auto events = ArrayOf(root["events"]);
  if (!events) return message.Reject(RejectReason::kMissingValue, "events is not a list");
  if (events->size() == 0) message.NoRows("update", symbol_);
  int element = 0;
  for (const Json event : *events) {
    DecodeEvent(event, root, sequence == 0, element++, message);
  }
  if (!sequence) return message.Reject(RejectReason::kMissingValue, "socket_sequence is missing");
  message.SeenId(SequenceKind::kConnection, "", *sequence);
}

bool GeminiDecoder::DecodeQuick(std::string_view bytes, FeedMessage& message) {
  QuickText in(bytes);
  Trade trade;
  std::string_view symbol;
  int64_t id = 0;
  if (!in.Word(R"({"type":"trade","symbol":")") || !in.Text(&symbol) ||
      !in.Word(R"(","event_id":)") || !in.Whole(&id, &trade.id) || !in.Word(R"(,"timestamp":)") ||
      !in.Millis(&trade.time) || !in.Word(R"(,"price":")") || !in.Decimal(&trade.price) ||
      !in.Word(R"(","quantity":")") || !in.Decimal(&trade.size) || !in.Word(R"(","side":")")) {
    return false;
  }
  trade.side = in.Word(R"(buy"})") ? Side::kBuy : Side::kSell;
  if ((trade.side == Side::kSell && !in.Word(R"(sell"})")) || !in.End() ||
      !message.IsGood(symbol, trade)) {
    return false;
  }
  message.DeliverGood(symbol, trade, TradeOrigin::kLive);
  return true;
}

void GeminiDecoder::DecodeJson(const Json& root, FeedMessage& message) {
  const std::string_view type = TextOf(root["type"]);
  if (type == "l2_updates") return DecodeL2Updates(root, message);
  if (type == "trade") return DecodeTrade(root, TradeOrigin::kLive, -1, message);
  if (type == "update") return DecodeUpdate(root, message);
  if (type == "heartbeat") {
    message.Control({ControlKind::kHeartbeat, ControlAction::kNone, "", "", ""});
    if (const auto id = IntOf(root["socket_sequence"])) {
      message.SeenId(SequenceKind::kConnection, "", *id);
    }
    return;
  }
  if (type.starts_with("candles_") && type.ends_with("_updates") && type.size() > 16) {
    return DecodeCandles(type, root, message);
  }
  if (TextOf(root["result"]) == "error" || type == "error") return DecodeError(root, message);
  if (type == "subscription_ack" || type == "subscribed") {
    return message.Control({ControlKind::kSubscribed, ControlAction::kNone, "", "", ""});
  }
  for (const std::string_view other : {"mark_price_updates", "funding_amount_updates",
                                       "auction_indicative", "auction_result", "block_trade"}) {
    if (type == other) {
      return message.DeliverBook(FieldReader(message), type, TextOf(root["symbol"]));
    }
  }
  message.Unknown(type.empty() ? "message" : type);
}

}  // namespace tidemark

#include "tidemark/source/coinbase/coinbase_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tidemark/source/feed/book_check.h"
#include "tidemark/source/feed/field_reader.h"
#include "tidemark/source/feed/quick_text.h"

namespace tidemark {
namespace {

constexpr LevelShape kLevel{.width_min = 2, .width_max = 2};
constexpr LevelShape kChange{.width_min = 3, .width_max = 3, .first_number = 1};

constexpr std::array<std::string_view, 7> kOrderEvents = {"received", "open",    "done",  "change",
                                                          "activate", "auction", "status"};

void DecodeMatch(const Json& root, TradeOrigin origin, FeedMessage& message) {
  FieldReader fields(message);
  Trade trade;
  const std::string_view symbol = fields.Symbol(root["product_id"], "product_id");
  trade.id = fields.Id(root["trade_id"], "trade_id");
  trade.time = fields.Time(root["time"], TimeUnit::kIso);
  trade.price = fields.Price(root["price"]);
  trade.size = fields.Size(root["size"]);
  trade.side = fields.TradeSide(root["side"], SideOf::kMaker);
  message.Deliver(fields, symbol, trade, origin);
  const auto id = IntOf(root["trade_id"]);
  if (id && !symbol.empty()) message.SeenId(SequenceKind::kTrade, symbol, *id);
}

void DecodeHeartbeat(const Json& root, FeedMessage& message) {
  const std::string_view symbol = TextOf(root["product_id"]);
  message.Control({ControlKind::kHeartbeat, ControlAction::kNone, "heartbeat", symbol, ""});
  const auto id = IntOf(root["last_trade_id"]);
  if (id && !symbol.empty()) message.LatestId(SequenceKind::kTrade, symbol, *id);
}

void DecodeSnapshot(const Json& root, FeedMessage& message) {
  FieldReader fields(message);
  const std::string_view symbol = fields.Symbol(root["product_id"], "product_id");
  CheckLevels(root["bids"], kLevel, "bids", fields);
  CheckLevels(root["asks"], kLevel, "asks", fields);
  message.DeliverBook(fields, "snapshot", symbol);
}

void DecodeL2Update(const Json& root, FeedMessage& message) {
  FieldReader fields(message);
  const std::string_view symbol = fields.Symbol(root["product_id"], "product_id");
  fields.Time(root["time"], TimeUnit::kIso);
  CheckLevels(root["changes"], kChange, "changes", fields);
  message.DeliverBook(fields, "l2update", symbol);
}

void DecodeTicker(const Json& root, FeedMessage& message) {
  FieldReader fields(message);
  const std::string_view symbol = fields.Symbol(root["product_id"], "product_id");
  fields.Price(root["price"]);
  fields.Int(root["sequence"], "sequence");
  message.DeliverBook(fields, "ticker", symbol);
}

// One control per product of a channel.
void DecodeProducts(std::string_view channel, const JsonField& products, FeedMessage& message) {
  const auto list = ArrayOf(products);
  if (!list || list->size() == 0) {
    return message.Control({ControlKind::kSubscribed, ControlAction::kNone, channel, "", ""});
  }
  for (const Json product : *list) {
    message.Control({ControlKind::kSubscribed, ControlAction::kNone, channel, TextOf(product), ""});
  }
}

void NoSubscriptions(FeedMessage& message) {
  message.Control({ControlKind::kUnsubscribed, ControlAction::kNone, "", "", "none is left"});
}

void DecodeSubscriptions(const Json& root, FeedMessage& message) {
  const auto channels = ArrayOf(root["channels"]);
  if (!channels) return message.Reject(RejectReason::kMissingValue, "channels is not a list");
  if (channels->size() == 0) return NoSubscriptions(message);
  for (const Json channel : *channels) {
    const bool plain = channel.is_string();
    DecodeProducts(plain ? TextOf(channel) : TextOf(channel["name"]), channel["product_ids"],
                   message);
  }
}

void DecodeError(const Json& root, FeedMessage& message) {
  const std::string reason = WordsOf(root["reason"]);
  const std::string words = reason.empty()
                                ? WordsOf(root["message"])
                                : fmt::format("{}: {}", WordsOf(root["message"]), reason);
  // "BTC-XYZ is not a valid product"
  std::string_view symbol = std::string_view(reason).substr(0, reason.find(' '));
  if (reason.find(" is not a valid product") == std::string::npos) symbol = "";
  message.Control({ControlKind::kError, ActionOfCoinbaseError(words), "", symbol, words});
}

void DecodeMarketTrades(const Json& event, FeedMessage& message) {
  const auto trades = ArrayOf(event["trades"]);
  if (!trades) return message.Reject(RejectReason::kMissingValue, "trades is not a list");
  if (trades->size() == 0) return message.NoRows("market_trades", "");
  const TradeOrigin origin =
      TextOf(event["type"]) == "snapshot" ? TradeOrigin::kHistory : TradeOrigin::kLive;
  int element = 0;
  for (const Json row : *trades) {
    FieldReader fields(message, element++);
    Trade trade;
    const std::string_view symbol = fields.Symbol(row["product_id"], "product_id");
    trade.id = fields.Id(row["trade_id"], "trade_id");
    trade.time = fields.Time(row["time"], TimeUnit::kIso);
    trade.price = fields.Price(row["price"]);
    trade.size = fields.Size(row["size"]);
    trade.side = fields.TradeSide(row["side"], SideOf::kMaker);
    message.Deliver(fields, symbol, trade, origin);
  }
}

void DecodeCandles(const Json& event, const JsonField& sent, FeedMessage& message) {
  const auto candles = ArrayOf(event["candles"]);
  if (!candles) return message.Reject(RejectReason::kMissingValue, "candles is not a list");
  if (candles->size() == 0) return message.NoRows("candles", "");
  const bool snapshot = TextOf(event["type"]) == "snapshot";
  int element = 0;
  for (const Json row : *candles) {
    FieldReader fields(message, element++);
    CandleUpdate update;
    update.symbol = fields.Symbol(row["product_id"], "product_id");
    update.interval = Interval::Fixed(5 * kMicrosPerMinute);
    update.candle.open_time = fields.Time(row["start"], TimeUnit::kSecond, "start");
    fields.CandleValues({row["open"], row["high"], row["low"], row["close"], row["volume"]},
                        &update.candle);
    update.time = fields.Time(sent, TimeUnit::kIso, "timestamp");
    update.origin = snapshot ? TradeOrigin::kHistory : TradeOrigin::kLive;
    message.Deliver(fields, update);
  }
}

void DecodeLevel2(const Json& event, FeedMessage& message) {
  FieldReader fields(message);
  const std::string_view symbol = fields.Symbol(event["product_id"], "product_id");
  const auto updates = ArrayOf(event["updates"]);
  if (!updates) fields.Fail(RejectReason::kMissingValue, "updates is not a list");
  if (updates) {
    for (const Json level : *updates) {
      fields.Volume(level["price_level"], "price_level");
      fields.Volume(level["new_quantity"], "new_quantity");
    }
  }
  message.DeliverBook(fields, "l2_data", symbol);
}

void DecodeAdvancedEvent(std::string_view channel, const Json& root, const Json& event,
                         FeedMessage& message) {
  if (channel == "market_trades") return DecodeMarketTrades(event, message);
  if (channel == "candles") return DecodeCandles(event, root["timestamp"], message);
  if (channel == "l2_data") return DecodeLevel2(event, message);
  if (channel == "heartbeats") {
    return message.Control({ControlKind::kHeartbeat, ControlAction::kNone, channel, "", ""});
  }
  if (channel == "subscriptions") {
    const auto subscriptions = ObjectOf(event["subscriptions"]);
    if (!subscriptions || subscriptions->size() == 0) return NoSubscriptions(message);
    for (const auto& [name, products] : *subscriptions) DecodeProducts(name, products, message);
    return;
  }
  if (channel == "ticker" || channel == "ticker_batch" || channel == "status") {
    return message.DeliverBook(FieldReader(message), channel, "");
  }
  message.Unknown(channel);
}

void DecodeAdvanced(std::string_view channel, const Json& root, FeedMessage& message) {
  const auto events = ArrayOf(root["events"]);
  if (!events) return message.Reject(RejectReason::kMissingValue, "events is not a list");
  if (events->size() == 0) message.NoRows(channel, "");
  for (const Json event : *events) DecodeAdvancedEvent(channel, root, event, message);
  if (const auto id = IntOf(root["sequence_num"])) {
    message.SeenId(SequenceKind::kConnection, "", *id);
  } else {
    message.Reject(RejectReason::kMissingValue, "sequence_num is missing");
  }
}

}  // namespace

ControlAction ActionOfCoinbaseError(std::string_view words) {
  const auto has = [&](std::string_view part) { return words.find(part) != words.npos; };
  if (has("ate limit") || has("oo many") || has("slow down")) return ControlAction::kSlowDown;
  if (has("authentication") || has("low consum") || has("server error")) {
    return ControlAction::kReconnect;
  }
  return ControlAction::kDropSymbol;
}

bool CoinbaseDecoder::DecodeQuick(std::string_view bytes, FeedMessage& message) {
  QuickText in(bytes);
  Trade trade;
  std::string_view symbol, text, time;
  int64_t id = 0, sequence = 0;
  if (!in.Word(R"({"type":"match","trade_id":)") || !in.Whole(&id, &trade.id) ||
      !in.Word(R"(,"maker_order_id":")") || !in.Text(&text) ||
      !in.Word(R"(","taker_order_id":")") || !in.Text(&text) || !in.Word(R"(","side":")")) {
    return false;
  }
  // Of the maker.
  trade.side = in.Word("sell") ? Side::kBuy : in.Word("buy") ? Side::kSell : Side::kUnknown;
  if (trade.side == Side::kUnknown || !in.Word(R"(","size":")") || !in.Decimal(&trade.size) ||
      !in.Word(R"(","price":")") || !in.Decimal(&trade.price) || !in.Word(R"(","product_id":")") ||
      !in.Text(&symbol) || !in.Word(R"(","sequence":)") || !in.Whole(&sequence) ||
      !in.Word(R"(,"time":")") || !in.Text(&time) || !in.Word(R"("})") || !in.End()) {
    return false;
  }
  const auto us = MicrosOfIso(time);
  if (!us) return false;
  trade.time = {*us};
  if (!message.IsGood(symbol, trade)) return false;
  message.DeliverGood(symbol, trade, TradeOrigin::kLive);
  message.SeenId(SequenceKind::kTrade, symbol, id);
  return true;
}

void CoinbaseDecoder::DecodeJson(const Json& root, FeedMessage& message) {
  const std::string_view type = TextOf(root["type"]);
  if (type == "match") return DecodeMatch(root, TradeOrigin::kLive, message);
  if (type == "l2update") return DecodeL2Update(root, message);
  if (type == "ticker") return DecodeTicker(root, message);
  if (type == "heartbeat") return DecodeHeartbeat(root, message);
  if (type == "last_match") return DecodeMatch(root, TradeOrigin::kHistory, message);
  if (type == "snapshot") return DecodeSnapshot(root, message);
  if (type == "subscriptions") return DecodeSubscriptions(root, message);
  if (type == "error") return DecodeError(root, message);
  if (std::find(kOrderEvents.begin(), kOrderEvents.end(), type) != kOrderEvents.end()) {
    return message.DeliverBook(FieldReader(message), type, TextOf(root["product_id"]));
  }
  const std::string_view channel = TextOf(root["channel"]);
  if (type.empty() && !channel.empty()) return DecodeAdvanced(channel, root, message);
  message.Unknown(type.empty() ? "message" : type);
}

}  // namespace tidemark

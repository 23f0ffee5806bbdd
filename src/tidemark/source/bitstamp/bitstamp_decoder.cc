#include "tidemark/source/bitstamp/bitstamp_decoder.h"

#include <fmt/format.h>

#include <array>

#include "tidemark/source/feed/book_check.h"
#include "tidemark/source/feed/field_reader.h"
#include "tidemark/source/feed/quick_text.h"

namespace tidemark {
namespace {

constexpr LevelShape kLevel{.width_min = 2, .width_max = 3};

struct Channel {
  std::string_view type, symbol;
};

// "diff_order_book_btcusd" to its type and pair; a private channel's pair ends with "-<user>".
Channel SplitChannel(std::string_view name) {
  const size_t last = name.rfind('_');
  if (last == std::string_view::npos) return {name, ""};
  const std::string_view symbol = name.substr(last + 1);
  return {name.substr(0, last), symbol.substr(0, symbol.find('-'))};
}

void DecodeTrade(const Channel& channel, const Json& data, FeedMessage& message) {
  FieldReader fields(message);
  if (channel.symbol.empty()) fields.Fail(RejectReason::kBadSymbol, "channel names no pair");
  // The numbers are also given as text, which keeps their digits.
  const auto exact = [&](const char* text, const char* number) -> JsonField {
    const JsonField field = data[text];
    return IsNull(field) ? JsonField(data[number]) : field;
  };
  Trade trade;
  trade.id = fields.Id(data["id"]);
  // The history and the files have whole seconds, and a trade is one row wherever it comes from.
  // Its id says the order.
  trade.time = fields.Time(data["timestamp"], TimeUnit::kSecond, "timestamp");
  trade.price = fields.Price(exact("price_str", "price"));
  trade.size = fields.Size(exact("amount_str", "amount"), "amount");
  trade.side = SideOfBitstampType(data["type"], fields);
  message.Deliver(fields, channel.symbol, trade, TradeOrigin::kLive);
}

void DecodeBook(const Channel& channel, const Json& data, FeedMessage& message) {
  FieldReader fields(message);
  if (channel.symbol.empty()) fields.Fail(RejectReason::kBadSymbol, "channel names no pair");
  fields.Time(data["microtimestamp"], TimeUnit::kMicro, "microtimestamp");
  CheckLevels(data["bids"], kLevel, "bids", fields);
  CheckLevels(data["asks"], kLevel, "asks", fields);
  message.DeliverBook(fields, channel.type, channel.symbol);
}

void DecodeControl(std::string_view event, const Channel& channel, const Json& root,
                   FeedMessage& message) {
  const auto control = [&](ControlKind kind, ControlAction action, std::string_view words) {
    message.Control({kind, action, channel.type, channel.symbol, words});
  };
  if (event == "bts:subscription_succeeded") {
    return control(ControlKind::kSubscribed, ControlAction::kNone, "");
  }
  if (event == "bts:unsubscription_succeeded") {
    return control(ControlKind::kUnsubscribed, ControlAction::kNone, "");
  }
  if (event == "bts:heartbeat") return control(ControlKind::kHeartbeat, ControlAction::kNone, "");
  if (event == "bts:request_reconnect") {
    return control(ControlKind::kNotice, ControlAction::kReconnect, event);
  }
  if (event == "bts:error") {
    const std::string words = WordsOf(root["data"]["message"]);
    const bool rate = words.find("ate limit") != words.npos || words.find("oo many") != words.npos;
    return control(ControlKind::kError,
                   rate ? ControlAction::kSlowDown : ControlAction::kDropSymbol, words);
  }
  message.Unknown(event);
}

}  // namespace

Side SideOfBitstampType(const JsonField& type, FieldReader& fields) {
  const auto value = IntOf(type);
  if (value == 0) return Side::kBuy;
  if (value != 1) {
    fields.Fail(RejectReason::kBadSide,
                fmt::format("type '{}' is neither 0 nor 1", WordsOf(type).substr(0, 60)));
  }
  return Side::kSell;
}

bool BitstampDecoder::DecodeQuick(std::string_view bytes, FeedMessage& message) {
  QuickText in(bytes);
  Trade trade;
  std::string_view text, symbol;
  int64_t id = 0, seconds = 0;
  double rounded = 0;
  if (!in.Word(R"({"data":{"id":)") || !in.Whole(&id, &trade.id) || !in.Word(R"(,"timestamp":")") ||
      !in.Digits(10, &seconds) || !in.Word(R"(","amount":)") || !in.Decimal(&rounded) ||
      !in.Word(R"(,"amount_str":")") || !in.Decimal(&trade.size) || !in.Word(R"(","price":)") ||
      !in.Decimal(&rounded) || !in.Word(R"(,"price_str":")") || !in.Decimal(&trade.price) ||
      !in.Word(R"(","type":)")) {
    return false;
  }
  trade.time.us = seconds * kMicrosPerSecond;
  trade.side = in.Word("0") ? Side::kBuy : in.Word("1") ? Side::kSell : Side::kUnknown;
  if (trade.side == Side::kUnknown || !in.Word(R"(,"microtimestamp":")") || !in.Text(&text) ||
      !in.Word(R"(","buy_order_id":)") || !in.Whole(&id) || !in.Word(R"(,"sell_order_id":)") ||
      !in.Whole(&id) || !in.Word(R"(},"channel":"live_trades_)") || !in.Text(&symbol) ||
      !in.Word(R"(","event":"trade"})") || !in.End() || !message.IsGood(symbol, trade) ||
      symbol.find_first_of("_-") != symbol.npos) {
    return false;
  }
  message.DeliverGood(symbol, trade, TradeOrigin::kLive);
  return true;
}

void BitstampDecoder::DecodeJson(const Json& root, FeedMessage& message) {
  const std::string_view event = TextOf(root["event"]);
  const Channel channel = SplitChannel(TextOf(root["channel"]));
  if (event.starts_with("bts:")) return DecodeControl(event, channel, root, message);
  Json data;
  if (event.empty()) return message.Unknown("message");
  if (root["data"].get(data) != simdjson::SUCCESS) {
    return message.Reject(RejectReason::kMissingValue, "data is missing");
  }
  if (event == "trade") return DecodeTrade(channel, data, message);
  if (event == "data") return DecodeBook(channel, data, message);
  static constexpr std::array<std::string_view, 4> kOthers = {
      "order_created", "order_changed", "order_deleted", "funding_rate_saved"};
  for (const std::string_view other : kOthers) {
    if (event == other) return message.DeliverBook(FieldReader(message), event, channel.symbol);
  }
  message.Unknown(event);
}

}  // namespace tidemark

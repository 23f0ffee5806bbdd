#include "tidemark/source/kraken/kraken_decoder.h"

#include <fmt/format.h>

#include "tidemark/source/feed/book_check.h"
#include "tidemark/source/feed/field_reader.h"
#include "tidemark/source/feed/quick_text.h"
#include "tidemark/source/kraken/kraken_v2.h"

namespace tidemark {
namespace {

// [price, volume, time(, "r" when republished)]
constexpr LevelShape kLevel{.width_min = 3, .width_max = 4};

struct Message1 {
  simdjson::dom::array array;
  size_t payloads = 0;
  std::string_view channel, pair;
};

void DecodeTrades(const Message1& in, FeedMessage& message) {
  const auto rows = ArrayOf(in.array.at(1));
  if (!rows) return message.Reject(RejectReason::kBadRecord, "trades are not a list");
  if (rows->size() == 0) return message.NoRows(in.channel, in.pair);
  int element = 0;
  for (const Json row : *rows) {
    FieldReader fields(message, element++);
    Trade trade;
    trade.price = fields.Price(At(row, 0));
    trade.size = fields.Size(At(row, 1));
    trade.time = fields.Time(At(row, 2), TimeUnit::kSecond);
    trade.side = fields.TradeSide(At(row, 3), SideOf::kTaker);
    message.Deliver(fields, in.pair, trade, TradeOrigin::kLive);
  }
}

// [last change, end, open, high, low, close, vwap, volume, trades]
void DecodeOhlc(const Message1& in, FeedMessage& message) {
  FieldReader fields(message);
  const JsonField row = in.array.at(1);
  CandleUpdate update;
  update.symbol = in.pair;
  const size_t dash = in.channel.find('-');
  update.interval =
      fields.IntervalNamed(dash == std::string_view::npos ? "" : in.channel.substr(dash + 1));
  update.time = fields.Time(At(row, 0), TimeUnit::kSecond);
  const EventTime end = fields.Time(At(row, 1), TimeUnit::kSecond, "end");
  update.candle.open_time = end - update.interval.nominal_micros();
  fields.CandleValues({At(row, 2), At(row, 3), At(row, 4), At(row, 5), At(row, 7)}, &update.candle);
  update.trades = fields.Int(At(row, 8), "count");
  message.Deliver(fields, update);
}

// One payload per side that changed; a snapshot has `as` and `bs`.
void DecodeBook(const Message1& in, FeedMessage& message) {
  FieldReader fields(message);
  bool snapshot = false, update = false;
  for (size_t i = 1; i <= in.payloads; ++i) {
    const JsonField part = in.array.at(i);
    for (const char* side : {"as", "bs", "a", "b"}) {
      const JsonField levels = part[side];
      if (IsAbsent(levels)) continue;
      (side[1] == 's' ? snapshot : update) = true;
      CheckLevels(levels, kLevel, side, fields);
    }
  }
  if (snapshot == update) fields.Fail(RejectReason::kBadRecord, "neither snapshot nor update");
  message.DeliverBook(fields, snapshot ? "book snapshot" : "book update", in.pair);
}

void DecodeTicker(const Message1& in, FeedMessage& message) {
  FieldReader fields(message);
  const JsonField payload = in.array.at(1);
  for (const char* name : {"a", "b", "c"}) fields.Volume(At(payload[name], 0), name);
  message.DeliverBook(fields, "ticker", in.pair);
}

void DecodeSpread(const Message1& in, FeedMessage& message) {
  FieldReader fields(message);
  const JsonField payload = in.array.at(1);
  fields.Volume(At(payload, 0), "bid");
  fields.Volume(At(payload, 1), "ask");
  message.DeliverBook(fields, "spread", in.pair);
}

void DecodeArray(const simdjson::dom::array& array, FeedMessage& message) {
  Message1 in;
  in.array = array;
  const size_t size = array.size();
  if (size < 4) {
    return message.Reject(RejectReason::kFieldCount, fmt::format("a list of {}", size));
  }
  in.payloads = size - 3;
  in.channel = TextOf(array.at(size - 2));
  in.pair = TextOf(array.at(size - 1));
  if (in.pair.empty()) return message.Reject(RejectReason::kBadSymbol, "pair is missing");
  if (in.channel == "trade") return DecodeTrades(in, message);
  if (in.channel.starts_with("ohlc")) return DecodeOhlc(in, message);
  if (in.channel.starts_with("book")) return DecodeBook(in, message);
  if (in.channel == "ticker") return DecodeTicker(in, message);
  if (in.channel == "spread") return DecodeSpread(in, message);
  message.Unknown(in.channel.empty() ? "list" : in.channel);
}

void DecodeSubscriptionStatus(const Json& root, FeedMessage& message) {
  const std::string_view status = TextOf(root["status"]), pair = TextOf(root["pair"]);
  std::string_view channel = TextOf(root["channelName"]);
  if (channel.empty()) channel = TextOf(root["subscription"]["name"]);
  if (status == "error") {
    const std::string words = WordsOf(root["errorMessage"]);
    return message.Control({ControlKind::kError, ActionOfKrakenError(words), channel, pair, words});
  }
  if (status != "subscribed" && status != "unsubscribed") {
    return message.Reject(RejectReason::kBadRecord, fmt::format("a subscription '{}'", status));
  }
  message.Control({status == "subscribed" ? ControlKind::kSubscribed : ControlKind::kUnsubscribed,
                   ControlAction::kNone, channel, pair, ""});
}

void DecodeEvent(std::string_view event, const Json& root, FeedMessage& message) {
  if (event == "heartbeat" || event == "pong") {
    return message.Control({event == "pong" ? ControlKind::kPong : ControlKind::kHeartbeat,
                            ControlAction::kNone, "", "", ""});
  }
  if (event == "subscriptionStatus") return DecodeSubscriptionStatus(root, message);
  if (event == "systemStatus") {
    const std::string_view status = TextOf(root["status"]);
    return message.Control({status == "online" ? ControlKind::kStatus : ControlKind::kNotice,
                            ControlAction::kNone, "", "", status});
  }
  if (event == "error") {
    const std::string words = WordsOf(root["errorMessage"]);
    return message.Control({ControlKind::kError, ActionOfKrakenError(words), "", "", words});
  }
  message.Unknown(event);
}

// [price, volume, time, side, order type, miscellaneous], the time with six decimals.
bool ReadQuick(QuickText& in, Trade* trade) {
  std::string_view text;
  int64_t seconds = 0, micros = 0;
  if (!in.Word("[\"") || !in.Decimal(&trade->price) || !in.Word("\",\"") ||
      !in.Decimal(&trade->size) || !in.Word("\",\"") || !in.Digits(10, &seconds) || !in.Word(".") ||
      !in.Digits(6, &micros) || !in.Word("\",\"")) {
    return false;
  }
  trade->time.us = seconds * kMicrosPerSecond + micros;
  trade->side = in.Word("b") ? Side::kBuy : in.Word("s") ? Side::kSell : Side::kUnknown;
  return trade->side != Side::kUnknown && in.Word("\",\"") && in.Text(&text) && in.Word("\",\"") &&
         in.Text(&text) && in.Word("\"]");
}

}  // namespace

ControlAction ActionOfKrakenError(std::string_view words) {
  const auto has = [&](std::string_view part) { return words.find(part) != words.npos; };
  if (has("Already subscribed") || has("Subscription Not Found")) return ControlAction::kNone;
  if (has("rate") || has("Rate limit") || has("Too many requests")) {
    return ControlAction::kSlowDown;
  }
  if (has("Unavailable") || has("Busy") || has("Internal error") || has("Deadline")) {
    return ControlAction::kResubscribe;
  }
  return ControlAction::kDropSymbol;
}

bool KrakenDecoder::DecodeQuick(std::string_view bytes, FeedMessage& message) {
  QuickText in(bytes);
  std::string_view pair;
  int64_t channel = 0;
  if (!in.Word("[") || !in.Whole(&channel) || !in.Word(",[") || !in.Rows(&rows_, ReadQuick)) {
    return false;
  }
  if (!in.Word(R"(],"trade",")") || !in.Text(&pair) || !in.Word("\"]") || !in.End()) return false;
  for (const Trade& trade : rows_) {
    if (!message.IsGood(pair, trade)) return false;
  }
  for (const Trade& trade : rows_) message.DeliverGood(pair, trade, TradeOrigin::kLive);
  return true;
}

void KrakenDecoder::DecodeJson(const Json& root, FeedMessage& message) {
  if (const auto array = ArrayOf(root)) return DecodeArray(*array, message);
  const std::string_view event = TextOf(root["event"]);
  if (!event.empty()) return DecodeEvent(event, root, message);
  DecodeKrakenV2(root, message);
}

}  // namespace tidemark

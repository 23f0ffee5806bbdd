#include "tidemark/source/bitfinex/bitfinex_decoder.h"

#include <fmt/format.h>

#include "tidemark/source/feed/book_check.h"
#include "tidemark/source/feed/field_reader.h"

namespace tidemark {
namespace {

constexpr int64_t kFlagSequence = 65536;
constexpr size_t kChannelsMax = 1000;  // the venue allows 25 to 30 a connection

// [price, count, amount], [id, price, amount] when raw; funding has a rate before.
constexpr LevelShape kLevel{
    .width_min = 3, .width_max = 4, .first_number = 0, .numbers = 3, .signed_size = true};

ControlAction ActionOfInfo(int64_t code) {
  switch (code) {
    case 20051:
      return ControlAction::kReconnect;
    case 20060:
      return ControlAction::kSlowDown;
    case 20061:
      return ControlAction::kResubscribe;
    default:
      return ControlAction::kNone;
  }
}

ControlAction ActionOfError(int64_t code) {
  switch (code) {
    case 10301:  // already subscribed
    case 10401:  // not subscribed
      return ControlAction::kNone;
    case 11000:  // not ready, try again later
      return ControlAction::kResubscribe;
    case 10011:
    case 11010:  // rate limit
      return ControlAction::kSlowDown;
    default:  // 10300 refused, 10302 unknown channel, 10305 no more channels here
      return ControlAction::kDropSymbol;
  }
}

void DecodeTrade(std::string_view symbol, const Json& row, TradeOrigin origin, int element,
                 FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  trade.id = fields.Id(At(row, 0));
  trade.time = fields.Time(At(row, 1), TimeUnit::kMilli);
  const double amount = fields.Number(At(row, 2), "amount");
  trade.side = amount > 0 ? Side::kBuy : Side::kSell;
  trade.size = amount > 0 ? amount : -amount;
  if (amount == 0) fields.Fail(RejectReason::kNotPositive, "amount is 0");
  trade.price = fields.Price(At(row, 3));
  message.Deliver(fields, symbol, trade, origin);
}

// [time, open, close, high, low, volume]
void DecodeCandle(std::string_view symbol, const Interval& interval, const Json& row,
                  TradeOrigin origin, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  CandleUpdate update;
  update.symbol = symbol;
  update.interval = interval;
  update.origin = origin;
  update.candle.open_time = fields.Time(At(row, 0), TimeUnit::kMilli);
  fields.CandleValues({At(row, 1), At(row, 3), At(row, 4), At(row, 2), At(row, 5)}, &update.candle);
  message.Deliver(fields, update);
}

bool IsListOfLists(const Json& payload) {
  const auto list = ArrayOf(payload);
  return list && (list->size() == 0 || list->at(0).is_array());
}

}  // namespace

void BitfinexDecoder::OnSubscribed(const Json& root, FeedMessage& message) {
  const auto id = IntOf(root["chanId"]);
  if (!id) return message.Reject(RejectReason::kMissingValue, "chanId is missing");
  if (channels_.size() >= kChannelsMax && !channels_.contains(*id)) {
    return message.Reject(RejectReason::kBadRecord, "more channels than the venue allows");
  }
  Channel channel;
  channel.name = TextOf(root["channel"]);
  channel.symbol = TextOf(root["symbol"]);
  const bool funding = channel.symbol.starts_with('f');
  if (channel.name == "trades" && !funding) channel.kind = Kind::kTrades;
  if (channel.name == "book") channel.kind = Kind::kBook;
  if (channel.name == "ticker") channel.kind = Kind::kTicker;
  const std::string_view key = TextOf(root["key"]);  // "trade:1m:tBTCUSD"
  if (channel.name == "candles") {
    const size_t first = key.find(':'), second = key.find(':', first + 1);
    if (first == key.npos || second == key.npos || second + 1 == key.size()) {
      return message.Reject(RejectReason::kBadSymbol, fmt::format("a candle key '{}'", key));
    }
    FieldReader fields(message);
    channel.interval = fields.IntervalNamed(key.substr(first + 1, second - first - 1));
    if (!fields.ok()) return message.Reject(fields.reason(), fields.message());
    channel.symbol = key.substr(second + 1);
    if (channel.symbol.starts_with('t')) channel.kind = Kind::kCandles;
  } else if (channel.symbol.empty()) {
    channel.symbol = key;  // status channels have only that
  }
  message.Control(
      {ControlKind::kSubscribed, ControlAction::kNone, channel.name, channel.symbol, ""});
  channels_.insert_or_assign(*id, std::move(channel));
}

void BitfinexDecoder::OnUnsubscribed(const Json& root, FeedMessage& message) {
  const auto known = channels_.find(IntOf(root["chanId"]).value_or(-1));
  ControlEvent event{ControlKind::kUnsubscribed, ControlAction::kNone, "", "", ""};
  if (known == channels_.end()) return message.Control(event);
  event.channel = known->second.name;
  event.symbol = known->second.symbol;
  message.Control(event);
  channels_.erase(known);
}

void BitfinexDecoder::DecodeEvent(std::string_view event, const Json& root, FeedMessage& message) {
  if (event == "subscribed") return OnSubscribed(root, message);
  if (event == "unsubscribed") return OnUnsubscribed(root, message);
  if (event == "pong") {
    return message.Control({ControlKind::kPong, ControlAction::kNone, "", "", ""});
  }
  if (event == "conf") {
    sequenced_ = (IntOf(root["flags"]).value_or(0) & kFlagSequence) != 0;
    return message.Control({ControlKind::kStatus, ControlAction::kNone, "", "", "conf"});
  }
  const auto code = IntOf(root["code"]);
  const std::string words =
      code ? fmt::format("{}: {}", *code, WordsOf(root["msg"])) : WordsOf(root["msg"]);
  if (event == "info") {
    if (code) {
      return message.Control({ControlKind::kNotice, ActionOfInfo(*code), "", "", words});
    }
    if (IntOf(root["platform"]["status"]) == 0) {
      return message.Control(
          {ControlKind::kNotice, ControlAction::kSlowDown, "", "", "maintenance"});
    }
    return message.Control({ControlKind::kStatus, ControlAction::kNone, "", "", "info"});
  }
  if (event == "error") {
    std::string_view symbol = TextOf(root["symbol"]);
    if (symbol.empty()) symbol = TextOf(root["key"]);
    return message.Control({ControlKind::kError, ActionOfError(code.value_or(0)),
                            TextOf(root["channel"]), symbol, words});
  }
  message.Unknown(event.empty() ? "message" : event);
}

void BitfinexDecoder::CheckSequence(const simdjson::dom::array& array, size_t at,
                                    FeedMessage& message) {
  if (!sequenced_) return;
  if (const auto id = IntOf(array.at(at))) {
    return message.SeenId(SequenceKind::kConnection, "", *id);
  }
  message.Reject(RejectReason::kMissingValue, "the sequence number is missing");
}

void BitfinexDecoder::DecodePayload(const Channel& channel, const Json& payload,
                                    FeedMessage& message) {
  if (channel.kind == Kind::kOther) {
    return message.DeliverBook(FieldReader(message), channel.name, channel.symbol);
  }
  const auto list = ArrayOf(payload);
  if (!list) return message.Reject(RejectReason::kBadRecord, "a payload that is not a list");
  const bool snapshot = IsListOfLists(payload);
  if (channel.kind == Kind::kBook || channel.kind == Kind::kTicker) {
    FieldReader fields(message);
    if (channel.kind == Kind::kTicker) {
      if (list->size() < 10) fields.Fail(RejectReason::kFieldCount, "a short ticker");
      for (const Json value : *list) {
        if (!value.is_null()) fields.Number(value, "ticker");
      }
      return message.DeliverBook(fields, "ticker", channel.symbol);
    }
    if (snapshot) {
      CheckLevels(payload, kLevel, "book", fields);
    } else {
      CheckLevel(*list, kLevel, "book", fields);
    }
    return message.DeliverBook(fields, snapshot ? "book snapshot" : "book update", channel.symbol);
  }
  if (list->size() == 0) return message.NoRows(channel.name, channel.symbol);
  if (!snapshot) {
    if (channel.kind == Kind::kCandles) {
      return DecodeCandle(channel.symbol, channel.interval, payload, TradeOrigin::kLive, -1,
                          message);
    }
    return DecodeTrade(channel.symbol, payload, TradeOrigin::kLive, -1, message);
  }
  int element = 0;
  for (const Json row : *list) {
    if (channel.kind == Kind::kCandles) {
      DecodeCandle(channel.symbol, channel.interval, row, TradeOrigin::kHistory, element++,
                   message);
    } else {
      DecodeTrade(channel.symbol, row, TradeOrigin::kHistory, element++, message);
    }
  }
}

void BitfinexDecoder::DecodeArray(const simdjson::dom::array& array, FeedMessage& message) {
  const auto id = IntOf(array.at(0));
  Json payload;
  if (!id || array.at(1).get(payload) != simdjson::SUCCESS) {
    return message.Reject(RejectReason::kFieldCount, "no channel id and payload");
  }
  const auto known = channels_.find(*id);
  const std::string_view word = TextOf(payload);
  if (word == "hb") {
    const bool named = known != channels_.end();
    message.Control({ControlKind::kHeartbeat, ControlAction::kNone,
                     named ? known->second.name : std::string_view(),
                     named ? known->second.symbol : std::string_view(), ""});
    return CheckSequence(array, 2, message);
  }
  if (known == channels_.end()) {
    message.Reject(RejectReason::kUnknownMessage, fmt::format("channel {} was not named", *id));
    return CheckSequence(array, word.empty() ? 2 : 3, message);
  }
  if (word.empty()) {
    DecodePayload(known->second, payload, message);
    return CheckSequence(array, 2, message);
  }
  const Channel& channel = known->second;
  Json row;
  if (word == "tu" && channel.kind == Kind::kTrades && array.at(2).get(row) == simdjson::SUCCESS) {
    DecodeTrade(channel.symbol, row, TradeOrigin::kLive, -1, message);
  } else if (word == "te" || word == "fte" || word == "ftu") {
    message.DeliverBook(FieldReader(message), word, channel.symbol);
  } else if (word == "cs") {
    message.DeliverBook(FieldReader(message), "book checksum", channel.symbol);
  } else {
    message.Unknown(word);
  }
  CheckSequence(array, 3, message);
}

void BitfinexDecoder::DecodeJson(const Json& root, FeedMessage& message) {
  if (const auto array = ArrayOf(root)) return DecodeArray(*array, message);
  DecodeEvent(TextOf(root["event"]), root, message);
}

}  // namespace tidemark

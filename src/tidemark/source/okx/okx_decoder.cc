#include "tidemark/source/okx/okx_decoder.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/source/feed/book_check.h"
#include "tidemark/source/feed/field_reader.h"

namespace tidemark {
namespace {

// [price, size, 0, orders]
constexpr LevelShape kLevel{.width_min = 4, .width_max = 4};

// A row stands for `count` fills of which `last` is the last.
void SeenFills(std::string_view symbol, int64_t last, int64_t count, FeedMessage& message) {
  if (last >= 0 && count > 0 && count <= last + 1 && !symbol.empty()) {
    message.SeenIds(SequenceKind::kTrade, symbol, last - count + 1, last);
  }
}

void DecodeTrade(const Json& row, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  const std::string_view symbol = fields.Symbol(row["instId"], "instId");
  trade.id = fields.Id(row["tradeId"], "tradeId");
  trade.time = fields.Time(row["ts"], TimeUnit::kMilli, "ts");
  trade.price = fields.Price(row["px"], "px");
  trade.size = fields.Size(row["sz"], "sz");
  trade.side = fields.TradeSide(row["side"], SideOf::kTaker);
  message.Deliver(fields, symbol, trade, TradeOrigin::kLive);
  const auto last = IntOf(row["tradeId"]);
  if (last) SeenFills(symbol, *last, IntOf(row["count"]).value_or(1), message);
}

// [ts, open, high, low, close, vol, volCcy, volCcyQuote, confirm]
void DecodeCandle(std::string_view name, std::string_view symbol, const Json& row, int element,
                  FeedMessage& message) {
  FieldReader fields(message, element);
  CandleUpdate update;
  update.symbol = symbol;
  update.interval = fields.IntervalNamed(name);
  update.candle.open_time = fields.Time(At(row, 0), TimeUnit::kMilli, "ts");
  fields.CandleValues(
      {At(row, 1), At(row, 2), At(row, 3), At(row, 4), At(row, VolumeFieldOfOkx(symbol))},
      &update.candle);
  update.state = fields.Int(At(row, 8), "confirm") == 1 ? CandleState::kClosed : CandleState::kOpen;
  message.Deliver(fields, update);
}

void DecodeBook(std::string_view channel, std::string_view symbol, std::string_view action,
                const Json& row, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  fields.Time(row["ts"], TimeUnit::kMilli, "ts");
  CheckLevels(row["bids"], kLevel, "bids", fields);
  CheckLevels(row["asks"], kLevel, "asks", fields);
  if (action.empty()) return message.DeliverBook(fields, channel, symbol);
  fields.Int(row["checksum"], "checksum");
  message.DeliverBook(fields, action == "snapshot" ? "books snapshot" : "books update", symbol);
}

void DecodeTicker(const Json& row, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  const std::string_view symbol = fields.Symbol(row["instId"], "instId");
  fields.Time(row["ts"], TimeUnit::kMilli, "ts");
  message.DeliverBook(fields, "tickers", symbol);
}

void DecodeData(const JsonField& arg, const simdjson::dom::array& data, const Json& root,
                FeedMessage& message) {
  const std::string_view channel = TextOf(arg["channel"]), symbol = TextOf(arg["instId"]);
  if (channel.empty()) return message.Unknown("channel");
  if (data.size() == 0) return message.NoRows(channel, symbol);
  const bool candles = channel.starts_with("candle");
  const bool books = channel.starts_with("books") || channel == "bbo-tbt";
  if (candles && symbol.empty()) {
    return message.Reject(RejectReason::kBadSymbol, "instId is missing");
  }
  int element = 0;
  for (const Json row : data) {
    if (channel == "trades" || channel == "trades-all") {
      DecodeTrade(row, element, message);
    } else if (candles) {
      DecodeCandle(channel.substr(6), symbol, row, element, message);
    } else if (books) {
      DecodeBook(channel, symbol, TextOf(root["action"]), row, element, message);
    } else if (channel == "tickers") {
      DecodeTicker(row, element, message);
    } else {  // prices, funding, instruments: documented, not taken
      message.DeliverBook(FieldReader(message, element), channel, symbol);
    }
    ++element;
  }
}

void DecodeEvent(std::string_view event, const Json& root, FeedMessage& message) {
  const JsonField arg = root["arg"];
  const std::string_view channel = TextOf(arg["channel"]), symbol = TextOf(arg["instId"]);
  if (event == "subscribe" || event == "unsubscribe") {
    return message.Control(
        {event == "subscribe" ? ControlKind::kSubscribed : ControlKind::kUnsubscribed,
         ControlAction::kNone, channel, symbol, ""});
  }
  const std::string code = WordsOf(root["code"]);
  const std::string words = fmt::format("{}: {}", code, WordsOf(root["msg"]));
  if (event == "notice") {
    return message.Control({ControlKind::kNotice,
                            code == "64008" ? ControlAction::kReconnect : ControlAction::kNone,
                            channel, symbol, words});
  }
  if (event == "error") {
    const ControlAction action = ActionOfOkxCode(IntOf(root["code"]).value_or(0));
    return message.Control({ControlKind::kError, action, channel, symbol, words});
  }
  if (event == "channel-conn-count" || event == "login") {
    return message.Control({ControlKind::kStatus, ControlAction::kNone, TextOf(root["channel"]), "",
                            WordsOf(root["connCount"])});
  }
  if (event == "channel-conn-count-error") {
    return message.Control({ControlKind::kError, ControlAction::kSlowDown, TextOf(root["channel"]),
                            "", WordsOf(root["connCount"])});
  }
  message.Unknown(event);
}

}  // namespace

ControlAction ActionOfOkxCode(int64_t code) {
  switch (code) {
    case 60014:  // too many requests
    case 60023:
    case 50011:
    case 50061:
      return ControlAction::kSlowDown;
    case 63999:  // internal error
    case 50001:  // unavailable
    case 50004:  // timeout
    case 50013:
    case 50026:
      return ControlAction::kResubscribe;
    case 60005:  // not usable any more
    case 64003:
      return ControlAction::kReconnect;
    default:  // 60012 not a request, 60018 no such channel or instrument
      return ControlAction::kDropSymbol;
  }
}

size_t VolumeFieldOfOkx(std::string_view instrument) {
  // "BTC-USDT" is spot; "BTC-USDT-SWAP" and "BTC-USD-220527" count contracts in `vol`.
  return std::count(instrument.begin(), instrument.end(), '-') >= 2 ? 6 : 5;
}

bool OkxDecoder::ReadQuick(QuickText& in, QuickRow* row) {
  Trade& trade = row->trade;
  if (!in.Word(R"({"instId":")") || !in.Text(&row->symbol) || !in.Word(R"(","tradeId":")") ||
      !in.Whole(&row->last_fill, &trade.id) || !in.Word(R"(","px":")") ||
      !in.Decimal(&trade.price) || !in.Word(R"(","sz":")") || !in.Decimal(&trade.size) ||
      !in.Word(R"(","side":")")) {
    return false;
  }
  trade.side = in.Word("buy") ? Side::kBuy : in.Word("sell") ? Side::kSell : Side::kUnknown;
  std::string_view source;
  if (trade.side == Side::kUnknown || (in.Word(R"(","source":")") && !in.Text(&source)) ||
      !in.Word(R"(","ts":")") || !in.Millis(&trade.time)) {
    return false;
  }
  if (in.Word(R"(","count":")") && !in.Whole(&row->fills)) return false;
  return in.Word(R"("})");
}

bool OkxDecoder::DecodeQuick(std::string_view bytes, FeedMessage& message) {
  if (bytes == "pong") {
    message.Control({ControlKind::kPong, ControlAction::kNone, "", "", ""});
    return true;
  }
  QuickText in(bytes);
  std::string_view channel, symbol;
  if (!in.Word(R"({"arg":{"channel":")") || !in.Text(&channel) ||
      (channel != "trades-all" && channel != "trades") || !in.Word(R"(","instId":")") ||
      !in.Text(&symbol) || !in.Word(R"("},"data":[)")) {
    return false;
  }
  const auto read = [&](QuickText& row_in, QuickRow* row) {
    return ReadQuick(row_in, row) && message.IsGood(row->symbol, row->trade);
  };
  if (!in.Rows(&rows_, read) || !in.Word("]}") || !in.End()) return false;
  for (const QuickRow& row : rows_) {
    message.DeliverGood(row.symbol, row.trade, TradeOrigin::kLive);
    SeenFills(row.symbol, row.last_fill, row.fills, message);
  }
  return true;
}

void OkxDecoder::DecodeJson(const Json& root, FeedMessage& message) {
  const std::string_view event = TextOf(root["event"]);
  if (!event.empty()) return DecodeEvent(event, root, message);
  if (const auto data = ArrayOf(root["data"])) {
    return DecodeData(root["arg"], *data, root, message);
  }
  message.Unknown("message");
}

}  // namespace tidemark

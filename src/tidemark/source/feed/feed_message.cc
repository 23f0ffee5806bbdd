#include "tidemark/source/feed/feed_message.h"

#include <fmt/format.h>

#include <charconv>

#include "tidemark/base/utf8.h"
#include "tidemark/source/feed/field_reader.h"

namespace tidemark {
namespace {

constexpr int64_t kIdLimit = int64_t{1} << 62;

// Parses and runs `decode`; whatever the bytes are, at least one event comes of it.
template <typename Decode>
void WithJson(simdjson::dom::parser& parser, std::string_view bytes, FeedMessage& message,
              const Decode& decode) {
  if (bytes.empty() || bytes.size() > kFeedMessageMax) {
    return message.Reject(RejectReason::kBadRecord,
                          fmt::format("a message of {} bytes", bytes.size()));
  }
  Json root;
  const auto error = parser.parse(bytes.data(), bytes.size()).get(root);
  if (error != simdjson::SUCCESS) {
    return message.Reject(RejectReason::kBadRecord,
                          fmt::format("not JSON: {}", simdjson::error_message(error)));
  }
  decode(root);
  if (!message.any()) message.Unknown("message");
}

}  // namespace

std::string_view TextOf(const JsonField& field) {
  std::string_view text;
  return field.get(text) == simdjson::SUCCESS ? text : std::string_view();
}

bool IsNull(const JsonField& field) { return IsAbsent(field) || field.is_null(); }

std::optional<simdjson::dom::array> ArrayOf(const JsonField& field) {
  simdjson::dom::array array;
  if (field.get(array) != simdjson::SUCCESS) return std::nullopt;
  return array;
}

std::optional<simdjson::dom::object> ObjectOf(const JsonField& field) {
  simdjson::dom::object object;
  if (field.get(object) != simdjson::SUCCESS) return std::nullopt;
  return object;
}

JsonField At(const JsonField& field, size_t n) {
  simdjson::dom::array array;
  if (const auto error = field.get(array); error != simdjson::SUCCESS) {
    return simdjson::simdjson_result<Json>(error);
  }
  return array.at(n);
}

std::optional<int64_t> IntOf(const JsonField& field) {
  int64_t value = 0;
  if (field.get(value) == simdjson::SUCCESS) return value;
  std::string_view text;
  if (field.get(text) != simdjson::SUCCESS || text.empty()) return std::nullopt;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

std::string WordsOf(const JsonField& field) {
  std::string_view text;
  if (field.get(text) == simdjson::SUCCESS) return std::string(text);
  int64_t number = 0;
  if (field.get(number) == simdjson::SUCCESS) return fmt::format("{}", number);
  if (IsNull(field)) return "";
  return std::string(std::string_view(simdjson::minify(field.value_unsafe())).substr(0, 500));
}

void FeedMessage::Deliver(const FieldReader& fields, std::string_view symbol, const Trade& trade,
                          TradeOrigin origin) {
  if (!fields.ok()) [[unlikely]] {
    return Reject(fields.reason(), fields.message(), fields.element());
  }
  if (symbol.empty()) return Reject(RejectReason::kBadSymbol, "no symbol", fields.element());
  any_ = true;
  sink_.OnTrade(symbol, trade, origin);
}

void FeedMessage::Deliver(FieldReader& fields, CandleUpdate& update) {
  if (fields.ok()) fields.CheckCandle(update.interval, &update.candle);
  if (!fields.ok()) [[unlikely]] {
    return Reject(fields.reason(), fields.message(), fields.element());
  }
  if (update.symbol.empty()) {
    return Reject(RejectReason::kBadSymbol, "no symbol", fields.element());
  }
  any_ = true;
  sink_.OnCandle(update);
}

void FeedMessage::Deliver(const FieldReader& fields, std::string_view symbol,
                          const ExchangeRate& rate) {
  if (!fields.ok()) return Reject(fields.reason(), fields.message(), fields.element());
  any_ = true;
  sink_.OnRate(symbol, rate);
}

void FeedMessage::DeliverBook(const FieldReader& fields, std::string_view type,
                              std::string_view symbol) {
  if (!fields.ok()) [[unlikely]] {
    return Reject(fields.reason(), fields.message(), fields.element());
  }
  if (type.empty()) return Unknown("message");
  any_ = true;
  sink_.OnBook(type, symbol);
}

bool FeedMessage::IsGood(std::string_view symbol, const Trade& trade) const {
  return !symbol.empty() && IsInRange(trade.time) && trade.price > 0 &&
         trade.price < kNumberLimit && trade.size > 0 && trade.size < kNumberLimit;
}

bool FeedMessage::IsGood(const CandleUpdate& update) const {
  const Candle& c = update.candle;
  return !update.symbol.empty() && IsInRange(c.open_time) &&
         (update.time == kMinTime || IsInRange(update.time)) &&
         update.interval.unit() == Interval::Unit::kFixed &&
         c.open_time.us % update.interval.nominal_micros() == 0 && c.low > 0 && c.low <= c.open &&
         c.low <= c.close && c.high >= c.open && c.high >= c.close && c.high < kNumberLimit &&
         c.volume >= 0 && c.volume < kNumberLimit;
}

void FeedMessage::SeenIds(SequenceKind kind, std::string_view symbol, int64_t first, int64_t last) {
  if (first < 0 || first > last || last >= kIdLimit) return;
  any_ = true;
  sink_.OnSequence({kind, symbol, first, last + 1});
}

void FeedMessage::LatestId(SequenceKind kind, std::string_view symbol, int64_t id) {
  if (id < 0 || id >= kIdLimit) return;
  any_ = true;
  sink_.OnSequence({kind, symbol, id + 1, id + 1});
}

void FeedMessage::Control(const ControlEvent& event) {
  any_ = true;
  const std::string words =
      Printable(event.message);  // words that were cut may end inside a letter
  ControlEvent shown = event;
  shown.message = words;
  sink_.OnControl(shown);
}

void FeedMessage::NoRows(std::string_view channel, std::string_view symbol) {
  Control({ControlKind::kStatus, ControlAction::kNone, channel, symbol, "no rows"});
}

void FeedMessage::Reject(RejectReason reason, std::string_view message, int element) {
  any_ = true;
  const std::string words = Printable(message);
  sink_.OnReject({reason, words, bytes_, element});
}

void FeedMessage::Unknown(std::string_view what) {
  Reject(RejectReason::kUnknownMessage, fmt::format("a {} of no known kind", what));
}

void JsonFeedDecoder::Decode(std::string_view bytes, ReceiveTime at, FeedSink& sink) {
  FeedMessage message(bytes, at, sink);
  if (DecodeQuick(bytes, message)) return;
  WithJson(parser_, bytes, message, [&](const Json& root) { DecodeJson(root, message); });
}

void JsonRestDecoder::Decode(const RestQuery& query, std::string_view bytes, ReceiveTime at,
                             FeedSink& sink) {
  FeedMessage message(bytes, at, sink);
  if (DecodePlain(query, bytes, message)) return;
  WithJson(parser_, bytes, message, [&](const Json& root) { DecodeJson(query, root, message); });
}

}  // namespace tidemark

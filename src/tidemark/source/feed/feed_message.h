// One message while it is taken apart, and the decoders' common frame: JSON is parsed and found
// sound as a whole before the first event, by one parser that keeps its memory.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tidemark/source/feed/feed_decoder.h"

namespace tidemark {

using Json = simdjson::dom::element;
// A member that may be absent: the value or the reason there is none.
struct JsonField : simdjson::simdjson_result<Json> {
  JsonField() : JsonField(simdjson::simdjson_result<Json>(simdjson::NO_SUCH_FIELD)) {}
  JsonField(simdjson::simdjson_result<Json> field)  // NOLINT(google-explicit-constructor)
      : simdjson::simdjson_result<Json>(std::move(field)) {}
  JsonField(const Json& value)  // NOLINT(google-explicit-constructor)
      : simdjson::simdjson_result<Json>(Json(value)) {}
};

constexpr size_t kFeedMessageMax = 64 << 20;

// "" when it is not a text.
std::string_view TextOf(const JsonField& field);
inline bool IsAbsent(const JsonField& field) { return field.error() != simdjson::SUCCESS; }
// Absent or null.
bool IsNull(const JsonField& field);
std::optional<simdjson::dom::array> ArrayOf(const JsonField& field);
std::optional<simdjson::dom::object> ObjectOf(const JsonField& field);
// The nth element, or why there is none.
JsonField At(const JsonField& field, size_t n);
// A number without a fraction, or its decimal digits as text; nullopt: neither.
std::optional<int64_t> IntOf(const JsonField& field);
// Any small value as text, for a message to people: a string's own, a number's digits.
std::string WordsOf(const JsonField& field);

class FieldReader;

class FeedMessage {
 public:
  FeedMessage(std::string_view bytes, ReceiveTime at, FeedSink& sink)
      : bytes_(bytes), at_(at), sink_(sink) {}

  ReceiveTime at() const { return at_; }
  bool any() const { return any_; }

  // Each of these delivers what was read, or rejects it when `fields` found something wrong.
  void Deliver(const FieldReader& fields, std::string_view symbol, const Trade& trade,
               TradeOrigin origin);
  void Deliver(FieldReader& fields, CandleUpdate& update);  // checks the candle as a row
  void Deliver(const FieldReader& fields, std::string_view symbol, const ExchangeRate& rate);
  void DeliverBook(const FieldReader& fields, std::string_view type, std::string_view symbol);
  // For rows read without one: whether they keep every rule, and the delivery of those that do.
  bool IsGood(std::string_view symbol, const Trade& trade) const;
  bool IsGood(const CandleUpdate& update) const;
  void DeliverGood(std::string_view symbol, const Trade& trade, TradeOrigin origin) {
    any_ = true;
    sink_.OnTrade(symbol, trade, origin);
  }
  void DeliverGood(const CandleUpdate& update) {
    any_ = true;
    sink_.OnCandle(update);
  }

  // The id has arrived. An id out of range says nothing and is passed over.
  void SeenId(SequenceKind kind, std::string_view symbol, int64_t id) {
    SeenIds(kind, symbol, id, id);
  }
  void SeenIds(SequenceKind kind, std::string_view symbol, int64_t first, int64_t last);
  // All ids up to `id` exist.
  void LatestId(SequenceKind kind, std::string_view symbol, int64_t id);
  void Control(const ControlEvent& event);
  // An array of rows that is empty.
  void NoRows(std::string_view channel, std::string_view symbol);
  void Reject(RejectReason reason, std::string_view message, int element = -1);
  void Unknown(std::string_view what);  // a message of a kind no protocol page has

 private:
  bool IsInRange(EventTime time) const {
    return time >= kFirstTime && time.us <= at_.us + kMicrosPerDay;
  }
  std::string_view bytes_;
  ReceiveTime at_;
  FeedSink& sink_;
  bool any_ = false;
};

class JsonFeedDecoder : public FeedDecoder {
 public:
  void Decode(std::string_view message, ReceiveTime at, FeedSink& sink) final;

 protected:
  // True when the message was delivered without the parser: it is one of the venue's texts that are
  // not JSON, or has the shape that nearly all have and every row is good (quick_text.h).
  virtual bool DecodeQuick(std::string_view /*text*/, FeedMessage& /*message*/) { return false; }
  virtual void DecodeJson(const Json& root, FeedMessage& message) = 0;

 private:
  simdjson::dom::parser parser_;
};

class JsonRestDecoder : public RestDecoder {
 public:
  void Decode(const RestQuery& query, std::string_view body, ReceiveTime at, FeedSink& sink) final;

 protected:
  // True when the body is no JSON, and was delivered.
  virtual bool DecodePlain(const RestQuery& /*query*/, std::string_view /*body*/,
                           FeedMessage& /*message*/) {
    return false;
  }
  virtual void DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) = 0;

 private:
  simdjson::dom::parser parser_;
};

}  // namespace tidemark

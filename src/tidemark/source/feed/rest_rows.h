// What the decoders of REST replies share.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string_view>

#include "tidemark/source/feed/field_reader.h"

namespace tidemark {

// Calls `row(value, element)` for each element of `list`; says so when there is none, and rejects
// what is not a list.
template <typename Row>
void ForEachRow(const JsonField& list, std::string_view symbol, FeedMessage& message,
                const Row& row) {
  const auto array = ArrayOf(list);
  if (!array) return message.Reject(RejectReason::kBadRecord, "the reply holds no list of rows");
  if (array->size() == 0) return message.NoRows("rest", symbol);
  int element = 0;
  for (const Json value : *array) row(value, element++);
}

// A candle of the query: `open_time` and `values` read by the caller's names.
inline void DeliverCandle(const RestQuery& query, const JsonField& open_time, TimeUnit unit,
                          const FieldReader::CandleFields& values, const JsonField& trades,
                          CandleState state, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  CandleUpdate update;
  update.symbol = query.symbol;
  update.interval = query.interval;
  update.origin = TradeOrigin::kHistory;
  update.state = state;
  update.candle.open_time = fields.Time(open_time, unit);
  fields.CandleValues(values, &update.candle);
  if (!IsAbsent(trades)) update.trades = fields.Int(trades, "trades");
  message.Deliver(fields, update);
}

// For the argument above: the reply does not say it.
inline JsonField NoField() { return simdjson::simdjson_result<Json>(simdjson::NO_SUCH_FIELD); }

// A venue's refusal.
inline void DeliverRefusal(const RestQuery& query, ControlAction action, std::string_view words,
                           FeedMessage& message) {
  message.Control({ControlKind::kError, action, "rest", query.symbol, words});
}

}  // namespace tidemark

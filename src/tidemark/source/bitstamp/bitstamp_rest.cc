#include "tidemark/source/bitstamp/bitstamp_rest.h"

#include "tidemark/source/bitstamp/bitstamp_decoder.h"
#include "tidemark/source/feed/rest_rows.h"

namespace tidemark {
namespace {

void DecodeTrade(const RestQuery& query, const Json& row, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  trade.id = fields.Id(row["tid"], "tid");
  trade.time = fields.Time(row["date"], TimeUnit::kSecond, "date");
  trade.price = fields.Price(row["price"]);
  trade.size = fields.Size(row["amount"], "amount");
  trade.side = SideOfBitstampType(row["type"], fields);
  message.Deliver(fields, query.symbol, trade, TradeOrigin::kHistory);
}

}  // namespace

void BitstampRestDecoder::DecodeJson(const RestQuery& query, const Json& root,
                                     FeedMessage& message) {
  for (const char* name : {"error", "errors", "reason", "code"}) {
    const JsonField error = root[name];
    if (IsNull(error)) continue;
    const std::string words = WordsOf(error);
    const bool rate = words.find("ate limit") != std::string::npos || words.starts_with("400.");
    return DeliverRefusal(query, rate ? ControlAction::kSlowDown : ControlAction::kDropSymbol,
                          words, message);
  }
  if (query.kind != RestQuery::Kind::kCandles) {
    return ForEachRow(root, query.symbol, message, [&](const Json& row, int element) {
      DecodeTrade(query, row, element, message);
    });
  }
  ForEachRow(root["data"]["ohlc"], query.symbol, message, [&](const Json& row, int element) {
    DeliverCandle(query, row["timestamp"], TimeUnit::kSecond,
                  {row["open"], row["high"], row["low"], row["close"], row["volume"]}, NoField(),
                  CandleState::kUnknown, element, message);
  });
}

}  // namespace tidemark

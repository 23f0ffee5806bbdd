#include "tidemark/source/kraken/kraken_rest.h"

#include "tidemark/source/feed/rest_rows.h"
#include "tidemark/source/kraken/kraken_decoder.h"

namespace tidemark {
namespace {

// [price, volume, time, side, order type, misc(, id)]
void DecodeTrade(const RestQuery& query, const Json& row, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  trade.price = fields.Price(At(row, 0));
  trade.size = fields.Size(At(row, 1));
  trade.time = fields.Time(At(row, 2), TimeUnit::kSecond);
  trade.side = fields.TradeSide(At(row, 3), SideOf::kTaker);
  const JsonField id = At(row, 6);
  if (!IsNull(id)) trade.id = fields.Id(id);
  message.Deliver(fields, query.symbol, trade, TradeOrigin::kHistory);
}

}  // namespace

void KrakenRestDecoder::DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) {
  const auto errors = ArrayOf(root["error"]);
  if (errors && errors->size() > 0) {
    const std::string words = WordsOf(errors->at(0));
    return DeliverRefusal(query, ActionOfKrakenError(words), words, message);
  }
  const auto result = ObjectOf(root["result"]);
  if (!result) return message.Reject(RejectReason::kMissingValue, "result is missing");
  for (const auto& [name, rows] : *result) {
    if (name == "last") continue;
    const auto list = ArrayOf(rows);
    const int last = list ? static_cast<int>(list->size()) - 1 : 0;
    ForEachRow(rows, query.symbol, message, [&](const Json& row, int element) {
      if (query.kind != RestQuery::Kind::kCandles) {
        return DecodeTrade(query, row, element, message);
      }
      DeliverCandle(query, At(row, 0), TimeUnit::kSecond,
                    {At(row, 1), At(row, 2), At(row, 3), At(row, 4), At(row, 6)}, At(row, 7),
                    element == last ? CandleState::kOpen : CandleState::kClosed, element, message);
    });
  }
}

}  // namespace tidemark

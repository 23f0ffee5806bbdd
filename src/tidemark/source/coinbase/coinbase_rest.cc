#include "tidemark/source/coinbase/coinbase_rest.h"

#include "tidemark/source/coinbase/coinbase_decoder.h"
#include "tidemark/source/feed/rest_rows.h"

namespace tidemark {
namespace {

void DecodeCandle(const RestQuery& query, const Json& row, int element, FeedMessage& message) {
  if (row.is_object()) {
    return DeliverCandle(query, row["start"], TimeUnit::kSecond,
                         {row["open"], row["high"], row["low"], row["close"], row["volume"]},
                         NoField(), CandleState::kUnknown, element, message);
  }
  DeliverCandle(query, At(row, 0), TimeUnit::kSecond,
                {At(row, 3), At(row, 2), At(row, 1), At(row, 4), At(row, 5)}, NoField(),
                CandleState::kUnknown, element, message);
}

void DecodeTrade(const RestQuery& query, const Json& row, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  trade.id = fields.Id(row["trade_id"], "trade_id");
  trade.time = fields.Time(row["time"], TimeUnit::kIso);
  trade.price = fields.Price(row["price"]);
  trade.size = fields.Size(row["size"]);
  trade.side = fields.TradeSide(row["side"], SideOf::kMaker);
  message.Deliver(fields, query.symbol, trade, TradeOrigin::kHistory);
}

}  // namespace

void CoinbaseRestDecoder::DecodeJson(const RestQuery& query, const Json& root,
                                     FeedMessage& message) {
  const bool candles = query.kind == RestQuery::Kind::kCandles;
  JsonField rows = root;
  if (root.is_object()) {
    rows = root[candles ? "candles" : "trades"];
    if (IsAbsent(rows)) {
      const std::string words = WordsOf(root["message"]);
      return DeliverRefusal(query, ActionOfCoinbaseError(words), words, message);
    }
  }
  ForEachRow(rows, query.symbol, message, [&](const Json& row, int element) {
    if (candles) return DecodeCandle(query, row, element, message);
    DecodeTrade(query, row, element, message);
  });
}

}  // namespace tidemark

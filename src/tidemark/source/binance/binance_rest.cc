#include "tidemark/source/binance/binance_rest.h"

#include "tidemark/source/binance/binance_decoder.h"
#include "tidemark/source/feed/rest_rows.h"

namespace tidemark {
namespace {

void DecodeTrade(const RestQuery& query, const Json& row, bool aggregate, int element,
                 FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  trade.id = fields.Id(row[aggregate ? "a" : "id"]);
  trade.time = fields.Time(row[aggregate ? "T" : "time"], TimeUnit::kAuto);
  trade.price = fields.Price(row[aggregate ? "p" : "price"]);
  trade.size = fields.Size(row[aggregate ? "q" : "qty"]);
  const bool maker = fields.Bool(row[aggregate ? "m" : "isBuyerMaker"], "buyer is maker");
  trade.side = maker ? Side::kSell : Side::kBuy;
  message.Deliver(fields, query.symbol, trade, TradeOrigin::kHistory);
}

}  // namespace

void BinanceRestDecoder::DecodeJson(const RestQuery& query, const Json& root,
                                    FeedMessage& message) {
  if (const auto code = IntOf(root["code"])) {
    const std::string words = fmt::format("{}: {}", *code, WordsOf(root["msg"]));
    return DeliverRefusal(query, ActionOfBinanceCode(*code), words, message);
  }
  ForEachRow(root, query.symbol, message, [&](const Json& row, int element) {
    if (query.kind == RestQuery::Kind::kCandles) {
      return DeliverCandle(query, At(row, 0), TimeUnit::kAuto,
                           {At(row, 1), At(row, 2), At(row, 3), At(row, 4), At(row, 5)}, At(row, 8),
                           CandleState::kUnknown, element, message);
    }
    DecodeTrade(query, row, query.kind == RestQuery::Kind::kAggregates, element, message);
  });
}

}  // namespace tidemark

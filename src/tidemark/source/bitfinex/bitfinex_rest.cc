#include "tidemark/source/bitfinex/bitfinex_rest.h"

#include "tidemark/source/feed/rest_rows.h"

namespace tidemark {
namespace {

// [id, time, amount, price]
void DecodeTrade(const RestQuery& query, const Json& row, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  trade.id = fields.Id(At(row, 0));
  trade.time = fields.Time(At(row, 1), TimeUnit::kMilli);
  const double amount = fields.Number(At(row, 2), "amount");
  trade.side = amount > 0 ? Side::kBuy : Side::kSell;
  trade.size = amount > 0 ? amount : -amount;
  if (amount == 0) fields.Fail(RejectReason::kNotPositive, "amount is 0");
  trade.price = fields.Price(At(row, 3));
  message.Deliver(fields, query.symbol, trade, TradeOrigin::kHistory);
}

}  // namespace

void BitfinexRestDecoder::DecodeJson(const RestQuery& query, const Json& root,
                                     FeedMessage& message) {
  // ["error", code, "words"]
  if (TextOf(At(root, 0)) == "error") {
    const int64_t code = IntOf(At(root, 1)).value_or(0);
    const std::string words = fmt::format("{}: {}", code, WordsOf(At(root, 2)));
    const bool rate = code == 11010 || words.find("ratelimit") != std::string::npos;
    return DeliverRefusal(query, rate ? ControlAction::kSlowDown : ControlAction::kDropSymbol,
                          words, message);
  }
  ForEachRow(root, query.symbol, message, [&](const Json& row, int element) {
    if (query.kind != RestQuery::Kind::kCandles) return DecodeTrade(query, row, element, message);
    DeliverCandle(query, At(row, 0), TimeUnit::kMilli,
                  {At(row, 1), At(row, 3), At(row, 4), At(row, 2), At(row, 5)}, NoField(),
                  CandleState::kUnknown, element, message);
  });
}

}  // namespace tidemark

#include "tidemark/source/gemini/gemini_rest.h"

#include "tidemark/source/feed/rest_rows.h"

namespace tidemark {
namespace {

void DecodeTrade(const RestQuery& query, const Json& row, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  trade.id = fields.Id(row["tid"], "tid");
  trade.time = fields.Time(row["timestampms"], TimeUnit::kMilli, "timestampms");
  trade.price = fields.Price(row["price"]);
  trade.size = fields.Size(row["amount"], "amount");
  const std::string_view type = TextOf(row["type"]);
  if (type != "auction" && type != "block") {
    trade.side = fields.TradeSide(row["type"], SideOf::kTaker, "type");
  }
  bool broken = false;  // the venue took it back
  if (row["broken"].get(broken) == simdjson::SUCCESS) trade.cancelled = broken;
  message.Deliver(fields, query.symbol, trade, TradeOrigin::kHistory);
}

}  // namespace

void GeminiRestDecoder::DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) {
  if (TextOf(root["result"]) == "error") {
    const std::string_view reason = TextOf(root["reason"]);
    const std::string words = fmt::format("{}: {}", reason, WordsOf(root["message"]));
    const bool wait = reason == "RateLimit" || reason == "Maintenance" || reason == "System";
    return DeliverRefusal(query, wait ? ControlAction::kSlowDown : ControlAction::kDropSymbol,
                          words, message);
  }
  ForEachRow(root, query.symbol, message, [&](const Json& row, int element) {
    if (query.kind != RestQuery::Kind::kCandles) return DecodeTrade(query, row, element, message);
    DeliverCandle(query, At(row, 0), TimeUnit::kMilli,
                  {At(row, 1), At(row, 2), At(row, 3), At(row, 4), At(row, 5)}, NoField(),
                  CandleState::kUnknown, element, message);
  });
}

}  // namespace tidemark

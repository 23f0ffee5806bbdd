#include "tidemark/source/bybit/bybit_rest.h"

#include "tidemark/source/bybit/bybit_decoder.h"
#include "tidemark/source/feed/rest_rows.h"

namespace tidemark {
namespace {

void DecodeTrade(const RestQuery& query, const Json& row, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  trade.id = fields.Id(row["execId"], "execId");
  trade.time = fields.Time(row["time"], TimeUnit::kMilli);
  trade.price = fields.Price(row["price"]);
  trade.size = fields.Size(row["size"]);
  trade.side = fields.TradeSide(row["side"], SideOf::kTaker);
  trade.sequence = IntOf(row["seq"]).value_or(kNullInt);
  message.Deliver(fields, query.symbol, trade, TradeOrigin::kHistory);
}

}  // namespace

void BybitRestDecoder::DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) {
  const auto code = IntOf(root["retCode"]);
  if (!code) return message.Reject(RejectReason::kMissingValue, "retCode is missing");
  if (*code != 0) {
    const std::string words = fmt::format("{}: {}", *code, WordsOf(root["retMsg"]));
    const ControlAction action = *code == 10006 || *code == 10018   ? ControlAction::kSlowDown
                                 : *code == 10000 || *code == 10016 ? ControlAction::kResubscribe
                                                                    : ActionOfBybitError(words);
    return DeliverRefusal(query, action, words, message);
  }
  ForEachRow(root["result"]["list"], query.symbol, message, [&](const Json& row, int element) {
    if (query.kind != RestQuery::Kind::kCandles) return DecodeTrade(query, row, element, message);
    DeliverCandle(query, At(row, 0), TimeUnit::kMilli,
                  {At(row, 1), At(row, 2), At(row, 3), At(row, 4), At(row, 5)}, NoField(),
                  CandleState::kUnknown, element, message);
  });
}

}  // namespace tidemark

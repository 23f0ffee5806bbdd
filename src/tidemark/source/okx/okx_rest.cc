#include "tidemark/source/okx/okx_rest.h"

#include "tidemark/source/feed/rest_rows.h"
#include "tidemark/source/okx/okx_decoder.h"

namespace tidemark {
namespace {

void DecodeTrade(const RestQuery& query, const Json& row, int element, FeedMessage& message) {
  FieldReader fields(message, element);
  Trade trade;
  trade.id = fields.Id(row["tradeId"], "tradeId");
  trade.time = fields.Time(row["ts"], TimeUnit::kMilli, "ts");
  trade.price = fields.Price(row["px"], "px");
  trade.size = fields.Size(row["sz"], "sz");
  trade.side = fields.TradeSide(row["side"], SideOf::kTaker);
  message.Deliver(fields, query.symbol, trade, TradeOrigin::kHistory);
}

}  // namespace

void OkxRestDecoder::DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) {
  const auto code = IntOf(root["code"]);
  if (!code) return message.Reject(RejectReason::kMissingValue, "code is missing");
  if (*code != 0) {
    const std::string words = fmt::format("{}: {}", *code, WordsOf(root["msg"]));
    return DeliverRefusal(query, ActionOfOkxCode(*code), words, message);
  }
  ForEachRow(root["data"], query.symbol, message, [&](const Json& row, int element) {
    if (query.kind != RestQuery::Kind::kCandles) return DecodeTrade(query, row, element, message);
    const bool closed = IntOf(At(row, 8)) == 1;
    DeliverCandle(
        query, At(row, 0), TimeUnit::kMilli,
        {At(row, 1), At(row, 2), At(row, 3), At(row, 4), At(row, VolumeFieldOfOkx(query.symbol))},
        NoField(), closed ? CandleState::kClosed : CandleState::kOpen, element, message);
  });
}

}  // namespace tidemark

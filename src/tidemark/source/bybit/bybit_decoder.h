// Bybit: v5 ({"topic", "type", "ts", "data"}) and the older v2 of the recordings.
//
// Taken: publicTrade and kline (v5), trade (v2). Not taken: order books, tickers, liquidations. The
// "snapshot" that v5 writes in trades and klines is the message's form, not history.
//
// Taker side: `S` and `side` are the taker's.
// Time: milliseconds (`T`; v2 `trade_time_ms`).
// Size: of spot and linear contracts in base currency; of inverse contracts in quote currency, of
// which their klines give the base volume as `turnover` (not told apart here: as the venue says).
// Ids: UUIDs, of spot numbers; `seq` (v2 `cross_seq`) orders trades and skips: it is the trade's
// sequence, and nothing follows it.
#pragma once

#include <string_view>
#include <vector>

#include "tidemark/source/feed/feed_message.h"
#include "tidemark/source/feed/quick_text.h"

namespace tidemark {

class BybitDecoder : public JsonFeedDecoder {
 protected:
  bool DecodeQuick(std::string_view text, FeedMessage& message) override;
  void DecodeJson(const Json& root, FeedMessage& message) override;

 private:
  struct QuickRow {
    std::string_view symbol;
    Trade trade;
  };
  static bool ReadSpot(QuickText& in, QuickRow* row);
  static bool ReadContract(QuickText& in, QuickRow* row);

  std::vector<QuickRow> rows_;  // of one message; kept for its memory
};

// What to do about the words of a refusal.
ControlAction ActionOfBybitError(std::string_view words);

}  // namespace tidemark

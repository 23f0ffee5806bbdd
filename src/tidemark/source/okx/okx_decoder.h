// OKX v5: {"arg": {"channel", "instId"}, "data": […]}.
//
// Taken: trades-all (each fill, as the history has them), trades (fills of one order at one price
// together: of recordings), candle*. Not taken: books, tickers, other candles.
//
// Taker side: `side` is the taker's.
// Time: `ts` in milliseconds. Candles from six hours up open by Hong Kong time unless their name
// ends with "utc": those others are rejected as misaligned.
// Size: of spot in base currency; of swaps, futures and options in contracts. A candle's volume is
// in base currency in both.
// Ids: `tradeId` is that of the last fill of a row and `count` their number; in the recording ids
// grow by one per instrument, which the protocol page does not promise.
// Controls: "pong" is no JSON; a notice with code 64008 asks for another connection.
#pragma once

#include <string_view>
#include <vector>

#include "tidemark/source/feed/feed_message.h"
#include "tidemark/source/feed/quick_text.h"

namespace tidemark {

class OkxDecoder : public JsonFeedDecoder {
 protected:
  bool DecodeQuick(std::string_view text, FeedMessage& message) override;
  void DecodeJson(const Json& root, FeedMessage& message) override;

 private:
  struct QuickRow {
    std::string_view symbol;
    Trade trade;
    int64_t last_fill = 0, fills = 1;
  };
  static bool ReadQuick(QuickText& in, QuickRow* row);

  std::vector<QuickRow> rows_;  // of one message; kept for its memory
};

// What to do about the code of a refusal, live or by REST.
ControlAction ActionOfOkxCode(int64_t code);
// Where [ts, o, h, l, c, vol, volCcy, …] has the base currency's volume.
size_t VolumeFieldOfOkx(std::string_view instrument);

}  // namespace tidemark

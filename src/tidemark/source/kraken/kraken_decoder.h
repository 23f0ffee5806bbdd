// Kraken: v1 (arrays `[channel id, payload…, "channel", "pair"]` and events) and v2 (`channel`,
// `type`, `data`; answers with `method`).
//
// Taken: trade and ohlc of both; a v2 snapshot is history. Not taken: book, ticker, spread,
// instrument.
//
// Taker side: v1 "b"/"s" and v2 "buy"/"sell" are the taker's.
// Time: v1 seconds with six decimals as text; v2 ISO 8601. A v1 candle says its end, from which
// its open is told.
// Ids: v1 trades have none; v2's grow within a book, and the protocol does not say by one: nothing
// follows them.
#pragma once

#include <string_view>
#include <vector>

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class KrakenDecoder : public JsonFeedDecoder {
 protected:
  bool DecodeQuick(std::string_view text, FeedMessage& message) override;
  void DecodeJson(const Json& root, FeedMessage& message) override;

 private:
  std::vector<Trade> rows_;  // of one message; kept for its memory
};

// What to do about the words of a refusal, live or by REST.
ControlAction ActionOfKrakenError(std::string_view words);

}  // namespace tidemark

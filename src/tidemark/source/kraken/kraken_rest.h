// Kraken: OHLC (its last row is the candle still open) and Trades, oldest first, below the pair's
// own name in "result".
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class KrakenRestDecoder : public JsonRestDecoder {
 protected:
  void DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) override;
};

}  // namespace tidemark

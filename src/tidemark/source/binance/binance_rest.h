// Binance: klines, aggTrades, trades and historicalTrades, spot and futures. Oldest first.
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class BinanceRestDecoder : public JsonRestDecoder {
 protected:
  void DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) override;
};

}  // namespace tidemark

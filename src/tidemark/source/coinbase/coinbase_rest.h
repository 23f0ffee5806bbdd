// Coinbase Exchange: /products/<id>/candles ([start, low, high, open, close, volume]) and /trades,
// newest first; Advanced Trade's "candles" and "trades" too. `side` is the maker's.
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class CoinbaseRestDecoder : public JsonRestDecoder {
 protected:
  void DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) override;
};

}  // namespace tidemark

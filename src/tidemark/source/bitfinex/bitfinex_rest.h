// Bitfinex: candles/…/hist and trades/…/hist, in the order asked for.
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class BitfinexRestDecoder : public JsonRestDecoder {
 protected:
  void DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) override;
};

}  // namespace tidemark

// Bitstamp: ohlc (oldest first) and transactions (newest first; their times are whole seconds).
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class BitstampRestDecoder : public JsonRestDecoder {
 protected:
  void DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) override;
};

}  // namespace tidemark

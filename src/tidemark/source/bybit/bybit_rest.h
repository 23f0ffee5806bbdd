// Bybit v5: market/kline and market/recent-trade, newest first.
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class BybitRestDecoder : public JsonRestDecoder {
 protected:
  void DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) override;
};

}  // namespace tidemark

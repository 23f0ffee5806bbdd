// OKX: history-candles, candles, history-trades and trades, newest first.
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class OkxRestDecoder : public JsonRestDecoder {
 protected:
  void DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) override;
};

}  // namespace tidemark

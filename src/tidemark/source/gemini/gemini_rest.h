// Gemini: /v1/trades (`type` is the taker's side; auctions and block trades have none) and
// /v2/candles, newest first.
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class GeminiRestDecoder : public JsonRestDecoder {
 protected:
  void DecodeJson(const RestQuery& query, const Json& root, FeedMessage& message) override;
};

}  // namespace tidemark

// Gemini: market data v2 ({"type": "l2_updates" …}), v1 and multi-symbol v1 ({"type": "update",
// "socket_sequence", "events"}).
//
// Taken: trade; the past trades inside a first l2_updates, and what v1 tells in its first message,
// as history; candles_*_updates, the first of a symbol as history. Not taken: book changes,
// auctions, mark prices.
//
// Taker side: v2 `side` is the taker's; v1 `makerSide` is the maker's ("bid" is a taker who sells;
// an auction has none).
// Time: milliseconds.
// Ids: `event_id` (v1 `tid`) is shared by all symbols and skips. v1's `socket_sequence` grows by
// one per connection; v2 has none.
#pragma once

#include <string>
#include <unordered_set>

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class GeminiDecoder : public JsonFeedDecoder {
 public:
  // `symbol`: of a v1 connection, whose messages name none.
  explicit GeminiDecoder(std::string symbol = "") : symbol_(std::move(symbol)) {}

 protected:
  bool DecodeQuick(std::string_view text, FeedMessage& message) override;
  void DecodeJson(const Json& root, FeedMessage& message) override;

 private:
  void DecodeCandles(std::string_view type, const Json& root, FeedMessage& message);
  void DecodeUpdate(const Json& root, FeedMessage& message);
  void DecodeEvent(const Json& event, const Json& root, bool first, int element,
                   FeedMessage& message);

  std::string symbol_;
  std::string key_;                          // kept for its memory
  std::unordered_set<std::string> candles_;  // "type symbol" seen; only for look-up
};

}  // namespace tidemark

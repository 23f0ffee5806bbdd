// Coinbase: the Exchange feed (messages with a `type`) and the Advanced Trade feed (`channel`,
// `sequence_num`, `events`).
//
// Taken: match; last_match and Advanced snapshots as history; Advanced market_trades and candles
// (of five minutes). Not taken: books, tickers, the order events of the full channel, status.
//
// Taker side: `side` is the maker's in both, so "sell" is a taker who buys.
// Time: ISO 8601 in UTC to the microsecond or nanosecond; candles' `start` in seconds.
// Ids: `trade_id` grows by one per product, in match and last_match; a heartbeat tells the latest.
// In Advanced messages `sequence_num` grows by one per connection; trades come there newest first,
// and their ids are not followed.
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class CoinbaseDecoder : public JsonFeedDecoder {
 protected:
  bool DecodeQuick(std::string_view text, FeedMessage& message) override;
  void DecodeJson(const Json& root, FeedMessage& message) override;
};

// What to do about the words of a refusal, live or by REST.
ControlAction ActionOfCoinbaseError(std::string_view words);

}  // namespace tidemark

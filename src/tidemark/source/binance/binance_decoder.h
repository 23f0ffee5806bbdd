// Binance, Binance US and Binance Futures: raw and combined streams.
//
// Taken: trade, aggTrade (one row per order that took liquidity at one price; its id counts apart
// from trades' ids, so a symbol is read from one of the two), kline. Not taken: depthUpdate,
// partial depth, bookTicker, tickers and the other documented events.
//
// Taker side: `m` says that the buyer was the maker, so true is a sell.
// Time: `T` in milliseconds, or microseconds when the connection asked for them; told by magnitude.
// Ids: `t` and `a` grow by one per symbol.
// Controls: an answer to a request is `subscribed` (it does not say to what: `message` is the
// request's id); a refusal is an error; serverShutdown asks for another connection.
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class BinanceDecoder : public JsonFeedDecoder {
 protected:
  bool DecodeQuick(std::string_view text, FeedMessage& message) override;
  void DecodeJson(const Json& root, FeedMessage& message) override;
};

// What to do about a code of a refusal, live or by REST.
ControlAction ActionOfBinanceCode(int64_t code);

}  // namespace tidemark

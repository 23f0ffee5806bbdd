// Bitstamp websocket v2: {"event", "channel", "data"}.
//
// Taken: trade of live_trades_*. Not taken: order_book, detail_order_book, diff_order_book,
// live_orders, funding rates. There are no candles.
//
// Taker side: `type` 0 is a buy, 1 a sell; in the recording the taker's order always has the
// greater id of the two.
// Time: `microtimestamp`, else `timestamp` in seconds.
// Ids: trade ids are shared by all pairs and skip: nothing follows them.
// Controls: bts:request_reconnect asks for another connection.
#pragma once

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class BitstampDecoder : public JsonFeedDecoder {
 protected:
  bool DecodeQuick(std::string_view text, FeedMessage& message) override;
  void DecodeJson(const Json& root, FeedMessage& message) override;
};

// Type 0 or 1, as number or text.
class FieldReader;
Side SideOfBitstampType(const JsonField& type, FieldReader& fields);

}  // namespace tidemark

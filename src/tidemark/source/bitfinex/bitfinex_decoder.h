// Bitfinex v2: channels are announced once (`subscribed`, chanId) and numbered afterwards.
//
// Taken: trades as "tu", a trades snapshot as history; candles, their snapshot as history. A trade
// comes twice, as "te" at once and as "tu" when it is booked, with the same id: "tu" is what the
// REST history repeats later, so "te" is only counted. Not taken: book, ticker, status, funding.
//
// Taker side: the sign of AMOUNT; above 0 is a buy.
// Time: milliseconds.
// Ids: trade ids are shared by all pairs. With flag 65536 (`conf`) each array ends with a number
// that grows by one per connection, heartbeats included.
// Controls: info 20051 asks for a new connection, 20060 for a pause, 20061 to subscribe again. A
// heartbeat may come before the `subscribed` that names its channel; rows may not.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "tidemark/source/feed/feed_message.h"

namespace tidemark {

class FieldReader;

class BitfinexDecoder : public JsonFeedDecoder {
 protected:
  void DecodeJson(const Json& root, FeedMessage& message) override;

 private:
  enum class Kind : uint8_t { kTrades, kCandles, kBook, kTicker, kOther };
  struct Channel {
    Kind kind = Kind::kOther;
    std::string name, symbol;
    Interval interval;
  };

  void DecodeEvent(std::string_view event, const Json& root, FeedMessage& message);
  void OnSubscribed(const Json& root, FeedMessage& message);
  void OnUnsubscribed(const Json& root, FeedMessage& message);
  void DecodeArray(const simdjson::dom::array& array, FeedMessage& message);
  void DecodePayload(const Channel& channel, const Json& payload, FeedMessage& message);
  void CheckSequence(const simdjson::dom::array& array, size_t at, FeedMessage& message);

  std::unordered_map<int64_t, Channel> channels_;  // by chanId; only for look-up
  bool sequenced_ = false;
};

}  // namespace tidemark

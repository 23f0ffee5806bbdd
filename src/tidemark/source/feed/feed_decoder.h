// One venue's live messages to events. One decoder belongs to one connection and is used from one
// thread: some venues name their channels once and number them afterwards.
#pragma once

#include <memory>
#include <string_view>

#include "tidemark/source/feed/feed_sink.h"

namespace tidemark {

class FeedDecoder {
 public:
  virtual ~FeedDecoder() = default;
  // `message`: the text of one websocket message. Any bytes give an event or a reject; a bad row
  // among several costs itself only. Allocates nothing for trades and candles once warm.
  virtual void Decode(std::string_view message, ReceiveTime at, FeedSink& sink) = 0;
};

// What a REST reply was asked for; replies do not repeat it.
struct RestQuery {
  enum class Kind : uint8_t { kTrades, kAggregates, kCandles, kRates };
  Kind kind = Kind::kTrades;
  std::string_view symbol;  // the venue's spelling
  Interval interval;        // of candles
};

// One venue's REST history to events: rows of origin kHistory in the reply's order, a refusal as a
// control, "no rows" as a status.
class RestDecoder {
 public:
  virtual ~RestDecoder() = default;
  virtual void Decode(const RestQuery& query, std::string_view body, ReceiveTime at,
                      FeedSink& sink) = 0;
};

}  // namespace tidemark

// A stretch of a venue's history and how far it has been read; the query behind a reply as text.
#pragma once

#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/market/batch.h"
#include "tidemark/market/interval.h"
#include "tidemark/source/feed/feed_decoder.h"

namespace tidemark {

struct BackfillRange {
  bool candles = false;
  Interval interval = {};                          // of candles
  int64_t id_begin = kNullInt, id_end = kNullInt;  // of trades: ids [begin, end); null: by time
  TimeRange times{EventTime{0}, EventTime{0}};     // else: [start, end)
  // A trade of then, or a candle that opens then, is known: a history that ends before is behind.
  EventTime told = kMinTime;

  bool by_id() const { return id_begin != kNullInt; }
  static BackfillRange Ids(int64_t begin, int64_t end) {
    return {.id_begin = begin, .id_end = end};
  }
  static BackfillRange Times(TimeRange times) { return {.times = times}; }
  // Up to what has happened when the first reply comes.
  static BackfillRange Since(EventTime start) { return {.times = {start, kMaxTime}}; }
  // Without an end as above.
  static BackfillRange Candles(const Interval& interval, TimeRange times) {
    return {.candles = true, .interval = interval, .times = times};
  }
};

// The rows of one reply.
struct PageSeen {
  int64_t rows = 0;
  int64_t id_min = kNullInt, id_max = kNullInt;  // of ids that are numbers
  EventTime time_min = kMaxTime, time_max = kMinTime;
  void Add(EventTime time, int64_t id);
};

struct BackfillProgress {
  EventTime now;                 // at the venue, when the next page is asked for
  int64_t replies = 0;           // so far
  int64_t rows = 0;              // in all of them
  EventTime reached = kMinTime;  // of the last trade, the last candle's open, or close if closed
  PageSeen last;                 // the latest of them
  std::string path;              // and what it was asked with
};

// One page to ask for.
struct RestRequest {
  std::string path = {};  // and query, behind the venue's base address
  RestQuery::Kind kind = RestQuery::Kind::kTrades;
  std::string symbol = {};  // as rows of the reply are to be named
  Interval interval = {};
};

// "trades tBTCUSD", "aggregates BTCUSDT", "candles BTC-USD 1m", "rates BTC-USD": what a reply that
// is kept needs to be read again.
std::string QueryText(const RestQuery& query);
struct ParsedQuery {
  RestQuery::Kind kind = RestQuery::Kind::kTrades;
  std::string symbol;
  Interval interval;
  RestQuery query() const { return {kind, symbol, interval}; }
};
// Errors: kParse.
Result<ParsedQuery> ParseQueryText(std::string_view text);

}  // namespace tidemark

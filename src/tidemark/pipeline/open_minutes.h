// What a feed gave of a series since it was last asked: rows on their way to a candle.
#pragma once

#include "tidemark/base/time.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/trade.h"

namespace tidemark {

struct OpenMinutes {
  TradeColumns trades;            // in any order, repeated ones too
  CandleColumns candles;          // the venue's own, closed ones, where its trades are not followed
  EventTime wanted = kMinTime;    // what may be missing before it is known, and no matter
  EventTime due = kMaxTime;       // a candle is closed when all before this has come
  EventTime complete = kMinTime;  // nothing is missing before this, as far as anybody knows
  EventTime given = kMinTime;     // up to here it was an epoch's to close, whatever was missing
};

}  // namespace tidemark

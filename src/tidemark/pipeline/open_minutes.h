// The minutes of a series that have not been made into candles yet, as a feed gives them.
#pragma once

#include "tidemark/base/time.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/trade.h"

namespace tidemark {

struct OpenMinutes {
  EventTime from = kMinTime;      // rows before it are late, and no business of this
  TradeColumns trades;            // in any order, repeated ones too
  CandleColumns candles;          // the venue's own, closed ones, where its trades are not followed
  EventTime complete = kMinTime;  // nothing is missing before this, as far as anybody knows

  // Rows before `time` are done with.
  void DropBefore(EventTime time);
};

}  // namespace tidemark

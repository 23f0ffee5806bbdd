// What the trades of minutes that are still open come to, second by second, as the epochs of one
// session merge them: so the minute that closes at last is put together from at most sixty folds
// and its trades are not read again. Sums are exact, so it is the same minute, bit for bit.
#pragma once

#include <map>
#include <mutex>

#include "tidemark/base/time.h"
#include "tidemark/candle/trade_bars.h"
#include "tidemark/lake/lake_view.h"
#include "tidemark/market/series.h"

namespace tidemark {

// Of one series; used by one thread at a time.
class SecondFolds {
 public:
  // The lake has trades of minutes before `from` that nobody has folded here.
  explicit SecondFolds(EventTime from) : from_(from) {}

  // Minutes from here on are made of what was folded alone.
  EventTime from() const { return from_; }
  // Nobody asks for minutes before this any more; also of the rest only so much is kept.
  void Forget(EventTime before);
  // All trades that there are in a part of whole seconds, in order.
  void Set(TimeRange part, const TradeColumns& trades);
  // Appends the minutes of a part of whole minutes. REQUIRES from() <= minutes.start.
  void AppendMinutes(TimeRange minutes, TradeBars* bars) const;

 private:
  EventTime from_;
  std::map<EventTime, TradeBarFold> seconds_;  // by where they begin, those with trades
};

// Of all series of a lake; any thread. Good as long as each epoch that began was committed.
class AllSecondFolds {
 public:
  // Of a series whose trades are all in `view` when it is first asked for.
  SecondFolds& Of(const TradeSeriesId& series, const LakeView& view);

 private:
  std::mutex mutex_;
  std::map<TradeSeriesId, SecondFolds> all_;
};

}  // namespace tidemark

// Whether all trades of a series came, where ids do not tell: what came is held against what the
// venue's history tells of the same minutes, trade by trade, or by the count and volume of its
// candles where the history does not reach back so far. Pure; one object for each series.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "tidemark/base/time.h"
#include "tidemark/pipeline/frame_decoders.h"
#include "tidemark/pipeline/trade_gaps.h"

namespace tidemark {

constexpr std::string_view kByCrossCheck = "cross_check";  // the reason of its gaps

class CrossCheck : public NoRows {
 public:
  // Minutes are the venue's own that were told live; trades, those of one check or of all.
  struct Counts {
    int64_t checked = 0;    // minutes
    int64_t unchecked = 0;  // minutes that could not be asked for in time: they are gaps
    int64_t missed = 0;     // trades (of a candle at least one) that had not come
    int64_t unknown = 0;    // trades that came, and of which the venue's history does not know
    void operator+=(const Counts& more);
  };

  // Asks for `every_us` of the venue's time at once, or for more when it is late; > 0.
  CrossCheck(int64_t every_us, bool by_candles) : every_us_(every_us), by_candles_(by_candles) {}

  // Nothing is checked, and no gap either, for so long at most before the last trade that came: so
  // far back the next life begins again when it does not know checked_to().
  int64_t behind_us_max() const { return LateUs() + every_us_ + 2 * kMicrosPerMinute; }
  // Where it begins, and where the lake ends; else with the first trade.
  void Begin(EventTime from, EventTime end);
  // Before it everything is checked, or a gap, or no matter. REQUIRES that it has begun.
  bool begun() const { return from_ != kMaxTime; }
  EventTime checked_to() const {
    return partial_.empty() ? from_ : std::min(from_, *partial_.begin());
  }
  // By whatever way, once or more; one without an id is not checked.
  void Came(EventTime time, std::string_view id, double size);

  // When what was not checked is too far behind `closed`: all of it, for it may lack anything. A
  // question for it that is on its way is void.
  std::vector<TradeGap> Late(EventTime closed, const TradeGapSet& open);
  bool asks_in_vain() const {
    return asks_partial_ ? !partial_.contains(asked_.start) : asked_.start != from_;
  }
  // What to ask for now, [start, end): until `closed`, less what is asked for as a gap anyway.
  std::optional<TimeRange> Next(EventTime closed, const TradeGapSet& open);
  // What the venue tells of it; rows around it do not matter.
  void OnTrade(std::string_view symbol, const Trade& trade, TradeOrigin origin) override;
  void OnCandle(const CandleUpdate& update) override;
  // It has told all: the minutes in which something is missing, those that touch as one.
  std::vector<TradeGap> Compare();
  // It has not: the same is asked for again, or never, and may lack anything.
  void Forget() { told_.clear(), candles_.clear(); }
  TradeGap Skip();

  const Counts& counts() const { return counts_; }

 private:
  struct Row {
    int64_t time;
    uint64_t id;
    double size;
    auto operator<=>(const Row&) const = default;
    bool Same(const Row& o) const { return time == o.time && id == o.id; }
  };
  using Rows = std::vector<Row>;

  int64_t LateUs() const { return 11 * every_us_ + 2 * kMicrosPerMinute; }
  static void Settle(Rows* rows);
  void PassTo(EventTime from);
  void PassGap(const TimeRange& gap);
  EventTime PassGaps(const TradeGapSet& open, EventTime end);
  TradeGap NotChecked(EventTime end);
  // Of minutes that a gap was part of, and are late: what is not in one.
  void LatePartial(EventTime late, const TradeGapSet& open, std::vector<TradeGap>* gaps);
  // The first of those that is whole by now.
  std::optional<TimeRange> NextPartial(EventTime whole, const TradeGapSet& open) const;
  // What was asked for is settled.
  void Pass();
  void CompareTrades(const Rows& came, std::vector<EventTime>* missed);
  void CompareCandles(const Rows& came, std::vector<EventTime>* missed);

  int64_t every_us_;
  bool by_candles_;
  EventTime from_ = kMaxTime;    // checked up to here, or no matter, but for…
  std::set<EventTime> partial_;  // …minutes that a gap is part of: candles tell when it is healed
  EventTime begun_ = kMinTime;   // of candles: with what came before it is late
  TimeRange asked_{EventTime{0}, EventTime{0}};
  bool asks_partial_ = false;
  Rows came_, told_;
  std::vector<CandleUpdate> candles_;
  Counts counts_;
};

}  // namespace tidemark

// Holes in trades that are open: opened and not healed in the table `gap_events`, which is base for
// this. What is made of trades over one is incomplete.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/flow/range_set.h"
#include "tidemark/lake/lake.h"
#include "tidemark/market/series.h"
#include "tidemark/pipeline/id_gaps.h"

namespace tidemark {

// Trades are missing between those at `from` and `to`, which have come, or are the ends of a time
// in which nothing was heard.
struct TradeGap {
  EventTime from, to;
  std::string reason;  // "ids 11 to 20", "disconnect", "silence": tells gaps of one time apart
  auto operator<=>(const TradeGap&) const = default;

  // A missing trade may be of the same time as `to`.
  TimeRange times() const { return {from, to + 1}; }
  // The ids [first, second), where ids tell.
  std::optional<std::pair<int64_t, int64_t>> ids() const;
};

TradeGap TradeGapOf(const IdGap& gap);
std::optional<IdGap> IdGapOf(const TradeGap& gap);

using TradeGapSet = std::set<TradeGap>;

class TradeGaps {
 public:
  // Rows of `gap_events`, of one epoch or of several; epochs come in order from call to call.
  void Add(const Batch& events);
  const TradeGapSet& Of(const TradeSeriesId& series) const;
  const std::map<TradeSeriesId, TradeGapSet>& all() const { return open_; }

 private:
  std::map<TradeSeriesId, TradeGapSet> open_;
};

// Those of the lake. Errors: those of the lake.
Result<TradeGaps> TradeGapsOf(const LakeView& view);

// The times of all of them.
RangeSet TimesOf(const TradeGapSet& gaps);
// The times of those in one of the two only.
RangeSet ChangeOf(const TradeGapSet& before, const TradeGapSet& after);

// A row of `gap_events`, without the epoch.
void AppendGapEvent(const TradeSeriesId& series, const TradeGap& gap, std::string_view event,
                    Batch* events);
// The rows of the table `gaps`: gaps that touch are one, with the ids that are missing in it.
Batch TradeGapRows(const TradeSeriesId& series, const TradeGapSet& gaps);

}  // namespace tidemark

// All series of one venue and symbol, derived together: roll-ups come from the finest, and candles
// the vendor gives at a longer interval win over them.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "tidemark/pipeline/derive.h"
#include "tidemark/pipeline/progress.h"

namespace tidemark {

struct GroupedSeries {
  std::unique_ptr<BaseSeries> base;
  RangeSet open_times;                 // changed base rows
  EventTime closed_before = kMinTime;  // before this epoch
  RangeSet trades;          // times whose trades changed or were not complete yet, or are whole now
  bool trade_gaps = false;  // the open gaps in its trades are others than before
};

// Stages that have to see all rows, because their spec is new.
struct WholeStages {
  bool candles = false, features = false, forecasts = false, bars = false;
  bool any() const { return candles || features || forecasts || bars; }
};

// Derives all groups of `series` (ordered by venue and symbol) on the context's threads. `open`
// makes one series ready; it is called in the thread of the series' group. `progress` may be null;
// `what` is the step's name there.
Status DeriveGroups(const DeriveContext& context, const std::vector<SeriesId>& series,
                    const WholeStages& whole,
                    const std::function<Result<GroupedSeries>(const SeriesId&)>& open,
                    Progress* progress, std::string_view what = "deriving");

}  // namespace tidemark

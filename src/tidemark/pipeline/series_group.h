// All series of one venue and symbol, derived together: roll-ups come from the finest, and candles
// the vendor gives at a longer interval win over them.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "tidemark/pipeline/derive.h"

namespace tidemark {

struct GroupedSeries {
  std::unique_ptr<BaseSeries> base;
  RangeSet open_times;                 // changed base rows
  EventTime closed_before = kMinTime;  // before this epoch
};

// Ordered by interval, finest first.
using SeriesGroup = std::vector<GroupedSeries>;

// Stages that have to see all rows, because their spec is new.
struct WholeStages {
  bool candles = false, features = false, forecasts = false;
};

// Cuts `all` (ordered by venue, symbol, interval) into groups.
std::vector<std::vector<SeriesId>> GroupSeries(const std::vector<SeriesId>& all);

Status DeriveGroup(const DeriveContext& context, SeriesGroup& group, const WholeStages& whole);

}  // namespace tidemark

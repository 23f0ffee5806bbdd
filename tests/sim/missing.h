// Days of a venue whose history is too short to have all that was missed.
#pragma once

#include "tidemark/base/time.h"
#include "tidemark/lake/lake_view.h"

namespace tidemark::sim {

// A trade that is missing is of a minute over an open gap, what stands over one says so, and all
// else is as in the run over the venue's complete files; but a candle that is whole, and shares a
// suspected outage with such a gap, may not know it. Of trades and candles before `until`, from
// when every symbol had a trade.
Status CompareBesideGaps(const LakeView& live, const LakeView& files, EventTime until);

}  // namespace tidemark::sim

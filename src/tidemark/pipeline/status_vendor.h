// How far the vendor's candles are from those made from the same venue's trades. Computed from the
// tables when asked, stored nowhere.
#pragma once

#include <cstdint>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/status.h"

namespace tidemark {

// |vendor − ours| / ours over the candles compared.
struct RelativeDifference {
  int64_t compared = 0, differ = 0;
  double median = 0, max = 0;  // 0 when none is compared
};

struct VendorDifference {
  SeriesKey series;
  TimeRange times;  // looked at: 30 days, up to the last candle or trade of the two
  RelativeDifference close, volume;
};

// Of the series of `status` that have both: candles of origin `trades` and the vendor's of the same
// time. Volumes the vendor does not tell are left out. Errors: those of the lake.
Result<std::vector<VendorDifference>> ReadVendorDifferences(const LakeView& view,
                                                            const LakeStatus& status,
                                                            const Selection& selection);

}  // namespace tidemark

// What a lake says of its feeds since it began, kept current epoch by epoch without reading it
// again: what `status` would say, for metrics.
#pragma once

#include <map>
#include <string>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/epoch.h"
#include "tidemark/pipeline/row_counts.h"
#include "tidemark/pipeline/watermarks.h"

namespace tidemark {

struct FeedLedger {
  struct Gaps {  // in ids
    int64_t opened = 0, healed = 0;
  };
  std::map<std::string, RowCounts> rows;  // by source, the feeds' alone
  std::map<SeriesKey, Gaps> gaps;         // of trades
  Watermarks watermarks;
  int64_t issued = 0;  // forecasts that were said

  static Result<FeedLedger> Of(const LakeView& view);
  // Another epoch of `intake` has been committed; `view` is the lake with it, `reached` what it
  // says of watermarks.
  void Add(const Intake& intake, const EpochReport& epoch, const LakeView& view,
           const Watermarks& reached);
};

}  // namespace tidemark

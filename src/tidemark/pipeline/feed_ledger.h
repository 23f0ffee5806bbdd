// What a lake says of its feeds since it began, kept current epoch by epoch without reading it
// again: what `status` would say, for metrics.
#pragma once

#include <map>
#include <string>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/epoch.h"
#include "tidemark/pipeline/row_counts.h"
#include "tidemark/pipeline/session.h"
#include "tidemark/pipeline/watermarks.h"

namespace tidemark {

struct FeedLedger {
  struct Gaps {
    int64_t opened = 0, open = 0;  // since the lake began; now
    int64_t healed() const { return opened - open; }
  };
  std::map<std::string, RowCounts> rows;  // by source, the feeds' alone
  std::map<SeriesKey, Gaps> gaps;         // of trades
  Watermarks watermarks;
  int64_t issued = 0;  // forecasts that were said

  // `facts`: of the same view.
  static Result<FeedLedger> Of(const LakeView& view, const LakeFacts& facts);
  // Another epoch of `intake` has been committed; `view` is the lake with it.
  void Add(const Intake& intake, const EpochReport& epoch, const LakeView& view,
           const LakeFacts& facts);

 private:
  void Take(const LakeView& view, const LakeFacts& facts);
};

}  // namespace tidemark

// Months of features with their closes and targets, as fits and forecasts want them: made from the
// features folded in this epoch where there are any, from the lake elsewhere. Used by one thread.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/forecast/target.h"
#include "tidemark/forecast/training.h"
#include "tidemark/pipeline/base_series.h"
#include "tidemark/pipeline/feature_overlay.h"

namespace tidemark {

struct Frame {
  EventTime month;
  std::vector<int64_t> time;  // close times of the rows that open in the month
  std::vector<double> close;
  std::vector<std::vector<double>> features;
  std::vector<uint8_t> complete;  // 1 where no feature is null
  Targets targets;
  FeatureView View() const;
};

struct FrameOptions {
  Horizon horizon;
  int64_t max_target_span_us = 0;
  std::vector<TimeRange> outages;
};

// Closes round a month: enough rows before and after it to know every target that touches it.
struct CloseWindow {
  std::vector<int64_t> time;
  std::vector<double> close;
  size_t begin = 0, end = 0;  // the month's own rows
};

class FrameStore {
 public:
  FrameStore(BaseSeries& base, const LakeView& view, const TableSpec& features,
             const FeatureOverlay& overlay, FrameOptions options, EventTime tip)
      : base_(base),
        view_(view),
        spec_(features),
        overlay_(overlay),
        options_(std::move(options)),
        tip_(tip) {}

  Result<std::shared_ptr<const Frame>> Get(EventTime month);
  // Rows before the month reach back a horizon, rows after it reach forward one.
  Result<CloseWindow> Closes(EventTime month);
  const FrameOptions& options() const { return options_; }

 private:
  Result<Frame> Make(EventTime month);
  Status ReadFeatures(Frame* frame);

  BaseSeries& base_;
  const LakeView& view_;
  const TableSpec& spec_;
  const FeatureOverlay& overlay_;
  FrameOptions options_;
  EventTime tip_;  // no row is available at or after this
  std::map<EventTime, std::shared_ptr<const Frame>> cache_;
  std::list<EventTime> recent_;
};

}  // namespace tidemark

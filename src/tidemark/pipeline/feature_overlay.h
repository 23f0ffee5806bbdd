// Features folded in this epoch, on their way to the forecasts of the same series: kept by the step
// they were folded in. Past the memory limit a piece goes to a scratch file and is read back when
// it is asked for, so memory does not grow with the series. Used by one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"

namespace tidemark {

class FeatureOverlay {
 public:
  struct Piece {
    TimeRange range;                           // the step, in available times
    std::vector<int64_t> time;                 // the available times of its rows, in order
    std::vector<std::vector<double>> columns;  // one per feature, NaN while warming up
  };

  explicit FeatureOverlay(int64_t memory_limit_bytes) : limit_(memory_limit_bytes) {}
  ~FeatureOverlay();
  FeatureOverlay(const FeatureOverlay&) = delete;
  FeatureOverlay& operator=(const FeatureOverlay&) = delete;

  // REQUIRES steps that are disjoint. Errors: kIo when the scratch folder is full.
  Status Add(Piece piece);
  // The pieces that overlap `range`, in order. Errors: kIo.
  Result<std::vector<std::shared_ptr<const Piece>>> Overlapping(TimeRange range) const;

 private:
  struct Kept {
    TimeRange range;
    std::shared_ptr<const Piece> piece;  // null: in `file`
    std::string file;
    size_t rows = 0, features = 0;
  };
  static Result<std::shared_ptr<const Piece>> ReadBack(const Kept& kept);

  int64_t limit_;
  int64_t used_ = 0;
  std::string folder_;  // made when first needed
  std::map<EventTime, Kept> pieces_;
};

}  // namespace tidemark

// A change: the event times a change touches, as disjoint half-open ranges in order.
#pragma once

#include <vector>

#include "tidemark/base/time.h"

namespace tidemark {

class RangeSet {
 public:
  RangeSet() = default;
  explicit RangeSet(TimeRange range) { Add(range); }

  // Ranges that touch or overlap become one; empty ranges are ignored.
  void Add(TimeRange range);
  void Add(const RangeSet& other);

  bool empty() const { return ranges_.empty(); }
  const std::vector<TimeRange>& ranges() const { return ranges_; }
  bool Overlaps(TimeRange range) const;
  // REQUIRES !empty().
  TimeRange Hull() const { return {ranges_.front().start, ranges_.back().end}; }
  // The part inside `bounds`.
  RangeSet Clip(TimeRange bounds) const;
  // Every range moved by `start` and `end` microseconds at its two edges.
  RangeSet Widen(int64_t start_micros, int64_t end_micros) const;
  // This set, and beyond `ranges_max` ranges also the stretches between two that are shorter than
  // `distance_us`: reading what lies between is then cheaper than asking for each range.
  RangeSet Coarse(size_t ranges_max, int64_t distance_us) const;
  bool operator==(const RangeSet&) const = default;

 private:
  std::vector<TimeRange> ranges_;
};

}  // namespace tidemark

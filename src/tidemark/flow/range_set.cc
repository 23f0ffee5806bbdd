#include "tidemark/flow/range_set.h"

#include <algorithm>

namespace tidemark {

void RangeSet::Add(TimeRange range) {
  if (range.empty()) return;
  // The common case first: ranges come in order.
  if (ranges_.empty() || ranges_.back().end < range.start) {
    ranges_.push_back(range);
    return;
  }
  const auto first =
      std::lower_bound(ranges_.begin(), ranges_.end(), range.start,
                       [](const TimeRange& r, EventTime start) { return r.end < start; });
  auto last = first;
  while (last != ranges_.end() && last->start <= range.end) {
    range.start = std::min(range.start, last->start);
    range.end = std::max(range.end, last->end);
    ++last;
  }
  const auto at = ranges_.erase(first, last);
  ranges_.insert(at, range);
}

void RangeSet::Add(const RangeSet& other) {
  for (const TimeRange& range : other.ranges_) Add(range);
}

bool RangeSet::Overlaps(TimeRange range) const {
  const auto first =
      std::lower_bound(ranges_.begin(), ranges_.end(), range.start,
                       [](const TimeRange& r, EventTime start) { return r.end <= start; });
  return first != ranges_.end() && first->start < range.end && !range.empty();
}

RangeSet RangeSet::Clip(TimeRange bounds) const {
  RangeSet clipped;
  for (const TimeRange& range : ranges_) {
    clipped.Add({std::max(range.start, bounds.start), std::min(range.end, bounds.end)});
  }
  return clipped;
}

RangeSet RangeSet::Widen(int64_t start_micros, int64_t end_micros) const {
  RangeSet widened;
  for (const TimeRange& range : ranges_) {
    widened.Add({range.start + start_micros, range.end + end_micros});
  }
  return widened;
}

RangeSet RangeSet::Coarse(size_t ranges_max, int64_t distance_us) const {
  if (ranges_.size() <= ranges_max) return *this;
  RangeSet coarse;
  for (const TimeRange& range : ranges_) {
    if (!coarse.empty() && range.start - coarse.ranges_.back().end < distance_us) {
      coarse.ranges_.back().end = range.end;
    } else {
      coarse.ranges_.push_back(range);
    }
  }
  return coarse;
}

}  // namespace tidemark

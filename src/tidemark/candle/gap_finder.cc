#include "tidemark/candle/gap_finder.h"

#include <algorithm>

namespace tidemark {
namespace {

// Times between which a thousand times the distance stays within 64 bits.
bool IsRowTime(EventTime t) { return t >= EventTime{0} && t < StartOf({2200, 1, 1}); }

int64_t IntervalsBetween(const Interval& base, EventTime from, EventTime to) {
  if (base.unit() != Interval::Unit::kMonth) return (to - from) / base.nominal_micros();
  int64_t count = 0;
  for (EventTime t = from; t < to; t = base.CloseOf(t)) ++count;
  return count;
}

}  // namespace

void GapFinder::Step(const CandleColumns& rows, size_t begin, size_t end, std::vector<Gap>* out) {
  for (size_t i = begin; i < end; ++i) {
    const EventTime open{rows.open_time[i]};
    if (!times_.empty()) {
      const EventTime from = base_.CloseOf({times_.back()});
      if (open > from) {
        out->push_back(
            {from, open, IntervalsBetween(base_, from, open), LooksLikeOutage(from, open)});
      }
    }
    if (times_.size() == 4 * kMemoryRows) {
      times_.erase(times_.begin(), times_.end() - static_cast<ptrdiff_t>(kMemoryRows) + 1);
    }
    times_.push_back(open.us);
  }
}

bool GapFinder::LooksLikeOutage(EventTime from, EventTime to) const {
  const size_t known = std::min(times_.size(), kMemoryRows);
  if (known < kMemoryRowsMin || to - from < kOutageMicrosMin) return false;
  const int64_t span = times_.back() - times_[times_.size() - known];
  // length > 50 × span / spacings, without a division
  return (to - from) * static_cast<int64_t>(known - 1) > kOutageSpacings * span;
}

void GapFinder::Save(ByteWriter& out) const {
  const size_t known = std::min(times_.size(), kMemoryRows);
  out.PutSpan(std::span<const int64_t>(times_).last(known));
}

Status GapFinder::Load(ByteReader& in) {
  times_ = in.GetVector<int64_t>();
  const bool ordered =
      std::adjacent_find(times_.begin(), times_.end(), std::greater_equal<>()) == times_.end();
  const bool opens = std::all_of(times_.begin(), times_.end(), [&](int64_t us) {
    return IsRowTime({us}) && base_.OpenOf({us}).us == us;
  });
  if (!in.ok() || times_.size() > kMemoryRows || !ordered || !opens) {
    Reset();
    return Fail(ErrorCode::kCorrupt, "gap state is damaged");
  }
  return {};
}

}  // namespace tidemark

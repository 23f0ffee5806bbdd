#include "tidemark/pipeline/id_gaps.h"

#include <algorithm>

namespace tidemark {

// What is behind the greatest id known and no gap of before.
void IdGaps::Open(int64_t end, EventTime time) {
  // Where no trade has come before, nothing is known of the time before this one.
  const EventTime last = last_time_ == kMinTime ? time : last_time_;
  const TimeRange times = {std::min(last, time), std::max(last, time)};
  const auto open = [&](int64_t begin, int64_t until) {
    if (begin >= until) return;
    const IdGap gap = {begin, until, times};
    opened_.emplace(begin, Opened{gap, until - begin});
    missing_.emplace(begin, Piece{until, begin});
    opened_now_.push_back(gap);
  };
  int64_t begin = *next_;
  next_ = end;
  std::vector<std::pair<int64_t, int64_t>> before;
  auto it = opened_.upper_bound(begin);
  if (it != opened_.begin()) --it;
  for (; it != opened_.end() && it->first < end; ++it) {
    before.emplace_back(it->first, it->second.gap.end);
  }
  for (const auto& [of, until] : before) {
    open(begin, of);
    begin = std::max(begin, until);
  }
  open(begin, end);
}

void IdGaps::Came(int64_t id, EventTime time) {
  if (!missing_.empty()) Fill(id);
  if (next_ && id < *next_) return;
  if (next_ && id > *next_) Open(id, time);
  next_ = id + 1;
  last_time_ = std::max(last_time_, time);
}

void IdGaps::Exist(int64_t end, EventTime time) {
  if (next_ && end <= *next_) return;
  // As long as no trade has come, the symbol begins behind what is known to exist.
  if (next_ && time != kMinTime) return Open(end, time);
  next_ = end;
  last_time_ = time;
}

void IdGaps::Restore(const IdGap& gap) {
  if (!opened_.emplace(gap.begin, Opened{gap, gap.end - gap.begin}).second) return;
  missing_.emplace(gap.begin, Piece{gap.end, gap.begin});
}

void IdGaps::Fill(int64_t id) {
  auto it = missing_.upper_bound(id);
  if (it == missing_.begin()) return;
  --it;
  const auto [begin, piece] = *it;
  if (id >= piece.end) return;
  missing_.erase(it);
  if (begin < id) missing_.emplace(begin, Piece{id, piece.opened});
  if (id + 1 < piece.end) missing_.emplace(id + 1, Piece{piece.end, piece.opened});
  const auto opened = opened_.find(piece.opened);
  if (--opened->second.left > 0) return;
  healed_.push_back(opened->second.gap);
  opened_.erase(opened);
}

std::vector<IdGap> IdGaps::missing() const {
  std::vector<IdGap> gaps;
  for (const auto& [begin, piece] : missing_) {
    gaps.push_back({begin, piece.end, opened_.at(piece.opened).gap.times});
  }
  return gaps;
}

}  // namespace tidemark

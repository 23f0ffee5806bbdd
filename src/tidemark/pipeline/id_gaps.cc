#include "tidemark/pipeline/id_gaps.h"

#include <algorithm>

namespace tidemark {

std::optional<IdGap> IdGaps::Open(int64_t end, EventTime time) {
  const int64_t begin = *next_;
  next_ = end;
  const IdGap gap = {begin, end, {std::min(last_time_, time), std::max(last_time_, time)}};
  opened_.emplace(begin, Opened{gap, end - begin});
  missing_.emplace(begin, Piece{end, begin});
  return gap;
}

std::optional<IdGap> IdGaps::Came(int64_t id, EventTime time) {
  std::optional<IdGap> gap;
  if (!next_ || id == *next_) {
    next_ = id + 1;
  } else if (id > *next_) {
    gap = Open(id, time);
    next_ = id + 1;
  } else {
    Fill(id);
    return gap;
  }
  last_time_ = std::max(last_time_, time);
  return gap;
}

std::optional<IdGap> IdGaps::Exist(int64_t end, EventTime time) {
  if (!next_) {
    next_ = end;
    last_time_ = time;
    return std::nullopt;
  }
  if (end <= *next_) return std::nullopt;
  return Open(end, time);
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

std::vector<IdGap> IdGaps::TakeHealed() { return std::exchange(healed_, {}); }

std::vector<IdGap> IdGaps::missing() const {
  std::vector<IdGap> gaps;
  for (const auto& [begin, piece] : missing_) {
    gaps.push_back({begin, piece.end, opened_.at(piece.opened).gap.times});
  }
  return gaps;
}

}  // namespace tidemark

#include "tidemark/source/feed/continuity.h"

#include <algorithm>

namespace tidemark {

std::optional<SequenceGap> ContinuityTracker::Observe(const SequenceEvent& event) {
  auto& next_of = next_[static_cast<size_t>(event.kind)];
  const auto known = next_of.find(event.symbol);
  if (known == next_of.end()) {
    next_of.emplace(event.symbol, event.end);
    return std::nullopt;
  }
  int64_t& next = known->second;
  if (event.begin <= next) {
    if (event.begin < next) ++repeats_;
    next = std::max(next, event.end);
    return std::nullopt;
  }
  SequenceGap gap{event.kind, std::string(event.symbol), next, event.begin};
  next = event.end;
  ++gaps_;
  missing_ += gap.end - gap.begin;
  return gap;
}

void ContinuityTracker::StartConnection() {
  next_[static_cast<size_t>(SequenceKind::kConnection)].clear();
}

}  // namespace tidemark

// Turns the ids of messages into findings: which ids were never seen. Outlives connections for ids
// of symbols, so that it finds what was lost between two of them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tidemark/source/feed/feed_event.h"

namespace tidemark {

// The ids [begin, end) were passed over.
struct SequenceGap {
  SequenceKind kind = SequenceKind::kTrade;
  std::string symbol;
  int64_t begin = 0, end = 0;
  bool operator==(const SequenceGap&) const = default;
};

class ContinuityTracker {
 public:
  // The first ids of a symbol are where it starts. Ids seen before are repeats, and no gap; ids of
  // a gap that come after all are repeats too. Allocates on the first event of a symbol only.
  std::optional<SequenceGap> Observe(const SequenceEvent& event);
  // A new connection counts its messages anew; ids of symbols go on.
  void StartConnection();

  int64_t gaps() const { return gaps_; }
  int64_t missing() const { return missing_; }  // ids in gaps
  int64_t repeats() const { return repeats_; }  // events whose ids were known

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  // The next id by symbol; only for look-up, never iterated.
  std::array<std::unordered_map<std::string, int64_t, Hash, std::equal_to<>>, 3> next_;
  int64_t gaps_ = 0, missing_ = 0, repeats_ = 0;
};

}  // namespace tidemark

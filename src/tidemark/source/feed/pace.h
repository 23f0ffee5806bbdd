// Keeps to a PaceLimit. Times are microseconds of a clock that only grows.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tidemark/source/feed/venue_protocol.h"

namespace tidemark {

class Pace {
 public:
  explicit Pace(const PaceLimit& limit) : limit_(limit), tokens_(limit.burst) {}

  // Whether one may go now; if so, it counts as gone.
  bool Take(int64_t now) {
    if (taken_ && now < last_ + limit_.gap_us) return false;
    if (limit_.refill_us > 0) {
      if (!taken_) filled_at_ = now;
      const int64_t more = (now - filled_at_) / limit_.refill_us;
      filled_at_ += more * limit_.refill_us;
      tokens_ = std::min<int64_t>(limit_.burst, tokens_ + more);
      if (tokens_ == 0) return false;
      --tokens_;
    }
    taken_ = true;
    last_ = now;
    return true;
  }
  // Nothing goes before that.
  void HoldUntil(int64_t time) {
    last_ = std::max(last_, time - limit_.gap_us);
    taken_ = true;
  }

 private:
  PaceLimit limit_;
  int64_t tokens_;
  int64_t last_ = 0, filled_at_ = 0;
  bool taken_ = false;
};

}  // namespace tidemark

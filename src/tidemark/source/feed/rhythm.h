// How long a symbol is usually quiet, learnt from the gaps between its rows.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tidemark/base/time.h"

namespace tidemark {

class Rhythm {
 public:
  // A gap between two rows. Rows less than a second apart are one burst: a burst says nothing about
  // the quiet between bursts.
  void Add(int64_t gap_us) {
    if (gap_us < kMicrosPerSecond) return;
    mean_us_ = mean_us_ == 0 ? gap_us : mean_us_ + (gap_us - mean_us_) / 16;
    longest_us_ = std::max(gap_us, longest_us_ - longest_us_ / 50);
  }
  // Silence that is worth a question: 20 mean gaps, or twice the longest of late.
  int64_t Allowance(int64_t first_us, int64_t min_us, int64_t max_us) const {
    if (mean_us_ == 0) return first_us;
    return std::clamp(std::max(20 * mean_us_, 2 * longest_us_), min_us, std::max(min_us, max_us));
  }

 private:
  int64_t mean_us_ = 0, longest_us_ = 0;
};

}  // namespace tidemark

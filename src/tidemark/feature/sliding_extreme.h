// The maximum of the last n values, in constant time per value: a queue of candidates, each smaller
// than the one before it and younger, of which the first is the maximum. Push negated values for a
// minimum.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemark {

class SlidingMax {
 public:
  void Reset(size_t n) {
    n_ = n;
    mask_ = std::bit_ceil(n + 1) - 1;
    queue_.assign(mask_ + 1, {});
    head_ = tail_ = next_ = 0;
  }
  void Push(double value) {
    while (tail_ != head_ && queue_[(tail_ - 1) & mask_].value <= value) --tail_;
    queue_[tail_++ & mask_] = {value, next_};
    ++next_;
    if (queue_[head_ & mask_].index + n_ < next_) ++head_;
  }
  // REQUIRES a Push since Reset.
  double Max() const { return queue_[head_ & mask_].value; }

 private:
  struct Candidate {
    double value = 0;
    uint64_t index = 0;
  };
  std::vector<Candidate> queue_;
  uint64_t n_ = 0, mask_ = 0, head_ = 0, tail_ = 0, next_ = 0;
};

}  // namespace tidemark

// Where the values of a delimited text end, found some kilobytes ahead of the reader: no value then
// waits for the one before it to be read.
#pragma once

#include <immintrin.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidemark {

class ValueEnds {
 public:
  ValueEnds(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  // The places of the next `count` delimiters and newlines from `offset` on. nullptr when there is
  // a quote, a backslash or a carriage return not far behind them, or the text ends. Offsets never
  // become smaller.
  const uint32_t* From(size_t offset, size_t count) {
    while (at_ < found_ && ends_[at_] < offset) ++at_;
    if (found_ - at_ < count) [[unlikely]]
      Find(offset);
    return found_ - at_ >= count ? &ends_[at_] : nullptr;
  }
  // The first `count` of them were used.
  void Pass(size_t count) { at_ += count; }

 private:
  static constexpr size_t kBlock = 64, kEndsMax = 1024, kAhead = 2048;

  // Of 64 bytes, bit i for byte i.
  struct Marks {
    uint64_t ends = 0, strange = 0;
  };
  Marks MarksAt(const char* p) const {
    Marks marks;
    for (int half = 0; half < 2; ++half) {
      const __m256i bytes =
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + std::ptrdiff_t{32} * half));
      const auto is = [&](char c) { return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c)); };
      const auto bits = [&](__m256i mask) {
        return uint64_t{static_cast<uint32_t>(_mm256_movemask_epi8(mask))} << (32 * half);
      };
      marks.ends |= bits(_mm256_or_si256(is(delimiter_), is('\n')));
      marks.strange |= bits(_mm256_or_si256(is('"'), _mm256_or_si256(is('\\'), is('\r'))));
    }
    return marks;
  }

  void Find(size_t offset) {
    at_ = found_ = 0;
    while (offset + kBlock <= text_.size() && offset < UINT32_MAX - kBlock && found_ <= kEndsMax) {
      _mm_prefetch(text_.data() + offset + kAhead, _MM_HINT_T0);  // across pages too
      Marks marks = MarksAt(text_.data() + offset);
      if (marks.strange != 0) return;
      const auto count = static_cast<size_t>(std::popcount(marks.ends));
      // A dozen at once, of which those behind the count are written over later.
      constexpr size_t kAtOnce = 12;
      size_t i = 0;
      do {
        for (const size_t stop = i + kAtOnce; i < stop; ++i) {
          ends_[found_ + i] =
              static_cast<uint32_t>(offset) + static_cast<uint32_t>(std::countr_zero(marks.ends));
          marks.ends &= marks.ends - 1;
        }
      } while (i < count);
      found_ += count;
      offset += kBlock;
    }
  }

  std::string_view text_;
  char delimiter_;
  size_t at_ = 0, found_ = 0;
  std::array<uint32_t, kEndsMax + 2 * kBlock> ends_;  // those before found_ are set
};

}  // namespace tidemark

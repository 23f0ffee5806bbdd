// Sixteen bytes of text at once: where their digits end and what they are worth, without a branch
// for each of them. The same numbers as number.h reads byte by byte, where that reads them quickly.
#pragma once

#include <immintrin.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "tidemark/source/file/number.h"

namespace tidemark {

// The bytes from `p` on; zero bytes for those at `end` and behind.
inline __m128i SixteenBytes(const char* p, const char* end) {
  if (end - p >= 16) [[likely]]
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  alignas(16) char padded[16] = {};
  if (p < end) std::memcpy(padded, p, static_cast<size_t>(end - p));
  return _mm_load_si128(reinterpret_cast<const __m128i*>(padded));
}

// Where each of sixteen places of a number, the last of them the units, finds its digit among
// sixteen bytes; negative is 0.
struct DigitPlaces {
  alignas(16) int8_t plain[17][16] = {};       // by the count of digits
  alignas(16) int8_t around[16][16][16] = {};  // by the byte among them that is none, and the count

  constexpr DigitPlaces() {
    for (int count = 0; count <= 16; ++count) {
      for (int i = 0; i < 16; ++i) {
        const int place = i - (16 - count);
        plain[count][i] = static_cast<int8_t>(place);
        for (int gap = 0; gap < 16 && count < 16; ++gap) {
          around[gap][count][i] = static_cast<int8_t>(place + (place >= gap ? 1 : 0));
        }
      }
    }
  }
};
inline constexpr DigitPlaces kDigitPlaces;

class DigitBlock {
 public:
  static constexpr int kSize = 16;

  explicit DigitBlock(__m128i bytes) : digits_(_mm_sub_epi8(bytes, _mm_set1_epi8('0'))) {}

  // Bit i: byte i is no digit. Bit 16 is set always.
  unsigned others() const {
    const __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digits_, _mm_set1_epi8(9)), digits_);
    return static_cast<unsigned>(_mm_movemask_epi8(is_digit)) ^ 0x1FFFF;
  }
  // The first `count` bytes as one number. REQUIRES that they are digits; count <= 16.
  uint64_t Value(int count) const { return ValueOf(kDigitPlaces.plain[count]); }
  // The same of the bytes around the one at `gap`: `count` digits, gap < count < 16.
  uint64_t ValueAround(int gap, int count) const {
    return ValueOf(kDigitPlaces.around[gap][count]);
  }

 private:
  uint64_t ValueOf(const int8_t (&places)[16]) const {
    const __m128i digits =
        _mm_shuffle_epi8(digits_, _mm_load_si128(reinterpret_cast<const __m128i*>(places)));
    const __m128i twos = _mm_maddubs_epi16(digits, _mm_set1_epi16(1 << 8 | 10));
    const __m128i fours = _mm_madd_epi16(twos, _mm_set1_epi32(1 << 16 | 100));
    const __m128i packed = _mm_packus_epi32(fours, fours);
    const __m128i eights = _mm_madd_epi16(packed, _mm_set1_epi32(1 << 16 | 10'000));
    const auto both = static_cast<uint64_t>(_mm_cvtsi128_si64(eights));
    return (both & 0xFFFF'FFFF) * 100'000'000 + (both >> 32);
  }

  __m128i digits_;  // each byte less '0'
};

// Digits up to `end` into `value` (modulo 2^64): the end of them. REQUIRES *(end - 1) to be none.
inline const char* TakeDigits(const char* p, const char* end, uint64_t* value) {
  const DigitBlock block(SixteenBytes(p, end));
  const int count = std::countr_zero(block.others());
  *value = block.Value(count);
  p += count;
  if (count < DigitBlock::kSize) [[likely]]
    return p;
  while (IsDigit(*p)) *value = *value * 10 + static_cast<uint64_t>(*p++ - '0');
  return p;
}

// Reads what ParsePlainDecimal reads, to the same bits, and returns its end; nullptr for any other
// form. REQUIRES *(end - 1) to be neither digit nor point.
inline const char* ParseDecimal(const char* p, const char* end, double* value) {
  const DigitBlock block(SixteenBytes(p, end));
  const unsigned others = block.others();
  const int whole = std::countr_zero(others);
  if (whole == 0 || (whole > 1 && *p == '0')) return nullptr;
  const bool point = whole < DigitBlock::kSize && p[whole] == '.';
  const int stop = point ? std::countr_zero(others & (others - 1)) : whole;
  if (stop == DigitBlock::kSize) [[unlikely]]
    return ParsePlainDecimal(p, value);
  if (p[stop] == 'e' || p[stop] == 'E') return nullptr;
  if (!point) {
    *value = static_cast<double>(static_cast<int64_t>(block.Value(whole)));
    return p + stop;
  }
  const int fraction = stop - whole - 1;
  if (fraction == 0) return nullptr;
  // At most fifteen digits: both are exact, and the quotient is rounded once.
  *value = static_cast<double>(static_cast<int64_t>(block.ValueAround(whole, stop - 1))) /
           kPowersOfTen[static_cast<size_t>(fraction)];
  return p + stop;
}

}  // namespace tidemark

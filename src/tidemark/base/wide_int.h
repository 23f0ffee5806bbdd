// Signed integers of a fixed number of 64-bit limbs, two's complement, least limb first: the plain
// arithmetic below exact sums. Overflow wraps; callers keep their ranges.
#pragma once

#include <immintrin.h>

#include <bit>
#include <cstddef>
#include <cstdint>

namespace tidemark {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

inline Int128 Int128FromLimbs(uint64_t low, int64_t high) {
  return static_cast<Int128>((static_cast<UInt128>(static_cast<uint64_t>(high)) << 64) | low);
}

inline unsigned char AddCarry(unsigned char carry, uint64_t a, uint64_t b, uint64_t* sum) {
  unsigned long long out = 0;
  carry = _addcarry_u64(carry, a, b, &out);
  *sum = out;
  return carry;
}
inline unsigned char SubtractBorrow(unsigned char borrow, uint64_t a, uint64_t b, uint64_t* rest) {
  unsigned long long out = 0;
  borrow = _subborrow_u64(borrow, a, b, &out);
  *rest = out;
  return borrow;
}

template <size_t N>
struct WideInt {
  uint64_t limbs[N] = {};

  bool operator==(const WideInt&) const = default;
  bool negative() const { return static_cast<int64_t>(limbs[N - 1]) < 0; }
  bool zero() const {
    uint64_t any = 0;
    for (const uint64_t limb : limbs) any |= limb;
    return any == 0;
  }

  void Add(const WideInt& other) {
    unsigned char carry = 0;
    for (size_t i = 0; i < N; ++i) carry = AddCarry(carry, limbs[i], other.limbs[i], &limbs[i]);
  }
  void Subtract(const WideInt& other) {
    unsigned char borrow = 0;
    for (size_t i = 0; i < N; ++i) {
      borrow = SubtractBorrow(borrow, limbs[i], other.limbs[i], &limbs[i]);
    }
  }
  void Negate() {
    uint64_t carry = 1;
    for (uint64_t& limb : limbs) {
      limb = ~limb + carry;
      carry = (carry != 0 && limb == 0) ? 1 : 0;
    }
  }
  WideInt Magnitude() const {
    WideInt result = *this;
    if (negative()) result.Negate();
    return result;
  }
  // Multiplies by a factor ≥ 0. REQUIRES *this ≥ 0.
  void MultiplyBy(uint64_t factor) {
    uint64_t carry = 0;
    for (uint64_t& limb : limbs) {
      const UInt128 product = static_cast<UInt128>(limb) * factor + carry;
      limb = static_cast<uint64_t>(product);
      carry = static_cast<uint64_t>(product >> 64);
    }
  }
  // The nearest double to this × 2^exponent, ties to even. REQUIRES a result in the normal range.
  double ToDouble(int exponent) const;
};

template <size_t N>
WideInt<N> WideFromInt128(Int128 value) {
  WideInt<N> result;
  result.limbs[0] = static_cast<uint64_t>(value);
  result.limbs[1] = static_cast<uint64_t>(static_cast<UInt128>(value) >> 64);
  for (size_t i = 2; i < N; ++i) result.limbs[i] = value < 0 ? ~0ULL : 0;
  return result;
}

// The product of two signed numbers, in N limbs, without a branch on the signs. REQUIRES N ≥ 4.
template <size_t N>
WideInt<N> MultiplySigned(Int128 a, Int128 b) {
  const auto a_low = static_cast<uint64_t>(a);
  const auto b_low = static_cast<uint64_t>(b);
  const auto a_high = static_cast<uint64_t>(static_cast<UInt128>(a) >> 64);
  const auto b_high = static_cast<uint64_t>(static_cast<UInt128>(b) >> 64);
  const UInt128 low = static_cast<UInt128>(a_low) * b_low;
  const UInt128 cross_1 = static_cast<UInt128>(a_low) * b_high;
  const UInt128 cross_2 = static_cast<UInt128>(a_high) * b_low;
  const UInt128 middle =
      (low >> 64) + static_cast<uint64_t>(cross_1) + static_cast<uint64_t>(cross_2);
  UInt128 high =
      static_cast<UInt128>(a_high) * b_high + (cross_1 >> 64) + (cross_2 >> 64) + (middle >> 64);
  // As unsigned numbers a negative a is 2^128 too large, which put b · 2^128 too much into the
  // product.
  high -= static_cast<UInt128>(b) & static_cast<UInt128>(a >> 127);
  high -= static_cast<UInt128>(a) & static_cast<UInt128>(b >> 127);
  WideInt<N> result;
  result.limbs[0] = static_cast<uint64_t>(low);
  result.limbs[1] = static_cast<uint64_t>(middle);
  result.limbs[2] = static_cast<uint64_t>(high);
  result.limbs[3] = static_cast<uint64_t>(high >> 64);
  const auto sign = static_cast<uint64_t>(static_cast<int64_t>(result.limbs[3]) >> 63);
  for (size_t i = 4; i < N; ++i) result.limbs[i] = sign;
  return result;
}

// The nearest double to ±(high · 2^64 + low, and a little more if `more`) × 2^exponent, ties to
// even. REQUIRES high > 0, and a result in the normal range.
inline double RoundLimbs(bool negative, uint64_t high, uint64_t low, bool more, int exponent) {
  const int shift = std::countl_zero(high);
  const uint64_t top = (high << shift) | ((low >> 1) >> (63 - shift));
  // The 63 leading bits; everything below is folded into one sticky bit, far under the rounding
  // bit.
  const bool sticky = (((low << shift) | (top & 1)) != 0) || more;
  const auto leading = static_cast<int64_t>((top >> 1) | (sticky ? 1 : 0));
  const auto power =
      std::bit_cast<double>(static_cast<uint64_t>(exponent + 65 - shift + 1023) << 52);
  return static_cast<double>(negative ? -leading : leading) * power;
}

// The nearest double to value × 2^exponent, ties to even. REQUIRES a result in the normal range.
inline double RoundInt128(Int128 value, int exponent) {
  // Nearly always a sum of the two halves below, both doubles without rounding.
  const auto low = static_cast<uint64_t>(value);
  const auto high = static_cast<uint64_t>(static_cast<UInt128>(value) >> 64);
  constexpr uint64_t kLimit = 1ULL << 51;
  if ((low & 1023) == 0 && high + kLimit < 2 * kLimit) [[likely]] {
    const auto above = static_cast<int64_t>(value >> 63);
    const auto below = static_cast<int64_t>(low & ~(1ULL << 63));
    const auto power = std::bit_cast<double>(static_cast<uint64_t>(exponent + 1023) << 52);
    return (static_cast<double>(above) * 0x1p63 + static_cast<double>(below)) * power;
  }
  const UInt128 magnitude = value < 0 ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
  const auto top = static_cast<uint64_t>(magnitude >> 64);
  const auto next = static_cast<uint64_t>(magnitude);
  if (top == 0) return next == 0 ? 0 : RoundLimbs(value < 0, next, 0, false, exponent - 64);
  return RoundLimbs(value < 0, top, next, false, exponent);
}

// The product of two magnitudes of A and B limbs, in A + B limbs.
template <size_t A, size_t B>
WideInt<A + B> MultiplyMagnitudes(const uint64_t (&a)[A], const uint64_t (&b)[B]) {
  WideInt<A + B> result;
  for (size_t i = 0; i < A; ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < B; ++j) {
      const UInt128 sum = static_cast<UInt128>(a[i]) * b[j] + result.limbs[i + j] + carry;
      result.limbs[i + j] = static_cast<uint64_t>(sum);
      carry = static_cast<uint64_t>(sum >> 64);
    }
    result.limbs[i + B] = carry;
  }
  return result;
}

template <size_t N>
double WideInt<N>::ToDouble(int exponent) const {
  const WideInt magnitude = Magnitude();
  size_t top = N;
  while (top > 0 && magnitude.limbs[top - 1] == 0) --top;
  if (top == 0) return 0;
  const uint64_t next = top > 1 ? magnitude.limbs[top - 2] : 0;
  uint64_t rest = 0;
  for (size_t i = 0; i + 2 < top; ++i) rest |= magnitude.limbs[i];
  return RoundLimbs(negative(), magnitude.limbs[top - 1], next, rest != 0,
                    exponent + 64 * (static_cast<int>(top) - 2));
}

}  // namespace tidemark

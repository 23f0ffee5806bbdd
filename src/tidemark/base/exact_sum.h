// Sums without memory: accumulators on a fixed binary grid of 2^-80.
//
// A running sum of doubles remembers every value that ever passed through it, so a window that adds
// at one end and drops at the other drifts away from a window summed afresh. Here each value is
// rounded once, half to even, to a multiple of 2^-80 and all further work is on integers: adding
// and dropping are exact inverses, order is irrelevant, and an accumulator equals any other that
// holds the same values, bit for bit. Results are rounded once, on the way out.
//
// Values: finite, |x| < 2^46 (rows are rejected from 2^44 on, which leaves room for a sum of three
// prices). A double of at least 2^-28 is on the grid already and loses nothing. Counts below 2^31
// keep every intermediate in range. See docs/internals/exact-sums.md.
#pragma once

#include <bit>
#include <cstdint>

#include "tidemark/base/bytes.h"
#include "tidemark/base/check.h"
#include "tidemark/base/wide_int.h"

namespace tidemark {

constexpr int kGridBits = 80;  // one grid unit is 2^-80

// ToGrid where the mantissa, of x's sign, is shifted by 64 and more or to the right.
Int128 ToGridUncommon(int64_t mantissa, int shift);

// x in grid units, rounded half to even. REQUIRES x finite, |x| < 2^46.
inline Int128 ToGrid(double x) {
  const auto bits = std::bit_cast<uint64_t>(x);
  const int shift = static_cast<int>((bits >> 52) & 0x7ff) - (1075 - kGridBits);
  const auto magnitude = static_cast<int64_t>((bits & ((1ULL << 52) - 1)) | (1ULL << 52));
  // Without branches on the sign: those of returns are as good as random.
  const int64_t sign = static_cast<int64_t>(bits) >> 63;
  const int64_t mantissa = (magnitude ^ sign) - sign;
  if (static_cast<unsigned>(shift) >= 64) [[unlikely]]
    return ToGridUncommon(mantissa, shift);
  return Int128FromLimbs(static_cast<uint64_t>(mantissa) << shift, (mantissa >> 1) >> (63 - shift));
}

// Σx in 192 bits.
class ExactSum {
 public:
  void Add(double x) { AddGrid(ToGrid(x)); }
  void Subtract(double x) { AddGrid(-ToGrid(x)); }
  void Replace(double added, double dropped) { AddGrid(ToGrid(added) - ToGrid(dropped)); }
  void AddGrid(Int128 value) {
    if (__builtin_add_overflow(low_, value, &low_)) [[unlikely]]
      wraps_ += value < 0 ? -1 : 1;
  }
  // Adds x `times` times. REQUIRES |times| < 2^62.
  void AddScaled(double x, int64_t times);
  void AddSum(const ExactSum& other);
  void SubtractSum(const ExactSum& other);

  bool IsZero() const { return low_ == 0 && wraps_ == 0; }
  // The nearest double, ties to even.
  double ToDouble() const {
    return FitsInt128() ? RoundInt128(low_, -kGridBits) : Wide().ToDouble(-kGridBits);
  }
  // Whether Low() is the whole sum in grid units: sums below 2^47.
  bool FitsInt128() const { return wraps_ == 0; }
  Int128 Low() const { return low_; }
  WideInt<3> Wide() const;

  void Save(ByteWriter& out) const;
  void Load(ByteReader& in);
  bool operator==(const ExactSum&) const = default;

 private:
  static ExactSum FromWide(const WideInt<3>& wide);

  Int128 low_ = 0;  // the sum is low_ + wraps_ · 2^128
  int64_t wraps_ = 0;
};

// Σxy in 320 bits, in units of 2^-160: exact on the rounded x and y.
class ExactProductSum {
 public:
  void Add(double x, double y) { AddGrid(ToGrid(x), ToGrid(y)); }
  void Subtract(double x, double y) { AddGrid(-ToGrid(x), ToGrid(y)); }
  // Adds x·y, both in grid units below 2^127.
  void AddGrid(Int128 x, Int128 y) { sum_.Add(MultiplySigned<5>(x, y)); }
  // Adds the square of one value and takes away that of another, at the price of one product.
  void ReplaceSquare(Int128 added, Int128 dropped) { AddGrid(added - dropped, added + dropped); }

  bool IsZero() const { return sum_.zero(); }
  double ToDouble() const { return sum_.ToDouble(-2 * kGridBits); }
  const WideInt<5>& Wide() const { return sum_; }

  void Save(ByteWriter& out) const;
  void Load(ByteReader& in);
  bool operator==(const ExactProductSum&) const = default;

 private:
  WideInt<5> sum_;
};

// n, Σx and Σx² of a window: its mean, variance and deviations. REQUIRES count() < 2^31 to be
// asked.
class ExactMoments {
 public:
  void Add(double x) {
    const Int128 value = ToGrid(x);
    ++count_;
    sum_.AddGrid(value);
    squares_.AddGrid(value, value);
  }
  void Subtract(double x) {
    const Int128 value = ToGrid(x);
    --count_;
    sum_.AddGrid(-value);
    squares_.AddGrid(-value, value);
  }
  // Add and Subtract in one, cheaper.
  void Replace(double added, double dropped) {
    const Int128 in = ToGrid(added);
    const Int128 out = ToGrid(dropped);
    sum_.AddGrid(in - out);
    squares_.ReplaceSquare(in, out);
  }

  int64_t count() const { return count_; }
  const ExactSum& sum() const { return sum_; }
  const ExactProductSum& squares() const { return squares_; }
  // REQUIRES count() > 0 for these three.
  double Mean() const { return sum_.ToDouble() / static_cast<double>(count_); }
  // Population variance (ddof 0): n·Σx² − (Σx)² exactly, rounded once, divided by n². 0 exactly
  // when, and only when, all values are equal on the grid.
  double Variance() const;
  // x − mean: n·x − Σx exactly, rounded once, divided by n.
  double Deviation(double x) const;

  void Save(ByteWriter& out) const;
  void Load(ByteReader& in);
  bool operator==(const ExactMoments&) const = default;

 private:
  int64_t count_ = 0;
  ExactSum sum_;
  ExactProductSum squares_;
};

inline WideInt<3> ExactSum::Wide() const {
  WideInt<3> wide = WideFromInt128<3>(low_);
  wide.limbs[2] += static_cast<uint64_t>(wraps_);
  return wide;
}

}  // namespace tidemark

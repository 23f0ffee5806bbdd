#include "tidemark/base/exact_sum.h"

namespace tidemark {
namespace {

// |value| × factor in three limbs, with the sign of the product.
WideInt<3> Scaled(Int128 value, int64_t factor) {
  const bool negative = (value < 0) != (factor < 0);
  WideInt<3> result = WideFromInt128<3>(value < 0 ? -value : value);
  result.MultiplyBy(factor < 0 ? -static_cast<uint64_t>(factor) : static_cast<uint64_t>(factor));
  if (negative) result.Negate();
  return result;
}

template <size_t N>
void SaveLimbs(const WideInt<N>& value, ByteWriter& out) {
  for (const uint64_t limb : value.limbs) out.Put(limb);
}

}  // namespace

Int128 ToGridUncommon(int64_t mantissa, int shift) {
  if (shift >= 0) {
    CHECK(shift <= 73);
    return static_cast<Int128>(mantissa) << shift;
  }
  if (shift < -54) return 0;  // a subnormal is far below
  // Down to the next unit, and up by one from the half on, at the half where that makes it even.
  const int64_t quotient = mantissa >> -shift;
  const int64_t remainder = mantissa & ((int64_t{1} << -shift) - 1);
  const int64_t half = int64_t{1} << (-shift - 1);
  const bool up = remainder > half || (remainder == half && (quotient & 1) != 0);
  return quotient + (up ? 1 : 0);
}

void ExactSum::AddScaled(double x, int64_t times) {
  WideInt<3> wide = Wide();
  wide.Add(Scaled(ToGrid(x), times));
  *this = FromWide(wide);
}

void ExactSum::AddSum(const ExactSum& other) {
  AddGrid(other.low_);
  wraps_ += other.wraps_;
}

void ExactSum::SubtractSum(const ExactSum& other) {
  if (__builtin_sub_overflow(low_, other.low_, &low_)) wraps_ += other.low_ < 0 ? 1 : -1;
  wraps_ -= other.wraps_;
}

ExactSum ExactSum::FromWide(const WideInt<3>& wide) {
  ExactSum sum;
  sum.low_ = Int128FromLimbs(wide.limbs[0], static_cast<int64_t>(wide.limbs[1]));
  sum.wraps_ = static_cast<int64_t>(wide.limbs[2] + (sum.low_ < 0 ? 1 : 0));
  return sum;
}

void ExactSum::Save(ByteWriter& out) const { SaveLimbs(Wide(), out); }

void ExactSum::Load(ByteReader& in) {
  WideInt<3> wide;
  for (uint64_t& limb : wide.limbs) limb = in.Get<uint64_t>();
  *this = FromWide(wide);
}

void ExactProductSum::Save(ByteWriter& out) const { SaveLimbs(sum_, out); }

void ExactProductSum::Load(ByteReader& in) {
  for (uint64_t& limb : sum_.limbs) limb = in.Get<uint64_t>();
}

double ExactMoments::Variance() const {
  CHECK(count_ > 0 && count_ < (int64_t{1} << 31));
  WideInt<5> spread = squares_.Wide();
  spread.MultiplyBy(static_cast<uint64_t>(count_));
  if (sum_.FitsInt128()) {
    spread.Subtract(MultiplySigned<5>(sum_.Low(), sum_.Low()));
  } else {
    const WideInt<3> sum = sum_.Wide().Magnitude();
    const WideInt<6> square = MultiplyMagnitudes(sum.limbs, sum.limbs);
    WideInt<5> low;  // (Σx)² ≤ n·Σx² < 2^(31 + 31 + 252), so the sixth limb is 0
    for (size_t i = 0; i < 5; ++i) low.limbs[i] = square.limbs[i];
    spread.Subtract(low);
  }
  const auto n = static_cast<double>(count_);
  return spread.ToDouble(-2 * kGridBits) / (n * n);
}

double ExactMoments::Deviation(double x) const {
  CHECK(count_ > 0 && count_ < (int64_t{1} << 31));
  const Int128 value = ToGrid(x);
  const auto n = static_cast<double>(count_);
  constexpr Int128 kSmall = static_cast<Int128>(1) << 95;  // times a count it stays below 2^126
  constexpr Int128 kMedium = static_cast<Int128>(1) << 126;
  if (sum_.FitsInt128() && value < kSmall && value > -kSmall && sum_.Low() < kMedium &&
      sum_.Low() > -kMedium) {
    return RoundInt128(value * count_ - sum_.Low(), -kGridBits) / n;
  }
  WideInt<3> difference = Scaled(value, count_);
  difference.Subtract(sum_.Wide());
  return difference.ToDouble(-kGridBits) / n;
}

void ExactMoments::Save(ByteWriter& out) const {
  out.Put(count_);
  sum_.Save(out);
  squares_.Save(out);
}

void ExactMoments::Load(ByteReader& in) {
  count_ = in.Get<int64_t>();
  sum_.Load(in);
  squares_.Load(in);
}

}  // namespace tidemark

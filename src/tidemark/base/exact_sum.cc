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

void ExactSum::AddScaled(double x, int64_t times) {
  WideInt<3> wide = Wide();
  wide.Add(Scaled(ToGrid(x), times));
  low_ = (static_cast<UInt128>(wide.limbs[1]) << 64) | wide.limbs[0];
  high_ = static_cast<int64_t>(wide.limbs[2]);
}

void ExactSum::AddSum(const ExactSum& other) {
  low_ += other.low_;
  high_ += other.high_ + (low_ < other.low_ ? 1 : 0);
}

void ExactSum::SubtractSum(const ExactSum& other) {
  high_ -= other.high_ + (low_ < other.low_ ? 1 : 0);
  low_ -= other.low_;
}

void ExactSum::Save(ByteWriter& out) const { SaveLimbs(Wide(), out); }

void ExactSum::Load(ByteReader& in) {
  const auto low = in.Get<uint64_t>();
  low_ = (static_cast<UInt128>(in.Get<uint64_t>()) << 64) | low;
  high_ = in.Get<int64_t>();
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

#include "tidemark/base/exact_sum.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tidemark/base/random.h"

namespace tidemark {
namespace {

// The oracle: whole numbers as a sign and one bit per element, least first; schoolbook on single
// bits.
struct SlowInt {
  bool minus = false;
  std::vector<int> bits;

  void Trim() {
    while (!bits.empty() && bits.back() == 0) bits.pop_back();
    if (bits.empty()) minus = false;
  }
  int Bit(size_t i) const { return i < bits.size() ? bits[i] : 0; }
};

int CompareMagnitudes(const SlowInt& a, const SlowInt& b) {
  for (size_t i = std::max(a.bits.size(), b.bits.size()); i-- > 0;) {
    if (a.Bit(i) != b.Bit(i)) return a.Bit(i) < b.Bit(i) ? -1 : 1;
  }
  return 0;
}

SlowInt Plus(const SlowInt& a, const SlowInt& b) {
  SlowInt sum;
  const size_t size = std::max(a.bits.size(), b.bits.size()) + 1;
  if (a.minus == b.minus) {
    sum.minus = a.minus;
    int carry = 0;
    for (size_t i = 0; i < size; ++i) {
      const int digit = a.Bit(i) + b.Bit(i) + carry;
      sum.bits.push_back(digit % 2);
      carry = digit / 2;
    }
  } else {
    const bool a_wins = CompareMagnitudes(a, b) >= 0;
    const SlowInt& more = a_wins ? a : b;
    const SlowInt& less = a_wins ? b : a;
    sum.minus = more.minus;
    int borrow = 0;
    for (size_t i = 0; i < size; ++i) {
      int digit = more.Bit(i) - less.Bit(i) - borrow;
      borrow = digit < 0 ? 1 : 0;
      sum.bits.push_back(digit + 2 * borrow);
    }
  }
  sum.Trim();
  return sum;
}

SlowInt Minus(SlowInt a) {
  a.minus = !a.minus;
  a.Trim();
  return a;
}

SlowInt Shifted(SlowInt a, size_t by) {
  a.bits.insert(a.bits.begin(), by, 0);
  a.Trim();
  return a;
}

SlowInt Times(const SlowInt& a, const SlowInt& b) {
  SlowInt product;
  SlowInt positive = a;
  positive.minus = false;
  for (size_t i = 0; i < b.bits.size(); ++i) {
    if (b.bits[i] != 0) product = Plus(product, Shifted(positive, i));
  }
  product.minus = a.minus != b.minus;
  product.Trim();
  return product;
}

SlowInt FromInteger(int64_t value) {
  SlowInt result;
  result.minus = value < 0;
  for (auto rest = static_cast<uint64_t>(std::llabs(value)); rest > 0; rest /= 2) {
    result.bits.push_back(static_cast<int>(rest % 2));
  }
  return result;
}

// x in units of 2^-`unit`, half to even when it does not fit.
SlowInt FromDouble(double x, int unit) {
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);
  SlowInt value = FromInteger(static_cast<int64_t>(std::ldexp(fraction, 53)));
  exponent += unit - 53;
  if (exponent >= 0) return Shifted(value, static_cast<size_t>(exponent));
  const auto cut = static_cast<size_t>(-exponent);
  SlowInt quotient = value;
  quotient.bits.erase(
      quotient.bits.begin(),
      quotient.bits.begin() + static_cast<ptrdiff_t>(std::min(cut, quotient.bits.size())));
  bool rest = false;
  for (size_t i = 0; i + 1 < cut; ++i) rest = rest || value.Bit(i) != 0;
  if (value.Bit(cut - 1) != 0 && (rest || quotient.Bit(0) != 0)) {
    SlowInt one = FromInteger(1);
    one.minus = value.minus;
    quotient.minus = value.minus;
    quotient = Plus(quotient, one);
  }
  quotient.Trim();
  return quotient;
}

// Whether `x` is the double nearest to `value` in units of 2^-`unit`.
bool IsNearest(double x, const SlowInt& value, int unit) {
  constexpr int kExtra = 120;  // room for the neighbours' last bits
  const SlowInt exact = Shifted(value, kExtra);
  const auto distance = [&](double candidate) {
    SlowInt d = Plus(exact, Minus(FromDouble(candidate, unit + kExtra)));
    d.minus = false;
    return d;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  const SlowInt here = distance(x);
  for (const double neighbour : {std::nextafter(x, infinity), std::nextafter(x, -infinity)}) {
    const int order = CompareMagnitudes(here, distance(neighbour));
    if (order > 0) return false;
    if (order == 0 && (std::bit_cast<uint64_t>(x) & 1) != 0) return false;
  }
  return true;
}

rc::Gen<double> AnyValue() {
  return rc::gen::map(rc::gen::tuple(rc::gen::arbitrary<int64_t>(), rc::gen::inRange(-140, -19)),
                      [](const std::tuple<int64_t, int>& pick) {
                        return std::ldexp(static_cast<double>(std::get<0>(pick)),
                                          std::get<1>(pick));
                      });
}

RC_GTEST_PROP(ExactSum, IsTheNearestDoubleToTheSumOnTheGrid, ()) {
  const auto values = *rc::gen::container<std::vector<double>>(AnyValue());
  ExactSum sum;
  SlowInt slow;
  for (const double x : values) {
    sum.Add(x);
    slow = Plus(slow, FromDouble(x, kGridBits));
  }
  RC_ASSERT(IsNearest(sum.ToDouble(), slow, kGridBits));
  RC_ASSERT(sum.IsZero() == slow.bits.empty());
}

RC_GTEST_PROP(ExactSum, DropsWhatItAddedInAnyOrder, ()) {
  const auto values = *rc::gen::container<std::vector<double>>(AnyValue());
  const auto kept = *AnyValue();
  ExactSum sum;
  ExactSum others;
  for (const double x : values) {
    sum.Add(x);
    others.Add(x);
  }
  sum.Add(kept);
  for (size_t i = values.size(); i-- > 0;) sum.Subtract(values[i]);
  ExactSum fresh;
  fresh.Add(kept);
  RC_ASSERT(sum == fresh);
  for (const double x : values) sum.Add(x);
  sum.SubtractSum(others);
  RC_ASSERT(sum == fresh);
}

RC_GTEST_PROP(ExactSum, ScaledAdditionEqualsRepeatedAddition, ()) {
  const auto x = *AnyValue();
  const auto times = *rc::gen::inRange(-50, 50);
  ExactSum scaled;
  scaled.AddScaled(x, times);
  ExactSum repeated;
  for (int i = 0; i < std::abs(times); ++i) {
    if (times > 0) repeated.Add(x);
    if (times < 0) repeated.Subtract(x);
  }
  RC_ASSERT(scaled == repeated);
}

RC_GTEST_PROP(ExactProductSum, IsTheNearestDoubleToTheSumOfProducts, ()) {
  const auto xs = *rc::gen::container<std::vector<double>>(8, AnyValue());
  const auto ys = *rc::gen::container<std::vector<double>>(8, AnyValue());
  ExactProductSum sum;
  SlowInt slow;
  for (size_t i = 0; i < xs.size(); ++i) {
    sum.Add(xs[i], ys[i]);
    slow = Plus(slow, Times(FromDouble(xs[i], kGridBits), FromDouble(ys[i], kGridBits)));
  }
  RC_ASSERT(IsNearest(sum.ToDouble(), slow, 2 * kGridBits));
  for (size_t i = 0; i < xs.size(); ++i) sum.Subtract(xs[i], ys[i]);
  RC_ASSERT(sum.IsZero());
}

RC_GTEST_PROP(ExactMoments, VarianceAndDeviationAreRoundedOnceBeforeTheDivision, ()) {
  const auto size = static_cast<size_t>(*rc::gen::inRange(1, 12));
  const auto values = *rc::gen::container<std::vector<double>>(size, AnyValue());
  ExactMoments moments;
  SlowInt sum;
  SlowInt squares;
  for (const double x : values) {
    moments.Add(x);
    const SlowInt grid = FromDouble(x, kGridBits);
    sum = Plus(sum, grid);
    squares = Plus(squares, Times(grid, grid));
  }
  const SlowInt n = FromInteger(static_cast<int64_t>(size));
  const SlowInt spread = Plus(Times(n, squares), Minus(Times(sum, sum)));
  const auto count = static_cast<double>(size);
  // Undo the division by trying the doubles around.
  const double variance = moments.Variance();
  bool found = false;
  double guess = std::nextafter(std::nextafter(variance * (count * count), 0.0), 0.0);
  for (int i = 0; i < 5 && !found; ++i) {
    found = IsNearest(guess, spread, 2 * kGridBits) && guess / (count * count) == variance;
    guess = std::nextafter(guess, std::numeric_limits<double>::infinity());
  }
  RC_ASSERT(found);
  const SlowInt off = Plus(Times(n, FromDouble(values[0], kGridBits)), Minus(sum));
  RC_ASSERT(off.bits.empty() == (moments.Deviation(values[0]) == 0));
  RC_ASSERT(off.bits.empty() || off.minus == (moments.Deviation(values[0]) < 0));
}

RC_GTEST_PROP(ExactMoments, ReplacingEqualsAddingAndSubtracting, ()) {
  const auto values = *rc::gen::container<std::vector<double>>(20, AnyValue());
  ExactMoments replaced;
  ExactMoments separate;
  ExactSum replaced_sum;
  replaced_sum.Add(values[0]);
  replaced.Add(values[0]);
  separate.Add(values[0]);
  for (size_t i = 1; i < values.size(); ++i) {
    replaced.Replace(values[i], values[i - 1]);
    replaced_sum.Replace(values[i], values[i - 1]);
    separate.Subtract(values[i - 1]);
    separate.Add(values[i]);
    RC_ASSERT(replaced == separate);
    RC_ASSERT(replaced_sum == separate.sum());
  }
}

TEST(ExactSum, RoundsHalfToEvenOntoTheGrid) {
  const double unit = std::ldexp(1.0, -kGridBits);
  EXPECT_EQ(static_cast<int64_t>(ToGrid(0.5 * unit)), 0);
  EXPECT_EQ(static_cast<int64_t>(ToGrid(1.5 * unit)), 2);
  EXPECT_EQ(static_cast<int64_t>(ToGrid(2.5 * unit)), 2);
  EXPECT_EQ(static_cast<int64_t>(ToGrid(-1.5 * unit)), -2);
  EXPECT_EQ(static_cast<int64_t>(ToGrid(std::nextafter(0.5 * unit, 1.0))), 1);
  EXPECT_EQ(static_cast<int64_t>(ToGrid(0.25 * unit)), 0);
  EXPECT_EQ(static_cast<int64_t>(ToGrid(-0.0)), 0);
  EXPECT_EQ(static_cast<int64_t>(ToGrid(5e-324)), 0);
}

TEST(ExactSum, HoldsTheLargestValuesAllowed) {
  const double largest = std::nextafter(std::ldexp(1.0, 46), 0.0);
  ExactSum sum;
  ExactMoments moments;
  for (int i = 0; i < 1000; ++i) {
    sum.Add(-largest);
    moments.Add(i % 2 == 0 ? largest : -largest);
  }
  EXPECT_EQ(sum.ToDouble(), -1000 * largest);
  EXPECT_EQ(moments.Mean(), 0);
  EXPECT_EQ(moments.Variance(), largest * largest);
}

TEST(ExactSum, RefusesValuesOutOfRange) {
  EXPECT_DEATH(ToGrid(std::ldexp(1.0, 46)), "");
  EXPECT_DEATH(ToGrid(std::numeric_limits<double>::quiet_NaN()), "");
}

TEST(ExactMoments, EqualValuesHaveNoVariance) {
  ExactMoments moments;
  for (int i = 0; i < 777; ++i) moments.Add(0.1);
  EXPECT_EQ(moments.Variance(), 0);
  EXPECT_EQ(moments.Deviation(0.1), 0);
  EXPECT_EQ(moments.Mean(), 0.1);
  moments.Add(std::nextafter(0.1, 1.0));
  EXPECT_GT(moments.Variance(), 0);
}

TEST(ExactMoments, AWindowThatSlidForeverEqualsAFreshOne) {
  Random random(7);
  std::vector<double> values;
  for (int i = 0; i < 20000; ++i) values.push_back(std::ldexp(random.Normal(), i % 60 - 40));
  ExactMoments slid;
  ExactMoments fresh;
  for (size_t i = 0; i < values.size(); ++i) {
    slid.Add(values[i]);
    if (i >= 50) slid.Subtract(values[i - 50]);
    if (i + 50 >= values.size()) fresh.Add(values[i]);
  }
  EXPECT_EQ(slid, fresh);
}

TEST(ExactMoments, SavedAndLoadedIsTheSame) {
  ExactMoments moments;
  moments.Add(3.1491);
  moments.Add(-1e-9);
  ByteWriter out;
  moments.Save(out);
  ExactMoments loaded;
  ByteReader in(out.bytes());
  loaded.Load(in);
  EXPECT_TRUE(in.done());
  EXPECT_EQ(loaded, moments);
}

}  // namespace
}  // namespace tidemark

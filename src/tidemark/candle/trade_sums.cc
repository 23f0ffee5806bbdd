#include "tidemark/candle/trade_sums.h"

#include <immintrin.h>

#include <bit>
#include <cstring>

namespace tidemark {
namespace {

// Sums in doubles that never round. Each value is cut at one binary place, the same for all of a
// chunk: what is above it is a multiple of 2^place, what is below at most half of that. With 2^10
// values below 2^top, all multiples of 2^bottom, and the place at top + 10 - 53, the parts above
// add up to at most 2^53 units of 2^place, and those below to 2^53 units of 2^bottom if
// bottom >= place + 9 - 53: every sum on the way is a double.
constexpr int kChunkBits = 10;
constexpr size_t kChunk = size_t{1} << kChunkBits;
constexpr int kDoubleBits = 53;
// Of the exponents of the largest and the smallest value: top is one above the first, bottom 52
// below the other.
constexpr int kSpanMax = 2 * kDoubleBits - 2 * kChunkBits - kDoubleBits + 1;
constexpr double kLeast = 1.0 / (1 << 28);  // from here on the grid
// All sums stay below the limit of the grid.
constexpr double kMost = TradeSums::kMoneyLimit / (2ULL << kChunkBits);

int ExponentOf(double x) { return static_cast<int>(std::bit_cast<uint64_t>(x) >> 52) - 1023; }

// Whether positive values from `least` to `most` can be summed so.
bool CanCut(double least, double most) {
  return least >= kLeast && most < kMost && ExponentOf(most) - ExponentOf(least) <= kSpanMax;
}

// x + this - this is x rounded to the place: this has its last bit there.
double CutterOf(double most) {
  const int place = ExponentOf(most) + 1 + kChunkBits - kDoubleBits;
  const auto exponent = static_cast<uint64_t>(place + kDoubleBits - 1 + 1023);
  return std::bit_cast<double>(exponent << 52 | 1ULL << 51);
}

struct Parts {
  __m256d above, below;
};

Parts Cut(__m256d x, __m256d cutter) {
  const __m256d above = _mm256_sub_pd(_mm256_add_pd(x, cutter), cutter);
  return {above, _mm256_sub_pd(x, above)};
}

struct PartSums {
  __m256d above = _mm256_setzero_pd(), below = _mm256_setzero_pd();

  void Add(const Parts& x) {
    above = _mm256_add_pd(above, x.above);
    below = _mm256_add_pd(below, x.below);
  }
  void Add(const Parts& x, __m256d mask) {
    Add({_mm256_and_pd(x.above, mask), _mm256_and_pd(x.below, mask)});
  }
  void AddTo(ExactSum* sum) const {
    for (const __m256d part : {above, below}) {
      alignas(32) double lanes[4];
      _mm256_store_pd(lanes, part);
      sum->Add((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]));
    }
  }
};

struct Range {
  __m256d least, most;

  explicit Range(__m256d x) : least(x), most(x) {}
  void Add(__m256d x) {
    least = _mm256_min_pd(least, x);
    most = _mm256_max_pd(most, x);
  }
  double Least() const {
    alignas(32) double lanes[4];
    _mm256_store_pd(lanes, least);
    return std::min(std::min(lanes[0], lanes[1]), std::min(lanes[2], lanes[3]));
  }
  double Most() const {
    alignas(32) double lanes[4];
    _mm256_store_pd(lanes, most);
    return std::max(std::max(lanes[0], lanes[1]), std::max(lanes[2], lanes[3]));
  }
};

// All ones where the side of four rows is that one.
__m256d IsSide(const Side* sides, Side side) {
  int32_t four = 0;
  std::memcpy(&four, sides, sizeof(four));
  const __m256i each = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(four));
  return _mm256_castsi256_pd(
      _mm256_cmpeq_epi64(each, _mm256_set1_epi64x(static_cast<int64_t>(side))));
}

// Rows that are a multiple of four, from four to kChunk. False, and nothing is added, when their
// values lie too far apart.
bool AddChunk(const double* price, const double* size, const Side* side, size_t count,
              TradeSums& sums) {
  Range prices(_mm256_loadu_pd(price)), sizes(_mm256_loadu_pd(size));
  for (size_t i = 4; i < count; i += 4) {
    prices.Add(_mm256_loadu_pd(price + i));
    sizes.Add(_mm256_loadu_pd(size + i));
  }
  const double low = prices.Least(), high = prices.Most();
  const double size_least = sizes.Least(), size_most = sizes.Most();
  // Rounding keeps the order, so each product lies between these two.
  const double money_least = low * size_least, money_most = high * size_most;
  if (!CanCut(size_least, size_most) || !CanCut(money_least, money_most)) return false;
  const __m256d size_cutter = _mm256_set1_pd(CutterOf(size_most));
  const __m256d money_cutter = _mm256_set1_pd(CutterOf(money_most));
  PartSums volume, buy, sell, money;
  for (size_t i = 0; i < count; i += 4) {
    const __m256d amount = _mm256_loadu_pd(size + i);
    const Parts parts = Cut(amount, size_cutter);
    volume.Add(parts);
    buy.Add(parts, IsSide(side + i, Side::kBuy));
    sell.Add(parts, IsSide(side + i, Side::kSell));
    money.Add(Cut(_mm256_mul_pd(_mm256_loadu_pd(price + i), amount), money_cutter));
  }
  volume.AddTo(&sums.volume);
  buy.AddTo(&sums.buy);
  sell.AddTo(&sums.sell);
  money.AddTo(&sums.money);
  sums.high = std::max(sums.high, high);
  sums.low = std::min(sums.low, low);
  sums.trades += static_cast<int64_t>(count);
  return true;
}

}  // namespace

void TradeSums::AddRows(const double* price, const double* size, const Side* side, size_t count) {
  constexpr size_t kWorthIt = 16;
  size_t i = 0;
  while (i < count) {
    const size_t rows = std::min(count - i, kChunk);
    size_t added = 0;
    if (rows >= kWorthIt && AddChunk(price + i, size + i, side + i, rows & ~size_t{3}, *this)) {
      added = rows & ~size_t{3};
    }
    for (size_t j = added; j < rows; ++j) Add(price[i + j], size[i + j], side[i + j]);
    i += rows;
  }
}

}  // namespace tidemark

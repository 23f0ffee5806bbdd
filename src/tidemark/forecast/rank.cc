#include "tidemark/forecast/rank.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

constexpr int kDigitBits = 11;
constexpr size_t kDigits = 6;  // 6 × 11 >= 64
constexpr uint64_t kMask = (1u << kDigitBits) - 1;

struct Keyed {
  uint64_t key;
  uint32_t index;
};

// An unsigned integer with the order of the doubles.
uint64_t KeyOf(double x) {
  const auto bits = std::bit_cast<uint64_t>(x + 0.0);
  return bits >> 63 ? ~bits : bits | uint64_t{1} << 63;
}

}  // namespace

std::vector<uint32_t> SortedOrder(std::span<const double> values) {
  CHECK(values.size() < UINT32_MAX);
  std::vector<Keyed> keyed(values.size()), other(values.size());
  std::vector<std::array<uint32_t, kMask + 1>> counts(kDigits);
  for (size_t i = 0; i < values.size(); ++i) {
    const uint64_t key = KeyOf(values[i]);
    keyed[i] = {key, static_cast<uint32_t>(i)};
    for (size_t d = 0; d < kDigits; ++d) ++counts[d][(key >> (d * kDigitBits)) & kMask];
  }
  for (size_t d = 0; d < kDigits; ++d) {
    const size_t shift = d * kDigitBits;
    auto& start = counts[d];
    if (values.empty() || start[(keyed[0].key >> shift) & kMask] == values.size()) continue;
    uint32_t sum = 0;
    for (uint32_t& s : start) {
      const uint32_t n = s;
      s = sum;
      sum += n;
    }
    for (const Keyed& k : keyed) other[start[(k.key >> shift) & kMask]++] = k;
    keyed.swap(other);
  }
  std::vector<uint32_t> order(values.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = keyed[i].index;
  return order;
}

std::vector<double> MeanRanks(std::span<const double> values) {
  const std::vector<uint32_t> order = SortedOrder(values);
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t end = i + 1;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    const double rank = 0.5 * static_cast<double>(i + 1 + end);
    for (; i < end; ++i) ranks[order[i]] = rank;
  }
  return ranks;
}

double Spearman(std::span<const double> a, std::span<const double> b) {
  CHECK(a.size() == b.size());
  if (a.size() < 3) return std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> ra = MeanRanks(a);
  const std::vector<double> rb = MeanRanks(b);
  const double middle = 0.5 * static_cast<double>(a.size() + 1);
  double aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    aa += (ra[i] - middle) * (ra[i] - middle);
    bb += (rb[i] - middle) * (rb[i] - middle);
    ab += (ra[i] - middle) * (rb[i] - middle);
  }
  if (aa == 0 || bb == 0) return std::numeric_limits<double>::quiet_NaN();
  return ab / std::sqrt(aa * bb);
}

}  // namespace tidemark

#include "tidemark/forecast/tree_bins.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

constexpr size_t kSampleRows = 32'768;

// Floats as unsigned integers of the same order (−0 and 0 are one level: see Normalise).
uint32_t KeyOf(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}
float ValueOf(uint32_t key) {
  return std::bit_cast<float>(key & 0x80000000u ? key & 0x7fffffffu : ~key);
}
float Normalise(double x) { return static_cast<float>(x) + 0.0f; }  // −0 becomes 0

// Least significant digit first, three digits of 11 bits.
void RadixSort(std::vector<uint32_t>& keys) {
  constexpr int kBits = 11;
  constexpr uint32_t kMask = (1u << kBits) - 1;
  std::vector<uint32_t> other(keys.size());
  for (int pass = 0; pass < 3; ++pass) {
    const int shift = pass * kBits;
    std::array<uint32_t, 1u << kBits> start{};
    for (const uint32_t key : keys) ++start[(key >> shift) & kMask];
    uint32_t sum = 0;
    for (uint32_t& s : start) {
      const uint32_t n = s;
      s = sum;
      sum += n;
    }
    for (const uint32_t key : keys) other[start[(key >> shift) & kMask]++] = key;
    keys.swap(other);
  }
}

template <typename Body>
void ForTrainingRows(const TrainingSet& set, size_t feature, size_t step, const Body& body) {
  size_t skip = 0;  // training rows until the next one taken
  for (size_t m = 0; m < set.months.size(); ++m) {
    const double* column = set.months[m].rows.features[feature];
    for (const RowRun& run : set.runs[m]) {
      size_t i = run.begin + skip;
      for (; i < run.end; i += step) {
        if (!body(column[i])) return;
      }
      skip = i - run.end;
    }
  }
}

// The distinct levels of all training rows in order, or nothing when there are more than `limit`.
std::vector<float> AllLevels(const TrainingSet& set, size_t feature, size_t limit) {
  std::vector<float> levels;
  ForTrainingRows(set, feature, 1, [&](double x) {
    const float v = Normalise(x);
    const auto at = std::lower_bound(levels.begin(), levels.end(), v);
    if (at == levels.end() || *at != v) levels.insert(at, v);
    return levels.size() <= limit;
  });
  if (levels.size() > limit) levels.clear();
  return levels;
}

}  // namespace

float EdgeBetween(float low, float high) {
  const auto middle =
      static_cast<float>(0.5 * (static_cast<double>(low) + static_cast<double>(high)));
  return middle < high ? middle : low;
}

void FeatureBins::Finish() {
  CHECK(count >= 0 && count <= 255);
  for (size_t i = static_cast<size_t>(count); i < edges.size(); ++i) {
    edges[i] = std::numeric_limits<float>::infinity();
  }
  for (size_t i = 0; i < coarse.size(); ++i) coarse[i] = edges[16 * i + 15];
}

uint8_t FeatureBins::BinOf(double x) const {
  const float v = Normalise(x);
  return static_cast<uint8_t>(std::lower_bound(edges.begin(), edges.begin() + count, v) -
                              edges.begin());
}

void FeatureBins::BinColumn(const double* x, size_t n, uint8_t* out) const {
#if defined(__AVX2__)
  // Sixteen against sixteen: which block of edges, then how many of the block are below. A lane
  // below counts −1; packing leaves sixteen bytes whose signs one mask collects.
  const __m256 coarse0 = _mm256_load_ps(coarse.data());
  const __m256 coarse1 = _mm256_load_ps(coarse.data() + 8);
  const auto below = [](__m256 a, __m256 b, __m256 v) {
    const __m256i low = _mm256_castps_si256(_mm256_cmp_ps(a, v, _CMP_LT_OQ));
    const __m256i high = _mm256_castps_si256(_mm256_cmp_ps(b, v, _CMP_LT_OQ));
    const auto mask = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_packs_epi32(low, high)));
    return static_cast<unsigned>(std::popcount(mask)) / 2;
  };
  for (size_t i = 0; i < n; ++i) {
    const __m256 v = _mm256_set1_ps(static_cast<float>(x[i]));
    // The last coarse edge is infinite, so the block is at most 15.
    const unsigned block = below(coarse0, coarse1, v);
    const float* fine = edges.data() + 16 * block;
    const unsigned inside = below(_mm256_load_ps(fine), _mm256_load_ps(fine + 8), v);
    out[i] = static_cast<uint8_t>(16 * block + inside);
  }
#else
  for (size_t i = 0; i < n; ++i) out[i] = BinOf(x[i]);
#endif
}

FeatureBins MakeBins(const TrainingSet& set, size_t feature, int max_bins) {
  CHECK(max_bins >= 2 && max_bins <= 256);
  const size_t max_edges = static_cast<size_t>(max_bins) - 1;
  const size_t step = (set.rows() + kSampleRows - 1) / kSampleRows;
  std::vector<uint32_t> keys;
  keys.reserve(kSampleRows);
  ForTrainingRows(set, feature, std::max<size_t>(step, 1), [&](double x) {
    keys.push_back(KeyOf(Normalise(x)));
    return true;
  });
  RadixSort(keys);
  size_t levels = keys.empty() ? 0 : 1;
  for (size_t i = 1; i < keys.size(); ++i) levels += keys[i] != keys[i - 1];

  FeatureBins bins;
  if (levels <= max_edges + 1) {
    const std::vector<float> all = AllLevels(set, feature, max_edges + 1);
    for (size_t i = 1; i < all.size(); ++i) {
      bins.edges[static_cast<size_t>(bins.count++)] = EdgeBetween(all[i - 1], all[i]);
    }
    if (!all.empty()) {
      bins.Finish();
      return bins;
    }
  }
  for (size_t k = 1; k <= max_edges; ++k) {
    size_t at = k * keys.size() / (max_edges + 1);
    if (at > 0) --at;
    const uint32_t key = keys[at];
    const auto next = std::upper_bound(keys.begin() + static_cast<ptrdiff_t>(at), keys.end(), key);
    if (next == keys.end()) break;
    const float edge = EdgeBetween(ValueOf(key), ValueOf(*next));
    if (bins.count > 0 && !(edge > bins.edges[static_cast<size_t>(bins.count) - 1])) continue;
    bins.edges[static_cast<size_t>(bins.count++)] = edge;
  }
  bins.Finish();
  return bins;
}

}  // namespace tidemark

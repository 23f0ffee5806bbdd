// Binning of feature columns for the histogram tree.
//
// Values are compared as float32 (as scikit-learn does): x is first rounded to the nearest float.
// A feature has up to 255 edges in rising order; bin(x) = how many edges are < x, so that
// "x <= edge[b]" and "bin(x) <= b" are the same question. The last bin is open upwards.
//
//   At most max_bins levels among the training rows → one bin per level, edges midway between
//   neighbours (exact splits). Otherwise edges follow the quantiles of every k-th training row,
//   at most 32,768 of them, each edge midway between a sampled value and the next larger one.
//
// Example, four rows 1, 1, 2, 5: levels 1, 2, 5; edges 1.5, 3.5; bins 0, 0, 1, 2.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "tidemark/forecast/training.h"

namespace tidemark {

struct FeatureBins {
  // edges[0, count), then +infinity up to 256 entries.
  alignas(32) std::array<float, 256> edges;
  // The last edge of each sixteen: the first level of the look-up.
  alignas(32) std::array<float, 16> coarse;
  int count = 0;

  void Finish();  // pads and fills coarse; REQUIRES edges[0, count) strictly rising
  // REQUIRES x is not NaN.
  uint8_t BinOf(double x) const;
  // out[i] = BinOf(x[i]) for i in [0, n)
  void BinColumn(const double* x, size_t n, uint8_t* out) const;
};

// The edges of one feature over the training rows. `max_bins` in [2, 256].
FeatureBins MakeBins(const TrainingSet& set, size_t feature, int max_bins);

// A float strictly rising with the order of sampled keys: `low` <= edge < `high`.
float EdgeBetween(float low, float high);

}  // namespace tidemark

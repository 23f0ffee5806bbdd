// The sufficient statistics of least squares over some training rows: count, means and centred
// co-moments of the features and, as the last column, the target.
//
// Built in tiles of 128 rows around the rows' own means, so the bits depend on the rows alone.
// Blocks of consecutive months are merged in month order by the rule of Chan, Golub and LeVeque:
//   C = Ca + Cb + (mb − ma)(mb − ma)ᵀ · na·nb/n
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"
#include "tidemark/forecast/training.h"

namespace tidemark {

class GramBlock {
 public:
  GramBlock() = default;  // no rows, no columns; merges with anything
  static GramBlock Of(const FeatureView& view, const RowCut& cut);
  static GramBlock OfRuns(const FeatureView& view, std::span<const RowRun> runs);

  // Appends the rows of `next`. REQUIRES equal columns (or one of the two empty).
  void Merge(const GramBlock& next);

  int64_t rows() const { return rows_; }
  size_t columns() const { return mean_.size(); }  // features + 1 (the target)
  double mean(size_t column) const { return mean_[column]; }
  // Σ (x_i − mean_i)(x_j − mean_j)
  double moment(size_t i, size_t j) const {
    return i <= j ? moments_[i * mean_.size() + j] : moments_[j * mean_.size() + i];
  }

  // Canonical bytes: docs/internals/forecasts.md. Load: kVersion, kCorrupt.
  Bytes Save() const;
  static Result<GramBlock> Load(std::string_view bytes);
  bool operator==(const GramBlock&) const = default;

 private:
  int64_t rows_ = 0;
  std::vector<double> mean_;
  std::vector<double> moments_;  // columns × columns, upper triangle; the rest is 0
};

}  // namespace tidemark

// Sums over one series of numbers from which its long-run variance follows: n, Σx and Σ x_t x_{t−k}
// for k = 0 … L. Two neighbouring stretches merge into what the whole would have given (up to
// rounding; the order of additions is fixed), thanks to the first and last L values of each.
#pragma once

#include <cstdint>
#include <vector>

#include "tidemark/base/bytes.h"

namespace tidemark {

class LagSums {
 public:
  explicit LagSums(size_t lags = 0);

  void Add(double x);
  void Merge(const LagSums& next);  // `next` follows at once; REQUIRES equal lags

  // Frees what only Add() needs; changes nothing else.
  void Trim();

  int64_t count() const { return count_; }
  size_t lags() const { return lags_; }
  double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }
  // γ_k = (1/n) Σ_{t>=k} (x_t − mean)(x_{t−k} − mean).
  double Autocovariance(size_t k) const;
  // Ω = γ_0 + 2 Σ (1 − k/(L+1)) γ_k (Newey–West, Bartlett kernel); the variance of the mean is
  // Ω/n. NaN unless n > L + 1 and Ω > 0.
  double LongRunVariance() const;

  void Save(ByteWriter& out) const;
  static LagSums Load(ByteReader& in);  // check in.ok() and Valid() afterwards
  bool Valid() const;

 private:
  void Grow();
  // The latest values, newest first.
  const double* recent() const { return history_.data() + head_; }

  size_t lags_;
  int64_t count_ = 0;
  double sum_ = 0;
  std::vector<double> products_;  // by lag
  std::vector<double> first_;     // the first min(n, L) values
  // A window that slides down through a longer buffer; zeros stand for values before the first.
  std::vector<double> history_;
  size_t head_ = 0;
};

}  // namespace tidemark

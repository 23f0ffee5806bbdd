// Returns and spacing.
//
//   log_return_n = ln(c_t / c_{t-n})             roc_n = 100 · (c_t / c_{t-n} − 1)
//   elapsed_n    = ln((t − t_{-n}) / (n · base interval)): 0 where no row is missing
//
// Over a time w, the reference is the last close at or before t − w. First value: row n; over time,
// once such a close exists. Gaps are not special: rows are counted. A late row moves every value
// whose span covers it and no other.
//
//   minute   0    1    2    5
//   close   100  102  101  103
//   log_return_1   –  0.0198 -0.0099 0.0196      elapsed_2   –  –  0  ln(4/2) = 0.6931
//   log_return_3m  –    –      –     ln(103/101): the last close at or before minute 2
#include "tidemark/feature/catalogue.h"

namespace tidemark {
namespace {

// The row a span back from row i. Rows only: a subtraction. Time: a pointer that moves with the
// rows.
class Reference {
 public:
  explicit Reference(Extent extent) : extent_(extent) {}
  void Reset() { distance_ = 0; }
  // Sets *k; false when there is no such row. REQUIRES calls for every row in order.
  bool At(const RowView& rows, size_t i, size_t* k) {
    if (extent_.rows > 0) {
      if (i < static_cast<size_t>(extent_.rows)) return false;
      *k = i - static_cast<size_t>(extent_.rows);
      return true;
    }
    if (i > 0) ++distance_;
    const int64_t start = rows.time[i] - extent_.micros;
    if (distance_ > i) distance_ = i;
    while (distance_ > 0 && rows.time[i - distance_ + 1] <= start) --distance_;
    *k = i - distance_;
    return rows.time[*k] <= start;
  }
  const Extent& extent() const { return extent_; }

 private:
  Extent extent_;
  size_t distance_ = 0;
};

template <bool kLogarithm>
class Return final : public FeatureOperator {
 public:
  explicit Return(const FeatureSpec& spec)
      : reference_(spec.window), warmup_(WindowWarmup(spec, true)) {}
  std::vector<Lane> lanes() const override {
    // The shared lane already is the return over one row.
    return {one_row() ? Lane::kLogReturn : Lane::kClose};
  }
  Extent keeps() const override { return reference_.extent(); }
  int64_t warmup_rows() const override { return warmup_; }
  bool logarithm() const override { return kLogarithm && !one_row(); }
  void Reset() override { reference_.Reset(); }
  void Step(const RowView& rows, size_t begin, size_t end, double* out) override {
    if (one_row()) {
      for (size_t i = begin; i < end; ++i) out[i - begin] = rows[Lane::kLogReturn][i];
      return;
    }
    const double* close = rows[Lane::kClose];
    for (size_t i = begin; i < end; ++i) {
      size_t k = 0;
      if (!reference_.At(rows, i, &k)) {
        out[i - begin] = kNull;
        continue;
      }
      const double ratio = close[i] / close[k];
      out[i - begin] = kLogarithm ? ratio : (ratio - 1) * 100;
    }
  }

 private:
  bool one_row() const { return kLogarithm && reference_.extent().rows == 1; }
  Reference reference_;
  int64_t warmup_;
};

class Elapsed final : public FeatureOperator {
 public:
  explicit Elapsed(const FeatureSpec& spec)
      : rows_(spec.values[0]),
        usual_(static_cast<double>(spec.values[0]) *
               static_cast<double>(spec.base.nominal_micros())) {}
  std::vector<Lane> lanes() const override { return {Lane::kTime}; }
  Extent keeps() const override { return {.rows = rows_}; }
  int64_t warmup_rows() const override { return rows_; }
  bool logarithm() const override { return true; }
  void Reset() override {}
  void Step(const RowView& rows, size_t begin, size_t end, double* out) override {
    const auto n = static_cast<size_t>(rows_);
    for (size_t i = begin; i < end; ++i) {
      out[i - begin] =
          i < n ? kNull : static_cast<double>(rows.time[i] - rows.time[i - n]) / usual_;
    }
  }

 private:
  int64_t rows_;
  double usual_;
};

}  // namespace

std::vector<FeatureInfo> ReturnFeatures() {
  std::vector<FeatureInfo> all;
  all.push_back({.name = "log_return",
                 .family = "returns",
                 .summary = "log return of the close",
                 .parameters = {WindowParameter(30, 1)},
                 .time_window = true,
                 .unit = "log ratio",
                 .formula = "ln(c / c n rows back)",
                 .warmup = "n",
                 .make = MakeFeature<Return<true>>});
  all.push_back({.name = "roc",
                 .family = "returns",
                 .summary = "rate of change of the close",
                 .parameters = {WindowParameter(10, 1)},
                 .time_window = true,
                 .unit = "percent",
                 .formula = "100 · (c / c n rows back − 1)",
                 .warmup = "n",
                 .make = MakeFeature<Return<false>>});
  all.push_back({.name = "elapsed",
                 .family = "returns",
                 .summary = "how much slower than its interval the series ran",
                 .parameters = {WindowParameter(30, 1)},
                 .unit = "log ratio",
                 .formula = "ln((t − t n rows back) / (n · interval))",
                 .warmup = "n",
                 .make = MakeFeature<Elapsed>});
  return all;
}

}  // namespace tidemark

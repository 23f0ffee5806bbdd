// The sliding window that most features are made of.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "tidemark/feature/operator.h"

namespace tidemark {

// A windowed operator over one or two lanes: the window slides row by row, over a number of rows or
// a span of time. The derived class has
//   void Clear();                                        forget all rows
//   void Add(const RowView&, size_t i);  void Drop(const RowView&, size_t i);
//   double Value(const RowView&, size_t i, size_t n);    of a full window of n rows that ends at i
// and may have
//   void Replace(const RowView&, size_t i, size_t k);    Add(i) and Drop(k) in one
// A null in the first lane leaves its row out of Add and Drop and makes the value null as long as
// the row is in the window.
template <typename Derived>
class WindowOperator : public FeatureOperator {
 public:
  WindowOperator(Extent extent, int64_t warmup, std::vector<Lane> lanes)
      : extent_(extent), warmup_(warmup), lanes_(std::move(lanes)) {}

  std::vector<Lane> lanes() const override { return lanes_; }
  Extent keeps() const override { return extent_; }
  int64_t warmup_rows() const override { return warmup_; }
  void Reset() override {
    size_ = 0;
    nulls_ = 0;
    self().Clear();
  }
  void Step(const RowView& rows, size_t begin, size_t end, double* out) override {
    const auto full_size = static_cast<size_t>(extent_.rows);
    for (size_t i = begin; i < end; ++i) {
      bool full = true;
      if (full_size == 0) {
        full = SlideOverTime(rows, i);
      } else if (size_ == full_size) [[likely]] {
        Move(rows, i, i - full_size);
      } else {
        TakeIn(rows, i);
        full = size_ == full_size;
      }
      out[i - begin] = full && nulls_ == 0 ? self().Value(rows, i, size_) : kNull;
    }
  }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
  bool IsNull(const RowView& rows, size_t i) const { return std::isnan(rows[lanes_[0]][i]); }
  void TakeIn(const RowView& rows, size_t i) {
    ++size_;
    if (IsNull(rows, i)) {
      ++nulls_;
    } else {
      self().Add(rows, i);
    }
  }
  void LetOut(const RowView& rows, size_t k) {
    --size_;
    if (IsNull(rows, k)) {
      --nulls_;
    } else {
      self().Drop(rows, k);
    }
  }
  void Move(const RowView& rows, size_t i, size_t k) {
    if constexpr (requires { self().Replace(rows, i, k); }) {
      if (!IsNull(rows, i) && !IsNull(rows, k)) [[likely]] {
        self().Replace(rows, i, k);
        return;
      }
    }
    TakeIn(rows, i);
    LetOut(rows, k);
  }
  // Whether the series is as old as the window.
  bool SlideOverTime(const RowView& rows, size_t i) {
    TakeIn(rows, i);
    const int64_t start = rows.time[i] - extent_.micros;
    while (rows.time[i + 1 - size_] <= start) LetOut(rows, i + 1 - size_);
    return rows.series_open.us <= start;
  }

  Extent extent_;
  size_t size_ = 0;
  int64_t warmup_;
  int64_t nulls_ = 0;
  std::vector<Lane> lanes_;
};

}  // namespace tidemark

// The sliding window that most features are made of.
#pragma once

#include <cmath>
#include <iterator>

#include "tidemark/feature/catalogue.h"

namespace tidemark {

// A windowed operator: a window that slides row by row, over a number of rows or a span of time,
// and `Fold`, a function of what is in it. Fold is a few numbers, cheap to copy, and has
//   static constexpr Lane kLanes[];                      the lanes it reads
//   explicit Fold(const FeatureSpec&);                   of no rows
//   void Add(const RowView&, size_t i);  void Drop(const RowView&, size_t i);
//   double Value(const RowView&, size_t i, size_t n);    of a full window of n rows that ends at i
// and may have
//   void Replace(const RowView&, size_t i, size_t k);    Add(i) and Drop(k) in one
// A null in the first lane leaves its row out of Add and Drop and makes the value null as long as
// the row is in the window.
template <typename Fold>
class WindowOperator final : public FeatureOperator {
 public:
  explicit WindowOperator(const FeatureSpec& spec) : spec_(spec), fold_(spec) {}

  std::vector<Lane> lanes() const override {
    return {std::begin(Fold::kLanes), std::end(Fold::kLanes)};
  }
  Extent keeps() const override { return spec_.window; }
  int64_t warmup_rows() const override { return WindowWarmup(spec_, LooksBack(kFirstLane)); }
  void Reset() override {
    size_ = 0;
    nulls_ = 0;
    fold_ = Fold(spec_);
  }
  void Step(const RowView& rows, size_t begin, size_t end, double* out) override {
    const auto full_size = static_cast<size_t>(spec_.window.rows);
    for (size_t i = begin; i < end; ++i) {
      if (full_size > 0 && size_ == full_size && nulls_ == 0) {
        i = Slide(rows, i, end, out + (i - begin));
        if (i == end) return;
      }
      TakeIn(rows, i);
      bool full = false;
      if (full_size > 0) {
        if (size_ > full_size) LetOut(rows, i - full_size);
        full = size_ == full_size;
      } else {
        full = DropOld(rows, i);
      }
      out[i - begin] = full && nulls_ == 0 ? fold_.Value(rows, i, size_) : kNull;
    }
  }

 private:
  static constexpr Lane kFirstLane = Fold::kLanes[0];

  bool IsNull(const RowView& rows, size_t i) const { return std::isnan(rows[kFirstLane][i]); }
  void TakeIn(const RowView& rows, size_t i) {
    ++size_;
    if (IsNull(rows, i)) {
      ++nulls_;
    } else {
      fold_.Add(rows, i);
    }
  }
  void LetOut(const RowView& rows, size_t k) {
    --size_;
    if (IsNull(rows, k)) {
      --nulls_;
    } else {
      fold_.Drop(rows, k);
    }
  }
  // Lets out what a span of time has left behind. Whether the series is as old as the span.
  bool DropOld(const RowView& rows, size_t i) {
    const int64_t start = rows.time[i] - spec_.window.micros;
    while (rows.time[i + 1 - size_] <= start) LetOut(rows, i + 1 - size_);
    return rows.series_open.us <= start;
  }
  // The rows from `begin` on of a window of rows that is full and holds no null, until one is null;
  // nearly all rows are such rows. Gives the index of that one, or `end`.
  size_t Slide(const RowView& rows, size_t begin, size_t end, double* out) {
    const size_t n = size_;
    Fold fold = fold_;  // in registers
    size_t i = begin;
    for (; i < end && !IsNull(rows, i); ++i) {
      if constexpr (requires { fold.Replace(rows, i, i); }) {
        fold.Replace(rows, i, i - n);
      } else {
        fold.Add(rows, i);
        fold.Drop(rows, i - n);
      }
      out[i - begin] = fold.Value(rows, i, n);
    }
    fold_ = fold;
    return i;
  }

  FeatureSpec spec_;
  size_t size_ = 0;
  int64_t nulls_ = 0;
  Fold fold_;
};

}  // namespace tidemark

// Features that carry doubles from row to row: EMA, Wilder's means and what is built of them.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tidemark/feature/operator.h"

namespace tidemark {

// A recursive operator: doubles in a struct `State`, stepped one row at a time. The derived class
// has
//   double Next(const RowView&, size_t i, int64_t row, State&);
// where `row` is the row's index in the series up to warmup_rows(), and one more for all rows
// behind.
template <typename Derived, typename State>
class RecursiveOperator : public FeatureOperator {
 public:
  RecursiveOperator(int64_t warmup, std::vector<Lane> lanes)
      : warmup_(warmup), lanes_(std::move(lanes)) {}

  std::vector<Lane> lanes() const override { return lanes_; }
  Extent keeps() const override { return {.rows = 1}; }
  int64_t warmup_rows() const override { return warmup_; }
  void Reset() override {
    row_ = 0;
    state_ = State();
  }
  void Step(const RowView& rows, size_t begin, size_t end, double* out) override {
    State state = state_;
    for (size_t i = begin; i < end; ++i) {
      out[i - begin] = static_cast<Derived&>(*this).Next(rows, i, row_, state);
      if (row_ <= warmup_) ++row_;
    }
    state_ = state;
  }
  bool recursive() const override { return true; }
  void Save(ByteWriter& out) const override {
    static_assert(sizeof(State) % sizeof(double) == 0);
    out.Put(row_);
    out.Put(state_);
  }
  bool Load(ByteReader& in) override {
    row_ = in.Get<int64_t>();
    state_ = in.Get<State>();
    return in.ok() && row_ >= 0 && row_ <= warmup_ + 1;
  }

 private:
  int64_t row_ =
      0;  // index of the next row; stops behind the warm-up, or no state would ever recur
  int64_t warmup_;
  State state_;
  std::vector<Lane> lanes_;
};

}  // namespace tidemark

// One feature of one series as a fold over rows, read from lanes of rows.
//
// An operator is one of two kinds. A windowed one is a function of its last rows: it saves nothing
// and is rebuilt by being stepped over those rows again. A recursive one (EMA, Wilder) carries a
// few doubles and a row counter that stops at its warm-up; those are its bytes. Either way equal
// futures have equal bytes, which is what lets a refold stop early.
#pragma once

#include <cstdint>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/feature/lane.h"

namespace tidemark {

// How far back: a number of rows, or a span of time (t − micros, t]. One of them is 0.
struct Extent {
  int64_t rows = 0;
  int64_t micros = 0;
};

class FeatureOperator {
 public:
  virtual ~FeatureOperator() = default;

  // The lanes it reads.
  virtual std::vector<Lane> lanes() const = 0;
  // How many rows, the newest included, must outlive a step; a time extent also keeps the row
  // before.
  virtual Extent keeps() const = 0;
  // Index of the first row with a value; for a time extent, in a series without gaps.
  virtual int64_t warmup_rows() const = 0;

  // Whether the feature is the logarithm of what Step gives: the pack takes it, of many at once.
  virtual bool logarithm() const { return false; }

  virtual void Reset() = 0;
  // Folds rows [begin, end) of the view; the value of row i goes to out[i - begin], null as NaN.
  virtual void Step(const RowView& rows, size_t begin, size_t end, double* out) = 0;

  // Whether Save and Load carry the state. If not, Reset and Step over the kept rows rebuild it.
  virtual bool recursive() const { return false; }
  virtual void Save(ByteWriter&) const {}
  // False when the bytes cannot be a state.
  virtual bool Load(ByteReader&) { return true; }
};

}  // namespace tidemark

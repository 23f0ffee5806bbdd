// The runner of one operator over one series: folds forward from the snapshot before a change and
// stops where the state meets the stored one again.
//
//   time      |----|----|-x--|----|----|----|      x = the change
//   snapshots s0   s1   s2   s3   s4   s5   s6
//   load s2, fold [2,3): state != s3, store;  fold [3,4): state == s4, stop.
//
// The output of every refolded step is replaced wholesale, so rows may vanish. Boundaries are the
// starts of months (fold_month.h) plus the tips of earlier epochs; equal states are equal bytes, so
// stopping early is exact: whatever follows would come out as it stands.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"
#include "tidemark/flow/range_set.h"

namespace tidemark {

// Where the snapshots of one operator over one series are kept. A snapshot at `boundary` is the
// state after all input with available time < boundary.
class SnapshotStore {
 public:
  virtual ~SnapshotStore() = default;
  virtual Result<std::vector<EventTime>> Boundaries() = 0;  // in order
  virtual Result<std::optional<Bytes>> Get(EventTime boundary) = 0;
  virtual void Put(EventTime boundary, Bytes state) = 0;
  virtual void Erase(EventTime boundary) = 0;
};

// What is folded: an operator with its input and output bound.
class Fold {
 public:
  virtual ~Fold() = default;
  virtual void Reset() = 0;
  virtual Bytes Save() const = 0;
  virtual Status Load(std::string_view state) = 0;
  // Folds the input with available time in `step` and replaces the output of that step.
  virtual Status FoldStep(TimeRange step) = 0;
};

struct RefoldOptions {
  // Tips kept beside the month starts: a late row near the tip then refolds little.
  size_t tips_kept = 8;
};

// Brings the operator up to date after `changes` (available times of its input). `extent` spans all
// input ever held, up to the closed tip. Returns the steps refolded, in order.
// Errors: those of the store and the fold; kCorrupt when a snapshot does not load.
Result<RangeSet> Refold(const RangeSet& changes, TimeRange extent, SnapshotStore& store, Fold& fold,
                        const RefoldOptions& options = {});

}  // namespace tidemark

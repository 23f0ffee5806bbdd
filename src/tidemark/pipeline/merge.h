// Merges newly read rows of one month into what is stored: duplicates, revisions, new rows.
//
// For each key the versions ever held are known (the stored row and its superseded values). A row
// equal to any of them is a duplicate. Otherwise it becomes the current version when its rank is at
// least the current one's, and the value it replaces is superseded; a lower-ranked row is
// superseded at once. Rows are taken in order of acceptance. The result does not depend on how the
// rows were cut into epochs.
#pragma once

#include <string>
#include <vector>

#include "tidemark/flow/range_set.h"
#include "tidemark/market/batch.h"
#include "tidemark/market/candle.h"
#include "tidemark/pipeline/row_spool.h"

namespace tidemark {

struct MergeCounts {
  int64_t new_rows = 0, revised = 0, duplicate = 0;
  MergeCounts& operator+=(const MergeCounts& other) {
    new_rows += other.new_rows;
    revised += other.revised;
    duplicate += other.duplicate;
    return *this;
  }
};

// One month of a series after the merge. Sources are indices into the caller's list.
struct MergedMonth {
  CandleColumns rows;  // in order
  std::vector<int32_t> source;
  std::vector<int64_t> received_at;
  std::vector<int64_t> revision;  // how often the key's current value was replaced
  // Versions replaced in this merge.
  struct Superseded {
    Candle values;
    int32_t source;
    int64_t received_at;
    int64_t revision;
  };
  std::vector<Superseded> superseded;
  std::vector<MergeCounts> counts;  // per source index
  RangeSet changes;                 // open times whose current value appeared, changed or vanished
  // After BaseSeries::Forget: every superseded version that stays.
  std::vector<Superseded> kept;
};

struct StoredMonth {
  CandleColumns rows;
  std::vector<int32_t> source;
  std::vector<int64_t> received_at;
  std::vector<int64_t> revision;
  std::vector<MergedMonth::Superseded> superseded;  // ordered by (open_time, revision)
};

// `ranks` gives the rank of every source index, `now` the received_at of new rows.
MergedMonth Merge(const StoredMonth& stored, const std::vector<SpoolRow>& incoming,
                  const std::vector<int32_t>& ranks, ReceiveTime now);

}  // namespace tidemark

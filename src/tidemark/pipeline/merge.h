// Merges newly read rows of one month into what is stored: duplicates, revisions, new rows.
//
// For each key the versions ever held are known (the stored row and its superseded values), and
// versioned_key.h says what becomes of another. The result does not depend on how the rows were cut
// into epochs.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tidemark/flow/range_set.h"
#include "tidemark/market/batch.h"
#include "tidemark/market/candle.h"
#include "tidemark/pipeline/row_spool.h"
#include "tidemark/pipeline/versioned_key.h"

namespace tidemark {

// What a version of a key may differ in.
bool SameValues(const Candle& a, const Candle& b);
std::array<uint64_t, 5> BitsOf(const Candle& candle);

// One month of a series after the merge. Sources are indices into the caller's list.
struct MergedMonth {
  CandleColumns rows;  // in order
  std::vector<int32_t> source;
  std::vector<int64_t> received_at;
  std::vector<int64_t> revision;  // how often the key's current value was replaced
  using Superseded = Version<Candle>;
  std::vector<Superseded> superseded;  // versions replaced in this merge
  std::vector<MergeCounts> counts;     // per source index
  RangeSet changes;  // open times whose current value appeared, changed or vanished
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

// Merges newly read trades of one UTC day into what is stored: duplicates, revisions, new trades.
//
// A trade's key is its time and its id. Where the venue gives no id it is made: a hash of (time,
// price, size, side) and the number of the row among equal ones of its source. So of equal rows as
// many are kept as the source that has most of them has; never the sum. Such a row's `sequence` is
// its place among the rows of its second in its source; of several sources the first one's stays.
// versioned_key.h says what becomes of another version of a key. The result does not depend on how
// the rows were cut into epochs, as long as a source without ids is always given whole.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "tidemark/flow/range_set.h"
#include "tidemark/market/trade.h"
#include "tidemark/pipeline/versioned_key.h"

namespace tidemark {

// What versions of a trade may differ in.
struct TradeValues {
  int64_t sequence = kNullInt;
  double price = 0, size = 0;
  Side side = Side::kUnknown;
  bool cancelled = false;
  bool made_id = false;  // then the sequence says nothing about the trade
};
bool SameValues(const TradeValues& a, const TradeValues& b);
std::array<uint64_t, 5> BitsOf(const TradeValues& values);

// Trades with where they came from.
struct SourcedTrades {
  TradeColumns rows;
  std::vector<int32_t> source;
  std::vector<int64_t> received_at;
  std::vector<int64_t> revision;
};

// Rows of one day in the order of acceptance, and the source of each.
struct IncomingTrades {
  TradeColumns rows;
  std::vector<int32_t> source;
  // By source, [first, last + 1 µs) of all its rows of the series, of other days too.
  std::map<int32_t, TimeRange> extents;
};

struct MergedTrades : SourcedTrades {  // in order, all with an id
  SourcedTrades superseded;            // versions replaced in this merge
  SourcedTrades kept;                  // after ForgetTrades: the superseded versions that stay
  std::vector<MergeCounts> counts;     // per source index
  RangeSet changes;                    // times whose trades appeared or changed
  // Rows from here on are new and happened after all that were stored, by time and sequence, and
  // nothing else has changed; SIZE_MAX: it has.
  size_t appended_from = SIZE_MAX;
  // Duplicates without ids at the first or last time of their source, held from another source:
  // where a source begins or ends between equal trades, nobody can tell how many there were.
  IncomingTrades ambiguous;
  std::vector<int32_t> ambiguous_held_from;  // the other source
};

// Gives every row without an id its made id and sequence.
void MakeIds(IncomingTrades* incoming);

// `stored` and `versions` (superseded before) in order, ids made. `ranks` gives the rank of every
// source index, `now` the received_at of new rows.
MergedTrades MergeTrades(const SourcedTrades& stored, const SourcedTrades& versions,
                         IncomingTrades incoming, const std::vector<int32_t>& ranks,
                         ReceiveTime now);
// Takes a source out of both: a trade whose current version it gave goes back to the best of its
// other versions (rank, then the latest), or vanishes. Returns the times that changed.
RangeSet ForgetTrades(int32_t source, const std::vector<int32_t>& ranks, SourcedTrades* stored,
                      SourcedTrades* versions);

}  // namespace tidemark

// Which files of a partition are not as compaction leaves them: one file per series and calendar
// month or year (SplitFor), or one per series, or one for a small table; and beside it full ones,
// which no compaction touches again: so a row is copied a few times, however many come.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tidemark/lake/data_file.h"
#include "tidemark/lake/upkeep.h"
#include "tidemark/market/tables.h"

namespace tidemark {

// A file of one series and bucket with so many rows is full.
constexpr int64_t kFullRows = 1 << 20;
// Those with so many are merged, but for kWhole, only when they make a full one.
constexpr int64_t kBigRows = 1 << 17;
// Of big files of a table so many rows are merged by one compaction: so an epoch that tidies is
// never a long one. No less than may come from one to the next (kRowsToCompact of live).
constexpr int64_t kBigRowsAtOnce = 1 << 24;

// The times of the month or year that all rows of the file lie in, if they do; all times for a
// table that is not split by time.
std::optional<TimeRange> BucketOf(const TableSpec& spec, const DataFile& file);

// Of `files`, all of one partition: those of several series or over several buckets of time; those
// that are small, of a series and bucket that has other small ones; but for kEpoch, those whose
// time a mixed file reaches into, since its rows will join them; and of big ones those that make a
// full one together, the most rows first, until `*big_rows` are taken, from which they are
// subtracted. For kWhole all that are not full are small.
std::vector<const DataFile*> UntidyFiles(const TableSpec& spec,
                                         const std::vector<const DataFile*>& files, Tidying tidying,
                                         int64_t* big_rows);

}  // namespace tidemark

// Digests: a SHA-256 per table and series over canonical rows, so that two lakes can be compared by
// anyone. The canonical bytes are in docs/internals/digests.md: rows in the table's order, columns
// in the schema's, little-endian, one null mark, −0 as 0. Columns that say how a row came here
// (source, received_at, revision, epoch) are left out of base tables; tables that hold nothing else
// have no digest.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/hash.h"
#include "tidemark/base/result.h"
#include "tidemark/lake/lake.h"
#include "tidemark/pipeline/config.h"

namespace tidemark {

struct Digest {
  std::string table, series;  // series: "venue symbol interval", "" for a table without series
  int64_t rows = 0;
  std::string sha256;
};

// Of series that have rows. `until`: only rows with time < until, and of candles and bars those
// that end by then. Errors: those of the lake.
Result<std::vector<Digest>> Digests(const Config& config, std::optional<EventTime> until);
Result<std::vector<Digest>> Digests(const LakeView& view, std::optional<EventTime> until,
                                    ThreadPool& threads);

// Appends the canonical bytes of every row.
void AppendCanonical(const Batch& rows, std::string* out);

// Calls `take` with the rows of one series in `times`, in order, in parts that fit in memory.
Status ForEachPart(const LakeView& view, const TableSpec& spec, const SeriesKey& series,
                   const std::vector<std::string>& columns, TimeRange times,
                   const std::function<Status(const Batch&)>& take);

}  // namespace tidemark

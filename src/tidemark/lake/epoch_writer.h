// A writer's side of the lake: what one epoch changes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/lake/data_file.h"
#include "tidemark/lake/lake_view.h"
#include "tidemark/lake/prepared_epoch.h"
#include "tidemark/market/tables.h"

namespace tidemark {

// Collects the changes of one epoch and writes its files; nothing is visible before Lake::Commit.
// Replace and Append may be called from several threads (calls for the same series and range in
// the order their effects should have); the rest from one thread. After an error the writer is
// done for: drop it, and Lake::RemoveUnprepared clears its files.
class EpochWriter {
 public:
  ~EpochWriter();

  // Creates the table, or gives it another schema or other properties in this epoch where they
  // differ. Every table that is written must be declared first. A changed column type or
  // partitioning is kInvalidArgument from Prepare unless no row from before remains.
  Status DeclareTable(const TableSpec& spec, std::map<std::string, std::string> properties);

  // Replaces the rows of `series` with spec.time_column in `range` by `rows`: in order of
  // spec.sort_by, inside the range, of that series. An empty `rows` deletes.
  Status Replace(const TableSpec& spec, const SeriesKey& series, TimeRange range,
                 const Batch& rows);
  // Replaces all rows of a series, or of the table when spec.series_by or `series` is empty.
  Status ReplaceAll(const TableSpec& spec, const SeriesKey& series, const Batch& rows);
  // Adds rows, in any order.
  Status Append(const TableSpec& spec, Batch rows);
  // Those of one series.
  Status Append(const TableSpec& spec, const SeriesKey& series, Batch rows);

  // Writes what is still held back; every file is durable when it returns. Call it once.
  // A table whose rows and metadata do not change gets no commit; with no commit at all the epoch
  // still has its record.
  Result<PreparedEpoch> Prepare();

  int64_t epoch() const;

  struct Impl;  // known inside the room only
  explicit EpochWriter(std::unique_ptr<Impl> impl);
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark

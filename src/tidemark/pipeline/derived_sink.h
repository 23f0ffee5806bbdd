// Where derived rows go: into the epoch in the making (EpochSink), or nowhere, compared with what
// is stored (VerifySink). Both see exactly the same calls, which is what makes `verify` a proof.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/flow/range_set.h"
#include "tidemark/lake/lake.h"
#include "tidemark/market/tables.h"

namespace tidemark {

// Safe from several threads as long as each series is handled by one of them.
class DerivedSink {
 public:
  virtual ~DerivedSink() = default;
  // Replaces the rows of `series` with time in `range` by `rows` (in the order of spec.sort_by).
  // Returns the times at which the stored rows differed from them.
  virtual Result<RangeSet> Replace(const TableSpec& spec, const SeriesKey& series, TimeRange range,
                                   const Batch& rows) = 0;
  // Replaces all rows of `series` in a table without time.
  virtual Status ReplaceAll(const TableSpec& spec, const SeriesKey& series, const Batch& rows) = 0;
};

struct RowDifference {
  RangeSet times;     // where stored and given rows differ
  std::string first;  // the first differing cell in words; "" when there is none
};

// Compares two batches sorted by spec.sort_by; `time_column` < 0 when the table has no time.
RowDifference CompareRows(const TableSpec& spec, const Batch& stored, const Batch& given);

// Writes what differs, and only that.
class EpochSink : public DerivedSink {
 public:
  EpochSink(const LakeView& view, EpochWriter& writer) : view_(view), writer_(writer) {}
  Result<RangeSet> Replace(const TableSpec& spec, const SeriesKey& series, TimeRange range,
                           const Batch& rows) override;
  Status ReplaceAll(const TableSpec& spec, const SeriesKey& series, const Batch& rows) override;

 private:
  const LakeView& view_;
  EpochWriter& writer_;
};

// Writes nothing, collects the differences.
class VerifySink : public DerivedSink {
 public:
  explicit VerifySink(const LakeView& view, EventTime until = kMaxTime)
      : view_(view), until_(until) {}
  Result<RangeSet> Replace(const TableSpec& spec, const SeriesKey& series, TimeRange range,
                           const Batch& rows) override;
  Status ReplaceAll(const TableSpec& spec, const SeriesKey& series, const Batch& rows) override;

  // Rows given so far per table and series.
  const std::map<std::pair<std::string, SeriesKey>, int64_t>& rows_given() const { return given_; }
  std::vector<std::string> TakeFindings();
  int64_t rows_compared() const;

 private:
  void Note(const TableSpec& spec, const SeriesKey& series, const RowDifference& difference,
            size_t rows);

  const LakeView& view_;
  EventTime until_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, SeriesKey>, int64_t> given_;
  std::map<std::string, std::string> findings_;  // the first per table and series
  int64_t rows_compared_ = 0;
};

}  // namespace tidemark

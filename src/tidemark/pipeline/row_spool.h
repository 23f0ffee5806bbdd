// Rows of one epoch on their way from the sources to the merge: kept per series and calendar month
// of their open time, in the order of acceptance. Past the memory limit the fullest series is
// written to scratch files, so memory does not grow with the input.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/hash.h"
#include "tidemark/base/result.h"
#include "tidemark/market/candle.h"
#include "tidemark/market/series.h"

namespace tidemark {

struct SpoolRow {
  int64_t open_time;
  double open, high, low, close, volume;
  int32_t source;  // index into the epoch's list of sources
  int32_t rank;    // of two values for one key the higher rank wins
};

class RowSpool {
 public:
  explicit RowSpool(int64_t memory_limit_bytes) : limit_(memory_limit_bytes) {}
  ~RowSpool();
  RowSpool(const RowSpool&) = delete;
  RowSpool& operator=(const RowSpool&) = delete;

  // Errors: kIo when the scratch folder is full.
  Status Add(const SeriesId& series, const CandleColumns& rows, int32_t source, int32_t rank);

  std::vector<SeriesId> Series() const;
  // The months of `series` that hold rows, in order.
  std::vector<EventTime> Months(const SeriesId& series) const;
  // All rows of one month in the order they were added. Safe from several threads. Errors: kIo,
  // also when a scratch file is not what was written.
  Result<std::vector<SpoolRow>> Rows(const SeriesId& series, EventTime month) const;

 private:
  struct Month {
    std::vector<SpoolRow> rows;  // after those in `file`
    std::string file;            // "" when nothing was written out
    size_t rows_in_file = 0;
    std::optional<ContentHash> hash_of_file;
  };
  using MonthMap = std::map<EventTime, Month>;
  Status SpillAll();

  int64_t limit_;
  int64_t used_ = 0;
  std::string folder_;  // made when first needed
  int64_t files_made_ = 0;
  std::map<SeriesId, MonthMap> series_;
};

}  // namespace tidemark

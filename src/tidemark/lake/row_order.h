// Order of rows: comparing, checking and sorting batches by named columns. Nulls come first; text
// is compared as bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/time.h"
#include "tidemark/lake/data_file.h"
#include "tidemark/market/batch.h"

namespace tidemark {

bool IsSorted(const Batch& rows, const std::vector<std::string>& columns);
// The stable order that sorts; none when the rows are in it.
std::optional<std::vector<uint32_t>> SortOrder(const Batch& rows,
                                               const std::vector<std::string>& columns);
// `rows` itself when it is sorted.
Batch Sorted(Batch rows, const std::vector<std::string>& columns);

// The rows of `pieces`, one after the other. Where nearly every row has a word of its own the words
// are not looked up, and one may then stand twice in a dictionary. REQUIRES pieces of `schema`.
Batch Concatenated(const Schema& schema, std::vector<Batch> pieces);

// Per row, whether its text in the series columns of `spec` is that of `series`.
std::vector<uint8_t> RowsOfSeries(const Batch& rows, const TableSpec& spec,
                                  const SeriesKey& series);
// Clears the flag of rows whose time lies outside. `column` must be in `rows`.
void KeepTimes(const Batch& rows, const std::string& column, TimeRange times,
               std::vector<uint8_t>& keep);

// The rows of each combination of values of the partition columns.
std::map<std::vector<std::string>, std::vector<uint32_t>> GroupByText(
    const Batch& rows, const std::vector<std::string>& columns);

}  // namespace tidemark

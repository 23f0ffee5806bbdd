// What became of the rows of a source: every row read is one of the other five.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tidemark/market/batch.h"

namespace tidemark {

struct RowCounts {
  int64_t read = 0, new_rows = 0, revised = 0, duplicate = 0, rejected = 0, placeholder = 0;
  int64_t ambiguous = 0;  // of the duplicates: they may have been trades of their own

  int64_t accounted_for() const { return new_rows + revised + duplicate + rejected + placeholder; }
  bool adds_up() const { return read == accounted_for(); }
  RowCounts& operator+=(const RowCounts& other);
};

// One line of the ledger, which does not count the ambiguous.
RowCounts CountsOfLine(const Batch& ledger, size_t line);

}  // namespace tidemark

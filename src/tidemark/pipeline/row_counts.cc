#include "tidemark/pipeline/row_counts.h"

namespace tidemark {

RowCounts& RowCounts::operator+=(const RowCounts& other) {
  read += other.read;
  new_rows += other.new_rows;
  revised += other.revised;
  duplicate += other.duplicate;
  rejected += other.rejected;
  placeholder += other.placeholder;
  ambiguous += other.ambiguous;
  return *this;
}

RowCounts CountsOfLine(const Batch& ledger, size_t line) {
  const auto at = [&](const char* column) { return ledger[column].ints[line]; };
  return {.read = at("read"),
          .new_rows = at("new"),
          .revised = at("revised"),
          .duplicate = at("duplicate"),
          .rejected = at("rejected"),
          .placeholder = at("placeholder")};
}

}  // namespace tidemark

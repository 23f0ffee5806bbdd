// The loop over the lines of a block, for layouts with one row a line: lines like the first ones
// take the quick path, the others the careful one of their layout.
#pragma once

#include <cstring>
#include <string_view>

#include "tidemark/source/file/block_output.h"
#include "tidemark/source/file/template.h"

namespace tidemark {

// Calls careful(begin, end, ended) for every line that is not filed by `shape`: [begin, end) of the
// block without the newline, and whether there is one. Counts newlines and what it files.
template <typename Careful>
void ForEachLine(std::string_view block, const RecordTemplate& shape, const RowChecker& checker,
                 BlockOutput& out, const Careful& careful) {
  const char* p = block.data();
  const char* const end = p + block.size();
  const bool quick = shape.ok();
  const int64_t terminator_size = shape.terminator_size();
  RowValues row;  // a match sets the same fields each time
  ValueEnds ends(block, shape.delimiter());
  while (p < end) {
    if (quick) {
      const char* const next = shape.Match(block, p, &row, &ends);
      if (next != nullptr && out.Take(checker, row)) [[likely]] {
        out.row_bytes += next - p - terminator_size;
        out.separator_bytes += terminator_size;
        ++out.lines;
        p = next;
        continue;
      }
    }
    const auto* newline =
        static_cast<const char*>(std::memchr(p, '\n', static_cast<size_t>(end - p)));
    const char* const line_end = newline == nullptr ? end : newline;
    careful(static_cast<size_t>(p - block.data()), static_cast<size_t>(line_end - block.data()),
            newline != nullptr);
    if (newline == nullptr) break;
    ++out.separator_bytes;
    ++out.lines;
    p = newline + 1;
  }
}

}  // namespace tidemark

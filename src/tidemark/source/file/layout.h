// What a member of a file was found to be, and the interface its parser has to the reader.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/source/file/block_output.h"
#include "tidemark/source/file/header.h"
#include "tidemark/source/file/row.h"
#include "tidemark/source/file/template.h"

namespace tidemark {

// Content is parsed in blocks, each by itself, on any thread: a parser is immutable once made.
class BlockParser {
 public:
  virtual ~BlockParser() = default;
  // First byte after what Detect found to be header.
  virtual size_t data_begin() const = 0;
  // Whether each record ends with a newline and no record has one inside: such files can be read
  // on.
  virtual bool line_based() const = 0;
  // A longer line is no record, and is not looked into.
  virtual size_t line_bytes_max() const { return SIZE_MAX; }
  // The end of the block that starts at `begin` and should be about `target` bytes: after a record.
  virtual size_t BlockEnd(std::string_view content, size_t begin, size_t target) const = 0;
  // Parses content[begin, end). The byte before `end` is not part of a value (see template.h).
  // `last`: the content ends at `end`.
  virtual void Parse(std::string_view block, bool last, const RowChecker& checker,
                     BlockOutput& out) const = 0;
  // Takes the shape of the first good record for the quick path, in files of this time format.
  virtual void LearnShape(std::string_view sample, const RowChecker& checker) = 0;
  virtual std::string Words() const = 0;  // "csv, header, time open close high low volume"
  ColumnMap columns;
  bool decimal_comma = false;
};

// "time open close": the roles in column order.
std::string RolesInWords(const std::vector<Role>& roles);

}  // namespace tidemark

// The parser of CSV rows (see csv.h): lines of one delimiter, with known columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/source/file/layout.h"

namespace tidemark {

// No row is longer; a stretch without line ends may be, and is not taken apart.
constexpr size_t kCsvLineBytesMax = 1 << 20;

// Splits a line into fields without their quotes; "" inside quotes is one quote. False when a quote
// is not closed or text follows a closing quote.
bool SplitCsvLine(std::string_view line, char delimiter, std::vector<std::string>* fields);
bool IsBlankLine(std::string_view line);
bool IsCommentLine(std::string_view line);
// What a header is known by when it comes again.
std::string HeaderKey(const std::vector<std::string>& names);

class CsvRows : public BlockParser {
 public:
  char delimiter = ',';
  std::string header_key;  // "" without a header
  size_t begin = 0;

  size_t data_begin() const override { return begin; }
  bool line_based() const override { return true; }
  size_t line_bytes_max() const override { return kCsvLineBytesMax; }
  size_t BlockEnd(std::string_view content, size_t from, size_t target) const override {
    if (content.size() - from <= target) return content.size();
    const size_t newline = content.find('\n', from + target - 1);
    return newline == std::string_view::npos ? content.size() : newline + 1;
  }
  void Parse(std::string_view block, bool last, const RowChecker& checker,
             BlockOutput& out) const override;
  void LearnShape(std::string_view sample, const RowChecker& checker) override;
  std::string Words() const override;
  // The careful path: one line without its end.
  void ParseLine(std::string_view line, int64_t position, bool terminated,
                 const RowChecker& checker, BlockOutput& out) const;
  std::optional<Rejection> ReadFields(const std::vector<std::string>& fields, bool terminated,
                                      const RowRules& rules, RowValues* row) const;

  RecordTemplate shape;
};

}  // namespace tidemark

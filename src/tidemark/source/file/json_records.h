// The parser of JSON records (see json.h): JSON lines, and arrays or sequences of records.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/source/file/json_scan.h"
#include "tidemark/source/file/json_value.h"
#include "tidemark/source/file/layout.h"

namespace tidemark {

class JsonRecords : public BlockParser {
 public:
  bool lines = false;   // one record per line; else separated by commas or white space
  bool objects = true;  // records are objects, else arrays
  bool flat = true;     // no values inside values
  size_t begin = 0;
  std::vector<std::string> keys;  // of objects; beside columns.roles
  std::string where;              // "results" in a document, "" else

  size_t data_begin() const override { return begin; }
  bool line_based() const override { return lines; }
  size_t BlockEnd(std::string_view content, size_t from, size_t target) const override;
  void Parse(std::string_view block, bool last, const RowChecker& checker,
             BlockOutput& out) const override;
  void LearnShape(std::string_view sample, const RowChecker& checker) override;
  std::string Words() const override;

 private:
  // What is known of a block's damaged stretches, so that none is searched again and again.
  struct Search {
    size_t from = 1,
           good = 0;    // the next good record behind any place in [from, good] is at `good`
    size_t budget = 0;  // bytes that may still be looked at behind closing brackets
  };
  void ParseLines(std::string_view block, bool last, const RowChecker& checker,
                  BlockOutput& out) const;
  void ParseSequence(std::string_view block, bool last, const RowChecker& checker,
                     BlockOutput& out) const;
  // The careful path for a line, or for what stands at `at`; ParseOne returns where to go on.
  void ParseLine(std::string_view block, size_t at, size_t line_end, bool terminated,
                 const RowChecker& checker, BlockOutput& out) const;
  size_t ParseOne(std::string_view block, size_t at, bool last, const RowChecker& checker,
                  Search& search, BlockOutput& out) const;
  size_t NextGoodRecord(std::string_view block, size_t from, Search& search) const;
  void FileRecord(std::string_view record, int64_t position, const std::vector<JsonMember>& members,
                  const RowChecker& checker, BlockOutput& out) const;
  std::optional<Rejection> ReadMembers(std::string_view record,
                                       const std::vector<JsonMember>& members,
                                       const RowRules& rules, RowValues* row,
                                       JsonTexts* texts) const;
  std::string NotARecord() const;
  char open() const { return objects ? '{' : '['; }
  char close() const { return objects ? '}' : ']'; }

  RecordTemplate shape_;
};

}  // namespace tidemark

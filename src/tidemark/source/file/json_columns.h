// JSON that stands column by column: pandas orient=columns {"time":{"0":…},"open":{"0":…}}, lists
// {"t":[…],"o":[…]}, and orient=split whose time is the index. One cursor per column goes through
// the document, so memory does not grow with it; the document must be whole.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/source/file/header.h"
#include "tidemark/source/file/json_value.h"
#include "tidemark/source/file/row_stream.h"

namespace tidemark {

class JsonColumns : public RowStream {
 public:
  // Null when `content` is not of this kind. Errors: kParse when it is, but damaged.
  static Result<std::unique_ptr<JsonColumns>> Detect(std::string_view content,
                                                     const ColumnHints& hints);

  // Elements left over in longer columns are rejects.
  Result<bool> Next(int64_t rows_max, const RowChecker& checker, BlockOutput& out) override;
  Status Rewind() override;
  std::string Words() const override;
  const ColumnMap& columns() const override { return columns_; }

 private:
  struct Cursor {
    size_t start = 0;  // behind the opening bracket
    size_t at = 0;
    bool object = false;
    Role role = Role::kSkip;
    std::vector<Role> roles;  // of the values of an element that is an array
  };
  struct Element {
    std::string_view key, value;  // value with its quotes
    size_t begin = 0, end = 0;    // with the key
  };
  friend class ColumnSearch;
  std::optional<Element> Advance(Cursor& cursor, BlockOutput& out) const;
  void ReadRow(const std::vector<std::optional<Element>>& elements, const RowChecker& checker,
               BlockOutput& out) const;
  std::optional<Rejection> ReadElement(const Element& element, const Cursor& cursor,
                                       const RowRules& rules, RowValues* row,
                                       JsonTexts* texts) const;

  std::string_view content_;
  std::string where_;
  ColumnMap columns_;
  std::vector<Cursor> cursors_;
  bool time_from_keys_ = false;
};

}  // namespace tidemark

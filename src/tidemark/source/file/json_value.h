// The values of JSON records and columns as fields of a row.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tidemark/source/file/json_scan.h"
#include "tidemark/source/file/row.h"

namespace tidemark {

// Texts with their escapes resolved; a row keeps views of them.
struct JsonTexts {
  std::string symbol, venue, id;
};

// Reads the value of `member`, which stands in `text`.
std::optional<Rejection> ReadJsonValue(std::string_view text, const JsonMember& member, Role role,
                                       const RowRules& rules, RowValues* row, JsonTexts* texts);

}  // namespace tidemark

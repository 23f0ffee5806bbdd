// JSON: one record per line, an array of records anywhere in a document, records one after the
// other; records are objects or arrays.
#pragma once

#include <memory>
#include <string_view>

#include "tidemark/source/file/layout.h"

namespace tidemark {

// Whether content starts like JSON: '{' or '[' after white space.
bool LooksLikeJson(std::string_view content);

// `content` is the whole of it: a document may have much before its rows. Errors: kParse when it
// holds no records of the kind looked for; kInvalidArgument from hints.
Result<std::unique_ptr<BlockParser>> DetectJson(std::string_view content, const ColumnHints& hints);

}  // namespace tidemark

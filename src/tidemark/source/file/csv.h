// CSV in all its dialects: delimiter , ; tab or |, with a header anywhere in the first lines or
// none, quotes, CRLF, decimal commas, comments, repeated headers. A newline always ends a record.
#pragma once

#include <memory>
#include <string_view>

#include "tidemark/source/file/layout.h"

namespace tidemark {

// `sample`: the first bytes of the content, at best ending after a line. Errors: kParse when no
// line of it is a header or a row of the kind looked for; kInvalidArgument from hints.
Result<std::unique_ptr<BlockParser>> DetectCsv(std::string_view sample, const ColumnHints& hints);

}  // namespace tidemark

// Answers as text: a table for people, CSV and JSON for programs.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/query/sql_result.h"

namespace tidemark {

enum class SqlFormat { kTable, kCsv, kJson };
// "table", "csv", "json". Errors: kInvalidArgument.
Result<SqlFormat> ParseSqlFormat(std::string_view text);

struct SqlFormatOptions {
  size_t max_column_width = 60;  // of the table format; longer values end in "…"
  size_t max_rows = 0;           // of the table format; 0: all
};

using TextSink = std::function<Status(std::string_view)>;

// Writes all rows of `result` in pieces to `out` and returns their number.
//  table  columns aligned, numbers right, doubles to 10 digits, null as "–", then the row count
//  csv    RFC 4180 with a header and CRLF, null as nothing, an empty text as ""
//  json   one array of objects, null as null; doubles not finite are null
// csv and json print a double so that reading it gives the same bits. Times are ISO 8601 in UTC.
Result<int64_t> WriteSqlResult(SqlResult& result, SqlFormat format, const TextSink& out,
                               const SqlFormatOptions& options = {});

}  // namespace tidemark

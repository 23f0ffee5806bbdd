// Text of SQL: what can be told of a query without parsing it, and how to quote.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

// 'text' and "name" with their quotes doubled, for SQL.
std::string SqlQuoted(std::string_view text);
std::string SqlName(std::string_view name);

// `sql` without blanks and comments around it and without the semicolons at its end.
std::string_view TrimSql(std::string_view sql);
// The first word, in lower case, taken off `sql`.
std::string TakeSqlWord(std::string_view* sql);
// Whether `name` is among the words of `sql`, in whatever case.
bool SqlMentions(std::string_view sql, std::string_view name);
// Whether `sql` may ask what tables there are rather than name them.
bool AsksForCatalog(std::string_view sql);

}  // namespace tidemark

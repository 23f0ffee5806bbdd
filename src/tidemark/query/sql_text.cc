#include "tidemark/query/sql_text.h"

#include <algorithm>
#include <cctype>

#include "tidemark/base/text.h"

namespace tidemark {
namespace {

std::string Quote(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

// Where a string, quoted name or comment that begins at `at` ends; `at` when none begins there.
size_t SkipQuotedOrComment(std::string_view sql, size_t at) {
  const char c = sql[at];
  if (c == '\'' || c == '"') {
    const size_t end = sql.find(c, at + 1);
    return end == std::string_view::npos ? sql.size() : end + 1;
  }
  if (sql.substr(at, 2) == "--") return std::min(sql.find('\n', at), sql.size());
  if (sql.substr(at, 2) == "/*") {
    const size_t end = sql.find("*/", at + 2);
    return end == std::string_view::npos ? sql.size() : end + 2;
  }
  return at;
}

}  // namespace

std::string SqlQuoted(std::string_view text) { return Quote(text, '\''); }
std::string SqlName(std::string_view name) { return Quote(name, '"'); }

std::string_view TrimSql(std::string_view sql) {
  size_t begin = sql.size();
  size_t end = 0;
  for (size_t at = 0; at < sql.size();) {
    const size_t next = SkipQuotedOrComment(sql, at);
    const bool comment = next > at && (sql[at] == '-' || sql[at] == '/');
    const size_t after = std::max(next, at + 1);
    const bool blank = std::isspace(static_cast<unsigned char>(sql[at])) || sql[at] == ';';
    if (!comment && !blank) {
      begin = std::min(begin, at);
      end = after;
    }
    at = after;
  }
  return begin < end ? sql.substr(begin, end - begin) : std::string_view();
}

std::string TakeSqlWord(std::string_view* sql) {
  *sql = TrimSql(*sql);
  size_t end = 0;
  while (end < sql->size() && std::isalpha(static_cast<unsigned char>((*sql)[end]))) ++end;
  const std::string word = ToLower(sql->substr(0, end));
  sql->remove_prefix(end);
  return word;
}

bool SqlMentions(std::string_view sql, std::string_view name) {
  const std::string text = ToLower(sql);
  const std::string word = ToLower(name);
  const auto in_word = [&](size_t at) {
    return at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_');
  };
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    if ((at == 0 || !in_word(at - 1)) && !in_word(at + word.size())) return true;
  }
  return false;
}

bool AsksForCatalog(std::string_view sql) {
  const std::string text = ToLower(sql);
  for (const char* word : {"show", "describe", "information_schema", "duckdb_", "pragma_",
                           "sqlite_", "pg_catalog", "summarize", "query_table", "query("}) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace tidemark

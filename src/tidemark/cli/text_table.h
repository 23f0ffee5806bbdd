// Aligned columns for people. Numbers stand right, words left; a null cell is a dash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

class TextTable {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // REQUIRES cells.size() == the number of columns.
  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  // Title line, a rule, the rows; every line begins with `indent` spaces and ends with '\n'.
  std::string ToString(size_t indent = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Breaks `text` at spaces into lines of at most `width`; every line after the first begins with
// `indent` spaces. No '\n' at the end.
std::string WrapText(std::string_view text, size_t width = 100, size_t indent = 0);

// Numbers for people.
std::string GroupDigits(int64_t number);             // 1,486,860
std::string ShortNumber(double number, int digits);  // `digits` significant ones; "–" for NaN
std::string FixedNumber(double number, int decimals);
std::string Percent(double share, int decimals = 1);  // 0.051 → "5.1 %"
std::string ShortTime(int64_t us);     // "2019-12-31 23:59"; seconds only when not zero
std::string LongDuration(int64_t us);  // "3 d 4 h", "25 min"
std::string ByteCount(int64_t bytes);  // "75.3 MB"

}  // namespace tidemark

#include "tidemark/cli/text_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tidemark/base/check.h"
#include "tidemark/base/text.h"
#include "tidemark/base/time.h"
#include "tidemark/market/batch.h"

namespace tidemark {
namespace {

constexpr std::string_view kNoValue = "–";

void AppendCell(std::string_view text, size_t width, bool right, bool last, std::string& out) {
  const size_t used = DisplayWidth(text);
  const std::string pad(width > used ? width - used : 0, ' ');
  if (right) out += pad;
  out += text;
  if (!right && !last) out += pad;
}

}  // namespace

void TextTable::AddRow(std::vector<std::string> cells) {
  CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::ToString(size_t indent) const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(DisplayWidth(column.title));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i].empty() ? kNoValue : row[i]));
    }
  }
  const std::string margin(indent, ' ');
  std::string out = margin;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out += "  ";
    AppendCell(columns_[i].title, widths[i], columns_[i].align == Align::kRight,
               i + 1 == columns_.size(), out);
  }
  out += "\n" + margin;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out += "  ";
    for (size_t k = 0; k < widths[i]; ++k) out += "─";
  }
  out += "\n";
  for (const auto& row : rows_) {
    out += margin;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += "  ";
      AppendCell(row[i].empty() ? kNoValue : std::string_view(row[i]), widths[i],
                 columns_[i].align == Align::kRight, i + 1 == row.size(), out);
    }
    out += "\n";
  }
  return out;
}

std::string WrapText(std::string_view text, size_t width, size_t indent) {
  std::string out;
  size_t used = 0;  // of the current line
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    const size_t word_width = DisplayWidth(word);
    if (used > 0 && used + 1 + word_width > width) {
      out += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (!out.empty()) {
      out += ' ';
      ++used;
    }
    out += word;
    used += word_width;
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return out;
}

std::string GroupDigits(int64_t number) {
  std::string digits = std::to_string(number);
  const size_t first = digits[0] == '-' ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string ShortNumber(double number, int digits) {
  if (std::isnan(number)) return std::string(kNoValue);
  if (number == 0) return "0";
  std::string text = fmt::format("{:#.{}g}", number, digits);
  if (text.ends_with('.')) text.pop_back();
  if (text.find('e') == std::string::npos || std::fabs(number) > 1e15) return text;
  // Small prices (3e-07) read better in full.
  const std::string scientific = fmt::format("{:.{}e}", number, digits - 1);
  const int exponent = std::stoi(scientific.substr(scientific.find('e') + 1));
  return fmt::format("{:.{}f}", number, std::clamp(digits - 1 - exponent, 0, 20));
}

std::string FixedNumber(double number, int decimals) {
  if (std::isnan(number)) return std::string(kNoValue);
  return fmt::format("{:.{}f}", number, decimals);
}

std::string Percent(double share, int decimals) {
  if (std::isnan(share)) return std::string(kNoValue);
  return fmt::format("{:.{}f} %", 100 * share, decimals);
}

std::string ShortTime(int64_t us) {
  if (us <= kMinTime.us || us >= kMaxTime.us) return std::string(kNoValue);  // null too
  std::string text = FormatTime(EventTime{us});                              // 2019-12-31T23:59:00Z
  text[10] = ' ';
  if (text.ends_with('Z')) text.pop_back();
  if (text.size() == 19 && text.ends_with(":00")) text.resize(16);
  return text;
}

std::string LongDuration(int64_t us) {
  const int64_t minutes = us / kMicrosPerMinute;
  if (us < kMicrosPerMinute) return fmt::format("{} s", us / kMicrosPerSecond);
  if (minutes < 60) return fmt::format("{} min", minutes);
  if (minutes < 24 * 60) {
    return minutes % 60 == 0 ? fmt::format("{} h", minutes / 60)
                             : fmt::format("{} h {} min", minutes / 60, minutes % 60);
  }
  const int64_t hours = minutes / 60;
  return hours % 24 == 0 ? fmt::format("{} d", hours / 24)
                         : fmt::format("{} d {} h", hours / 24, hours % 24);
}

std::string ByteCount(int64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double amount = static_cast<double>(bytes);
  const char* unit = "B";
  for (const char* next : {"kB", "MB", "GB", "TB"}) {
    if (amount < 1000) break;
    amount /= 1000;
    unit = next;
  }
  return fmt::format("{:.1f} {}", amount, unit);
}

}  // namespace tidemark

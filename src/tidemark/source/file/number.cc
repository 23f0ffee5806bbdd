#include "tidemark/source/file/number.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace tidemark {
namespace {

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y;
         });
}

// digits[.digits][e[±]digits] with at least one digit before the exponent.
bool IsDecimal(std::string_view text) {
  size_t i = 0, digits = 0;
  while (i < text.size() && IsDigit(text[i])) ++i, ++digits;
  if (i < text.size() && text[i] == '.') {
    ++i;
    while (i < text.size() && IsDigit(text[i])) ++i, ++digits;
  }
  if (digits == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    const size_t exponent = i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    if (i == exponent) return false;
  }
  return i == text.size();
}

}  // namespace

NumberKind ParseNumberText(std::string_view text, bool decimal_comma, double* value) {
  *value = std::numeric_limits<double>::quiet_NaN();
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (text.empty()) return NumberKind::kEmpty;
  for (const std::string_view word : {"nan", "null", "none", "n/a", "na", "#n/a", "-"}) {
    if (EqualsIgnoringCase(text, word)) return NumberKind::kEmpty;
  }
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  std::string with_point;
  if (decimal_comma && std::count(text.begin(), text.end(), ',') == 1 &&
      text.find('.') == std::string_view::npos) {
    with_point = text;
    std::replace(with_point.begin(), with_point.end(), ',', '.');
    text = with_point;
  }
  if (!IsDecimal(text)) return NumberKind::kBad;
  double parsed = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (result.ec == std::errc::result_out_of_range) {
    // Too large, or so small that it rounds to 0: the sign of the exponent tells which.
    const size_t e = text.find_first_of("eE");
    const bool tiny = (e != std::string_view::npos && e + 1 < text.size() && text[e + 1] == '-') ||
                      text.starts_with('0') || text.starts_with('.');
    parsed = tiny ? 0 : std::numeric_limits<double>::infinity();
  } else if (result.ec != std::errc()) {
    return NumberKind::kBad;
  }
  *value = negative ? -parsed : parsed;
  return NumberKind::kValue;
}

}  // namespace tidemark

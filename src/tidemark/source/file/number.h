// Decimal text to double, correctly rounded always.
//
// The quick path is Clinger's: a mantissa below 2^53 and a power of ten up to 22 are both exact, so
// one division rounds once. Everything else goes to std::from_chars, which is exact as well.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace tidemark {

inline bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

constexpr std::array<double, 23> kPowersOfTen = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Reads plain digits[.digits], the form nearly all fields have, and returns its end; nullptr for
// any other form (sign, exponent, bare point, leading zeros): the caller then takes the careful
// path. REQUIRES a readable byte that is neither digit nor point somewhere at or after `p`.
inline const char* ParsePlainDecimal(const char* p, double* value) {
  const char* const start = p;
  uint64_t mantissa = 0;
  while (IsDigit(*p)) mantissa = mantissa * 10 + static_cast<uint64_t>(*p++ - '0');
  const auto whole_digits = p - start;
  if (whole_digits == 0 || (whole_digits > 1 && *start == '0')) return nullptr;
  int64_t fraction_digits = 0;
  if (*p == '.') {
    const char* const fraction = ++p;
    while (IsDigit(*p)) mantissa = mantissa * 10 + static_cast<uint64_t>(*p++ - '0');
    fraction_digits = p - fraction;
    if (fraction_digits == 0) return nullptr;
  }
  if (*p == 'e' || *p == 'E') return nullptr;
  if (whole_digits + fraction_digits <= 19 && mantissa <= (uint64_t{1} << 53)) [[likely]] {
    *value = static_cast<double>(mantissa) / kPowersOfTen[static_cast<size_t>(fraction_digits)];
    return p;
  }
  return std::from_chars(start, p, *value).ec == std::errc() ? p : nullptr;
}

enum class NumberKind { kValue, kEmpty, kBad };
// A whole field: sign, exponent, surrounding blanks; "", nan, null, none, n/a and - are empty. A
// comma is the decimal point when `decimal_comma`. Out of a double's range is ±infinity (or 0).
NumberKind ParseNumberText(std::string_view text, bool decimal_comma, double* value);

}  // namespace tidemark

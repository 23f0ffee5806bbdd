// A strict scanner for one JSON value and its direct members: no tree, no copies. NaN, Infinity and
// -Infinity are accepted as Python writes them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

struct JsonMember {
  enum class Kind : unsigned char { kString, kBare, kNested };
  std::string_view key;       // raw, without quotes; empty in arrays
  size_t begin = 0, end = 0;  // of the value in the scanned text, strings without quotes
  Kind kind = Kind::kBare;
};

constexpr size_t kJsonError = static_cast<size_t>(-1);
constexpr size_t kJsonCut = static_cast<size_t>(-2);  // the text ended inside the value

// Scans the object or array at the start of `text` and lists its members. Returns the size of it,
// kJsonError or kJsonCut. `flat`: a nested value is an error.
size_t ScanJsonRecord(std::string_view text, bool flat, std::vector<JsonMember>* members);

// The size of the value of any kind at the start of `text`, or kJsonError, kJsonCut.
size_t SkipJsonValue(std::string_view text);

// From `at`: the first byte that is not JSON white space.
size_t SkipJsonSpace(std::string_view text, size_t at);

// The key of the member at *at, unescaped; *at moves on to the member's value. Nothing when the
// text ends before that or is not JSON. REQUIRES text[*at] == '"'.
std::optional<std::string> TakeJsonKey(std::string_view text, size_t* at);

// A raw string with its escapes resolved; a surrogate pair that is broken becomes U+FFFD.
std::string UnescapeJson(std::string_view raw);

}  // namespace tidemark

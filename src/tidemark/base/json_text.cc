#include "tidemark/base/json_text.h"

#include <charconv>
#include <cmath>

#include "tidemark/base/utf8.h"

namespace tidemark {
namespace {

// The letter after the backslash, 0 when there is no short escape.
char ShortEscape(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  *out += '"';
  while (!text.empty()) {
    const char c = text.front();
    size_t length = 1;
    if (const char letter = ShortEscape(c); letter != 0) {
      *out += '\\';
      *out += letter;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      *out += "\\u00";
      *out += kHex[c >> 4];
      *out += kHex[c & 15];
    } else if (length = Utf8Length(text); length > 0) {
      out->append(text, 0, length);
    } else {
      *out += "\uFFFD";
      length = 1;
    }
    text.remove_prefix(length);
  }
  *out += '"';
}

std::string JsonString(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

std::string JsonNumber(double value) {
  return std::isfinite(value) ? ShortestDouble(value) : "null";
}

std::string ShortestDouble(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr};
}

}  // namespace tidemark

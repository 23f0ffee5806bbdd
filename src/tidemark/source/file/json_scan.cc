#include "tidemark/source/file/json_scan.h"

#include <cstdint>

#include "tidemark/base/utf8.h"
#include "tidemark/source/file/number.h"

namespace tidemark {
namespace {

constexpr int kMaxDepth = 64;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Both start at the opening quote and return the position after the closing one.
size_t SkipString(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') return at + 1;
    if (static_cast<unsigned char>(c) < 0x20) return kJsonError;
    if (c == '\\' && ++at == text.size()) return kJsonCut;
  }
  return kJsonCut;
}

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

size_t SkipNumber(std::string_view text, size_t at) {
  if (text[at] == '-') ++at;
  if (at == text.size()) return kJsonCut;
  size_t next = SkipDigits(text, at);
  if (next == at || (text[at] == '0' && next > at + 1)) return kJsonError;
  at = next;
  if (at < text.size() && text[at] == '.') {
    next = SkipDigits(text, ++at);
    if (next == at) return at == text.size() ? kJsonCut : kJsonError;
    at = next;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    next = SkipDigits(text, at);
    if (next == at) return at == text.size() ? kJsonCut : kJsonError;
    at = next;
  }
  return at;
}

size_t SkipBare(std::string_view text, size_t at) {
  for (const std::string_view word : {"null", "true", "false", "NaN", "Infinity", "-Infinity"}) {
    const std::string_view there = text.substr(at, word.size());
    if (there == word) return at + word.size();
    if (there.size() < word.size() && word.starts_with(there) && there != "-") return kJsonCut;
  }
  if (!IsDigit(text[at]) && text[at] != '-') return kJsonError;
  return SkipNumber(text, at);
}

// Skips any value from `at`. Iterative: depth is bounded by kMaxDepth, the stack by nothing else.
size_t SkipValue(std::string_view text, size_t at, int depth);

size_t SkipContainer(std::string_view text, size_t at, int depth, bool flat,
                     std::vector<JsonMember>* members) {
  if (depth > kMaxDepth) return kJsonError;
  const bool object = text[at] == '{';
  const char close = object ? '}' : ']';
  at = SkipJsonSpace(text, at + 1);
  if (at == text.size()) return kJsonCut;
  if (text[at] == close) return at + 1;
  for (;;) {
    JsonMember member;
    if (object) {
      if (text[at] != '"') return kJsonError;
      const size_t after = SkipString(text, at);
      if (after >= kJsonCut) return after;
      member.key = text.substr(at + 1, after - at - 2);
      at = SkipJsonSpace(text, after);
      if (at == text.size()) return kJsonCut;
      if (text[at] != ':') return kJsonError;
      at = SkipJsonSpace(text, at + 1);
      if (at == text.size()) return kJsonCut;
    }
    const char first = text[at];
    if (flat && (first == '{' || first == '[')) return kJsonError;
    const size_t after = SkipValue(text, at, depth + 1);
    if (after >= kJsonCut) return after;
    if (members != nullptr) {
      const bool string = first == '"';
      member.kind = string                         ? JsonMember::Kind::kString
                    : first == '{' || first == '[' ? JsonMember::Kind::kNested
                                                   : JsonMember::Kind::kBare;
      member.begin = at + (string ? 1 : 0);
      member.end = after - (string ? 1 : 0);
      members->push_back(member);
    }
    at = SkipJsonSpace(text, after);
    if (at == text.size()) return kJsonCut;
    if (text[at] == close) return at + 1;
    if (text[at] != ',') return kJsonError;
    at = SkipJsonSpace(text, at + 1);
    if (at == text.size()) return kJsonCut;
  }
}

size_t SkipValue(std::string_view text, size_t at, int depth) {
  if (at >= text.size()) return kJsonCut;
  switch (text[at]) {
    case '"':
      return SkipString(text, at);
    case '{':
    case '[':
      return SkipContainer(text, at, depth, false, nullptr);
    default:
      return SkipBare(text, at);
  }
}

// Four hex digits at `at`, or -1.
int64_t HexAt(std::string_view raw, size_t at) {
  if (at + 4 > raw.size()) return -1;
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(raw.data() + at, raw.data() + at + 4, value, 16);
  return error == std::errc() && end == raw.data() + at + 4 ? static_cast<int64_t>(value) : -1;
}

}  // namespace

size_t SkipJsonSpace(std::string_view text, size_t at) {
  while (at < text.size() && IsSpace(text[at])) ++at;
  return at;
}

size_t ScanJsonRecord(std::string_view text, bool flat, std::vector<JsonMember>* members) {
  members->clear();
  if (text.empty()) return kJsonCut;
  if (text[0] != '{' && text[0] != '[') return kJsonError;
  return SkipContainer(text, 0, 0, flat, members);
}

size_t SkipJsonValue(std::string_view text) { return SkipValue(text, 0, 0); }

std::optional<std::string> TakeJsonKey(std::string_view text, size_t* at) {
  const size_t size = SkipJsonValue(text.substr(*at));
  if (size >= kJsonCut) return std::nullopt;
  const size_t colon = SkipJsonSpace(text, *at + size);
  if (colon >= text.size() || text[colon] != ':') return std::nullopt;
  const size_t value = SkipJsonSpace(text, colon + 1);
  if (value >= text.size()) return std::nullopt;
  std::string key = UnescapeJson(text.substr(*at + 1, size - 2));
  *at = value;
  return key;
}

std::string UnescapeJson(std::string_view raw) {
  std::string out;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      out += raw[i];
      continue;
    }
    const char c = raw[++i];
    switch (c) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'u': {
        const int64_t unit = HexAt(raw, i + 1);
        if (unit < 0) {
          AppendUtf8(0xFFFD, out);
          break;
        }
        i += 4;
        if (unit < 0xD800 || unit > 0xDFFF) {
          AppendUtf8(static_cast<uint32_t>(unit), out);
          break;
        }
        const int64_t low = raw.substr(i + 1).starts_with("\\u") ? HexAt(raw, i + 3) : -1;
        if (unit > 0xDBFF || low < 0xDC00 || low > 0xDFFF) {
          AppendUtf8(0xFFFD, out);
          break;
        }
        i += 6;
        AppendUtf8(static_cast<uint32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), out);
        break;
      }
      default:
        out += c;
        break;
    }
  }
  return out;
}

}  // namespace tidemark

#include "tidemark/query/report/report_embed.h"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "tidemark/base/json_text.h"
#include "tidemark/market/candle.h"

namespace tidemark {
namespace {

template <typename T>
std::string Packed(const std::vector<T>& values) {
  return Base64({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
}

constexpr int32_t kNullInt32 = std::numeric_limits<int32_t>::min();

void AppendInts(const std::vector<int64_t>& values, int64_t unit, std::string* out) {
  std::vector<int32_t> small;
  small.reserve(values.size());
  for (const int64_t value : values) {
    const int64_t scaled = value == kNullInt ? kNullInt32 : value / unit;
    if (value != kNullInt && (scaled <= kNullInt32 || scaled > INT32_MAX)) {
      std::vector<double> wide;
      for (const int64_t v : values) {
        const int64_t whole = v / unit;
        wide.push_back(v == kNullInt ? kNull : static_cast<double>(whole));
      }
      *out += fmt::format("{{\"d\":\"{}\"}}", Packed(wide));
      return;
    }
    small.push_back(static_cast<int32_t>(scaled));
  }
  *out += fmt::format("{{\"i\":\"{}\"}}", Packed(small));
}

void AppendColumn(const Column& column, ColumnType type, bool exact, std::string* out) {
  switch (type) {
    case ColumnType::kString:
    case ColumnType::kBytes: {
      *out += "{\"s\":[";
      for (size_t i = 0; i < column.strings.dictionary.size(); ++i) {
        if (i > 0) *out += ',';
        AppendJsonString(column.strings.dictionary[i], out);
      }
      *out += fmt::format("],\"k\":\"{}\"}}", Packed(column.strings.codes));
      return;
    }
    case ColumnType::kTime:
      AppendInts(column.ints, kMicrosPerSecond, out);
      return;
    case ColumnType::kInt:
    case ColumnType::kBool:
      AppendInts(column.ints, 1, out);
      return;
    default:
      if (exact) {
        *out += fmt::format("{{\"d\":\"{}\"}}", Packed(column.doubles));
      } else {
        const std::vector<float> floats(column.doubles.begin(), column.doubles.end());
        *out += fmt::format("{{\"f\":\"{}\"}}", Packed(floats));
      }
  }
}

}  // namespace

void AppendEmbedded(const Batch& batch, bool exact, std::string* out) {
  *out += fmt::format("{{\"n\":{},\"c\":{{", batch.rows);
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    if (i > 0) *out += ',';
    AppendJsonString(batch.schema.fields[i].name, out);
    *out += ':';
    AppendColumn(batch.columns[i], batch.schema.fields[i].type, exact, out);
  }
  *out += "}}";
}

std::string Base64(std::string_view bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](size_t k) -> uint32_t {
      return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0;
    };
    const uint32_t triple = byte(0) << 16 | byte(1) << 8 | byte(2);
    out += kAlphabet[triple >> 18];
    out += kAlphabet[triple >> 12 & 63];
    out += i + 1 < bytes.size() ? kAlphabet[triple >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kAlphabet[triple & 63] : '=';
  }
  return out;
}

std::string ScriptSafe(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string HtmlEscaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace tidemark

#include "tidemark/lake/json.h"

#include <charconv>
#include <cmath>

#include "tidemark/base/check.h"
#include "tidemark/base/utf8.h"

namespace tidemark {
namespace {

const Json kNothing;

void AppendUtf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          constexpr char kHex[] = "0123456789abcdef";
          out += "\\u00";
          out += kHex[c >> 4];
          out += kHex[c & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

}  // namespace

class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}

  Result<Json> Whole() {
    Json value;
    if (!Value(value, 0)) return Bad();
    Blank();
    if (at_ != text_.size()) return Bad();
    return value;
  }

 private:
  std::unexpected<Error> Bad() const {
    return Fail(ErrorCode::kParse, "not JSON at byte " + std::to_string(at_));
  }
  void Blank() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool Eat(char c) {
    Blank();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool Word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  bool Value(Json& out, int depth) {
    Blank();
    if (depth > 64 || at_ >= text_.size()) return false;
    switch (text_[at_]) {
      case '{':
        return Object(out, depth);
      case '[':
        return Array(out, depth);
      case '"':
        out.kind_ = Json::Kind::kString;
        return Quoted(out.text_);
      case 't':
        out = Json::Bool(true);
        return Word("true");
      case 'f':
        out = Json::Bool(false);
        return Word("false");
      case 'n':
        out = Json();
        return Word("null");
      default:
        return Number(out);
    }
  }
  bool Object(Json& out, int depth) {
    out = Json::Object();
    ++at_;
    if (Eat('}')) return true;
    do {
      Blank();
      std::pair<std::string, Json> member;
      if (at_ >= text_.size() || text_[at_] != '"' || !Quoted(member.first)) return false;
      if (!Eat(':') || !Value(member.second, depth + 1)) return false;
      out.members_.push_back(std::move(member));
    } while (Eat(','));
    return Eat('}');
  }
  bool Array(Json& out, int depth) {
    out = Json::Array();
    ++at_;
    if (Eat(']')) return true;
    do {
      if (!Value(out.items_.emplace_back(), depth + 1)) return false;
    } while (Eat(','));
    return Eat(']');
  }
  bool Digits() {
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > begin;
  }
  bool Number(Json& out) {
    const size_t begin = at_;
    if (text_[at_] == '-') ++at_;
    const size_t digits = at_;
    if (!Digits()) return false;
    if (text_[digits] == '0' && at_ > digits + 1) return false;
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (!Digits()) return false;
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (!Digits()) return false;
    }
    out.kind_ = Json::Kind::kNumber;
    out.text_ = text_.substr(begin, at_ - begin);
    return true;
  }
  bool Hex4(uint32_t& code) {
    if (text_.size() - at_ < 4) return false;
    const char* begin = text_.data() + at_;
    const auto read = std::from_chars(begin, begin + 4, code, 16);
    if (read.ec != std::errc() || read.ptr != begin + 4) return false;
    at_ += 4;
    return true;
  }
  bool Escape(std::string& out) {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    if (const size_t i = kFrom.find(c); i != std::string_view::npos) {
      out += kTo[i];
      return true;
    }
    uint32_t code = 0;
    if (c != 'u' || !Hex4(code)) return false;
    if (code >= 0xD800 && code < 0xDC00) {
      uint32_t low = 0;
      if (!Word("\\u") || !Hex4(low) || low < 0xDC00 || low > 0xDFFF) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code < 0xE000) {
      return false;
    }
    AppendUtf8(out, code);
    return true;
  }
  bool Quoted(std::string& out) {
    ++at_;
    out.clear();
    while (at_ < text_.size()) {
      const size_t plain = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20) {
        ++at_;
      }
      out.append(text_, plain, at_ - plain);
      if (at_ >= text_.size()) return false;
      const char c = text_[at_++];
      if (c == '"') return IsUtf8(out);
      if (c != '\\' || !Escape(out)) return false;
    }
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

Json Json::Bool(bool value) {
  Json json(Kind::kBool);
  json.bool_ = value;
  return json;
}

Json Json::Int(int64_t value) {
  Json json(Kind::kNumber);
  json.text_ = std::to_string(value);
  return json;
}

Json Json::Double(double value) {
  CHECK(std::isfinite(value));
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  Json json(Kind::kNumber);
  json.text_.assign(buffer, end);
  if (json.text_.find_first_of(".e") == std::string::npos) json.text_ += ".0";
  return json;
}

Json Json::String(std::string_view text) {
  Json json(Kind::kString);
  json.text_ = text;
  return json;
}

Result<Json> Json::Parse(std::string_view text) { return JsonParser(text).Whole(); }

std::string Json::Dump() const {
  std::string out;
  DumpTo(out);
  return out;
}

void Json::DumpTo(std::string& out) const {
  switch (kind_) {
    case Kind::kNull:
      out += "null";
      break;
    case Kind::kBool:
      out += bool_ ? "true" : "false";
      break;
    case Kind::kNumber:
      out += text_;
      break;
    case Kind::kString:
      AppendQuoted(out, text_);
      break;
    case Kind::kArray:
      out += '[';
      for (size_t i = 0; i < items_.size(); ++i) {
        if (i > 0) out += ',';
        items_[i].DumpTo(out);
      }
      out += ']';
      break;
    case Kind::kObject:
      out += '{';
      for (size_t i = 0; i < members_.size(); ++i) {
        if (i > 0) out += ',';
        AppendQuoted(out, members_[i].first);
        out += ':';
        members_[i].second.DumpTo(out);
      }
      out += '}';
      break;
  }
}

bool Json::AsBool(bool otherwise) const { return kind_ == Kind::kBool ? bool_ : otherwise; }

int64_t Json::AsInt(int64_t otherwise) const {
  if (kind_ != Kind::kNumber) return otherwise;
  int64_t value = 0;
  const char* end = text_.data() + text_.size();
  const auto read = std::from_chars(text_.data(), end, value);
  return read.ec == std::errc() && read.ptr == end ? value : otherwise;
}

double Json::AsDouble(double otherwise) const {
  if (kind_ != Kind::kNumber) return otherwise;
  double value = 0;
  const char* end = text_.data() + text_.size();
  const auto read = std::from_chars(text_.data(), end, value);
  return read.ec == std::errc() && read.ptr == end ? value : otherwise;
}

std::string Json::AsString(std::string_view otherwise) const {
  return kind_ == Kind::kString ? text_ : std::string(otherwise);
}

const Json& Json::operator[](std::string_view name) const {
  for (size_t i = members_.size(); i-- > 0;) {
    if (members_[i].first == name) return members_[i].second;
  }
  return kNothing;
}

bool Json::Has(std::string_view name) const {
  for (const auto& member : members_) {
    if (member.first == name) return true;
  }
  return false;
}

Json& Json::Add(Json value) {
  CHECK(kind_ == Kind::kArray);
  items_.push_back(std::move(value));
  return *this;
}

Json& Json::Set(std::string_view name, Json value) {
  CHECK(kind_ == Kind::kObject);
  members_.emplace_back(name, std::move(value));
  return *this;
}

}  // namespace tidemark

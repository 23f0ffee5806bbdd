#include "tidemark/cli/json_value.h"

#include <cmath>

#include <fmt/format.h>

#include "tidemark/base/json_text.h"
#include "tidemark/base/utf8.h"
#include "tidemark/pipeline/config_value.h"

namespace tidemark {
namespace {

constexpr int kDepthMax = 200;

// Recursive descent over one text.
class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}

  Result<JsonValue> Document() {
    TM_ASSIGN(JsonValue value, Value(0));
    SkipSpace();
    if (at_ != text_.size()) return Wrong("text after the end");
    return value;
  }

 private:
  std::unexpected<Error> Wrong(std::string_view what) const {
    return Fail(ErrorCode::kParse, fmt::format("JSON at byte {}: {}", at_, what));
  }
  void SkipSpace() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
  }
  bool Take(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Result<JsonValue> Value(int depth) {
    if (depth > kDepthMax) return Wrong("nested too deeply");
    SkipSpace();
    if (at_ >= text_.size()) return Wrong("ends early");
    switch (text_[at_]) {
      case '{':
        return ObjectValue(depth);
      case '[':
        return ArrayValue(depth);
      case '"': {
        TM_ASSIGN(std::string text, Text());
        return JsonValue(std::move(text));
      }
      case 't':
        if (TakeWord("true")) return JsonValue(true);
        break;
      case 'f':
        if (TakeWord("false")) return JsonValue(false);
        break;
      case 'n':
        if (TakeWord("null")) return JsonValue();
        break;
      default: {
        const size_t end = text_.find_first_not_of("+-.0123456789eE", at_);
        const std::string_view digits = text_.substr(at_, end - at_);
        if (digits.empty()) break;
        at_ += digits.size();
        return JsonValue(JsonValue::Number{std::string(digits)});
      }
    }
    return Wrong("not a value");
  }

  Result<JsonValue> ObjectValue(int depth) {
    JsonValue::Object object;
    Take('{');
    if (Take('}')) return JsonValue(std::move(object));
    do {
      SkipSpace();
      if (at_ >= text_.size() || text_[at_] != '"') return Wrong("a name must follow");
      TM_ASSIGN(std::string name, Text());
      if (!Take(':')) return Wrong("':' must follow");
      TM_ASSIGN(JsonValue value, Value(depth + 1));
      object.emplace_back(std::move(name), std::move(value));
    } while (Take(','));
    if (!Take('}')) return Wrong("'}' must follow");
    return JsonValue(std::move(object));
  }

  Result<JsonValue> ArrayValue(int depth) {
    JsonValue::Array array;
    Take('[');
    if (Take(']')) return JsonValue(std::move(array));
    do {
      TM_ASSIGN(JsonValue value, Value(depth + 1));
      array.push_back(std::move(value));
    } while (Take(','));
    if (!Take(']')) return Wrong("']' must follow");
    return JsonValue(std::move(array));
  }

  Result<uint32_t> Hex4() {
    uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : ' ';
      const size_t digit = std::string_view("0123456789abcdefABCDEF").find(c);
      if (digit == std::string_view::npos) return Wrong("four hexadecimal digits must follow \\u");
      code = code * 16 + static_cast<uint32_t>(digit < 16 ? digit : digit - 6);
    }
    return code;
  }

  Result<std::string> Text() {
    std::string out;
    for (++at_; at_ < text_.size();) {
      const char c = text_[at_++];
      if (c == '"') return out;
      if (c != '\\') {
        out += c;
        continue;
      }
      const char escape = at_ < text_.size() ? text_[at_++] : ' ';
      const size_t simple = std::string_view("\"\\/bfnrt").find(escape);
      if (simple != std::string_view::npos) {
        out += "\"\\/\b\f\n\r\t"[simple];
      } else if (escape == 'u') {
        TM_ASSIGN(uint32_t code, Hex4());
        if (code >= 0xd800 && code < 0xdc00 && TakeWord("\\u")) {
          TM_ASSIGN(const uint32_t low, Hex4());
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        AppendUtf8(code, out);
      } else {
        return Wrong("an unknown escape");
      }
    }
    return Wrong("a string that does not end");
  }

  std::string_view text_;
  size_t at_ = 0;
};

bool IsContainer(const JsonValue& value) {
  return (value.as_array() != nullptr && !value.as_array()->empty()) ||
         (value.as_object() != nullptr && !value.as_object()->empty());
}

}  // namespace

JsonValue::JsonValue(double value) {
  if (std::isfinite(value)) value_ = Number{fmt::format("{}", value)};
}

const JsonValue* JsonValue::Find(std::string_view name) const {
  const Object* object = as_object();
  if (object == nullptr) return nullptr;
  for (const auto& [key, value] : *object) {
    if (key == name) return &value;
  }
  return nullptr;
}

void JsonValue::Write(std::string& out, int indent) const {
  const auto line = [&out](int depth) {
    out += "\n" + std::string(2 * static_cast<size_t>(depth), ' ');
  };
  if (is_null()) {
    out += "null";
  } else if (const bool* flag = as_bool()) {
    out += *flag ? "true" : "false";
  } else if (const Number* number = as_number()) {
    out += number->digits;
  } else if (const std::string* text = as_string()) {
    out += JsonString(*text);
  } else if (const Array* array = as_array()) {
    bool nested = false;
    for (const JsonValue& element : *array) nested = nested || IsContainer(element);
    out += '[';
    for (size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += nested ? "," : ", ";
      if (nested) line(indent + 1);
      (*array)[i].Write(out, indent + 1);
    }
    if (nested) line(indent);
    out += ']';
  } else if (const Object* object = as_object()) {
    bool nested = indent == 0;
    for (const auto& [name, element] : *object) nested = nested || IsContainer(element);
    if (object->empty()) nested = false;
    out += nested ? "{" : "{ ";
    for (size_t i = 0; i < object->size(); ++i) {
      if (i > 0) out += nested ? "," : ", ";
      if (nested) line(indent + 1);
      out += JsonString((*object)[i].first) + ": ";
      (*object)[i].second.Write(out, indent + 1);
    }
    if (nested) line(indent);
    out += nested ? "}" : " }";
  }
}

std::string JsonValue::ToString() const {
  std::string out;
  Write(out, 0);
  return out + "\n";
}

Result<JsonValue> JsonValue::Parse(std::string_view text) { return JsonParser(text).Document(); }

}  // namespace tidemark

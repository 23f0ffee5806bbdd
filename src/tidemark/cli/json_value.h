// A JSON document in memory: what --json prints, and what results that arrive as JSON are read
// into. Objects keep their order; numbers keep their digits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tidemark/base/result.h"

namespace tidemark {

class JsonValue {
 public:
  struct Number {
    std::string digits;
  };
  using Array = std::vector<JsonValue>;
  using Object = std::vector<std::pair<std::string, JsonValue>>;

  JsonValue() = default;  // null
  // NOLINTBEGIN(google-explicit-constructor): documents are written as nested braces.
  JsonValue(bool value) : value_(value) {}
  JsonValue(int value) : JsonValue(int64_t{value}) {}
  JsonValue(int64_t value) : value_(Number{std::to_string(value)}) {}
  JsonValue(double value);  // NaN and infinities become null
  JsonValue(const char* text) : value_(std::string(text)) {}
  JsonValue(std::string_view text) : value_(std::string(text)) {}
  JsonValue(std::string text) : value_(std::move(text)) {}
  JsonValue(Array array) : value_(std::move(array)) {}
  JsonValue(Object object) : value_(std::move(object)) {}
  JsonValue(Number number) : value_(std::move(number)) {}
  // NOLINTEND(google-explicit-constructor)

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const bool* as_bool() const { return std::get_if<bool>(&value_); }
  const Number* as_number() const { return std::get_if<Number>(&value_); }
  const std::string* as_string() const { return std::get_if<std::string>(&value_); }
  const Array* as_array() const { return std::get_if<Array>(&value_); }
  const Object* as_object() const { return std::get_if<Object>(&value_); }
  // The member of an object; null when there is none (or this is no object).
  const JsonValue* Find(std::string_view name) const;

  // Indented by two; a container without containers inside stays on one line.
  std::string ToString() const;

  // Errors: kParse.
  static Result<JsonValue> Parse(std::string_view text);

 private:
  void Write(std::string& out, int indent) const;
  std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

}  // namespace tidemark

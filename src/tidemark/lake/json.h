// JSON as the Delta log uses it: one small value type, a strict parser and a compact writer.
// Numbers keep their text, so that 64-bit integers and doubles pass through unchanged.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/base/result.h"

namespace tidemark {

class Json {
 public:
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

  Json() = default;  // null
  static Json Bool(bool value);
  static Json Int(int64_t value);
  // The shortest text that reads back as the same bits, always with '.' or 'e'. REQUIRES finite.
  static Json Double(double value);
  static Json String(std::string_view text);  // REQUIRES valid UTF-8
  static Json Array() { return Json(Kind::kArray); }
  static Json Object() { return Json(Kind::kObject); }

  // One value with nothing but white space round it. Nesting up to 64. Errors: kParse with offset.
  static Result<Json> Parse(std::string_view text);
  std::string Dump() const;  // no white space; object members in insertion order

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_object() const { return kind_ == Kind::kObject; }
  // The value, or the given one when it is of another kind (or does not fit).
  bool AsBool(bool otherwise) const;
  int64_t AsInt(int64_t otherwise) const;
  double AsDouble(double otherwise) const;
  std::string AsString(std::string_view otherwise = {}) const;

  const std::vector<Json>& items() const { return items_; }
  const std::vector<std::pair<std::string, Json>>& members() const { return members_; }
  // The member of that name (the last one), or a null value when there is none.
  const Json& operator[](std::string_view name) const;
  bool Has(std::string_view name) const;

  Json& Add(Json value);                         // to an array; returns *this
  Json& Set(std::string_view name, Json value);  // to an object; returns *this

 private:
  explicit Json(Kind kind) : kind_(kind) {}
  void DumpTo(std::string& out) const;
  friend class JsonParser;

  Kind kind_ = Kind::kNull;
  bool bool_ = false;
  std::string text_;  // a string's text, a number's spelling
  std::vector<Json> items_;
  std::vector<std::pair<std::string, Json>> members_;
};

}  // namespace tidemark

#include "tidemark/cli/json_value.h"

#include <cmath>

#include <fmt/format.h>

#include "tidemark/base/check.h"
#include "tidemark/base/json.h"
#include "tidemark/base/json_text.h"

namespace tidemark {
namespace {

JsonValue ValueOf(const Json& json) {
  switch (json.kind()) {
    case Json::Kind::kNull:
      return {};
    case Json::Kind::kBool:
      return json.AsBool(false);
    case Json::Kind::kNumber:
      return JsonValue::Number{json.Dump()};
    case Json::Kind::kString:
      return json.AsString();
    case Json::Kind::kArray: {
      JsonValue::Array array;
      for (const Json& item : json.items()) array.push_back(ValueOf(item));
      return array;
    }
    case Json::Kind::kObject: {
      JsonValue::Object object;
      for (const auto& [name, value] : json.members()) object.emplace_back(name, ValueOf(value));
      return object;
    }
  }
  CHECK(false);
}

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

Result<JsonValue> JsonValue::Parse(std::string_view text) {
  TM_ASSIGN(const Json json, Json::Parse(text));
  return ValueOf(json);
}

}  // namespace tidemark

#include "tidemark/cli/json_text.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "tidemark/cli/text_table.h"

namespace tidemark {
namespace {

constexpr size_t kWidth = 100;

// "relative_mae" → "relative mae".
std::string Words(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::string NumberText(const JsonValue::Number& number) {
  if (number.digits.find_first_of(".eE") == std::string::npos) {
    return number.digits.size() > 15
               ? number.digits
               : GroupDigits(std::strtoll(number.digits.c_str(), nullptr, 10));
  }
  const double value = std::strtod(number.digits.c_str(), nullptr);
  return std::fabs(value) >= 1000 ? fmt::format("{:.1f}", value) : fmt::format("{:#.5g}", value);
}

bool IsScalar(const JsonValue& value) {
  return value.as_array() == nullptr && value.as_object() == nullptr;
}

std::string ScalarText(const JsonValue& value) {
  if (const bool* flag = value.as_bool()) return *flag ? "yes" : "no";
  if (const auto* number = value.as_number()) return NumberText(*number);
  if (const std::string* text = value.as_string()) return *text;
  return "–";
}

bool IsFlatList(const JsonValue& value) {
  const auto* array = value.as_array();
  return array != nullptr && std::ranges::all_of(*array, IsScalar);
}

std::string InlineText(const JsonValue& value) {
  if (IsScalar(value)) return ScalarText(value);
  std::string text;
  if (const auto* array = value.as_array()) {
    for (const JsonValue& element : *array)
      text += (text.empty() ? "" : ", ") + InlineText(element);
  } else if (const auto* object = value.as_object()) {
    for (const auto& [name, element] : *object) {
      text += (text.empty() ? "" : ", ") + Words(name) + " " + InlineText(element);
    }
  }
  return text;
}

bool IsTable(const JsonValue::Array& array) {
  return !array.empty() && std::ranges::all_of(array, [](const JsonValue& row) {
    return row.as_object() != nullptr;
  });
}

std::string TableText(const JsonValue::Array& rows, size_t indent) {
  std::vector<std::string> names;
  for (const JsonValue& row : rows) {
    for (const auto& [name, value] : *row.as_object()) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  std::vector<TextTable::Column> columns;
  for (const std::string& name : names) {
    const bool numbers = std::ranges::all_of(rows, [&](const JsonValue& row) {
      const JsonValue* cell = row.Find(name);
      return cell == nullptr || cell->is_null() || cell->as_number() != nullptr;
    });
    columns.push_back({Words(name), numbers ? TextTable::Align::kRight : TextTable::Align::kLeft});
  }
  TextTable table(std::move(columns));
  for (const JsonValue& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& name : names) {
      const JsonValue* cell = row.Find(name);
      cells.push_back(cell == nullptr || cell->is_null() ? "" : InlineText(*cell));
    }
    table.AddRow(std::move(cells));
  }
  return table.ToString(indent);
}

}  // namespace

std::string JsonText(const JsonValue& value, size_t indent) {
  const std::string margin(indent, ' ');
  if (IsScalar(value) || IsFlatList(value)) return margin + InlineText(value) + "\n";
  if (const auto* array = value.as_array()) {
    if (IsTable(*array)) return TableText(*array, indent);
    std::string text;
    for (const JsonValue& element : *array) text += JsonText(element, indent);
    return text;
  }
  std::string text;
  for (const auto& [name, element] : *value.as_object()) {
    if (IsScalar(element) || IsFlatList(element)) {
      const std::string line = fmt::format("{}: {}", Words(name), InlineText(element));
      text += margin + WrapText(line, kWidth, indent + 2) + "\n";
    } else {
      text += fmt::format("{}{}{}\n{}", text.empty() ? "" : "\n", margin, Words(name),
                          JsonText(element, indent + 2));
    }
  }
  return text;
}

}  // namespace tidemark

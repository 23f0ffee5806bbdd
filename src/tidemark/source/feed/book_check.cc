#include "tidemark/source/feed/book_check.h"

#include <fmt/format.h>

namespace tidemark {

void CheckLevel(const simdjson::dom::array& level, const LevelShape& shape, std::string_view name,
                FieldReader& fields) {
  size_t width = 0;
  const size_t end = shape.first_number + shape.numbers;
  for (const Json value : level) {
    if (width >= shape.first_number && width < end) {
      if (shape.signed_size && width + 1 == end) {
        fields.Number(value, name);
      } else {
        fields.Volume(value, name);
      }
    }
    ++width;
  }
  if (width < shape.width_min || width > shape.width_max) {
    fields.Fail(RejectReason::kFieldCount, fmt::format("a level of {} has {} fields", name, width));
  }
}

void CheckLevels(const JsonField& levels, const LevelShape& shape, std::string_view name,
                 FieldReader& fields) {
  const auto array = ArrayOf(levels);
  if (!array) {
    return fields.Fail(RejectReason::kMissingValue, fmt::format("{} is not a list", name));
  }
  for (const Json value : *array) {
    const auto level = ArrayOf(value);
    if (!level) {
      return fields.Fail(RejectReason::kBadRecord, fmt::format("a level of {} is no list", name));
    }
    CheckLevel(*level, shape, name, fields);
    if (!fields.ok()) return;
  }
}

void CheckLevelsIfAny(const JsonField& levels, const LevelShape& shape, std::string_view name,
                      FieldReader& fields) {
  if (!IsAbsent(levels)) CheckLevels(levels, shape, name, fields);
}

}  // namespace tidemark

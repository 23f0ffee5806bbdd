// Whether order-book levels have the shape their venue writes: nothing is kept of them.
#pragma once

#include <string_view>

#include "tidemark/source/feed/field_reader.h"

namespace tidemark {

struct LevelShape {
  size_t width_min = 2, width_max = 2;  // elements of a level
  size_t first_number = 0, numbers = 2;
  bool signed_size = false;  // the last number may be negative
};

// Fails `fields` unless `levels` is an array of levels of that shape.
void CheckLevels(const JsonField& levels, const LevelShape& shape, std::string_view name,
                 FieldReader& fields);
// The same when it may be absent.
void CheckLevelsIfAny(const JsonField& levels, const LevelShape& shape, std::string_view name,
                      FieldReader& fields);
// One level.
void CheckLevel(const simdjson::dom::array& level, const LevelShape& shape, std::string_view name,
                FieldReader& fields);

}  // namespace tidemark

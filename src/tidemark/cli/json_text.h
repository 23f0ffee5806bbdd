// Any JSON result as text for people: members as lines, lists of objects as tables.
#pragma once

#include <string>

#include "tidemark/cli/json_value.h"

namespace tidemark {

// Every line begins with `indent` spaces.
std::string JsonText(const JsonValue& value, size_t indent = 0);

}  // namespace tidemark

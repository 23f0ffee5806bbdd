// The explicit list of what the pipeline is made of: every component by name, with what it reads
// and writes. Nothing registers itself; a component that is not here does not exist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

enum class ComponentKind {
  kSource,    // outside bytes to base rows
  kOperator,  // a fold over a series
  kModel,     // a fit and its forecasts; named in forecasts.models
};

struct Component {
  std::string_view name;
  ComponentKind kind;
  std::string_view summary;
  std::vector<std::string_view> reads;   // tables, or "files"
  std::vector<std::string_view> writes;  // tables
};

const std::vector<Component>& Components();

// The names of one kind, in the list's order.
std::vector<std::string> ComponentNames(ComponentKind kind);

}  // namespace tidemark

// Columns to an Arrow IPC file ("Feather version 2"), as pandas, Polars and freqtrade read it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/base/result.h"

namespace tidemark {

struct FeatherColumn {
  std::string name;
  const std::vector<int64_t>* times_ms = nullptr;  // timestamp(ms, UTC); or else
  const std::vector<double>* doubles = nullptr;    // float64, NaN kept as NaN
};

// One record batch, LZ4 frames, no nulls. REQUIRES columns of equal length, each with exactly one
// of its vectors. Errors: kInternal (Arrow refused).
Result<std::string> EncodeFeather(const std::vector<FeatherColumn>& columns);

}  // namespace tidemark

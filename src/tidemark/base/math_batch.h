// Many logarithms at once: the vector form of Log (base/math.h), bit for bit, several times faster.
#pragma once

#include <cstddef>

namespace tidemark {

// Replaces each value by its natural logarithm, with the bits of Log(value). Whatever has none
// (NaN, values below 0) becomes the default quiet NaN, so nulls stay null.
void LogInPlace(double* values, size_t count);

}  // namespace tidemark

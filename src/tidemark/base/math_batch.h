// Many logarithms at once: the vector form of Log (base/math.h), bit for bit, several times faster.
#pragma once

#include <cstddef>
#include <span>

namespace tidemark {

// Replaces each value by its natural logarithm, with the bits of Log(value). Whatever has none
// (NaN, values below 0) becomes the default quiet NaN, so nulls stay null.
void LogInPlace(double* values, size_t count);
// The same for `count` values of each column: a single value of many costs what many of one do.
void LogInPlace(std::span<double* const> columns, size_t count);

}  // namespace tidemark

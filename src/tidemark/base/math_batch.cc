#include "tidemark/base/math_batch.h"

#include <immintrin.h>
#include <sleef.h>

#include <limits>

namespace tidemark {
namespace {

// The AVX member of the family that Log takes its scalar form from: no FMA in either, the same
// bits.
__m256d Log4(__m256d x) {
  const __m256d null = _mm256_set1_pd(std::numeric_limits<double>::quiet_NaN());
  const __m256d y = Sleef_cinz_logd4_u10avx(x);
  return _mm256_blendv_pd(y, null, _mm256_cmp_pd(y, y, _CMP_UNORD_Q));
}

}  // namespace

void LogInPlace(double* values, size_t count) { LogInPlace({&values, 1}, count); }

void LogInPlace(std::span<double* const> columns, size_t count) {
  const size_t whole = count - count % 4;
  // What is left of the columns, four at a time.
  double* places[4] = {};
  double rest[4] = {1, 1, 1, 1};
  size_t waiting = 0;
  const auto finish = [&] {
    _mm256_storeu_pd(rest, Log4(_mm256_loadu_pd(rest)));
    for (size_t k = 0; k < waiting; ++k) *places[k] = rest[k];
    waiting = 0;
  };
  for (double* const values : columns) {
    for (size_t i = 0; i < whole; i += 4) {
      _mm256_storeu_pd(values + i, Log4(_mm256_loadu_pd(values + i)));
    }
    for (size_t i = whole; i < count; ++i) {
      places[waiting] = values + i;
      rest[waiting] = values[i];
      if (++waiting == 4) finish();
    }
  }
  if (waiting > 0) finish();
}

}  // namespace tidemark

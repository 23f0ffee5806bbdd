#include "tidemark/base/math_batch.h"

#include <immintrin.h>
#include <sleef.h>

#include <limits>

namespace tidemark {

void LogInPlace(double* values, size_t count) {
  // The AVX member of the family that Log takes its scalar form from: no FMA in either, the same
  // bits.
  const __m256d null = _mm256_set1_pd(std::numeric_limits<double>::quiet_NaN());
  const auto log4 = [&](__m256d x) {
    const __m256d y = Sleef_cinz_logd4_u10avx(x);
    return _mm256_blendv_pd(y, null, _mm256_cmp_pd(y, y, _CMP_UNORD_Q));
  };
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    _mm256_storeu_pd(values + i, log4(_mm256_loadu_pd(values + i)));
  }
  if (i == count) return;
  double rest[4] = {1, 1, 1, 1};
  for (size_t j = i; j < count; ++j) rest[j - i] = values[j];
  _mm256_storeu_pd(rest, log4(_mm256_loadu_pd(rest)));
  for (size_t j = i; j < count; ++j) values[j] = rest[j - i];
}

}  // namespace tidemark

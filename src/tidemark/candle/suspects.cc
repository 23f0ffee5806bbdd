#include "tidemark/candle/suspects.h"

#include <cmath>

#include "tidemark/base/math.h"

namespace tidemark {

std::vector<size_t> FindSpikes(const CandleColumns& rows) {
  std::vector<size_t> spikes;
  for (size_t i = 1; i + 1 < rows.size(); ++i) {
    const double ratio = rows.close[i] / rows.close[i - 1];
    if (ratio > 0.952 && ratio < 1.051) continue;  // clearly within 5 %: spares the logarithm
    if (std::fabs(Log(ratio)) > kSpikeLogMove &&
        std::fabs(Log(rows.close[i + 1] / rows.close[i - 1])) < kSpikeUndoneWithin) {
      spikes.push_back(i);
    }
  }
  return spikes;
}

}  // namespace tidemark

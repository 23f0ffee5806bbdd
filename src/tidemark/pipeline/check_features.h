// Two claims about features, checked on data: that none sees the future, and that each has its
// first value exactly where its warm-up ends. The features are those the configuration names, else
// those the lake was computed with, else the default ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"

namespace tidemark {

struct CheckReport {
  bool ok() const { return findings.empty(); }
  std::vector<std::string> findings;  // one per feature and series that fails, with where
  std::vector<std::string> series;    // what was checked: "bitfinex LTC-USD 1m, last 300,000 rows"
  int64_t features = 0;
  int64_t rows = 0;      // folded
  int64_t compared = 0;  // values
};

// Every feature, folded over whole series, must equal bit for bit the same feature
// folded over data cut at t, for some 2,000 times t a series: up to the 300,000 latest rows of
// every base series of the lake, or of a simulated series when there is no lake yet. Errors: those
// of the lake; kInvalidArgument (a feature that does not exist).
Result<CheckReport> CheckLookahead(const Config& config);

// On simulated rows without a hole: null before the warm-up the catalogue claims, a value from
// there on.
Result<CheckReport> CheckWarmup(const Config& config);

}  // namespace tidemark

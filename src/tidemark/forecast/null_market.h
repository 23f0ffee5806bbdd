// The null market: does the machinery find skill where there can be none? (NUMBERS §6 in
// docs/internals/forecasts.md.) Features, walk-forward fits and scores run on
//   walk      a symmetric walk of the log price: no tick, no bounce, no gaps
//   signs     the user's own last rows, each bar's log moves times a random sign (high and low
//             swap where it is −1): gaps, volume and volatility stay, direction is noise
// over several seeds. The test fails when any Holm-adjusted one-sided Diebold–Mariano p
// (absolute errors) is below the limit. Two controls show that it can fail:
//   momentum  every bar's sign agrees with the sign of the last 30 bars' return with probability
//             0.55: must be found
//   lookahead features of the walk shifted so that they see one row ahead: must be found
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tidemark/forecast/walk_forward.h"
#include "tidemark/market/candle.h"

namespace tidemark {

// Feature columns, one value per candle, NaN while warming up: the user's own feature code.
using FeatureFunction =
    std::function<std::vector<std::vector<double>>(const CandleColumns& candles)>;

struct NullMarketOptions {
  std::vector<uint64_t> seeds = {1, 2, 3, 4, 5};
  int64_t rows = 300'000;
  double p_limit = 0.001;
  double momentum = 0.55;
  std::vector<std::string> models = {"linear", "tree"};
  WalkForwardOptions walk_forward;
  // Test only: lets the features of every null market see one row ahead, so it must fail.
  bool look_ahead = false;
};

struct NullMarketRun {
  std::string market;  // "walk", "signs", "momentum", "lookahead"
  uint64_t seed = 0;
  std::string model;
  int64_t n = 0;
  double relative_mae = kNull, directional_accuracy = kNull, ic = kNull;
  double p = kNull;       // dm_p_mae
  double p_holm = kNull;  // adjusted over all null runs; controls keep their own p
};

struct NullMarketReport {
  std::vector<NullMarketRun> runs;  // null markets by market, seed, model; then the controls
  bool null_clean = false;          // no adjusted p below the limit
  bool momentum_found = false;
  bool look_ahead_found = false;
  bool passed() const { return null_clean && momentum_found && look_ahead_found; }
};

CandleColumns WalkMarket(uint64_t seed, int64_t rows, int64_t interval_us);
CandleColumns MomentumMarket(uint64_t seed, int64_t rows, int64_t interval_us, double p);
// The last `rows` of `own` with random signs.
CandleColumns SignsMarket(const CandleColumns& own, uint64_t seed, int64_t rows);

// Holm's step-down adjustment: same order, each at least its p, at most 1; null stays null and
// does not count.
std::vector<double> HolmAdjusted(const std::vector<double>& p);

// `own` may be empty: then there is no "signs" market. Markets run in parallel on `threads` (may
// be null); the report does not depend on it.
NullMarketReport RunNullMarket(const CandleColumns& own, const FeatureFunction& features,
                               const std::vector<std::string>& feature_names,
                               const NullMarketOptions& options, ThreadPool* threads);

}  // namespace tidemark

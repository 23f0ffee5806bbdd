// The study this project started from, as it was and as it should be (definitions: NUMBERS §7 in
// docs/internals/forecasts.md): predict the close `horizon` rows ahead, in price, from price
// levels, on a random 75/25 split and on a chronological one.
//
// Over all rows i that have a close h rows later: inputs at i, target close[i + h]. Random: a
// fraction of the rows, drawn without replacement from Random(seed), is the test set.
// Chronological: the last rows are. Persistence predicts close[i]. On the test rows:
//   r2                    1 − Σe²/Σ(y − ȳ)² on price levels (its weakness is the point)
//   relative_mae          Σ|y − prediction| / Σ|y − close|
//   directional_accuracy  signs of (prediction − close) and (y − close) agree; y = close does not
//                         count, prediction = close counts ½; null for persistence
// Each over `repeats` seeds as mean and standard deviation (ddof 1); a chronological split has no
// seed, so its deviation is null.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tidemark/base/parallel.h"
#include "tidemark/base/result.h"
#include "tidemark/market/candle.h"

namespace tidemark {

struct StudyOptions {
  uint64_t seed = 0;
  int repeats = 5;  // seeds seed, seed + 1, …; at least 1
  int64_t horizon = 30;
  double test_fraction = 0.25;
  bool chronological = true;               // also the chronological split
  bool extended = false;                   // also the second table
  int64_t extended_rows = 300'000;         // the last rows the second table uses
  std::vector<int> sma = {30, 240, 1440};  // windows of the moving averages among the levels
};

struct StudyScore {
  std::string inputs;  // "close" or "levels" (open, high, low, close, volume, sma…)
  std::string model;   // "persistence", "linear", "tree"
  std::string split;   // "random" or "chronological"
  double r2 = kNull, r2_sd = kNull;
  double relative_mae = kNull, relative_mae_sd = kNull;
  double directional_accuracy = kNull, directional_accuracy_sd = kNull;
  int64_t train_rows = 0, test_rows = 0;
};

// One of the last `horizon` rows r. The study's own table feeds the models the inputs of row
// r − 2h, which predict close[r − h], and compares them with close[r]; `aligned` feeds the inputs
// of row r − h.
struct StudyForecast {
  EventTime time;  // the row's open time
  double close = 0;
  double prediction = 0, error_pct = 0;  // as it was; 100·(close − prediction)/close
  double aligned = 0, aligned_error_pct = 0;
  std::string model;
};

struct StudyResult {
  std::vector<StudyScore> scores;
  std::vector<StudyForecast> forecasts;  // by model (linear, tree), then time; first seed's fits
  double linear_intercept = 0, linear_slope = 0;
  int64_t tree_leaves = 0;
};

// `candles` in order. `threads` may be null; they change nothing. Errors: kNotFound with fewer
// than 4 horizons of rows.
Result<StudyResult> RunStudy(const CandleColumns& candles, const StudyOptions& options,
                             ThreadPool* threads);

// The rows [0, rows) of a test set: exactly ceil(fraction · rows) flags set, each subset equally
// likely (selection sampling).
std::vector<uint8_t> RandomTestRows(size_t rows, double fraction, uint64_t seed);

}  // namespace tidemark

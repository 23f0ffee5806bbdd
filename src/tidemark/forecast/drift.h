// Drift: whether a model's forecasts have become worse, by the test of Page and Hinkley on its loss
// relative to persistence.
//
//   x_i = (|e_i| − |actual_i|) / scale_i      scale: the mean |return| its fold was trained on
//   m_t = Σ_{i<=t} (x_i − x̄_i − delta) / h    x̄_i the mean of x_1 … x_i, h the horizon in rows
//   M_t = min(m_1 … m_t)
//   alarm at the first t with m_t − M_t > threshold; the change began after the row of M_t
//
// Targets h rows long overlap, so h rows count as one observation: the threshold is in scales times
// horizons. After an alarm all begins anew with the next row. An alarm stands as long as the mean
// of x since its change is more than delta above the mean of x between the beginning and the
// change.
//
// Worked example, h = 1, delta 0, threshold 1, x = 0, 0, 1, 1:
//   x̄ = 0, 0, 1/3, 1/2;  m = 0, 0, 2/3, 7/6;  M = 0, its last row the second; alarm at the fourth,
//   since the third.
// Sources: E. S. Page, Biometrika 41 (1954); D. V. Hinkley, Biometrika 58 (1971).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tidemark/base/time.h"

namespace tidemark {

struct LossRow {
  EventTime target_time;
  double loss = 0;       // |actual − prediction|, log returns
  double reference = 0;  // |actual|
  double scale = 0;      // > 0
};

struct DriftOptions {
  double delta = 0.02;    // how much worse is tolerated, in scales
  double threshold = 10;  // in scales times horizons
  int64_t horizon_rows = 30;
};

struct DriftAlarm {
  EventTime since;    // target time of the first row after the change
  EventTime raised;   // target time of the row at which it was noticed
  int64_t rows = 0;   // since the change
  double before = 0;  // mean of x up to the change and…
  double after = 0;   // …since then
  double relative_mae_before = 0, relative_mae_after = 0;  // Σ loss / Σ reference; may be infinite
};

// The latest alarm that stands. `rows` in order of target time. REQUIRES delta >= 0.
std::optional<DriftAlarm> FindDrift(std::span<const LossRow> rows, const DriftOptions& options);

}  // namespace tidemark

// Scores: what a model's forecasts were worth, from sufficient statistics that add up over time.
//
// One ScoreBlock holds one (model, basis, bucket) over one calendar month, its rows added in time
// order. Blocks of consecutive months are merged in month order into years and "all"; the bits of
// a merged block are those of that merge, always the same. All on log returns:
//   e = actual − prediction, persistence predicts 0, so its error is the actual itself.
//
//   relative_mae   Σ|e| / Σ|actual|;  relative_rmse  √(Σe² / Σactual²);  both 1 for persistence
//   mase           mean of |e| / (the fold's training mean |target|)
//   directional    share of rows with actual ≠ 0 where the signs agree, a prediction of 0 counts ½;
//                  95 % interval ± 1.96·√(Ω/n), Ω of the hit indicator over those rows
//   ic             Pearson correlation of prediction and actual over all rows; null if constant
//   rank_ic        Spearman, mean ranks for ties, within a calendar month. A month has its own; a
//                  longer period has the plain mean of its months (rank_ic_monthly_mean is the
//                  same), and icir = mean / standard deviation (ddof 1) of the monthly values
//   dm_p_*         Diebold–Mariano, one-sided (the model is better than persistence), on
//                  d = |actual| − |e| and actual² − e²: d̄ / √(Ω/n) times the factor of Harvey,
//                  Leybourne and Newbold √((n + 1 − 2h + h(h−1)/n)/n), against Student's t with
//                  n − 1 degrees of freedom
//   n_effective    n·γ0/Ω of d (absolute errors; for persistence of |actual|), between 1 and n
//   Ω              γ0 + 2 Σ_{k=1..L} (1 − k/(L+1)) γ_k, L = 2h rows, γ_k with 1/n
//   flagged        too good to be true, on a whole period with n_effective >= 500:
//                  relative_mae < 0.985, directional accuracy > 0.54 or |ic| > 0.15
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"
#include "tidemark/forecast/lag_sums.h"
#include "tidemark/market/batch.h"
#include "tidemark/market/candle.h"

namespace tidemark {

// One forecast and what came of it.
struct ScoredRow {
  int64_t time = 0;
  double actual = 0;      // log return
  double prediction = 0;  // log return
  double close = 0;       // at `time`
  double train_mean_abs_return = 0;
  int inside_interval = -1;  // 1 or 0; -1 without an interval
  // Prices at the target, where the caller has them already; else from close and the returns.
  double actual_price = kNull;
  double predicted_price = kNull;
};

// The target-span buckets of NUMBERS §5, and "all".
constexpr std::string_view kSpanBuckets[] = {"30", "<=60", "<=120", ">120"};
constexpr int kSpanBucketCount = 4;
// The place in kSpanBuckets of a target this far away: <= 30, <= 60, <= 120 minutes, or more.
int SpanBucket(int64_t span_us);

class ScoreBlock {
 public:
  // `horizon_rows` = h; persistence keeps |actual| in place of its loss difference, which is 0.
  explicit ScoreBlock(int64_t horizon_rows = 30, bool persistence = false);

  // REQUIRES times rising, no NaN, not closed.
  void Add(const ScoredRow& row);
  // Ends the month: its rank correlation is computed and its rows are let go.
  void Close();
  // Appends a later block of the same kind; both are closed by it (`next` on a copy if needed).
  void Merge(const ScoreBlock& next);

  int64_t rows() const { return rows_; }
  bool closed() const { return closed_; }

  // Canonical bytes of a closed block; an open one is saved as if closed. Load: kVersion, kCorrupt.
  Bytes Save() const;
  static Result<ScoreBlock> Load(std::string_view bytes);

 private:
  friend struct ScoreRow Finalize(const ScoreBlock& block, bool whole_period);

  // Raw moments around the first row's values.
  struct Moments {
    double shift_p = 0, shift_a = 0;
    double p = 0, a = 0, pp = 0, aa = 0, pa = 0;
    double min_p = std::numeric_limits<double>::infinity(), max_p = -min_p;
    double min_a = std::numeric_limits<double>::infinity(), max_a = -min_a;
  };

  int64_t horizon_rows_;
  bool persistence_;
  bool closed_ = false;
  int64_t rows_ = 0;
  double abs_error_ = 0, squared_error_ = 0;
  double abs_actual_ = 0, squared_actual_ = 0;
  double abs_price_error_ = 0, squared_price_error_ = 0;
  double scaled_error_ = 0;
  int64_t scaled_rows_ = 0;
  int64_t interval_rows_ = 0, interval_inside_ = 0;
  Moments moments_;
  LagSums mae_difference_, mse_difference_, hits_;
  int64_t months_ = 0;  // with a rank correlation
  double rank_sum_ = 0, rank_squares_ = 0;
  std::vector<double> predictions_, actuals_;  // until closed
};

// A row of the table `scores`; NaN is null. The caller fills the key.
struct ScoreRow {
  std::string venue, symbol, interval, model, horizon, period, bucket, basis;
  int64_t n = 0;
  double n_effective = kNull, mae = kNull, rmse = kNull, mae_price = kNull, rmse_price = kNull;
  double relative_mae = kNull, relative_rmse = kNull, mase = kNull;
  double directional_accuracy = kNull, directional_lower = kNull, directional_upper = kNull;
  double ic = kNull, rank_ic = kNull, rank_ic_monthly_mean = kNull, icir = kNull;
  double dm_p_mae = kNull, dm_p_mse = kNull, coverage = kNull;
  bool flagged = false;
};

// `whole_period`: this is period "all", bucket "all", where figures too good to be true are
// flagged; single months vary far more and never are.
ScoreRow Finalize(const ScoreBlock& block, bool whole_period);
// Appends to a batch of ScoresTable()'s schema.
void AppendScore(const ScoreRow& row, Batch& scores);

}  // namespace tidemark

#include "tidemark/forecast/score.h"

#include <algorithm>
#include <cmath>

#include "tidemark/base/check.h"
#include "tidemark/base/math.h"
#include "tidemark/base/time.h"
#include "tidemark/forecast/rank.h"
#include "tidemark/forecast/student_t.h"

namespace tidemark {
namespace {

constexpr uint32_t kFormat = 0x31524353;  // "SCR1"
constexpr int64_t kMostHorizonRows = 1'000'000;
constexpr double kNormal975 = 1.959963984540054;

// The p-value of a mean loss difference above 0; null without a variance.
double DieboldMariano(const LagSums& difference, int64_t horizon_rows) {
  const double variance = difference.LongRunVariance();
  const auto n = static_cast<double>(difference.count());
  const auto h = static_cast<double>(horizon_rows);
  const double factor = (n + 1 - 2 * h + h * (h - 1) / n) / n;
  if (std::isnan(variance) || factor <= 0) return kNull;
  const double statistic = difference.mean() / std::sqrt(variance / n) * std::sqrt(factor);
  return StudentUpperTail(statistic, n - 1);
}

double EffectiveRows(const LagSums& series) {
  const double variance = series.LongRunVariance();
  if (std::isnan(variance)) return kNull;
  const auto n = static_cast<double>(series.count());
  return std::clamp(n * series.Autocovariance(0) / variance, 1.0, n);
}

}  // namespace

int SpanBucket(int64_t span_us) {
  if (span_us <= 30 * kMicrosPerMinute) return 0;
  if (span_us <= 60 * kMicrosPerMinute) return 1;
  return span_us <= 120 * kMicrosPerMinute ? 2 : 3;
}

ScoreBlock::ScoreBlock(int64_t horizon_rows, bool persistence)
    : horizon_rows_(horizon_rows),
      persistence_(persistence),
      mae_difference_(static_cast<size_t>(2 * horizon_rows)),
      mse_difference_(static_cast<size_t>(2 * horizon_rows)),
      hits_(static_cast<size_t>(2 * horizon_rows)) {
  CHECK(horizon_rows > 0 && horizon_rows <= kMostHorizonRows);
}

void ScoreBlock::Add(const ScoredRow& row) {
  CHECK(!closed_);
  const double error = row.actual - row.prediction;
  const double abs_error = std::fabs(error);
  const double abs_actual = std::fabs(row.actual);
  ++rows_;
  abs_error_ += abs_error;
  squared_error_ += error * error;
  abs_actual_ += abs_actual;
  squared_actual_ += row.actual * row.actual;

  const double actual_price =
      std::isnan(row.actual_price) ? row.close * Exp(row.actual) : row.actual_price;
  const double predicted_price =
      std::isnan(row.predicted_price)
          ? (row.prediction == 0 ? row.close : row.close * Exp(row.prediction))
          : row.predicted_price;
  const double price_error = actual_price - predicted_price;
  abs_price_error_ += std::fabs(price_error);
  squared_price_error_ += price_error * price_error;
  if (row.train_mean_abs_return > 0) {
    scaled_error_ += abs_error / row.train_mean_abs_return;
    ++scaled_rows_;
  }
  if (row.inside_interval >= 0) {
    ++interval_rows_;
    interval_inside_ += row.inside_interval;
  }
  if (persistence_) {
    mae_difference_.Add(abs_actual);
    return;
  }
  mae_difference_.Add(abs_actual - abs_error);
  mse_difference_.Add(row.actual * row.actual - error * error);
  if (row.actual != 0) {
    const bool agree = (row.prediction > 0) == (row.actual > 0);
    // Around one half, where sums of products lose the least.
    hits_.Add(row.prediction == 0 ? 0.0 : (agree ? 0.5 : -0.5));
  }
  Moments& m = moments_;
  if (rows_ == 1) {
    m.shift_p = row.prediction;
    m.shift_a = row.actual;
  }
  const double p = row.prediction - m.shift_p;
  const double a = row.actual - m.shift_a;
  m.p += p;
  m.a += a;
  m.pp += p * p;
  m.aa += a * a;
  m.pa += p * a;
  m.min_p = std::min(m.min_p, row.prediction);
  m.max_p = std::max(m.max_p, row.prediction);
  m.min_a = std::min(m.min_a, row.actual);
  m.max_a = std::max(m.max_a, row.actual);
  predictions_.push_back(row.prediction);
  actuals_.push_back(row.actual);
}

void ScoreBlock::Close() {
  if (closed_) return;
  closed_ = true;
  const double rho = Spearman(predictions_, actuals_);
  if (!std::isnan(rho)) {
    months_ = 1;
    rank_sum_ = rho;
    rank_squares_ = rho * rho;
  }
  predictions_ = {};
  actuals_ = {};
  for (LagSums* sums : {&mae_difference_, &mse_difference_, &hits_}) sums->Trim();
}

void ScoreBlock::Merge(const ScoreBlock& following) {
  if (!following.closed_) {
    ScoreBlock copy = following;
    copy.Close();
    Merge(copy);
    return;
  }
  Close();
  const ScoreBlock& next = following;
  CHECK(horizon_rows_ == next.horizon_rows_ && persistence_ == next.persistence_);
  if (next.rows_ == 0) return;
  const bool first = rows_ == 0;
  rows_ += next.rows_;
  abs_error_ += next.abs_error_;
  squared_error_ += next.squared_error_;
  abs_actual_ += next.abs_actual_;
  squared_actual_ += next.squared_actual_;
  abs_price_error_ += next.abs_price_error_;
  squared_price_error_ += next.squared_price_error_;
  scaled_error_ += next.scaled_error_;
  scaled_rows_ += next.scaled_rows_;
  interval_rows_ += next.interval_rows_;
  interval_inside_ += next.interval_inside_;
  mae_difference_.Merge(next.mae_difference_);
  mse_difference_.Merge(next.mse_difference_);
  hits_.Merge(next.hits_);
  months_ += next.months_;
  rank_sum_ += next.rank_sum_;
  rank_squares_ += next.rank_squares_;

  Moments& m = moments_;
  const Moments& b = next.moments_;
  if (first) {
    m = b;
    return;
  }
  const double dp = b.shift_p - m.shift_p;
  const double da = b.shift_a - m.shift_a;
  const auto n = static_cast<double>(next.rows_);
  m.pp += b.pp + 2 * dp * b.p + n * dp * dp;
  m.aa += b.aa + 2 * da * b.a + n * da * da;
  m.pa += b.pa + dp * b.a + da * b.p + n * dp * da;
  m.p += b.p + n * dp;
  m.a += b.a + n * da;
  m.min_p = std::min(m.min_p, b.min_p);
  m.max_p = std::max(m.max_p, b.max_p);
  m.min_a = std::min(m.min_a, b.min_a);
  m.max_a = std::max(m.max_a, b.max_a);
}

ScoreRow Finalize(const ScoreBlock& open, bool whole_period) {
  ScoreBlock block = open;
  block.Close();
  ScoreRow row;
  row.n = block.rows_;
  if (block.rows_ == 0) return row;
  const auto n = static_cast<double>(block.rows_);
  row.mae = block.abs_error_ / n;
  row.rmse = std::sqrt(block.squared_error_ / n);
  row.mae_price = block.abs_price_error_ / n;
  row.rmse_price = std::sqrt(block.squared_price_error_ / n);
  if (block.scaled_rows_ > 0) {
    row.mase = block.scaled_error_ / static_cast<double>(block.scaled_rows_);
  }
  if (block.interval_rows_ > 0) {
    row.coverage =
        static_cast<double>(block.interval_inside_) / static_cast<double>(block.interval_rows_);
  }
  row.n_effective = EffectiveRows(block.mae_difference_);
  if (block.persistence_) {
    row.relative_mae = row.relative_rmse = 1;
    return row;
  }
  if (block.abs_actual_ > 0) {
    row.relative_mae = block.abs_error_ / block.abs_actual_;
    row.relative_rmse = std::sqrt(block.squared_error_ / block.squared_actual_);
  }
  if (block.hits_.count() > 0) {
    row.directional_accuracy = 0.5 + block.hits_.mean();
    const double half = kNormal975 * std::sqrt(block.hits_.LongRunVariance() /
                                               static_cast<double>(block.hits_.count()));
    if (!std::isnan(half)) {
      row.directional_lower = std::max(0.0, row.directional_accuracy - half);
      row.directional_upper = std::min(1.0, row.directional_accuracy + half);
    }
  }
  const ScoreBlock::Moments& m = block.moments_;
  if (m.min_p < m.max_p && m.min_a < m.max_a) {
    const double pp = m.pp - m.p * m.p / n;
    const double aa = m.aa - m.a * m.a / n;
    if (pp > 0 && aa > 0) {
      row.ic = std::clamp((m.pa - m.p * m.a / n) / std::sqrt(pp * aa), -1.0, 1.0);
    }
  }
  if (block.months_ > 0) {
    const auto months = static_cast<double>(block.months_);
    row.rank_ic = row.rank_ic_monthly_mean = block.rank_sum_ / months;
    const double squares = block.rank_squares_ - block.rank_sum_ * block.rank_sum_ / months;
    if (block.months_ > 1 && squares > 0) {
      row.icir = row.rank_ic / std::sqrt(squares / (months - 1));
    }
  }
  row.dm_p_mae = DieboldMariano(block.mae_difference_, block.horizon_rows_);
  row.dm_p_mse = DieboldMariano(block.mse_difference_, block.horizon_rows_);
  row.flagged =
      whole_period && row.n_effective >= 500 &&
      (row.relative_mae < 0.985 || row.directional_accuracy > 0.54 || std::fabs(row.ic) > 0.15);
  return row;
}

Bytes ScoreBlock::Save() const {
  if (!closed_) {
    ScoreBlock copy = *this;
    copy.Close();
    return copy.Save();
  }
  ByteWriter out;
  out.Put(kFormat);
  out.Put(horizon_rows_);
  out.Put<uint8_t>(persistence_);
  for (const int64_t v : {rows_, scaled_rows_, interval_rows_, interval_inside_, months_}) {
    out.Put(v);
  }
  for (const double v : {abs_error_, squared_error_, abs_actual_, squared_actual_, abs_price_error_,
                         squared_price_error_, scaled_error_, rank_sum_, rank_squares_}) {
    out.Put(v);
  }
  out.Put(moments_);
  for (const LagSums* sums : {&mae_difference_, &mse_difference_, &hits_}) sums->Save(out);
  return out.Take();
}

Result<ScoreBlock> ScoreBlock::Load(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.Get<uint32_t>() != kFormat) {
    return Fail(ErrorCode::kVersion, "stored score block is of another version");
  }
  ScoreBlock block;
  block.horizon_rows_ = in.Get<int64_t>();
  if (block.horizon_rows_ < 1 || block.horizon_rows_ > kMostHorizonRows) {
    return Fail(ErrorCode::kCorrupt, "stored score block: horizon out of range");
  }
  block.persistence_ = in.Get<uint8_t>() != 0;
  block.closed_ = true;
  for (int64_t* v : {&block.rows_, &block.scaled_rows_, &block.interval_rows_,
                     &block.interval_inside_, &block.months_}) {
    *v = in.Get<int64_t>();
  }
  for (double* v : {&block.abs_error_, &block.squared_error_, &block.abs_actual_,
                    &block.squared_actual_, &block.abs_price_error_, &block.squared_price_error_,
                    &block.scaled_error_, &block.rank_sum_, &block.rank_squares_}) {
    *v = in.Get<double>();
  }
  block.moments_ = in.Get<Moments>();
  for (LagSums* sums : {&block.mae_difference_, &block.mse_difference_, &block.hits_}) {
    *sums = LagSums::Load(in);
    if (!sums->Valid() || sums->lags() != static_cast<size_t>(2 * block.horizon_rows_)) {
      return Fail(ErrorCode::kCorrupt, "stored score block: its parts do not fit");
    }
  }
  TM_TRY(in.Finish("score block"));
  return block;
}

void AppendScore(const ScoreRow& row, Batch& scores) {
  const auto text = [&](const char* name, const std::string& value) {
    scores[name].strings.Append(value);
  };
  text("venue", row.venue);
  text("symbol", row.symbol);
  text("interval", row.interval);
  text("model", row.model);
  text("horizon", row.horizon);
  text("period", row.period);
  text("bucket", row.bucket);
  text("basis", row.basis);
  scores["n"].ints.push_back(row.n);
  const std::pair<const char*, double> numbers[] = {
      {"n_effective", row.n_effective},
      {"mae", row.mae},
      {"rmse", row.rmse},
      {"mae_price", row.mae_price},
      {"rmse_price", row.rmse_price},
      {"relative_mae", row.relative_mae},
      {"relative_rmse", row.relative_rmse},
      {"mase", row.mase},
      {"directional_accuracy", row.directional_accuracy},
      {"directional_lower", row.directional_lower},
      {"directional_upper", row.directional_upper},
      {"ic", row.ic},
      {"rank_ic", row.rank_ic},
      {"rank_ic_monthly_mean", row.rank_ic_monthly_mean},
      {"icir", row.icir},
      {"dm_p_mae", row.dm_p_mae},
      {"dm_p_mse", row.dm_p_mse},
      {"coverage", row.coverage}};
  for (const auto& [name, value] : numbers) scores[name].doubles.push_back(value);
  scores["flagged"].ints.push_back(row.flagged);
  scores.SetRows(scores.rows + 1);
}

}  // namespace tidemark

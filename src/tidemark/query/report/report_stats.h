// What the report derives from single forecasts: daily sums, deciles, rank correlations. Rows come
// streamed from `outcomes`, one model at a time, and are added in the table's order, so that the
// same lake gives the same bits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/base/parallel.h"
#include "tidemark/base/result.h"
#include "tidemark/market/batch.h"
#include "tidemark/query/sql_session.h"

namespace tidemark {

// Forecasts with their outcomes, in the order given. Returns are natural logarithms.
struct ScoredForecasts {
  std::vector<int64_t> time_us;    // when it was said
  std::vector<int64_t> target_us;  // what it spoke about
  std::vector<double> predicted;
  std::vector<double> actual;
  size_t size() const { return actual.size(); }
};

// Rows of `outcomes` for which `where` holds. The prediction is read off the error in price:
// predicted = actual + ln(1 − error_pct / 100), rounded to 1e-12, which restores equal predictions.
Result<ScoredForecasts> ReadScoredForecasts(SqlSession& session, const std::string& where);

// Each adds its rows for `model` to `out`, whose schema is the function's of the same name.
Schema DailySchema();  // model, day, n, e = Σ|a−p|, e0 = Σ|a|, q = Σ(a−p)², q0 = Σa²
void AddDaily(const ScoredForecasts& rows, const std::string& model, Batch* out);

// Ten equal groups by prediction: n, predicted, actual (means) and the standard error of actual
// from the sums per day.
Schema DecilesSchema();
void AddDeciles(const ScoredForecasts& rows, const std::string& model, Batch* out);

// Spearman's correlation by calendar month of the target, and by hour of the day of the forecast;
// groups of fewer than 100 rows are left out.
Schema RankIcSchema();  // model, group (month start in µs, or the hour as a number), n, ic
void AddRankIcByMonth(const ScoredForecasts& rows, const std::string& model, ThreadPool& threads,
                      Batch* out);
void AddRankIcByHour(const ScoredForecasts& rows, const std::string& model, ThreadPool& threads,
                     Batch* out);

// Spearman's correlation with mean ranks for ties; NaN when one side is constant.
double RankCorrelation(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace tidemark

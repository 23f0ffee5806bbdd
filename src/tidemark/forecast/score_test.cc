#include "tidemark/forecast/score.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "tidemark/base/random.h"
#include "tidemark/forecast/interval.h"
#include "tidemark/forecast/rank.h"
#include "tidemark/forecast/student_t.h"
#include "tidemark/market/tables.h"

namespace tidemark {
namespace {

std::vector<ScoredRow> Rows(uint64_t seed, size_t n) {
  Random random(seed);
  std::vector<ScoredRow> rows(n);
  double state = 0;
  for (size_t i = 0; i < n; ++i) {
    state = 0.95 * state + random.Normal();
    ScoredRow& r = rows[i];
    r.time = static_cast<int64_t>(i);
    r.actual = random.Below(10) == 0 ? 0 : 0.001 * (state + random.Normal());
    r.prediction = random.Below(20) == 0 ? 0 : 0.0003 * state;
    r.close = 100 + state;
    r.train_mean_abs_return = 0.002;
    r.inside_interval = static_cast<int>(random.Below(3)) - 1;
  }
  return rows;
}

ScoreBlock BlockOf(const std::vector<ScoredRow>& rows, size_t begin, size_t end, int64_t h) {
  ScoreBlock block(h);
  for (size_t i = begin; i < end; ++i) block.Add(rows[i]);
  return block;
}

// Γ_k and Ω straight from their definitions.
double SlowLongRunVariance(const std::vector<double>& x, size_t lags) {
  double mean = 0;
  for (const double v : x) mean += v / static_cast<double>(x.size());
  double total = 0;
  for (size_t k = 0; k <= lags; ++k) {
    double gamma = 0;
    for (size_t t = k; t < x.size(); ++t) gamma += (x[t] - mean) * (x[t - k] - mean);
    gamma /= static_cast<double>(x.size());
    total +=
        k == 0 ? gamma : 2 * (1 - static_cast<double>(k) / static_cast<double>(lags + 1)) * gamma;
  }
  return total;
}

RC_GTEST_PROP(LagSums, EqualTheDefinitionHoweverTheSeriesIsCut, ()) {
  const auto n = *rc::gen::inRange<size_t>(0, 3000);
  const auto lags = *rc::gen::element<size_t>(0, 1, 3, 60, 1500);
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  auto cuts = *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, n + 1));
  std::sort(cuts.begin(), cuts.end());
  cuts.push_back(n);
  Random random(seed);
  std::vector<double> x(n);
  double state = 0;
  for (double& v : x) v = 0.3 + (state = 0.8 * state + random.Normal());
  LagSums total(lags);
  size_t at = 0;
  for (const size_t cut : cuts) {
    LagSums part(lags);
    for (; at < cut; ++at) part.Add(x[at]);
    if (at % 2) part.Trim();
    total.Merge(part);
  }
  RC_ASSERT(total.count() == static_cast<int64_t>(n));
  const double omega = total.LongRunVariance();
  if (n <= lags + 1) {
    RC_ASSERT(std::isnan(omega));
  } else {
    const double expected = SlowLongRunVariance(x, lags);
    if (expected > 1e-9) RC_ASSERT(std::fabs(omega - expected) <= 1e-10 * (1 + expected));
  }
  ByteWriter out;
  total.Save(out);
  ByteReader in(out.bytes());
  LagSums loaded = LagSums::Load(in);
  RC_ASSERT(in.done() && loaded.Valid());
  for (int i = 0; i < 5; ++i) {
    loaded.Add(i);
    total.Add(i);
  }
  RC_ASSERT(loaded.Autocovariance(lags) == total.Autocovariance(lags));
}

TEST(ScoreBlock, FiguresFollowTheirDefinitions) {
  const auto rows = Rows(1, 5000);
  const ScoreRow s = Finalize(BlockOf(rows, 0, rows.size(), 30), true);
  double e1 = 0, e2 = 0, a1 = 0, a2 = 0, hits = 0, moves = 0, inside = 0, known = 0, price = 0;
  std::vector<double> d, p, a;
  for (const ScoredRow& r : rows) {
    const double e = r.actual - r.prediction;
    e1 += std::fabs(e);
    e2 += e * e;
    a1 += std::fabs(r.actual);
    a2 += r.actual * r.actual;
    price += std::fabs(r.close * (std::exp(r.actual) - std::exp(r.prediction)));
    d.push_back(std::fabs(r.actual) - std::fabs(e));
    p.push_back(r.prediction);
    a.push_back(r.actual);
    if (r.actual != 0) {
      ++moves;
      hits += r.prediction == 0 ? 0.5 : (r.prediction > 0) == (r.actual > 0);
    }
    if (r.inside_interval >= 0) {
      ++known;
      inside += r.inside_interval;
    }
  }
  EXPECT_EQ(s.n, 5000);
  EXPECT_NEAR(s.mae, e1 / 5000, 1e-15);
  EXPECT_NEAR(s.rmse, std::sqrt(e2 / 5000), 1e-15);
  EXPECT_NEAR(s.relative_mae, e1 / a1, 1e-12);
  EXPECT_NEAR(s.relative_rmse, std::sqrt(e2 / a2), 1e-12);
  EXPECT_NEAR(s.mase, e1 / 5000 / 0.002, 1e-12);
  EXPECT_NEAR(s.mae_price, price / 5000, 1e-10);
  EXPECT_NEAR(s.directional_accuracy, hits / moves, 1e-12);
  EXPECT_NEAR(s.coverage, inside / known, 1e-12);
  EXPECT_NEAR(s.rank_ic, Spearman(p, a), 1e-15);
  EXPECT_TRUE(std::isnan(s.icir));
  double mean = 0;
  for (const double v : d) mean += v / 5000;
  const double omega = SlowLongRunVariance(d, 60);
  const double factor = (5001.0 - 60 + 30.0 * 29 / 5000) / 5000;
  EXPECT_NEAR(s.dm_p_mae,
              StudentUpperTail(mean / std::sqrt(omega / 5000) * std::sqrt(factor), 4999), 1e-9);
  EXPECT_LT(s.directional_lower, s.directional_accuracy);
  EXPECT_GT(s.directional_upper, s.directional_accuracy);
  EXPECT_TRUE(s.flagged);  // the prediction knows the state
}

RC_GTEST_PROP(ScoreBlock, MergedMonthsEqualTheWholeUpToRounding, ()) {
  const auto rows = Rows(*rc::gen::arbitrary<uint64_t>(), 1200);
  auto cuts = *rc::gen::container<std::vector<size_t>>(3, rc::gen::inRange<size_t>(0, 1201));
  std::sort(cuts.begin(), cuts.end());
  cuts.push_back(1200);
  ScoreBlock merged(5);
  size_t at = 0;
  for (const size_t cut : cuts) {
    const ScoreBlock part = BlockOf(rows, at, cut, 5);
    merged.Merge(*ScoreBlock::Load(part.Save()));
    at = cut;
  }
  const ScoreRow a = Finalize(merged, true);
  const ScoreRow b = Finalize(BlockOf(rows, 0, 1200, 5), true);
  RC_ASSERT(a.n == b.n && a.flagged == b.flagged);
  const auto near = [](double x, double y) {
    return std::fabs(x - y) <= 1e-9 * (1e-6 + std::fabs(y));
  };
  RC_ASSERT(near(a.mae, b.mae) && near(a.rmse, b.rmse) && near(a.mase, b.mase));
  RC_ASSERT(near(a.relative_mae, b.relative_mae) && near(a.ic, b.ic));
  RC_ASSERT(near(a.n_effective, b.n_effective) && near(a.coverage, b.coverage));
  RC_ASSERT(near(a.dm_p_mae, b.dm_p_mae) && near(a.dm_p_mse, b.dm_p_mse));
  RC_ASSERT(near(a.directional_lower, b.directional_lower));
}

TEST(ScoreBlock, LongerPeriodsHaveTheMeanAndRatioOfMonthlyRankCorrelations) {
  const auto rows = Rows(3, 3000);
  ScoreBlock year(30);
  std::vector<double> monthly;
  for (size_t m = 0; m < 3; ++m) {
    const ScoreBlock month = BlockOf(rows, m * 1000, (m + 1) * 1000, 30);
    monthly.push_back(Finalize(month, false).rank_ic);
    year.Merge(month);
  }
  const ScoreRow s = Finalize(year, false);
  const double mean = (monthly[0] + monthly[1] + monthly[2]) / 3;
  double squares = 0;
  for (const double v : monthly) squares += (v - mean) * (v - mean);
  EXPECT_NEAR(s.rank_ic, mean, 1e-14);
  EXPECT_EQ(s.rank_ic, s.rank_ic_monthly_mean);
  EXPECT_NEAR(s.icir, mean / std::sqrt(squares / 2), 1e-9);
  EXPECT_FALSE(s.flagged);  // not a whole period
}

TEST(ScoreBlock, PersistenceComparesWithItself) {
  auto rows = Rows(4, 500);
  ScoreBlock block(30, true);
  for (auto& r : rows) {
    r.prediction = 0;
    block.Add(r);
  }
  const ScoreRow s = Finalize(block, true);
  EXPECT_EQ(s.relative_mae, 1);
  EXPECT_EQ(s.relative_rmse, 1);
  EXPECT_TRUE(std::isnan(s.directional_accuracy) && std::isnan(s.dm_p_mae) && std::isnan(s.ic));
  EXPECT_TRUE(std::isnan(s.rank_ic));
  EXPECT_GT(s.n_effective, 1);
  EXPECT_LT(s.n_effective, 500);
  EXPECT_FALSE(s.flagged);
}

TEST(ScoreBlock, EmptyAndConstantBlocksAreNullNotWrong) {
  const ScoreRow empty = Finalize(ScoreBlock(30), true);
  EXPECT_EQ(empty.n, 0);
  EXPECT_TRUE(std::isnan(empty.mae) && std::isnan(empty.relative_mae));
  ScoreBlock constant(2);
  for (int i = 0; i < 100; ++i) constant.Add({i, 0.01, 0.001, 10, 0.0, -1});
  const ScoreRow s = Finalize(constant, true);
  EXPECT_TRUE(std::isnan(s.ic) && std::isnan(s.rank_ic) && std::isnan(s.mase));
  EXPECT_TRUE(std::isnan(s.coverage));
  EXPECT_EQ(s.directional_accuracy, 1);
}

TEST(ScoreBlock, LoadRefusesDamagedBytes) {
  const auto rows = Rows(5, 200);
  const Bytes bytes = BlockOf(rows, 0, 200, 30).Save();
  EXPECT_TRUE(ScoreBlock::Load(bytes));
  EXPECT_EQ(ScoreBlock::Load("").error().code(), ErrorCode::kVersion);
  for (size_t cut = 4; cut < bytes.size(); cut += 37) {
    EXPECT_EQ(ScoreBlock::Load(bytes.substr(0, cut)).error().code(), ErrorCode::kCorrupt);
  }
}

TEST(AppendScore, FillsEveryColumnOfTheTable) {
  Batch batch(ScoresTable().schema);
  ScoreRow row = Finalize(BlockOf(Rows(6, 300), 0, 300, 30), false);
  row.venue = "v";
  AppendScore(row, batch);
  AppendScore(row, batch);
  EXPECT_EQ(batch.rows, 2u);
  EXPECT_EQ(batch["mae"].doubles[1], row.mae);
}

TEST(SpanBucket, EdgesBelongToTheLowerBucket) {
  EXPECT_EQ(SpanBucket(30 * kMicrosPerMinute), 0);
  EXPECT_EQ(SpanBucket(31 * kMicrosPerMinute), 1);
  EXPECT_EQ(SpanBucket(60 * kMicrosPerMinute), 1);
  EXPECT_EQ(SpanBucket(120 * kMicrosPerMinute), 2);
  EXPECT_EQ(SpanBucket(121 * kMicrosPerMinute), 3);
}

TEST(MeanRanks, ShareTies) {
  EXPECT_EQ(MeanRanks(std::vector<double>{3, -1, 3, 0, -0.0}),
            (std::vector<double>{4.5, 1, 4.5, 2.5, 2.5}));
}

RC_GTEST_PROP(SortedOrder, IsTheStableOrder, (std::vector<double> v)) {
  std::vector<uint32_t> expected(v.size());
  for (size_t i = 0; i < v.size(); ++i) expected[i] = static_cast<uint32_t>(i);
  std::stable_sort(expected.begin(), expected.end(),
                   [&](uint32_t a, uint32_t b) { return v[a] < v[b]; });
  RC_ASSERT(SortedOrder(v) == expected);
}

TEST(StudentUpperTail, KnownValues) {
  // Closed forms: one degree is Cauchy, two degrees algebraic.
  EXPECT_NEAR(StudentUpperTail(1, 1), 0.25, 1e-13);
  EXPECT_NEAR(StudentUpperTail(3, 2), 0.5 * (1 - 3 / std::sqrt(11.0)), 1e-13);
  EXPECT_NEAR(StudentUpperTail(-3, 2), 1 - 0.5 * (1 - 3 / std::sqrt(11.0)), 1e-13);
  EXPECT_NEAR(StudentUpperTail(1.812461122811676, 10), 0.05, 1e-12);
  EXPECT_NEAR(StudentUpperTail(1.644853626951, 1e7) / 0.05, 1, 1e-6);
  EXPECT_NEAR(StudentUpperTail(0.01, 1000), 0.5 - 0.00398842, 1e-5);
  EXPECT_EQ(StudentUpperTail(0, 5), 0.5);
}

TEST(IntervalBefore, UsesTheLastMaturedResidualsOnly) {
  std::vector<int64_t> time;
  std::vector<double> residual;
  for (int i = 0; i < 12'000; ++i) {
    time.push_back(i);
    residual.push_back(i);
  }
  EXPECT_FALSE(IntervalBefore(time, residual, {999}));
  EXPECT_TRUE(IntervalBefore(time, residual, {1000}));
  const auto all = *IntervalBefore(time, residual, {12'000});
  EXPECT_NEAR(all.q05, 2000 + 0.05 * 9999, 1e-9);
  EXPECT_NEAR(all.q95, 2000 + 0.95 * 9999, 1e-9);
  EXPECT_EQ(*IntervalBefore(time, residual, {5000}),
            *IntervalBefore(std::span(time).first(5000), std::span(residual).first(5000), {9999}));
}

}  // namespace
}  // namespace tidemark

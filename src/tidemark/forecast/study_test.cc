#include "tidemark/forecast/study.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "tidemark/base/math.h"
#include "tidemark/base/random.h"
#include "tidemark/forecast/study_tree.h"

namespace tidemark {
namespace {

CandleColumns Walk(uint64_t seed, size_t rows) {
  Random random(seed);
  CandleColumns candles;
  double price = 50;
  for (size_t i = 0; i < rows; ++i) {
    const double open = price;
    price *= Exp(0.001 * random.Normal());
    price = std::round(price * 100) / 100;
    candles.Append({{static_cast<int64_t>(i) * kMicrosPerMinute},
                    open,
                    std::max(open, price) + 0.01,
                    std::min(open, price) - 0.01,
                    price,
                    static_cast<double>(random.Below(1000))});
  }
  return candles;
}

RC_GTEST_PROP(StudyTree, OneFeatureGivesEachSeparableValueItsMean, ()) {
  Random random(*rc::gen::arbitrary<uint64_t>());
  const auto n = *rc::gen::inRange<size_t>(1, 400);
  std::vector<double> x(n), y(n);
  for (size_t i = 0; i < n; ++i) {
    x[i] = static_cast<double>(random.Below(60)) - 30;
    y[i] = random.Normal();
  }
  const std::span<const double> columns[1] = {x};
  const StudyTree one = StudyTree::Fit(columns, y);
  const std::vector<double> out = one.Predict(columns);
  for (size_t i = 0; i < n; ++i) {
    double sum = 0, count = 0;
    for (size_t k = 0; k < n; ++k) {
      if (x[k] == x[i]) {
        sum += y[k];
        ++count;
      }
    }
    RC_ASSERT(std::fabs(out[i] - sum / count) < 1e-12);
  }
  // Growing it split by split (a second, constant column asks for that) ends in the same function.
  const std::vector<double> flat(n, 7.0);
  const std::span<const double> two_columns[2] = {x, flat};
  const StudyTree two = StudyTree::Fit(two_columns, y);
  RC_ASSERT(two.leaves() == one.leaves());
  std::vector<double> probe;
  for (double v = -31; v < 31; v += 0.25) probe.push_back(v);
  const std::vector<double> flat_probe(probe.size(), 7.0);
  const std::span<const double> p1[1] = {probe}, p2[2] = {probe, flat_probe};
  const auto a = one.Predict(p1), b = two.Predict(p2);
  for (size_t i = 0; i < a.size(); ++i) RC_ASSERT(std::fabs(a[i] - b[i]) < 1e-12);
}

TEST(StudyTree, ValuesCloserThanTheToleranceShareALeaf) {
  const std::vector<double> x = {0.5, 0.50000005, 0.6}, y = {1, 3, 5};
  const std::span<const double> columns[1] = {x};
  const StudyTree tree = StudyTree::Fit(columns, y);
  EXPECT_EQ(tree.leaves(), 2u);
  EXPECT_EQ(tree.Predict(columns), (std::vector<double>{2, 2, 5}));
}

TEST(StudyTree, SeveralFeaturesReproduceDistinctTrainingRows) {
  Random random(3);
  std::vector<double> x0, x1, x2, y;
  for (int i = 0; i < 2000; ++i) {
    x0.push_back(random.Normal());
    x1.push_back(random.Normal());
    x2.push_back(static_cast<double>(random.Below(5)));
    y.push_back(random.Normal());
  }
  const std::span<const double> columns[3] = {x0, x1, x2};
  const auto out = StudyTree::Fit(columns, y).Predict(columns);
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(out[i], y[i], 1e-7);
}

TEST(RandomTestRows, DrawsExactlyTheFractionAndFollowsTheSeed) {
  const auto a = RandomTestRows(1001, 0.25, 0);
  EXPECT_EQ(std::count(a.begin(), a.end(), 1), 251);
  EXPECT_EQ(RandomTestRows(1001, 0.25, 0), a);
  EXPECT_NE(RandomTestRows(1001, 0.25, 1), a);
  EXPECT_GT(std::count(a.begin() + 500, a.end(), 1), 80);
}

TEST(RunStudy, ShowsHighR2ForPersistenceAndNoSkillOnAWalk) {
  const auto candles = Walk(1, 20'000);
  StudyOptions options;
  options.extended = true;
  const StudyResult r = *RunStudy(candles, options, nullptr);
  ASSERT_EQ(r.scores.size(), 12u);
  for (const StudyScore& s : r.scores) {
    if (s.split == "random") {
      EXPECT_GT(s.r2, 0.9) << s.model;
    }
    if (s.model == "persistence") {
      EXPECT_EQ(s.relative_mae, 1);
      EXPECT_TRUE(std::isnan(s.directional_accuracy));
    }
    EXPECT_EQ(std::isnan(s.r2_sd), s.split == "chronological");
    EXPECT_NEAR(static_cast<double>(s.test_rows),
                0.25 * static_cast<double>(s.test_rows + s.train_rows), 1);
  }
  // The leak: with levels an unlimited tree finds a test row's neighbours in time.
  const auto find = [&](const char* inputs, const char* model, const char* split) {
    return *std::find_if(r.scores.begin(), r.scores.end(), [&](const StudyScore& s) {
      return s.inputs == inputs && s.model == model && s.split == split;
    });
  };
  EXPECT_LT(find("levels", "tree", "random").relative_mae,
            0.8 * find("levels", "tree", "chronological").relative_mae);
  EXPECT_GT(find("levels", "tree", "chronological").relative_mae, 1.0);
  EXPECT_GT(find("close", "tree", "chronological").relative_mae, 1.0);
}

TEST(RunStudy, LastRowsShowTheStudysShiftBesideTheAlignedForecast) {
  const auto candles = Walk(2, 5000);
  const StudyResult r = *RunStudy(candles, {}, nullptr);
  ASSERT_EQ(r.forecasts.size(), 60u);
  for (size_t k = 0; k < 30; ++k) {
    const StudyForecast& f = r.forecasts[k];
    EXPECT_EQ(f.model, "linear");
    EXPECT_EQ(f.time.us, candles.open_time[4970 + k]);
    EXPECT_NEAR(f.prediction, r.linear_intercept + r.linear_slope * candles.close[4910 + k], 1e-9);
    EXPECT_NEAR(f.aligned, r.linear_intercept + r.linear_slope * candles.close[4940 + k], 1e-9);
    EXPECT_NEAR(f.error_pct, 100 * (f.close - f.prediction) / f.close, 1e-12);
  }
}

TEST(RunStudy, ThreadsChangeNothing) {
  const auto candles = Walk(3, 3000);
  StudyOptions options;
  options.extended = true;
  ThreadPool pool(3);
  const StudyResult a = *RunStudy(candles, options, nullptr);
  const StudyResult b = *RunStudy(candles, options, &pool);
  for (size_t i = 0; i < a.scores.size(); ++i) {
    EXPECT_EQ(a.scores[i].r2, b.scores[i].r2);
    EXPECT_EQ(a.scores[i].relative_mae, b.scores[i].relative_mae);
  }
  EXPECT_EQ(RunStudy(Walk(4, 119), {}, nullptr).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tidemark

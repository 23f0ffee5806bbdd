#include "tidemark/forecast/boosted.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "tidemark/base/file.h"
#include "tidemark/base/parallel.h"
#include "tidemark/forecast/test_series.h"

namespace tidemark {
namespace {

const BoostedModel& AsBoosted(const FitResult& fit) {
  return dynamic_cast<const BoostedModel&>(*fit.model);
}

std::vector<double> Predictions(const Model& model, const FeatureView& view) {
  std::vector<double> out(view.rows);
  model.Predict(view, 0, view.rows, out.data());
  return out;
}

// Rows that have every feature, as the library gets them.
FloatRows CompleteFloats(const FeatureView& view, std::vector<size_t>* taken) {
  FloatRows rows{.columns = view.features.size(), .values = {}};
  const std::vector<uint8_t> complete = CompleteRows(view);
  for (size_t i = 0; i < view.rows; ++i) {
    if (!complete[i]) continue;
    taken->push_back(i);
    for (const double* column : view.features) rows.values.push_back(static_cast<float>(column[i]));
  }
  return rows;
}

TEST(BoostedModel, PredictsTheVeryBitsThatXGBoostPredicts) {
  for (const uint64_t seed : {1, 2, 3}) {
    const TestSeries s(seed, 8000, 5);
    const auto months = s.Months();
    FitContext context = s.Context();
    context.options.boosted.rounds = 60;
    const FitResult fit = *Fit("boosted", months, context);
    const BoostedModel& model = AsBoosted(fit);
    ASSERT_EQ(model.trees().size(), 60u);

    const TrainingSet set = PrepareTraining(months, context.options);
    FloatRows rows{.columns = 5, .values = {}};
    std::vector<float> labels;
    double largest = 0;
    for (size_t m = 0; m < set.months.size(); ++m) {
      for (const RowRun& run : set.runs[m]) {
        for (size_t i = run.begin; i < run.end; ++i) {
          const FeatureView& view = set.months[m].rows;
          for (const double* x : view.features) rows.values.push_back(static_cast<float>(x[i]));
          const double y = (set.Clipped(view.target[i]) - model.mean()) * std::exp2(model.shift());
          largest = std::max(largest, std::fabs(y));
          labels.push_back(static_cast<float>(y));
        }
      }
    }
    EXPECT_GE(largest, 1.0);
    EXPECT_LT(largest, 2.0);
    const Booster booster = *Booster::Grow(rows, labels, context.options.boosted);
    std::vector<size_t> taken;
    const std::vector<float> own = *booster.Predict(CompleteFloats(s.All(), &taken));
    const std::vector<double> ours = Predictions(model, s.All());
    ASSERT_EQ(own.size(), taken.size());
    for (size_t i = 0; i < own.size(); ++i) {
      const double expected =
          model.mean() + static_cast<double>(own[i]) * std::exp2(-model.shift());
      ASSERT_EQ(ours[taken[i]], expected) << "seed " << seed << " row " << taken[i];
    }
  }
}

TEST(BoostedModel, TheWorkedExampleOfTheHeaderHolds) {
  TestSeries s(1, 4, 1);
  s.columns[0] = {1, 1, 2, 5};
  s.target = {-2, -2, 0, 4};
  s.usable = {1, 1, 1, 1};
  const auto months = s.Months();
  FitContext context = s.Context();
  context.options.min_training_rows = 1;
  context.options.clip = 0;
  context.options.boosted = {.rounds = 1, .max_depth = 1, .min_leaf = 1, .learning_rate = 0.5};
  const FitResult fit = *Fit("boosted", months, context);
  const BoostedTree expected = {{0, 5.0f}, {-1, -0.125f}, {-1, 0.25f}};
  ASSERT_EQ(AsBoosted(fit).trees().size(), 1u);
  EXPECT_EQ(AsBoosted(fit).trees()[0], expected);
  EXPECT_EQ(Predictions(*fit.model, s.All()), (std::vector<double>{-0.5, -0.5, -0.5, 1}));
  EXPECT_EQ(fit.model->ImportanceJson(), "{\"f0\":1}");
}

TEST(BoostedModel, ThreadsChangeNoByte) {
  const TestSeries s(4, 20'000, 7);
  const auto months = s.Months();
  FitContext context = s.Context();
  const Bytes one = SaveModel(*Fit("boosted", months, context)->model);
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    context.threads = &pool;
    std::vector<Bytes> bytes(5);
    pool.ParallelFor(bytes.size(), [&](size_t i) {
      bytes[i] = SaveModel(*Fit("boosted", months, context)->model);
    });
    for (const Bytes& each : bytes) EXPECT_EQ(each, one) << threads;
  }
}

TEST(BoostedModel, FittingStartsNoThread) {
  const auto threads = [] {
    const std::string status = ReadFile("/proc/self/status").value();
    const size_t at = status.find("Threads:");
    return status.substr(at, status.find('\n', at) - at);
  };
  const TestSeries s(5, 20'000, 4);
  const auto months = s.Months();
  const auto before = threads();
  ASSERT_TRUE(Fit("boosted", months, s.Context()));
  EXPECT_EQ(threads(), before);
}

TEST(BoostedModel, LeavesKeepTheirMinimumAndTreesTheirDepth) {
  const TestSeries s(6, 20'000, 4);
  const auto months = s.Months();
  FitContext context = s.Context();
  context.options.boosted = {.rounds = 10, .max_depth = 3, .min_leaf = 700, .learning_rate = 0.3};
  const FitResult fit = *Fit("boosted", months, context);
  std::vector<size_t> taken;
  const FloatRows rows = CompleteFloats(s.All(), &taken);
  for (const BoostedTree& tree : AsBoosted(fit).trees()) {
    EXPECT_GT(tree.size(), 1u);
    EXPECT_LE(tree.size(), 15u);
    std::vector<size_t> left(tree.size()), count(tree.size());
    for (size_t i = 0, splits = 0; i < tree.size(); ++i) {
      if (tree[i].feature >= 0) left[i] = 2 * splits++ + 1;
    }
    for (size_t r = 0; r < rows.rows(); ++r) {
      if (!s.usable[taken[r]]) continue;
      size_t at = 0;
      while (tree[at].feature >= 0) {
        const float x = rows.values[r * 4 + static_cast<size_t>(tree[at].feature)];
        at = left[at] + (x < tree[at].value ? 0 : 1);
      }
      ++count[at];
    }
    for (size_t i = 0; i < tree.size(); ++i) {
      if (tree[i].feature < 0) {
        EXPECT_GE(count[i], 700u);
      }
    }
  }
}

// What a series has to say does not depend on the size of its returns.
RC_GTEST_PROP(BoostedModel, TargetsScaledByAPowerOfTwoScaleThePredictions, ()) {
  TestSeries s(*rc::gen::arbitrary<uint64_t>(), 1500, 3);
  const int power = *rc::gen::inRange(-30, 10);
  const auto months = s.Months();
  const std::vector<double> before =
      Predictions(*Fit("boosted", months, s.Context())->model, s.All());
  for (double& y : s.target) y = std::ldexp(y, power);
  const std::vector<double> after =
      Predictions(*Fit("boosted", months, s.Context())->model, s.All());
  for (size_t i = 0; i < before.size(); ++i) {
    const double expected = std::ldexp(before[i], power);
    RC_ASSERT(std::memcmp(&after[i], &expected, sizeof(double)) == 0 ||
              (std::isnan(after[i]) && std::isnan(expected)));
  }
}

TEST(BoostedModel, WhatFloatsCannotHoldIsNoObstacle) {
  TestSeries s(7, 3000, 3);
  for (size_t i = 100; i < 3000; i += 7) s.columns[1][i] = i % 2 == 0 ? 1e300 : -1e300;
  for (size_t i = 0; i < 3000; ++i) s.columns[2][i] = 1e-310 * static_cast<double>(i);
  const auto months = s.Months();
  const FitResult fit = *Fit("boosted", months, s.Context());
  const std::vector<double> out = Predictions(*fit.model, s.All());
  for (size_t i = 100; i < out.size(); ++i) EXPECT_TRUE(std::isfinite(out[i]));
}

TEST(BoostedModel, AConstantTargetIsPredictedAsItIs) {
  TestSeries s(8, 3000, 3);
  for (double& y : s.target) y = 0.25;
  const auto months = s.Months();
  const FitResult fit = *Fit("boosted", months, s.Context());
  const std::vector<double> out = Predictions(*fit.model, s.All());
  for (size_t i = 100; i < out.size(); ++i) EXPECT_EQ(out[i], 0.25);
}

TEST(BoostedModel, TreesThatCannotBeAreRefused) {
  const auto stored = [](const std::vector<BoostedTree>& trees, int32_t shift = 0) {
    ByteWriter out;
    for (const double d : {1.0, 0.0}) out.Put(d);
    out.Put(shift);
    out.Put<int32_t>(1);
    out.Put<int32_t>(2);
    out.Put<int64_t>(1);
    out.Put(0.1);
    out.PutString("XGBoost");
    out.Put<uint64_t>(1);
    out.PutString("f0");
    out.Put(1.0);
    out.Put<uint64_t>(trees.size());
    for (const BoostedTree& tree : trees) out.PutSpan(std::span<const BoostedNode>(tree));
    const Bytes bytes = out.Take();
    ByteReader in(bytes);
    return BoostedModel::LoadBody(in).has_value();
  };
  const BoostedNode leaf{-1, 1}, split{0, 1};
  EXPECT_TRUE(stored({}));
  EXPECT_TRUE(stored({{leaf}, {split, leaf, leaf}, {split, leaf, split, leaf, leaf}}));
  EXPECT_FALSE(stored({{}}));
  EXPECT_FALSE(stored({{split}}));
  EXPECT_FALSE(stored({{leaf, leaf}}));
  EXPECT_FALSE(stored({{split, leaf, leaf, leaf}}));
  EXPECT_FALSE(stored({{split, split, leaf, split, leaf, leaf, leaf}})) << "three levels";
  EXPECT_FALSE(stored({{{1, 1}, leaf, leaf}})) << "a feature there is not";
  EXPECT_FALSE(stored({{{-2, 1}}}));
  EXPECT_FALSE(stored({{leaf}}, std::numeric_limits<int32_t>::min()));
}

}  // namespace
}  // namespace tidemark

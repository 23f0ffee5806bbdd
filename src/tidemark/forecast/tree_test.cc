#include "tidemark/forecast/tree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <functional>

#include "tidemark/forecast/test_series.h"
#include "tidemark/forecast/tree_bins.h"

namespace tidemark {
namespace {

const TreeModel& AsTree(const FitResult& fit) { return dynamic_cast<const TreeModel&>(*fit.model); }

// The obvious tree: every distinct value of every feature tried on every node's rows.
struct SlowTree {
  const TrainingSet& set;
  FitContext context;
  std::vector<std::vector<double>> x;
  std::vector<double> y;

  explicit SlowTree(const TrainingSet& s, const FitContext& c) : set(s), context(c) {
    x.resize(c.feature_names.size());
    for (size_t m = 0; m < set.months.size(); ++m) {
      for (const RowRun& run : set.runs[m]) {
        for (size_t i = run.begin; i < run.end; ++i) {
          for (size_t f = 0; f < x.size(); ++f) x[f].push_back(set.months[m].rows.features[f][i]);
          y.push_back(set.Clipped(set.months[m].rows.target[i]));
        }
      }
    }
  }
  // leaf number and mean per row
  void Grow(const std::vector<size_t>& rows, int depth, std::vector<double>& value) const {
    double sum = 0;
    for (const size_t r : rows) sum += y[r];
    const auto n = static_cast<double>(rows.size());
    double best = 0, threshold = 0;
    size_t feature = x.size();
    if (depth < context.options.max_depth) {
      for (size_t f = 0; f < x.size(); ++f) {
        std::vector<size_t> sorted = rows;
        std::stable_sort(sorted.begin(), sorted.end(),
                         [&](size_t a, size_t b) { return x[f][a] < x[f][b]; });
        double left = 0;
        for (size_t k = 1; k < sorted.size(); ++k) {
          left += y[sorted[k - 1]];
          if (x[f][sorted[k]] == x[f][sorted[k - 1]]) continue;
          const auto nl = static_cast<double>(k);
          if (static_cast<int64_t>(k) < context.options.min_leaf ||
              static_cast<int64_t>(rows.size() - k) < context.options.min_leaf) {
            continue;
          }
          const double d = left / nl - (sum - left) / (n - nl);
          const double gain = d * d * nl * (n - nl) / n;
          if (gain > best * (1 + 1e-12)) {
            best = gain;
            feature = f;
            threshold = 0.5 * (x[f][sorted[k]] + x[f][sorted[k - 1]]);
          }
        }
      }
    }
    if (feature == x.size()) {
      for (const size_t r : rows) value[r] = sum / n;
      return;
    }
    std::vector<size_t> left, right;
    for (const size_t r : rows) (x[feature][r] <= threshold ? left : right).push_back(r);
    Grow(left, depth + 1, value);
    Grow(right, depth + 1, value);
  }
};

TEST(TreeModel, EqualsTheObviousTreeOnIntegerLevels) {
  for (const uint64_t seed : {1, 2, 3}) {
    const TestSeries s(seed, 6000, 5, 40);
    const auto months = s.Months();
    FitContext context = s.Context();
    context.options.max_depth = 5;
    const TrainingSet set = PrepareTraining(months, context.options);
    const auto model = TreeModel::Fit(set, context);
    const SlowTree slow(set, context);
    std::vector<size_t> rows(slow.y.size());
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = i;
    std::vector<double> expected(rows.size());
    slow.Grow(rows, 0, expected);
    size_t at = 0;
    for (size_t m = 0; m < set.months.size(); ++m) {
      for (const RowRun& run : set.runs[m]) {
        std::vector<double> out(run.end - run.begin);
        model->Predict(set.months[m].rows, run.begin, run.end, out.data());
        for (const double v : out) ASSERT_NEAR(v, expected[at++], 1e-12) << "seed " << seed;
      }
    }
    EXPECT_EQ(at, rows.size());
  }
}

TEST(TreeModel, ThreadsChangeNoByte) {
  const TestSeries s(4, 20'000, 7);
  const auto months = s.Months();
  FitContext context = s.Context();
  const Bytes one = SaveModel(*Fit("tree", months, context)->model);
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    context.threads = &pool;
    EXPECT_EQ(SaveModel(*Fit("tree", months, context)->model), one) << threads;
  }
}

TEST(TreeModel, LeavesKeepTheirMinimumAndTheDepthItsLimit) {
  const TestSeries s(5, 20'000, 4);
  const auto months = s.Months();
  FitContext context = s.Context();
  context.options.min_leaf = 500;
  const FitResult fit = *Fit("tree", months, context);
  const auto& nodes = AsTree(fit).nodes();
  std::function<int(size_t)> depth = [&](size_t i) -> int {
    if (nodes[i].feature < 0) {
      EXPECT_GE(nodes[i].rows, 500);
      return 0;
    }
    const auto left = static_cast<size_t>(nodes[i].left);
    EXPECT_EQ(nodes[left].rows + nodes[left + 1].rows, nodes[i].rows);
    EXPECT_GT(nodes[i].gain, 0);
    return 1 + std::max(depth(left), depth(left + 1));
  };
  EXPECT_LE(depth(0), 8);
  EXPECT_GT(nodes.size(), 10u);
}

TEST(TreeModel, TiesGoToTheLowerFeature) {
  TestSeries s(6, 3000, 3, 10);
  s.columns[0] = s.columns[1] = s.columns[2];
  const auto months = s.Months();
  const FitResult fit = *Fit("tree", months, s.Context());
  for (const TreeNode& node : AsTree(fit).nodes()) EXPECT_LE(node.feature, 0);
}

TEST(FeatureBins, FastLookupEqualsTheSearch) {
  for (const int levels : {0, 2, 17, 200, 255, 256, 400}) {
    const TestSeries s(7, 40'000, 2, levels);
    const auto months = s.Months();
    const TrainingSet set = PrepareTraining(months, s.Context().options);
    for (const int max_bins : {2, 16, 17, 255, 256}) {
      const FeatureBins bins = MakeBins(set, 0, max_bins);
      EXPECT_LT(bins.count, max_bins);
      if (levels > 0 && levels <= max_bins) {
        EXPECT_EQ(bins.count, levels - 1);
      }
      std::vector<uint8_t> out(s.columns[0].size());
      bins.BinColumn(s.columns[0].data(), out.size(), out.data());
      for (size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], bins.BinOf(s.columns[0][i]));
      for (int e = 0; e < bins.count; ++e) {
        ASSERT_EQ(bins.BinOf(static_cast<double>(bins.edges[static_cast<size_t>(e)])), e);
      }
    }
  }
}

TEST(FeatureBins, QuantileBinsHoldAboutEquallyManyRows) {
  const TestSeries s(8, 100'000, 1);
  const auto months = s.Months();
  const TrainingSet set = PrepareTraining(months, s.Context().options);
  const FeatureBins bins = MakeBins(set, 0, 256);
  EXPECT_EQ(bins.count, 255);
  std::vector<int> rows(256);
  for (const double x : s.columns[0]) ++rows[bins.BinOf(x)];
  for (const int n : rows) {
    EXPECT_GT(n, 200);
    EXPECT_LT(n, 700);
  }
}

}  // namespace
}  // namespace tidemark

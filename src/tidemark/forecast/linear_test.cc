#include "tidemark/forecast/linear.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "tidemark/forecast/test_series.h"

namespace tidemark {
namespace {

// Householder QR in long double: a slow oracle.
std::vector<double> Oracle(const TrainingSet& set, size_t p) {
  using Matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  Matrix x(static_cast<Eigen::Index>(set.rows()), static_cast<Eigen::Index>(p + 1));
  Eigen::Matrix<long double, Eigen::Dynamic, 1> y(static_cast<Eigen::Index>(set.rows()));
  Eigen::Index r = 0;
  for (size_t m = 0; m < set.months.size(); ++m) {
    for (const RowRun& run : set.runs[m]) {
      for (size_t i = run.begin; i < run.end; ++i, ++r) {
        x(r, 0) = 1;
        for (size_t j = 0; j < p; ++j) {
          x(r, static_cast<Eigen::Index>(j + 1)) = set.months[m].rows.features[j][i];
        }
        y(r) = set.Clipped(set.months[m].rows.target[i]);
      }
    }
  }
  const Eigen::Matrix<long double, Eigen::Dynamic, 1> b = x.colPivHouseholderQr().solve(y);
  std::vector<double> out;
  for (size_t j = 0; j <= p; ++j)
    out.push_back(static_cast<double>(b(static_cast<Eigen::Index>(j))));
  return out;
}

void ExpectOracle(const TestSeries& s, double tolerance) {
  const auto months = s.Months();
  const FitContext context = s.Context();
  const TrainingSet set = PrepareTraining(months, context.options);
  const auto model = LinearModel::Fit(set, context);
  const std::vector<double> expected = Oracle(set, s.columns.size());
  EXPECT_TRUE(model->DroppedColumns().empty());
  EXPECT_NEAR(model->intercept(), expected[0], tolerance * std::max(1e-4, std::fabs(expected[0])));
  for (size_t j = 0; j < s.columns.size(); ++j) {
    EXPECT_NEAR(model->coefficients()[j], expected[j + 1], tolerance * std::fabs(expected[j + 1]))
        << j;
  }
}

TEST(LinearModel, EqualsHouseholderQrOnClippedTargets) {
  ExpectOracle(TestSeries(1, 4000, 6), 1e-10);
}

TEST(LinearModel, EqualsHouseholderQrWhenIllConditioned) {
  TestSeries s(2, 4000, 5);
  Random random(9);
  for (size_t i = 20; i < 4000; ++i) {
    s.columns[3][i] = 1000 + s.columns[1][i] + 3e-4 * random.Normal();  // scaled condition ~ 1e4
  }
  for (size_t i = 0; i < 20; ++i) s.usable[i] = 0;
  ExpectOracle(s, 1e-9);
}

TEST(LinearModel, DropsAndListsCollinearAndConstantColumns) {
  TestSeries s(3, 2000, 5);
  for (size_t i = 20; i < 2000; ++i) {
    s.columns[3][i] = 2 * s.columns[1][i] - s.columns[2][i];
    s.columns[4][i] = 0.1;
  }
  for (size_t i = 0; i < 20; ++i) s.usable[i] = 0;
  const auto months = s.Months();
  FitResult fit = *Fit("linear", months, s.Context());
  const auto* model = dynamic_cast<const LinearModel*>(fit.model.get());
  const auto dropped = model->DroppedColumns();
  ASSERT_EQ(dropped.size(), 2u) << model->ParametersJson();
  EXPECT_EQ(dropped[1], "f4");
  // Predictions are those of the remaining columns.
  std::vector<double> out(2000);
  model->Predict(s.All(), 0, 2000, out.data());
  double residual_on_kept = 0;
  const TrainingSet set = PrepareTraining(months, s.Context().options);
  for (const RowRun& run : set.runs[0]) {
    for (size_t i = run.begin; i < run.end; ++i) {
      residual_on_kept += (set.Clipped(s.target[i]) - out[i]) * s.columns[3][i];
    }
  }
  ASSERT_EQ(set.months.size(), 1u);
  EXPECT_NEAR(residual_on_kept, 0, 1e-9);
}

TEST(LinearModel, StoredGramBlocksGiveTheSameBytes) {
  const TestSeries s(4, 30'000, 4);
  auto months = s.Months();
  ASSERT_GE(months.size(), 3u);
  const Bytes plain = SaveModel(*Fit("linear", months, s.Context())->model);
  std::vector<GramBlock> blocks;
  for (const auto& month : months) {
    blocks.push_back(*GramBlock::Load(GramBlock::Of(month.rows, month.cut).Save()));
  }
  for (size_t m = 0; m < months.size(); ++m) months[m].gram = &blocks[m];
  EXPECT_EQ(SaveModel(*Fit("linear", months, s.Context())->model), plain);
}

TEST(GramBlock, DependsOnTheTrainingRowsAloneNotOnWhatLiesBetween) {
  TestSeries s(5, 3000, 3);
  const GramBlock block = GramBlock::Of(s.All(), {});
  // The same rows with the unusable ones removed.
  TestSeries packed = s;
  size_t to = 0;
  for (size_t i = 0; i < 3000; ++i) {
    if (!s.usable[i]) continue;
    packed.time[to] = s.time[i];
    packed.target[to] = s.target[i];
    packed.target_time[to] = s.target_time[i];
    packed.usable[to] = 1;
    for (size_t f = 0; f < 3; ++f) packed.columns[f][to] = s.columns[f][i];
    ++to;
  }
  EXPECT_EQ(GramBlock::Of(packed.View(0, to), {}), block);
  EXPECT_EQ(HashRows(packed.View(0, to), {}), HashRows(s.All(), {}));
}

RC_GTEST_PROP(GramBlock, MergedPartsEqualTheWholeUpToRounding, ()) {
  const TestSeries s(*rc::gen::arbitrary<uint64_t>(), 2000, 4);
  const auto cut = *rc::gen::inRange<size_t>(0, 2000);
  GramBlock merged = GramBlock::Of(s.View(0, cut), {});
  merged.Merge(GramBlock::Of(s.View(cut, 2000), {}));
  const GramBlock whole = GramBlock::Of(s.All(), {});
  RC_ASSERT(merged.rows() == whole.rows());
  for (size_t i = 0; i < 5; ++i) {
    for (size_t j = i; j < 5; ++j) {
      const double scale = std::sqrt(whole.moment(i, i) * whole.moment(j, j));
      RC_ASSERT(std::fabs(merged.moment(i, j) - whole.moment(i, j)) <= 1e-13 * scale);
    }
  }
}

TEST(GramBlock, LoadRefusesDamagedBytes) {
  const TestSeries s(6, 300, 2);
  const Bytes bytes = GramBlock::Of(s.All(), {}).Save();
  EXPECT_EQ(GramBlock::Load(bytes.substr(0, bytes.size() - 1)).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(GramBlock::Load("nonsense").error().code(), ErrorCode::kVersion);
}

}  // namespace
}  // namespace tidemark

#include "tidemark/forecast/model.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <functional>

#include "tidemark/base/hash.h"
#include "tidemark/forecast/test_series.h"

namespace tidemark {
namespace {

bool SameBits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

TEST(Fit, RefusesTooFewRowsAndUnknownKinds) {
  const TestSeries s(1, 500, 2);
  const auto months = s.Months();
  FitContext context = s.Context();
  EXPECT_EQ(Fit("oracle", months, context).error().code(), ErrorCode::kInvalidArgument);
  context.options.min_training_rows = 10'000;
  EXPECT_EQ(Fit("tree", months, context).error().code(), ErrorCode::kNotFound);
}

TEST(Fit, ReportsTheRowsItUsed) {
  const TestSeries s(2, 3000, 2);
  const auto months = s.Months();
  const FitResult fit = *Fit("drift", months, s.Context());
  const TrainingSet set = PrepareTraining(months, s.Context().options);
  EXPECT_EQ(fit.rows, static_cast<int64_t>(set.rows()));
  EXPECT_EQ(fit.trained_from.us, s.time[set.runs[0][0].begin]);
  EXPECT_EQ(fit.trained_to.us, months.back().rows.time[set.runs.back().back().end - 1]);
  EXPECT_EQ(fit.model->train_mean_abs_return(), set.mean_absolute_target);
}

TEST(FitAll, GivesWhatSingleFitsGive) {
  const TestSeries s(3, 5000, 3);
  const auto months = s.Months();
  const auto all = *FitAll(ModelKinds(), months, s.Context());
  for (size_t k = 0; k < all.size(); ++k) {
    EXPECT_EQ(SaveModel(*all[k].model),
              SaveModel(*Fit(ModelKinds()[k], months, s.Context())->model));
  }
}

RC_GTEST_PROP(Model, PredictionsDoNotDependOnHowRowsAreCut, ()) {
  const TestSeries s(*rc::gen::arbitrary<uint64_t>(), 3000, 3);
  const auto months = s.Months();
  const auto cut = *rc::gen::inRange<size_t>(0, 3000);
  const auto fits = *FitAll(ModelKinds(), months, s.Context());
  for (const FitResult& fit : fits) {
    std::vector<double> whole(3000), parts(3000);
    fit.model->Predict(s.All(), 0, 3000, whole.data());
    fit.model->Predict(s.All(), 0, cut, parts.data());
    fit.model->Predict(s.All(), cut, 3000, parts.data() + cut);
    RC_ASSERT(SameBits(whole, parts));
    for (size_t i = 0; i < 3000; ++i) {
      const bool complete = i >= 6;
      RC_ASSERT(std::isnan(whole[i]) == !complete);
    }
  }
}

TEST(SaveModel, LoadedModelsPredictTheSameBitsAndSaveTheSameBytes) {
  const TestSeries s(5, 5000, 4);
  const auto months = s.Months();
  for (const std::string& kind : ModelKinds()) {
    const FitResult fit = *Fit(kind, months, s.Context());
    const Bytes bytes = SaveModel(*fit.model);
    const auto loaded = LoadModel(kind, bytes);
    ASSERT_TRUE(loaded) << kind;
    EXPECT_EQ(SaveModel(**loaded), bytes);
    std::vector<double> a(5000), b(5000);
    fit.model->Predict(s.All(), 0, 5000, a.data());
    (*loaded)->Predict(s.All(), 0, 5000, b.data());
    EXPECT_TRUE(SameBits(a, b)) << kind;
    EXPECT_EQ((*loaded)->ParametersJson(), fit.model->ParametersJson());
    EXPECT_EQ((*loaded)->CoefficientsJson(), fit.model->CoefficientsJson());
    EXPECT_EQ((*loaded)->ImportanceJson(), fit.model->ImportanceJson());
    for (size_t cut = 0; cut < bytes.size(); cut += 1 + bytes.size() / 50) {
      EXPECT_FALSE(LoadModel(kind, bytes.substr(0, cut))) << kind << " cut at " << cut;
    }
  }
  EXPECT_EQ(LoadModel("tree", SaveModel(*Fit("drift", months, s.Context())->model)).error().code(),
            ErrorCode::kCorrupt);
}

// Recorded once: another compiler, machine or build type must give the same bytes. A change here is
// a change of every stored model and needs a new fit version in model.cc.
TEST(SaveModel, BytesOfASeededFitAreTheRecordedOnes) {
  const TestSeries s(7, 20'000, 5);
  const auto months = s.Months();
  const auto digest = [&](const char* kind) {
    return Sha256::Of(SaveModel(*Fit(kind, months, s.Context())->model)).substr(0, 16);
  };
  EXPECT_EQ(digest("drift"), "92292285119276d2");
  EXPECT_EQ(digest("linear"), "e5fba5040ec58a19");
  EXPECT_EQ(digest("tree"), "2d032b1837ed05b6");
  EXPECT_EQ(digest("boosted"), "7a450800a3c5b6d6");
  EXPECT_EQ(ModelId("tree", months, s.Context()), "40deb6ecab3c3dbb49e8e78747be5fa2");
}

TEST(ModelId, IsTheSameForTheSameRowsWhateverElseChanges) {
  TestSeries s(6, 5000, 3);
  FitContext context = s.Context();
  const std::string id = ModelId("tree", s.Months(), context);
  EXPECT_EQ(id.size(), 32u);
  context.effective_from = {123};
  auto months = s.Months();
  for (auto& month : months) month.hash = HashRows(month.rows, month.cut);
  EXPECT_EQ(ModelId("tree", months, context), id);
  EXPECT_NE(ModelId("linear", months, context), id);
  context.seed = 1;
  EXPECT_NE(ModelId("tree", months, context), id);
  context.seed = 0;
  context.options.boosted.rounds = 7;
  EXPECT_EQ(ModelId("tree", months, context), id);
  context.options.max_depth = 7;
  EXPECT_NE(ModelId("tree", months, context), id);
  s.columns[0][4000] += 1;
  EXPECT_NE(ModelId("tree", s.Months(), s.Context()), id);
}

TEST(ModelId, OfBoostedTreesHoldsTheirParametersAndNoOthers) {
  const TestSeries s(6, 3000, 3);
  const auto months = s.Months();
  FitContext context = s.Context();
  const std::string id = ModelId("boosted", months, context);
  context.options.max_depth = 7;
  EXPECT_EQ(ModelId("boosted", months, context), id);
  for (const auto& change : std::vector<std::function<void(BoostedOptions&)>>{
           [](BoostedOptions& o) { ++o.rounds; }, [](BoostedOptions& o) { ++o.max_depth; },
           [](BoostedOptions& o) { ++o.min_leaf; },
           [](BoostedOptions& o) { o.learning_rate /= 2; }}) {
    FitContext changed = context;
    change(changed.options.boosted);
    EXPECT_NE(ModelId("boosted", months, changed), id);
  }
}

}  // namespace
}  // namespace tidemark

// What one fold costs: a year of minute rows with the default number of features, per model.
#include <benchmark/benchmark.h>

#include "tidemark/base/check.h"
#include "tidemark/forecast/test_series.h"

namespace tidemark {
namespace {

const TestSeries& Series(size_t rows) {
  static const TestSeries large(1, 525'000, 20);
  static const TestSeries usual(1, 300'000, 20);
  return rows == 525'000 ? large : usual;
}

void BM_Fit(benchmark::State& state, const char* kind, bool stored_grams) {
  const TestSeries& series = Series(static_cast<size_t>(state.range(0)));
  auto months = series.Months();
  FitContext context = series.Context();
  context.options = ModelOptions();
  std::vector<std::vector<uint8_t>> complete;
  std::vector<GramBlock> grams;
  for (auto& month : months) complete.push_back(CompleteRows(month.rows));
  for (size_t m = 0; m < months.size(); ++m) months[m].rows.complete = complete[m];
  for (auto& month : months) grams.push_back(GramBlock::Of(month.rows, month.cut));
  for (size_t m = 0; stored_grams && m < months.size(); ++m) months[m].gram = &grams[m];
  Bytes first;
  for (auto _ : state) {
    const auto fit = Fit(kind, months, context);
    const Bytes bytes = SaveModel(*fit->model);
    if (first.empty()) first = bytes;
    CHECK(bytes == first);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(BM_Fit, drift, "drift", false)->Arg(300'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Fit, linear, "linear", false)->Arg(300'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Fit, linear_grams, "linear", true)
    ->Arg(300'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Fit, tree, "tree", false)
    ->Arg(300'000)
    ->Arg(525'000)
    ->Unit(benchmark::kMillisecond);

BENCHMARK_CAPTURE(BM_Fit, boosted, "boosted", false)->Arg(300'000)->Unit(benchmark::kMillisecond);

void BM_Predict(benchmark::State& state, const char* kind) {
  const TestSeries& series = Series(300'000);
  const auto months = series.Months();
  const auto fit = Fit(kind, months, series.Context());
  std::vector<double> out(300'000);
  for (auto _ : state) fit->model->Predict(series.All(), 0, out.size(), out.data());
  state.SetItemsProcessed(state.iterations() * 300'000);
}
BENCHMARK_CAPTURE(BM_Predict, linear, "linear")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Predict, tree, "tree")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Predict, boosted, "boosted")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tidemark

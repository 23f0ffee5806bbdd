#include "tidemark/forecast/study.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "tidemark/base/check.h"
#include "tidemark/base/random.h"
#include "tidemark/forecast/linear.h"
#include "tidemark/forecast/study_tree.h"

namespace tidemark {
namespace {

using Columns = std::vector<std::vector<double>>;

// Inputs, closes and targets of the rows on one side of a split.
struct Side {
  Columns inputs;
  std::vector<double> close, target;

  std::vector<std::span<const double>> Spans() const { return {inputs.begin(), inputs.end()}; }
};

struct Split {
  Side train, test;
};

struct Data {
  Columns inputs;  // all rows, also the last ones without a target
  std::vector<double> close;
  size_t rows = 0;  // with a target
  size_t horizon = 0;
};

Split MakeSplit(const Data& data, const std::vector<uint8_t>& is_test) {
  Split split;
  const auto test_rows = static_cast<size_t>(std::count(is_test.begin(), is_test.end(), 1));
  for (Side* side : {&split.train, &split.test}) {
    const size_t n = side == &split.test ? test_rows : data.rows - test_rows;
    const uint8_t want = side == &split.test;
    const auto take = [&](const std::vector<double>& from, size_t offset, std::vector<double>& to) {
      to.resize(n + 1);  // one spare place: every row is written, only wanted ones stay
      size_t at = 0;
      for (size_t i = 0; i < data.rows; ++i) {
        to[at] = from[i + offset];
        at += is_test[i] == want;
      }
      to.resize(n);
    };
    side->inputs.resize(data.inputs.size());
    for (size_t c = 0; c < data.inputs.size(); ++c) take(data.inputs[c], 0, side->inputs[c]);
    take(data.close, 0, side->close);
    take(data.close, data.horizon, side->target);
  }
  return split;
}

struct Figures {
  double r2 = kNull, relative_mae = kNull, directional_accuracy = kNull;
};

Figures Judge(const Side& test, const std::vector<double>& prediction) {
  double mean = 0;
  for (const double y : test.target) mean += y / static_cast<double>(test.target.size());
  double squares = 0, spread = 0, error = 0, persistence = 0, hits = 0;
  int64_t moves = 0;
  for (size_t i = 0; i < test.target.size(); ++i) {
    const double y = test.target[i];
    const double e = y - prediction[i];
    squares += e * e;
    spread += (y - mean) * (y - mean);
    error += std::fabs(e);
    persistence += std::fabs(y - test.close[i]);
    if (y == test.close[i]) continue;
    ++moves;
    const double move = prediction[i] - test.close[i];
    hits += move == 0 ? 0.5 : ((move > 0) == (y > test.close[i]) ? 1.0 : 0.0);
  }
  Figures figures;
  if (spread > 0) figures.r2 = 1 - squares / spread;
  if (persistence > 0) figures.relative_mae = error / persistence;
  if (moves > 0) figures.directional_accuracy = hits / static_cast<double>(moves);
  return figures;
}

std::unique_ptr<LinearModel> FitLinear(const Side& train) {
  TrainingMonth month;
  const size_t n = train.target.size();
  const std::vector<int64_t> time(n, 0);
  const std::vector<uint8_t> yes(n, 1);
  month.rows.rows = n;
  month.rows.time = time;
  month.rows.target_time = time;
  month.rows.usable = yes;
  month.rows.complete = yes;
  month.rows.target = train.target;
  FitContext context;
  context.options.clip = 0;  // the study clips nothing
  for (const auto& column : train.inputs) {
    context.feature_names.push_back("x" + std::to_string(month.rows.features.size()));
    month.rows.features.push_back(column.data());
  }
  TrainingSet set;
  set.months = {&month, 1};
  set.runs = {{{0, n}}};
  return LinearModel::Fit(set, context);
}

std::vector<double> PredictLinear(const LinearModel& model, const Columns& inputs) {
  FeatureView view;
  view.rows = inputs[0].size();
  for (const auto& column : inputs) view.features.push_back(column.data());
  std::vector<double> out(view.rows);
  model.Predict(view, 0, view.rows, out.data());
  return out;
}

struct Fits {
  std::unique_ptr<LinearModel> linear;
  StudyTree tree;
  Figures figures[3];  // persistence, linear, tree
  int64_t train_rows = 0, test_rows = 0;
};

Fits FitAndJudge(const Data& data, const std::vector<uint8_t>& is_test) {
  const Split split = MakeSplit(data, is_test);
  Fits fits;
  fits.train_rows = static_cast<int64_t>(split.train.target.size());
  fits.test_rows = static_cast<int64_t>(split.test.target.size());
  fits.linear = FitLinear(split.train);
  fits.tree = StudyTree::Fit(split.train.Spans(), split.train.target);
  fits.figures[0] = Judge(split.test, split.test.close);
  fits.figures[0].directional_accuracy = kNull;
  fits.figures[1] = Judge(split.test, PredictLinear(*fits.linear, split.test.inputs));
  fits.figures[2] = Judge(split.test, fits.tree.Predict(split.test.Spans()));
  return fits;
}

void MeanAndDeviation(const std::vector<double>& values, double& mean, double& deviation) {
  double sum = 0;
  for (const double v : values) sum += v;
  const auto n = static_cast<double>(values.size());
  mean = sum / n;
  if (values.size() < 2) return;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  deviation = std::sqrt(squares / (n - 1));
}

void AddScores(std::span<const Fits> fits, const std::string& inputs, const std::string& split,
               std::vector<StudyScore>& scores) {
  const char* models[3] = {"persistence", "linear", "tree"};
  for (size_t m = 0; m < 3; ++m) {
    StudyScore score{inputs, models[m], split};
    std::vector<double> r2, mae, direction;
    for (const Fits& f : fits) {
      r2.push_back(f.figures[m].r2);
      mae.push_back(f.figures[m].relative_mae);
      direction.push_back(f.figures[m].directional_accuracy);
    }
    MeanAndDeviation(r2, score.r2, score.r2_sd);
    MeanAndDeviation(mae, score.relative_mae, score.relative_mae_sd);
    MeanAndDeviation(direction, score.directional_accuracy, score.directional_accuracy_sd);
    score.train_rows = fits[0].train_rows;
    score.test_rows = fits[0].test_rows;
    scores.push_back(score);
  }
}

// All fits of one table: the random ones first, then the chronological one if asked for.
std::vector<Fits> RunTable(const Data& data, const StudyOptions& options, ThreadPool* threads) {
  const auto repeats = static_cast<size_t>(options.repeats);
  std::vector<Fits> fits(repeats + (options.chronological ? 1 : 0));
  const auto fit_one = [&](size_t i) {
    std::vector<uint8_t> is_test;
    if (i < repeats) {
      is_test = RandomTestRows(data.rows, options.test_fraction, options.seed + i);
    } else {
      is_test.assign(data.rows, 0);
      const auto test =
          static_cast<size_t>(std::ceil(options.test_fraction * static_cast<double>(data.rows)));
      std::fill(is_test.end() - static_cast<ptrdiff_t>(test), is_test.end(), 1);
    }
    fits[i] = FitAndJudge(data, is_test);
  };
  if (threads != nullptr) {
    threads->ParallelFor(fits.size(), fit_one);
  } else {
    for (size_t i = 0; i < fits.size(); ++i) fit_one(i);
  }
  return fits;
}

Data CloseOnly(const CandleColumns& candles, size_t horizon) {
  Data data;
  data.inputs = {candles.close};
  data.close = candles.close;
  data.horizon = horizon;
  data.rows = candles.size() - horizon;
  return data;
}

// The moving average of every row from `begin` on. Sums are integers on a grid of 2^-40, so they
// neither drift nor depend on where they started.
std::vector<double> MovingAverage(const std::vector<double>& close, size_t begin, size_t window) {
  const auto grid = [&](size_t i) { return static_cast<__int128>(close[i] * 0x1p40); };
  std::vector<double> average;
  average.reserve(close.size() - begin);
  __int128 sum = 0;
  for (size_t k = begin + 1 - window; k < begin; ++k) sum += grid(k);
  for (size_t i = begin; i < close.size(); ++i) {
    sum += grid(i);
    average.push_back(static_cast<double>(sum) * 0x1p-40 / static_cast<double>(window));
    sum -= grid(i + 1 - window);
  }
  return average;
}

size_t LongestAverage(const StudyOptions& options) {
  return static_cast<size_t>(*std::max_element(options.sma.begin(), options.sma.end()));
}

// Open, high, low, close, volume and the moving averages of the last rows; rows before the longest
// has warmed up are left out, a missing volume is 0.
Data Levels(const CandleColumns& candles, const StudyOptions& options) {
  const auto wanted = static_cast<size_t>(options.extended_rows);
  const size_t begin =
      std::max(LongestAverage(options) - 1, candles.size() > wanted ? candles.size() - wanted : 0);
  Data data;
  const auto tail = [&](const std::vector<double>& column) {
    return std::vector<double>(column.begin() + static_cast<ptrdiff_t>(begin), column.end());
  };
  data.inputs = {tail(candles.open), tail(candles.high), tail(candles.low), tail(candles.close),
                 tail(candles.volume)};
  for (double& v : data.inputs[4]) v = std::isnan(v) ? 0.0 : v;
  for (const int window : options.sma) {
    data.inputs.push_back(MovingAverage(candles.close, begin, static_cast<size_t>(window)));
  }
  data.close = tail(candles.close);
  data.horizon = static_cast<size_t>(options.horizon);
  data.rows = data.close.size() - data.horizon;
  return data;
}

void AddForecasts(const CandleColumns& candles, const Fits& fits, size_t horizon,
                  StudyResult& result) {
  const size_t n = candles.size();
  Columns inputs = {std::vector<double>(candles.close.end() - static_cast<ptrdiff_t>(3 * horizon),
                                        candles.close.end() - static_cast<ptrdiff_t>(horizon))};
  const std::vector<std::span<const double>> spans(inputs.begin(), inputs.end());
  for (const char* model : {"linear", "tree"}) {
    const std::vector<double> out = std::string_view(model) == "linear"
                                        ? PredictLinear(*fits.linear, inputs)
                                        : fits.tree.Predict(spans);
    for (size_t k = 0; k < horizon; ++k) {
      StudyForecast f;
      const size_t row = n - horizon + k;
      f.time = {candles.open_time[row]};
      f.close = candles.close[row];
      f.prediction = out[k];
      f.aligned = out[k + horizon];
      f.error_pct = 100 * (f.close - f.prediction) / f.close;
      f.aligned_error_pct = 100 * (f.close - f.aligned) / f.close;
      f.model = model;
      result.forecasts.push_back(f);
    }
  }
}

}  // namespace

std::vector<uint8_t> RandomTestRows(size_t rows, double fraction, uint64_t seed) {
  Random random(seed);
  std::vector<uint8_t> is_test(rows, 0);
  auto wanted = static_cast<size_t>(std::ceil(fraction * static_cast<double>(rows)));
  for (size_t i = 0; i < rows && wanted > 0; ++i) {
    is_test[i] = random.Uniform() * static_cast<double>(rows - i) < static_cast<double>(wanted);
    wanted -= is_test[i];
  }
  return is_test;
}

Result<StudyResult> RunStudy(const CandleColumns& candles, const StudyOptions& options,
                             ThreadPool* threads) {
  CHECK(options.repeats >= 1 && options.horizon > 0 && !options.sma.empty());
  CHECK(options.test_fraction > 0 && options.test_fraction < 1);
  const auto horizon = static_cast<size_t>(options.horizon);
  if (candles.size() < 4 * horizon) {
    return Fail(ErrorCode::kNotFound, "the study needs at least " + std::to_string(4 * horizon) +
                                          " rows, there are " + std::to_string(candles.size()));
  }
  StudyResult result;
  const auto add_table = [&](const std::vector<Fits>& fits, const char* inputs) {
    const auto repeats = static_cast<size_t>(options.repeats);
    AddScores(std::span(fits).first(repeats), inputs, "random", result.scores);
    if (options.chronological) {
      AddScores(std::span(fits).subspan(repeats), inputs, "chronological", result.scores);
    }
  };
  const std::vector<Fits> close = RunTable(CloseOnly(candles, horizon), options, threads);
  add_table(close, "close");
  AddForecasts(candles, close[0], horizon, result);
  result.linear_intercept = close[0].linear->intercept();
  result.linear_slope = close[0].linear->coefficients()[0];
  result.tree_leaves = static_cast<int64_t>(close[0].tree.leaves());
  if (options.extended && candles.size() >= 4 * horizon + LongestAverage(options)) {
    add_table(RunTable(Levels(candles, options), options, threads), "levels");
  }
  return result;
}

}  // namespace tidemark

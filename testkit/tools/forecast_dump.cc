// forecast_dump: models, scores and the study on given numbers, for tests that compare them with
// oracles. Files are plain doubles, column after column; the last column of a training file is the
// target.
//
//   linear TRAIN OUT COLUMNS CLIP            OUT: intercept, coefficients, predictions of TRAIN
//   tree TRAIN OUT COLUMNS CLIP DEPTH LEAF TEST    OUT: predictions of TRAIN, of TEST
//   boosted TRAIN OUT COLUMNS CLIP ROUNDS DEPTH LEAF RATE TEST    OUT: as of tree
//   study_tree TRAIN OUT COLUMNS TEST        OUT: predictions of TEST
//   score ROWS OUT HORIZON                   ROWS: actual, prediction; OUT: see Score()
//   study CANDLES REPEATS EXTENDED           prints the study's tables
//   walk_forward CANDLES                     prints walk-forward scores on the default features
//   null_market CANDLES ROWS SEEDS           prints the null market on them
// CANDLES: row after row open time (ms), open, high, low, close, volume.
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "tidemark/base/file.h"
#include "tidemark/feature/feature_pack.h"
#include "tidemark/forecast/linear.h"
#include "tidemark/forecast/null_market.h"
#include "tidemark/forecast/study.h"
#include "tidemark/forecast/study_tree.h"
#include "tidemark/forecast/tree.h"

namespace tidemark {
namespace {

using Args = std::vector<std::string>;

Result<std::vector<double>> ReadDoubles(const std::string& path) {
  TM_ASSIGN(const std::string bytes, ReadFile(path));
  std::vector<double> values(bytes.size() / sizeof(double));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(double));
  return values;
}

Status WriteDoubles(const std::string& path, const std::vector<double>& values) {
  return WriteFileSynced(
      path, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
}

// Columns of one file as a training month.
struct Table {
  std::vector<double> values;
  std::vector<int64_t> time;
  std::vector<uint8_t> usable;
  FeatureView view;
  FitContext context;

  static Result<Table> Read(const std::string& path, size_t features) {
    Table table;
    TM_ASSIGN(table.values, ReadDoubles(path));
    const size_t rows = table.values.size() / (features + 1);
    for (size_t i = 0; i < rows; ++i) table.time.push_back(static_cast<int64_t>(i));
    table.usable.assign(rows, 1);
    FeatureView& view = table.view;
    view.rows = rows;
    for (size_t f = 0; f < features; ++f) {
      view.features.push_back(table.values.data() + f * rows);
      table.context.feature_names.push_back("f" + std::to_string(f));
    }
    view.time = view.target_time = table.time;
    view.usable = table.usable;
    view.target = std::span(table.values).subspan(features * rows, rows);
    table.context.options.min_training_rows = 1;
    return table;
  }
};

Status FitModel(const std::string& kind, const Args& args) {
  TM_ASSIGN(Table train, Table::Read(args[1], std::stoul(args[3])));
  train.context.options.clip = std::stod(args[4]);
  if (kind == "tree") {
    train.context.options.max_depth = std::stoi(args[5]);
    train.context.options.min_leaf = std::stoi(args[6]);
  } else if (kind == "boosted") {
    train.context.options.boosted = {.rounds = std::stoi(args[5]),
                                     .max_depth = std::stoi(args[6]),
                                     .min_leaf = std::stoi(args[7]),
                                     .learning_rate = std::stod(args[8])};
  }
  const TrainingMonth month{train.view, {}, nullptr, ""};
  TM_ASSIGN(const FitResult fit, Fit(kind, {&month, 1}, train.context));
  std::vector<double> out;
  if (const auto* linear = dynamic_cast<const LinearModel*>(fit.model.get())) {
    out.push_back(linear->intercept());
    out.insert(out.end(), linear->coefficients().begin(), linear->coefficients().end());
  }
  const auto predict = [&](const FeatureView& view) {
    out.resize(out.size() + view.rows);
    fit.model->Predict(view, 0, view.rows, out.data() + (out.size() - view.rows));
  };
  predict(train.view);
  if (kind == "tree" || kind == "boosted") {
    TM_ASSIGN(const Table test, Table::Read(args.back(), std::stoul(args[3])));
    predict(test.view);
  }
  return WriteDoubles(args[2], out);
}

Status FitStudyTree(const Args& args) {
  const size_t features = std::stoul(args[3]);
  TM_ASSIGN(const Table train, Table::Read(args[1], features));
  TM_ASSIGN(const Table test, Table::Read(args[4], features));
  const auto spans = [](const Table& table) {
    std::vector<std::span<const double>> columns;
    for (const double* column : table.view.features) columns.emplace_back(column, table.view.rows);
    return columns;
  };
  const StudyTree tree = StudyTree::Fit(spans(train), train.view.target);
  return WriteDoubles(args[2], tree.Predict(spans(test)));
}

Status Score(const Args& args) {
  TM_ASSIGN(const Table table, Table::Read(args[1], 1));
  ScoreBlock block(std::stol(args[3]));
  for (size_t i = 0; i < table.view.rows; ++i) {
    ScoredRow row;
    row.time = static_cast<int64_t>(i);
    row.actual = table.view.features[0][i];
    row.prediction = table.view.target[i];
    row.close = 100;
    block.Add(row);
  }
  const ScoreRow s = Finalize(block, true);
  return WriteDoubles(
      args[2], {s.n_effective, s.relative_mae, s.relative_rmse, s.directional_accuracy,
                s.directional_lower, s.directional_upper, s.ic, s.rank_ic, s.dm_p_mae, s.dm_p_mse});
}

Result<CandleColumns> ReadCandles(const std::string& path) {
  TM_ASSIGN(const std::vector<double> v, ReadDoubles(path));
  CandleColumns rows;
  for (size_t i = 0; i + 6 <= v.size(); i += 6) {
    rows.Append(
        {{static_cast<int64_t>(v[i]) * 1000}, v[i + 1], v[i + 2], v[i + 3], v[i + 4], v[i + 5]});
  }
  return rows;
}

Status Study(const Args& args) {
  TM_ASSIGN(const CandleColumns candles, ReadCandles(args[1]));
  StudyOptions options;
  options.repeats = std::stoi(args[2]);
  options.extended = args[3] == "1";
  ThreadPool pool(AvailableProcessors());
  TM_ASSIGN(const StudyResult result, RunStudy(candles, options, &pool));
  for (const StudyScore& s : result.scores) {
    fmt::print("{} {} {} {} {} {} {} {} {}\n", s.inputs, s.model, s.split, s.r2, s.r2_sd,
               s.relative_mae, s.relative_mae_sd, s.directional_accuracy,
               s.directional_accuracy_sd);
  }
  return {};
}

std::vector<std::vector<double>> Features(const CandleColumns& candles) {
  auto pack = FeaturePack::Make(FeaturePack::DefaultSpecs(), Interval());
  std::vector<std::vector<double>> columns(pack->names().size());
  pack->Step(candles, 0, candles.size(), &columns);
  return columns;
}

Status RunWalkForward(const Args& args) {
  TM_ASSIGN(const CandleColumns candles, ReadCandles(args[1]));
  std::vector<int64_t> time = candles.open_time;
  for (int64_t& t : time) t += kMicrosPerMinute;
  ThreadPool pool(AvailableProcessors());
  const auto columns = Features(candles);
  for (const ScoreRow& s : WalkForward(time, candles.close, columns, FeaturePack::DefaultSpecs(),
                                       ModelKinds(), {}, &pool)) {
    fmt::print(
        "{} n {} relative_mae {:.4f} mase {:.3f} direction {:.4f} [{:.4f}, {:.4f}] ic {:.4f} "
        "rank_ic {:.4f} icir {:.2f} n_effective {:.0f} p {:.3g} {}\n",
        s.model, s.n, s.relative_mae, s.mase, s.directional_accuracy, s.directional_lower,
        s.directional_upper, s.ic, s.rank_ic, s.icir, s.n_effective, s.dm_p_mae,
        s.flagged ? "flagged" : "");
  }
  return {};
}

Status NullMarket(const Args& args) {
  TM_ASSIGN(const CandleColumns candles, ReadCandles(args[1]));
  NullMarketOptions options;
  options.rows = std::stol(args[2]);
  options.seeds.resize(std::stoul(args[3]));
  ThreadPool pool(AvailableProcessors());
  const NullMarketReport report =
      RunNullMarket(candles, Features, FeaturePack::DefaultSpecs(), options, &pool);
  for (const NullMarketRun& r : report.runs) {
    fmt::print(
        "{} seed {} {} n {} relative_mae {:.4f} direction {:.4f} ic {:.4f} p {:.3g} holm {:.3g}\n",
        r.market, r.seed, r.model, r.n, r.relative_mae, r.directional_accuracy, r.ic, r.p,
        r.p_holm);
  }
  fmt::print("{}\n", report.passed() ? "passed" : "failed");
  return {};
}

Status Dump(const Args& args) {
  const std::string command = args.empty() ? "" : args[0];
  if (command == "linear" && args.size() == 5) return FitModel(command, args);
  if (command == "tree" && args.size() == 8) return FitModel(command, args);
  if (command == "boosted" && args.size() == 10) return FitModel(command, args);
  if (command == "study_tree" && args.size() == 5) return FitStudyTree(args);
  if (command == "score" && args.size() == 4) return Score(args);
  if (command == "study" && args.size() == 4) return Study(args);
  if (command == "walk_forward" && args.size() == 2) return RunWalkForward(args);
  if (command == "null_market" && args.size() == 4) return NullMarket(args);
  return Fail(
      ErrorCode::kInvalidArgument,
      "usage: forecast_dump linear|tree|boosted|study_tree|score|study|walk_forward|null_market …");
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  const tidemark::Status status = tidemark::Dump({argv + 1, argv + argc});
  if (!status) fmt::print(stderr, "{}\n", status.error().message());
  return status ? 0 : 1;
}

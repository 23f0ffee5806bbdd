#include "tidemark/forecast/walk_forward.h"

#include <algorithm>

#include "tidemark/base/check.h"
#include "tidemark/flow/fold_month.h"
#include "tidemark/forecast/gram.h"
#include "tidemark/forecast/target.h"

namespace tidemark {
namespace {

struct Month {
  EventTime start;
  size_t begin = 0, end = 0;
  std::vector<uint8_t> complete;
  GramBlock gram;         // of all its training rows
  EventTime last_target;  // the latest target time among them
};

std::vector<Month> CutMonths(std::span<const int64_t> time) {
  std::vector<Month> months;
  EventTime next = kMinTime;
  for (size_t i = 0; i < time.size(); ++i) {
    if (time[i] >= next.us) {
      months.emplace_back();
      months.back().start = FoldMonthOf({time[i]});
      months.back().begin = i;
      next = FoldMonth(months.back().start).end;
    }
    months.back().end = i + 1;
  }
  return months;
}

}  // namespace

std::vector<ScoreRow> WalkForward(std::span<const int64_t> time, std::span<const double> close,
                                  const std::vector<std::vector<double>>& columns,
                                  const std::vector<std::string>& names,
                                  std::span<const std::string> models,
                                  const WalkForwardOptions& options, ThreadPool* threads) {
  CHECK(columns.size() == names.size() && time.size() == close.size());
  for (const auto& column : columns) CHECK(column.size() == time.size());
  const Targets targets =
      ComputeTargets(time, close, 0, time.size(), options.horizon, options.max_target_span_us, {},
                     {time.empty() ? kNullInt : time.back()});
  std::vector<Month> months = CutMonths(time);
  const auto view_of = [&](const Month& month) {
    FeatureView view;
    view.rows = month.end - month.begin;
    view.time = time.subspan(month.begin, view.rows);
    for (const auto& column : columns) view.features.push_back(column.data() + month.begin);
    view.target = std::span(targets.actual).subspan(month.begin, view.rows);
    view.target_time = std::span(targets.target_time).subspan(month.begin, view.rows);
    view.usable = std::span(targets.usable).subspan(month.begin, view.rows);
    view.complete = month.complete;
    return view;
  };
  for (Month& month : months) {
    month.complete = CompleteRows(view_of(month));
    const std::vector<RowRun> runs = SelectRows(view_of(month), {});
    month.gram = GramBlock::OfRuns(view_of(month), runs);
    month.last_target =
        runs.empty() ? kMinTime : EventTime{view_of(month).target_time[runs.back().end - 1]};
  }

  const int64_t lag_rows = options.horizon.NominalRows(options.interval_us);
  std::vector<std::vector<ScoreBlock>> blocks(months.size());
  const auto evaluate = [&](size_t m) {
    const EventTime start = months[m].start;
    const RowCut cut{start - options.window_us + 1, start - options.refit_lead_us};
    std::vector<TrainingMonth> training;
    for (size_t k = 0; k < m; ++k) {
      if (time[months[k].end - 1] < cut.from.us) continue;
      TrainingMonth month{view_of(months[k]), cut, nullptr, ""};
      const bool whole =
          time[months[k].begin] >= cut.from.us && months[k].last_target <= cut.target_until;
      if (whole) month.gram = &months[k].gram;
      training.push_back(std::move(month));
    }
    FitContext context;
    context.effective_from = start;
    context.feature_names = names;
    context.horizon = options.horizon;
    context.options = options.model;
    const auto fits = FitAll(models, training, context);
    if (!fits) {
      CHECK(fits.error().code() == ErrorCode::kNotFound);  // too few rows yet
      return;
    }
    const FeatureView view = view_of(months[m]);
    std::vector<double> out(view.rows);
    for (const FitResult& fit : *fits) {
      ScoreBlock block(lag_rows, fit.model->kind() == "persistence");
      fit.model->Predict(view, 0, view.rows, out.data());
      for (size_t i = 0; i < view.rows; ++i) {
        if (!view.usable[i] || !view.complete[i]) continue;
        ScoredRow row;
        row.time = view.time[i];
        row.actual = view.target[i];
        row.prediction = out[i];
        row.close = close[months[m].begin + i];
        row.train_mean_abs_return = fit.model->train_mean_abs_return();
        block.Add(row);
      }
      block.Close();
      blocks[m].push_back(std::move(block));
    }
  };
  if (threads != nullptr) {
    threads->ParallelFor(months.size(), evaluate);
  } else {
    for (size_t m = 0; m < months.size(); ++m) evaluate(m);
  }

  std::vector<ScoreRow> scores;
  for (size_t k = 0; k < models.size(); ++k) {
    ScoreBlock total(lag_rows, models[k] == "persistence");
    for (const auto& month : blocks) {
      if (!month.empty()) total.Merge(month[k]);
    }
    scores.push_back(Finalize(total, true));
    scores.back().model = models[k];
    scores.back().horizon = options.horizon.ToString();
    scores.back().period = "all";
    scores.back().bucket = "all";
  }
  return scores;
}

}  // namespace tidemark

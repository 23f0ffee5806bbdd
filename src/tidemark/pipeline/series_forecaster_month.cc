// One month of forecasts and the outcomes that fall due in it.
#include <algorithm>
#include <cmath>
#include <map>

#include "tidemark/base/math.h"
#include "tidemark/flow/fold_month.h"
#include "tidemark/pipeline/series_forecaster.h"

namespace tidemark {

std::vector<SeriesForecaster::Said> SeriesForecaster::Predict(
    const Frame& frame, const FoldState& state,
    const std::vector<std::unique_ptr<Model>>& models) const {
  const FeatureView view = frame.View();
  std::vector<std::vector<double>> predictions(models.size());
  context_.threads.ParallelFor(models.size(), [&](size_t k) {
    predictions[k].resize(view.rows);
    models[k]->Predict(view, 0, view.rows, predictions[k].data());
  });
  std::vector<Said> said;
  if (models.empty()) return said;
  said.reserve(view.rows);
  for (size_t i = 0; i < view.rows; ++i) {
    if (std::isnan(predictions.front()[i])) continue;
    Said row{frame.time[i], frame.close[i], state.train_mean_abs_return, {}, {}, {}};
    for (size_t k = 0; k < models.size(); ++k) {
      const double p = predictions[k][i];
      const auto& interval = state.entries[k].interval;
      row.prediction[k] = p;
      row.lower[k] = interval ? row.close * Exp(p + interval->q05) : kNull;
      row.upper[k] = interval ? row.close * Exp(p + interval->q95) : kNull;
    }
    said.push_back(row);
  }
  return said;
}

Status SeriesForecaster::WriteForecasts(TimeRange range, const std::vector<Said>& said,
                                        const FoldState& state) {
  std::vector<size_t> order(state.entries.size());
  for (size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return state.entries[a].kind < state.entries[b].kind; });
  Batch batch(ForecastsTable().schema);
  auto& time = batch["time"].ints;
  auto& model = batch["model"].strings;
  auto& model_id = batch["model_id"].strings;
  auto& prediction = batch["prediction"].doubles;
  auto& price = batch["price"].doubles;
  auto& lower = batch["lower"].doubles;
  auto& upper = batch["upper"].doubles;
  std::vector<int32_t> codes, id_codes;
  for (const size_t k : order) {
    codes.push_back(model.CodeOf(state.entries[k].kind));
    id_codes.push_back(model_id.CodeOf(state.entries[k].model_id));
  }
  for (const Said& row : said) {
    if (!range.Contains({row.time})) continue;
    for (size_t j = 0; j < order.size(); ++j) {
      const size_t k = order[j];
      time.push_back(row.time);
      model.codes.push_back(codes[j]);
      model_id.codes.push_back(id_codes[j]);
      prediction.push_back(row.prediction[k]);
      price.push_back(row.close * Exp(row.prediction[k]));
      lower.push_back(row.lower[k]);
      upper.push_back(row.upper[k]);
    }
  }
  const size_t n = time.size();
  batch["venue"].strings.AppendRepeated(key_.venue, n);
  batch["symbol"].strings.AppendRepeated(key_.symbol, n);
  batch["interval"].strings.AppendRepeated(key_.interval, n);
  batch["horizon"].strings.AppendRepeated(horizon_text_, n);
  batch.SetRows(n);
  context_.counts.forecast_rows += static_cast<int64_t>(n);
  TM_TRY(context_.sink.Replace(ForecastsTable(), key_, range, batch));
  return {};
}

// Forecasts of earlier months that fall due in this one or later, from the lake: the months before
// were not touched, so what is stored is what would be computed.
Status SeriesForecaster::LoadPending(EventTime month, const CloseWindow& window,
                                     const Targets& targets) {
  pending_.clear();
  const EventTime month_start = FoldMonth(month).start;
  size_t first = window.begin;
  for (size_t i = 0; i < window.begin; ++i) {
    if (targets.target_time[i] == kNullInt || targets.target_time[i] >= month_start.us) {
      first = i;
      break;
    }
  }
  if (first == window.begin || !context_.view.HasTable("forecasts")) return {};
  TM_ASSIGN(const Batch stored,
            context_.view.Read(
                ForecastsTable(),
                {.series = key_, .times = {{window.time[first]}, month_start}, .columns = {}}));
  std::map<EventTime, double> scale;  // per month of the forecast: the fold's mean |return|
  size_t w = first;
  for (size_t i = 0; i < stored.rows; ++i) {
    const int64_t time = stored["time"].ints[i];
    if (pending_.empty() || pending_.back().time != time) {
      while (w < window.begin && window.time[w] < time) ++w;
      if (w == window.begin || window.time[w] != time) {
        return Fail(ErrorCode::kCorrupt, "a forecast stands where no candle is: " +
                                             FormatTime({time}) + " of " + base_.id().ToString());
      }
      const EventTime fold = FoldMonthOf({time});
      if (!scale.contains(fold)) {
        TM_ASSIGN(const std::optional<Bytes> bytes, states_->Get(fold));
        if (!bytes)
          return Fail(ErrorCode::kCorrupt, "no state for the forecasts of " + FormatDate(fold));
        TM_ASSIGN(const FoldState state, FoldState::Load(*bytes));
        scale[fold] = state.train_mean_abs_return;
      }
      std::array<double, kModelsMax> none;
      none.fill(kNull);
      pending_.push_back({time, window.close[w], scale[fold], none, none, none});
    }
    const auto model =
        std::find(config_.models.begin(), config_.models.end(), stored["model"].strings.At(i));
    if (model == config_.models.end()) continue;
    const auto k = static_cast<size_t>(model - config_.models.begin());
    pending_.back().prediction[k] = stored["prediction"].doubles[i];
    pending_.back().lower[k] = stored["lower"].doubles[i];
    pending_.back().upper[k] = stored["upper"].doubles[i];
  }
  return {};
}

// Outcomes that fall due in the month, its scores, and what stays pending after it.
Status SeriesForecaster::Outcomes(EventTime month, TimeRange range, const std::vector<Said>& said) {
  TM_ASSIGN(const CloseWindow window, frames_.Closes(month));
  const FrameOptions& options = frames_.options();
  const Targets targets = ComputeTargets(window.time, window.close, 0, window.end, options.horizon,
                                         options.max_target_span_us, options.outages, tip_ - 1);
  if (run_from_ == month) TM_TRY(LoadPending(month, window, targets));
  for (const Said& row : said) pending_.push_back(row);

  const size_t models = config_.models.size();
  const int64_t lag_rows = options.horizon.NominalRows(base_.id().interval.nominal_micros());
  std::vector<std::vector<ScoreBlock>> blocks(models);
  for (size_t k = 0; k < models; ++k) {
    blocks[k].assign(1 + kSpanBucketCount,
                     ScoreBlock(lag_rows, config_.models[k] == "persistence"));
  }
  std::vector<size_t> order(models);
  for (size_t k = 0; k < models; ++k) order[k] = k;
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return config_.models[a] < config_.models[b]; });

  Batch batch(OutcomesTable().schema);
  auto& time = batch["time"].ints;
  auto& target_time = batch["target_time"].ints;
  auto& model = batch["model"].strings;
  auto& actual = batch["actual"].doubles;
  auto& error_pct = batch["error_pct"].doubles;
  residuals_.residual.resize(models);
  std::deque<Said> still_pending;
  const EventTime month_end = FoldMonth(month).end;
  size_t w = 0;
  for (Said& row : pending_) {
    while (w < window.end && window.time[w] < row.time) ++w;
    if (w == window.end || window.time[w] != row.time) {
      return Fail(ErrorCode::kInternal,
                  "a forecast without its candle at " + FormatTime({row.time}));
    }
    const int64_t target = targets.target_time[w];
    if (target == kNullInt || target >= month_end.us) {
      // A duration without a target although later rows exist has none for good: an outage.
      const bool never = target == kNullInt && options.horizon.micros > 0 &&
                         tip_.us > row.time + options.horizon.micros;
      if (!never) still_pending.push_back(row);
      continue;
    }
    const double y = targets.actual[w];
    const double actual_price = row.close * Exp(y);
    for (const size_t k : order) {
      if (range.Contains({target})) {
        time.push_back(row.time);
        target_time.push_back(target);
        model.Append(config_.models[k]);
        actual.push_back(y);
        error_pct.push_back(100 * (actual_price - row.close * Exp(row.prediction[k])) /
                            actual_price);
      }
      if (targets.usable[w] == 0) continue;
      const int inside = std::isnan(row.lower[k])                                       ? -1
                         : row.lower[k] <= actual_price && actual_price <= row.upper[k] ? 1
                                                                                        : 0;
      const ScoredRow scored = {.time = row.time,
                                .actual = y,
                                .prediction = row.prediction[k],
                                .close = row.close,
                                .train_mean_abs_return = row.train_mean_abs_return,
                                .inside_interval = inside};
      blocks[k][0].Add(scored);
      blocks[k][1 + static_cast<size_t>(SpanBucket(target - row.time))].Add(scored);
      residuals_.residual[k].push_back(y - row.prediction[k]);
    }
    if (targets.usable[w] != 0) residuals_.target_time.push_back(target);
  }
  pending_ = std::move(still_pending);

  ByteWriter saved;
  for (auto& per_bucket : blocks) {
    for (ScoreBlock& block : per_bucket) saved.PutString(block.Save());
  }
  scores_->Put(month, saved.Take());
  const size_t n = time.size();
  batch["venue"].strings.AppendRepeated(key_.venue, n);
  batch["symbol"].strings.AppendRepeated(key_.symbol, n);
  batch["interval"].strings.AppendRepeated(key_.interval, n);
  batch["horizon"].strings.AppendRepeated(horizon_text_, n);
  batch.SetRows(n);
  TM_TRY(context_.sink.Replace(OutcomesTable(), key_, range, batch));
  return {};
}

// `changed`: the part of the month whose forecasts and outcomes may differ from what is stored.
Status SeriesForecaster::Month(EventTime month, const FoldState& state, TimeRange changed) {
  TM_ASSIGN(const std::shared_ptr<const Frame> frame, frames_.Get(month));
  std::vector<std::unique_ptr<Model>> models;
  for (const FoldState::Entry& entry : state.entries) {
    TM_ASSIGN(std::unique_ptr<Model> model, LoadModel(entry.kind, entry.model));
    models.push_back(std::move(model));
  }
  const std::vector<Said> said = Predict(*frame, state, models);
  TM_TRY(WriteForecasts(changed, said, state));
  return Outcomes(month, changed, said);
}

// The month has no rows any more.
Status SeriesForecaster::Vanish(EventTime month) {
  states_->Erase(month);
  scores_->Erase(month);
  TM_TRY(WriteModels(month, {}));
  TM_TRY(WriteForecasts(FoldMonth(month), {}, {}));
  TM_TRY(context_.sink.Replace(OutcomesTable(), key_, FoldMonth(month),
                               Batch(OutcomesTable().schema)));
  return {};
}

}  // namespace tidemark

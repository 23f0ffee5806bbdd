#include "tidemark/pipeline/series_forecaster.h"

#include <algorithm>

#include "tidemark/flow/fold_month.h"

namespace tidemark {
namespace {

size_t SaturatingAdd(size_t a, size_t b) { return a > SIZE_MAX - b ? SIZE_MAX : a + b; }

}  // namespace

SeriesForecaster::SeriesForecaster(const DeriveContext& context, BaseSeries& base,
                                   FrameStore& frames, std::string feature_spec_hash, EventTime tip)
    : context_(context),
      base_(base),
      frames_(frames),
      config_(context.config),
      feature_spec_hash_(std::move(feature_spec_hash)),
      tip_(tip),
      key_(KeyOf(base.id())),
      horizon_text_(frames.options().horizon.ToString()) {
  key_.horizon = horizon_text_;
  const auto open = [&](std::string_view what) {
    return context.snapshots.Open(
        ForecastStatesName(what, config_, base.id().interval, horizon_text_), base.id().ToString());
  };
  states_ = open("models");
  blocks_ = open("training");
  scores_ = open("scores");
  issued_scores_ = open("issued");
}

// A change also reaches the targets of the rows up to one horizon before it.
Result<RangeSet> SeriesForecaster::TrainingChanges(const RangeSet& changes) {
  const Horizon& horizon = frames_.options().horizon;
  RangeSet touched;
  for (const TimeRange& range : changes.ranges()) {
    EventTime from = FoldMonthOf(range.start);
    TM_ASSIGN(const CandleColumns head, base_.ReadByClose({FoldMonth(from).start, range.start}));
    auto rows_before = static_cast<int64_t>(head.size());
    while (from > base_.first_month() &&
           (horizon.rows > 0 ? rows_before < horizon.rows : range.start - from < horizon.micros)) {
      from = AddMonths(from, -1);
      TM_ASSIGN(const CandleColumns rows, base_.ReadByClose(FoldMonth(from)));
      rows_before += static_cast<int64_t>(rows.size());
    }
    touched.Add({from, AddMonths(FoldMonthOf(range.end - 1), 1)});
  }
  return touched;
}

// Residuals of months before `before` are read back from the lake, as far as the window reaches.
Status SeriesForecaster::LoadResiduals(EventTime before) {
  residuals_loaded_ = true;
  Residuals loaded;
  loaded.residual.resize(config_.models.size());
  if (!context_.view.HasTable("outcomes") || !context_.view.HasTable("forecasts")) return {};
  const int64_t horizon_reach = config_.max_target_span_us;
  for (EventTime month = AddMonths(before, -1);
       month >= base_.first_month() && loaded.target_time.size() < kResidualWindow;
       month = AddMonths(month, -1)) {
    const TimeRange range = FoldMonth(month);
    TM_ASSIGN(const Batch outcomes,
              context_.view.Read(OutcomesTable(), {.series = key_, .times = range, .columns = {}}));
    TM_ASSIGN(
        const Batch forecasts,
        context_.view.Read(
            ForecastsTable(),
            {.series = key_, .times = {range.start - horizon_reach, range.end}, .columns = {}}));
    std::map<int64_t, std::vector<double>> predicted;
    for (size_t i = 0; i < forecasts.rows; ++i) {
      auto& row = predicted[forecasts["time"].ints[i]];
      row.resize(config_.models.size(), kNull);
      const auto model =
          std::find(config_.models.begin(), config_.models.end(), forecasts["model"].strings.At(i));
      if (model != config_.models.end()) {
        row[static_cast<size_t>(model - config_.models.begin())] =
            forecasts["prediction"].doubles[i];
      }
    }
    Residuals part;
    part.residual.resize(config_.models.size());
    int64_t last_time = kNullInt;
    for (size_t i = 0; i < outcomes.rows; ++i) {
      const int64_t time = outcomes["time"].ints[i], target = outcomes["target_time"].ints[i];
      if (time == last_time) continue;
      last_time = time;
      const auto row = predicted.find(time);
      if (target - time > config_.max_target_span_us || row == predicted.end()) continue;
      part.target_time.push_back(target);
      for (size_t k = 0; k < config_.models.size(); ++k) {
        part.residual[k].push_back(outcomes["actual"].doubles[i] - row->second[k]);
      }
    }
    loaded.target_time.insert(loaded.target_time.begin(), part.target_time.begin(),
                              part.target_time.end());
    for (size_t k = 0; k < config_.models.size(); ++k) {
      loaded.residual[k].insert(loaded.residual[k].begin(), part.residual[k].begin(),
                                part.residual[k].end());
    }
  }
  residuals_.residual.resize(config_.models.size());
  residuals_.target_time.insert(residuals_.target_time.begin(), loaded.target_time.begin(),
                                loaded.target_time.end());
  for (size_t k = 0; k < config_.models.size(); ++k) {
    residuals_.residual[k].insert(residuals_.residual[k].begin(), loaded.residual[k].begin(),
                                  loaded.residual[k].end());
  }
  return {};
}

Status SeriesForecaster::SetIntervals(EventTime month, FoldState* state) {
  if (!residuals_loaded_) TM_TRY(LoadResiduals(*run_from_));
  residuals_.residual.resize(config_.models.size());
  for (size_t k = 0; k < state->entries.size(); ++k) {
    state->entries[k].interval =
        IntervalBefore(residuals_.target_time, residuals_.residual[k], month);
  }
  // Only the window before the latest month is ever asked for again.
  if (residuals_.target_time.size() > 2 * kResidualWindow) {
    const auto excess = static_cast<ptrdiff_t>(residuals_.target_time.size() - kResidualWindow);
    auto& times = residuals_.target_time;
    times.erase(times.begin(), times.begin() + excess);
    for (auto& column : residuals_.residual) column.erase(column.begin(), column.begin() + excess);
  }
  return {};
}

Result<FoldState> SeriesForecaster::StateAt(EventTime month, const FoldState* stored, bool refit,
                                            bool requantile) {
  FoldState state;
  if (refit) {
    TM_ASSIGN(state, FitAt(month, stored));
  } else {
    state = *stored;
  }
  if (requantile) TM_TRY(SetIntervals(month, &state));
  return state;
}

Status SeriesForecaster::WriteModels(EventTime month, const FoldState& state) {
  Batch batch(ModelsTable().schema);
  // Rows stand in the order of the table's key: by model.
  std::vector<const FoldState::Entry*> entries;
  for (const auto& entry : state.entries) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(),
            [](const auto* a, const auto* b) { return a->kind < b->kind; });
  const auto text = [](StringColumn& column, const std::string& value) {
    value.empty() ? column.AppendNull() : column.Append(value);
  };
  const Horizon& horizon = frames_.options().horizon;
  for (const auto* entry : entries) {
    TM_ASSIGN(const std::unique_ptr<Model> model, LoadModel(entry->kind, entry->model));
    batch["venue"].strings.Append(key_.venue);
    batch["symbol"].strings.Append(key_.symbol);
    batch["interval"].strings.Append(key_.interval);
    batch["model_id"].strings.Append(entry->model_id);
    batch["model"].strings.Append(entry->kind);
    batch["horizon_rows"].ints.push_back(horizon.rows > 0 ? horizon.rows : kNullInt);
    batch["horizon"].strings.Append(horizon_text_);
    batch["effective_from"].ints.push_back(month.us);
    batch["trained_from"].ints.push_back(state.trained_from.us);
    batch["trained_to"].ints.push_back(state.trained_to.us);
    batch["rows"].ints.push_back(state.training_rows);
    text(batch["parameters"].strings, model->ParametersJson());
    text(batch["coefficients"].strings, model->CoefficientsJson());
    text(batch["importance"].strings, model->ImportanceJson());
  }
  batch.SetRows(entries.size());
  TM_TRY(context_.sink.Replace(ModelsTable(), key_, {month, month + 1}, batch));
  return {};
}

Status SeriesForecaster::Run(const RangeSet& given) {
  if (given.empty()) return {};
  RangeSet changes = given;
  TM_ASSIGN(const std::vector<EventTime> known, states_->Boundaries());
  // Without any state, of a lost journal say, every month is computed again.
  if (known.empty()) changes.Add(ExtentOf(base_, given));
  changes_ = changes;
  TM_ASSIGN(stale_blocks_, TrainingChanges(changes));
  const Horizon& horizon = frames_.options().horizon;
  const auto horizon_rows =
      static_cast<size_t>(horizon.NominalRows(base_.id().interval.nominal_micros()));
  size_t rows_since_change = SIZE_MAX;       // of forecasts: pending ones reach a horizon further
  size_t residuals_since_change = SIZE_MAX;  // of outcomes: intervals look a window back
  for (EventTime month = FoldMonthOf(changes.Hull().start); FoldMonth(month).start < tip_;
       month = AddMonths(month, 1)) {
    const TimeRange range = FoldMonth(month);
    TM_ASSIGN(const std::optional<Bytes> stored_bytes, states_->Get(month));
    const bool rows_changed = changes.Overlaps(range);
    const RangeSet window({FloorToMonth(month - config_.train_window_us), month});
    bool training_stale = false;
    for (const TimeRange& stale : stale_blocks_.ranges()) {
      for (EventTime m = std::max(stale.start, window.Hull().start); m < std::min(stale.end, month);
           m = AddMonths(m, 1)) {
        TM_TRY(Block(m));
      }
    }
    training_stale = changed_blocks_.Overlaps(window.Hull());
    const bool pending_changed = rows_since_change < horizon_rows + 1;
    const bool residuals_changed = residuals_since_change < kResidualWindow;
    if (!stored_bytes && !rows_changed && !pending_changed && !residuals_changed) {
      run_from_.reset();
      continue;
    }
    if (stored_bytes && !rows_changed && !training_stale && !pending_changed &&
        !residuals_changed) {
      run_from_.reset();
      continue;
    }
    worked_.insert(month);
    TM_ASSIGN(const CandleColumns own, base_.ReadByClose({range.start, std::min(range.end, tip_)}));
    if (own.size() == 0) {
      // Without any state nobody knows whether the month had forecasts.
      if (stored_bytes || known.empty()) TM_TRY(Vanish(month));
      continue;  // an empty month is no hole
    }
    if (!run_from_) {
      run_from_ = month;
      pending_.clear();
      residuals_ = {};
      residuals_loaded_ = false;
    }
    std::optional<FoldState> stored;
    if (stored_bytes) {
      TM_ASSIGN(stored, FoldState::Load(*stored_bytes));
    }
    const bool refit = !stored || training_stale;
    TM_ASSIGN(const FoldState state,
              StateAt(month, stored ? &*stored : nullptr, refit, refit || residuals_changed));
    Bytes bytes = state.Save();
    const bool state_changed = !stored_bytes || *stored_bytes != bytes;
    TimeRange changed = range;
    if (!state_changed && !pending_changed) {
      const RangeSet inside = changes.Clip(range);
      if (!inside.empty()) changed.start = inside.Hull().start;
    }
    if (state_changed) {
      TM_TRY(WriteModels(month, state));
      states_->Put(month, std::move(bytes));
    }
    const size_t residuals_before = residuals_.target_time.size();
    TM_TRY(Month(month, state, changed));
    const size_t matured = residuals_.target_time.size() - residuals_before;
    if (state_changed || rows_changed || pending_changed) {
      rows_since_change =
          pending_changed && !state_changed && !rows_changed ? rows_since_change + own.size() : 0;
      residuals_since_change = 0;
    } else {
      rows_since_change = SaturatingAdd(rows_since_change, own.size());
      residuals_since_change = SaturatingAdd(residuals_since_change, matured);
    }
  }
  TM_TRY(ScoreIssued());
  return WriteScores();
}

}  // namespace tidemark

#include "tidemark/pipeline/series_forecaster.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tidemark/base/math.h"
#include "tidemark/flow/fold_month.h"

namespace tidemark {
namespace {

// The calendar month itself, for sets of months.
TimeRange Calendar(EventTime month) { return {month, AddMonths(month, 1)}; }

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
  const std::string spec = ForecastsSpecHash(config_, base.id().interval) + ":" + horizon_text_;
  const std::string series = base.id().ToString();
  states_ = context.snapshots.Open("models:" + spec, series);
  blocks_ = context.snapshots.Open("training:" + spec, series);
  scores_ = context.snapshots.Open("scores:" + spec, series);
}

FitContext SeriesForecaster::ContextAt(EventTime effective_from) const {
  FitContext fit;
  fit.effective_from = effective_from;
  fit.feature_names = config_.features;
  fit.feature_spec_hash = feature_spec_hash_;
  fit.seed = config_.seed;
  fit.horizon = frames_.options().horizon;
  fit.threads = &context_.threads;
  fit.options.min_training_rows = config_.min_training_rows;
  fit.options.max_depth = config_.tree_depth;
  fit.options.min_leaf = config_.tree_min_leaf;
  fit.options.bins = config_.tree_bins;
  return fit;
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

Result<const TrainingBlock*> SeriesForecaster::Block(EventTime month) {
  if (const auto it = block_cache_.find(month); it != block_cache_.end()) return &it->second;
  TM_ASSIGN(const std::optional<Bytes> stored, blocks_->Get(month));
  if (stored && !stale_blocks_.Overlaps(Calendar(month))) {
    TM_ASSIGN(TrainingBlock block, TrainingBlock::Load(*stored));
    return &block_cache_.emplace(month, std::move(block)).first->second;
  }
  TM_ASSIGN(const std::shared_ptr<const Frame> frame, frames_.Get(month));
  const FeatureView view = frame->View();
  const RowCut whole;
  TrainingBlock block;
  block.hash = HashRows(view, whole);
  for (const RowRun& run : SelectRows(view, whole)) {
    for (size_t i = run.begin; i < run.end; ++i) {
      block.target_time_max = std::max(block.target_time_max, view.target_time[i]);
    }
  }
  block.gram = GramBlock::Of(view, whole);
  Bytes bytes = block.Save();
  if (!stored || *stored != bytes) {
    changed_blocks_.Add(Calendar(month));
    blocks_->Put(month, std::move(bytes));
  }
  return &block_cache_.emplace(month, std::move(block)).first->second;
}

// The models effective from `month`; those of `stored` where the training rows are the same.
Result<FoldState> SeriesForecaster::FitAt(EventTime month, const FoldState* stored) {
  const FitContext fit = ContextAt(month);
  const EventTime window_start = month - config_.train_window_us;
  const RowCut cut = {window_start + 1, month - config_.refit_lead_us};
  std::vector<TrainingMonth> months;
  std::vector<EventTime> starts;
  for (EventTime m = std::max(FloorToMonth(window_start), base_.first_month()); m < month;
       m = AddMonths(m, 1)) {
    TM_ASSIGN(const TrainingBlock* block, Block(m));
    if (block->hash.empty()) continue;
    TrainingMonth training;
    training.cut = cut;
    if (m >= window_start && block->target_time_max <= cut.target_until.us) {
      training.gram = &block->gram;
      training.hash = block->hash;
    } else {
      TM_ASSIGN(const std::shared_ptr<const Frame> frame, frames_.Get(m));
      training.hash = HashRows(frame->View(), cut);
    }
    months.push_back(std::move(training));
    starts.push_back(m);
  }
  FoldState state;
  std::vector<std::string> ids;
  bool same = stored != nullptr && stored->entries.size() == config_.models.size();
  for (size_t k = 0; k < config_.models.size(); ++k) {
    ids.push_back(ModelId(config_.models[k], months, fit));
    same = same && stored->entries[k].model_id == ids.back();
  }
  if (same) {
    ++context_.counts.models_reused;
    state = *stored;
    return state;
  }
  std::vector<std::shared_ptr<const Frame>> held;
  for (size_t i = 0; i < months.size(); ++i) {
    TM_ASSIGN(std::shared_ptr<const Frame> frame, frames_.Get(starts[i]));
    months[i].rows = frame->View();
    held.push_back(std::move(frame));
  }
  auto fitted = FitAll(config_.models, months, fit);
  if (!fitted) {
    if (fitted.error().code() != ErrorCode::kNotFound) return Fail(fitted.error());
    ++context_.counts.models_too_few_rows;
    return state;
  }
  ++context_.counts.models_fitted;
  state.training_rows = fitted->front().rows;
  state.trained_from = fitted->front().trained_from;
  state.trained_to = fitted->front().trained_to;
  state.train_mean_abs_return = fitted->front().model->train_mean_abs_return();
  for (size_t k = 0; k < config_.models.size(); ++k) {
    state.entries.push_back(
        {config_.models[k], ids[k], SaveModel(*(*fitted)[k].model), std::nullopt});
  }
  return state;
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
                                         options.max_target_span_us, options.outages);
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
                         window.time.back() >= row.time + options.horizon.micros;
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

Status SeriesForecaster::Run(const RangeSet& changes) {
  if (changes.empty()) return {};
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
    TM_ASSIGN(const CandleColumns own, base_.ReadByClose({range.start, std::min(range.end, tip_)}));
    if (own.size() == 0) {
      if (stored_bytes) TM_TRY(Vanish(month));
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
  return WriteScores();
}

Status SeriesForecaster::WriteScores() {
  struct Period {
    std::string name;
    std::vector<std::vector<ScoreBlock>> blocks;  // model × bucket
  };
  const int64_t lag_rows =
      frames_.options().horizon.NominalRows(base_.id().interval.nominal_micros());
  const auto fresh = [&] {
    std::vector<std::vector<ScoreBlock>> blocks;
    for (const std::string& kind : config_.models) {
      blocks.emplace_back(1 + kSpanBucketCount, ScoreBlock(lag_rows, kind == "persistence"));
    }
    return blocks;
  };
  std::map<std::string, Period> periods;  // by name: the table's order within a model
  TM_ASSIGN(const std::vector<EventTime> months, scores_->Boundaries());
  for (const EventTime month : months) {
    TM_ASSIGN(const std::optional<Bytes> bytes, scores_->Get(month));
    if (!bytes) continue;
    ByteReader in(*bytes);
    const std::string date = FormatDate(month);
    for (size_t k = 0; k < config_.models.size(); ++k) {
      for (size_t b = 0; b < 1 + kSpanBucketCount; ++b) {
        TM_ASSIGN(const ScoreBlock block, ScoreBlock::Load(in.GetString()));
        if (block.rows() == 0) continue;
        for (const std::string& name : {std::string("all"), date.substr(0, 4), date.substr(0, 7)}) {
          Period& period = periods[name];
          if (period.blocks.empty()) period.blocks = fresh();
          period.blocks[k][b].Merge(block);
        }
      }
    }
    TM_TRY(in.Finish("scores"));
  }
  Batch batch(ScoresTable().schema);
  std::vector<ScoreRow> rows;
  for (const auto& [name, period] : periods) {
    for (size_t k = 0; k < config_.models.size(); ++k) {
      for (size_t b = 0; b < 1 + kSpanBucketCount; ++b) {
        if (period.blocks[k][b].rows() == 0) continue;
        ScoreRow row = Finalize(period.blocks[k][b], name == "all" && b == 0);
        row.venue = key_.venue;
        row.symbol = key_.symbol;
        row.interval = key_.interval;
        row.model = config_.models[k];
        row.horizon = horizon_text_;
        row.period = name;
        row.bucket = b == 0 ? "all" : std::string(kSpanBuckets[b - 1]);
        row.basis = "recomputed";
        rows.push_back(std::move(row));
      }
    }
  }
  std::sort(rows.begin(), rows.end(), [](const ScoreRow& a, const ScoreRow& b) {
    return std::tie(a.model, a.period, a.bucket) < std::tie(b.model, b.period, b.bucket);
  });
  for (const ScoreRow& row : rows) AppendScore(row, batch);
  return context_.sink.ReplaceAll(ScoresTable(), key_, batch);
}

}  // namespace tidemark

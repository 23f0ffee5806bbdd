// The fits of one month, and, where fits are slow and use one thread each, those of the next months
// beside them.
#include <algorithm>

#include "tidemark/flow/fold_month.h"
#include "tidemark/pipeline/series_forecaster.h"

namespace tidemark {
namespace {

// What XGBoost holds of a training row's feature while it works, and what we copy for it.
constexpr int64_t kBoostedBytesPerValue = 20;

// The calendar month itself, for sets of months.
TimeRange Calendar(EventTime month) { return {month, AddMonths(month, 1)}; }

}  // namespace

FitContext SeriesForecaster::ContextAt(EventTime effective_from) const {
  FitContext fit;
  fit.effective_from = effective_from;
  fit.feature_names = config_.features;
  fit.feature_spec_hash = feature_spec_hash_;
  fit.seed = config_.seed;
  fit.horizon = frames_.options().horizon;
  fit.threads = &context_.threads;
  fit.options = ModelOptionsOf(config_);
  return fit;
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

// What the models effective from `month` are fitted on.
Result<SeriesForecaster::Fold> SeriesForecaster::FoldAt(EventTime month) {
  Fold fold;
  fold.month = month;
  fold.context = ContextAt(month);
  const EventTime window_start = month - config_.train_window_us;
  const RowCut cut = {window_start + 1, month - config_.refit_lead_us};
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
    fold.months.push_back(std::move(training));
    fold.starts.push_back(m);
  }
  for (const std::string& model : config_.models) {
    fold.ids.push_back(ModelId(model, fold.months, fold.context));
  }
  return fold;
}

bool SeriesForecaster::Fold::IsOf(const FoldState& state) const {
  return std::ranges::equal(ids, state.entries, {}, {}, &FoldState::Entry::model_id);
}

// Holds the rows of a fold until it is fitted.
Status SeriesForecaster::GatherRows(Fold* fold) {
  for (size_t i = 0; i < fold->months.size(); ++i) {
    TM_ASSIGN(std::shared_ptr<const Frame> frame, frames_.Get(fold->starts[i]));
    fold->months[i].rows = frame->View();
    fold->rows += static_cast<int64_t>(frame->time.size());
    fold->frames.push_back(std::move(frame));
  }
  return {};
}

// Safe beside fits of other folds. No models when there are too few rows.
Result<FoldState> SeriesForecaster::FitFold(const Fold& fold) const {
  FoldState state;
  auto fitted = FitAll(config_.models, fold.months, fold.context);
  if (!fitted) {
    if (fitted.error().code() != ErrorCode::kNotFound) return Fail(fitted.error());
    return state;
  }
  state.training_rows = fitted->front().rows;
  state.trained_from = fitted->front().trained_from;
  state.trained_to = fitted->front().trained_to;
  state.train_mean_abs_return = fitted->front().model->train_mean_abs_return();
  for (size_t k = 0; k < config_.models.size(); ++k) {
    state.entries.push_back(
        {config_.models[k], fold.ids[k], SaveModel(*(*fitted)[k].model), std::nullopt});
  }
  return state;
}

Result<FoldState> SeriesForecaster::FitAhead(EventTime month) {
  stale_blocks_.Add(Calendar(AddMonths(month, -1)));
  TM_ASSIGN(Fold fold, FoldAt(month));
  TM_TRY(GatherRows(&fold));
  return FitFold(fold);
}

// Boosted trees take seconds and one thread a fit, so months are fitted side by side: as many as
// there are threads, and memory for.
int64_t SeriesForecaster::FoldsAtOnce(const Fold& first) const {
  if (std::ranges::find(config_.models, "boosted") == config_.models.end()) return 1;
  const int64_t bytes =
      first.rows * static_cast<int64_t>(config_.features.size()) * kBoostedBytesPerValue;
  const int64_t room = config_.memory_limit_bytes / std::max<int64_t>(bytes, 1);
  return std::clamp<int64_t>(context_.threads.threads(), 1, std::max<int64_t>(room, 1));
}

// The fold of `first`, and those of months after it that Run() will ask for.
Status SeriesForecaster::FitFrom(Fold first) {
  std::vector<Fold> folds;
  folds.push_back(std::move(first));
  TM_TRY(GatherRows(&folds.front()));
  const auto wanted = static_cast<size_t>(FoldsAtOnce(folds.front()));
  for (EventTime month = AddMonths(folds.front().month, 1);
       folds.size() < wanted && FoldMonth(month).start < tip_; month = AddMonths(month, 1)) {
    TM_ASSIGN(const std::optional<Bytes> bytes, states_->Get(month));
    if (!bytes && !changes_.Overlaps(FoldMonth(month))) continue;
    TM_ASSIGN(Fold fold, FoldAt(month));
    if (bytes) {
      TM_ASSIGN(const FoldState stored, FoldState::Load(*bytes));
      if (fold.IsOf(stored)) continue;
    }
    TM_TRY(GatherRows(&fold));
    folds.push_back(std::move(fold));
  }
  std::vector<Result<FoldState>> states(folds.size());
  context_.threads.ParallelFor(folds.size(), [&](size_t i) { states[i] = FitFold(folds[i]); });
  for (size_t i = 0; i < folds.size(); ++i) {
    if (!states[i]) return Fail(states[i].error());
    fitted_[folds[i].month] = *std::move(states[i]);
  }
  return {};
}

// The models effective from `month`; those of `stored` where the training rows are the same.
Result<FoldState> SeriesForecaster::FitAt(EventTime month, const FoldState* stored) {
  fitted_.erase(fitted_.begin(), fitted_.lower_bound(month));
  if (!fitted_.contains(month)) {
    TM_ASSIGN(Fold fold, FoldAt(month));
    if (stored != nullptr && fold.IsOf(*stored)) {
      ++context_.counts.models_reused;
      return *stored;
    }
    TM_TRY(FitFrom(std::move(fold)));
  }
  FoldState state = std::move(fitted_.extract(month).mapped());
  ++(state.entries.empty() ? context_.counts.models_too_few_rows : context_.counts.models_fitted);
  return state;
}

}  // namespace tidemark

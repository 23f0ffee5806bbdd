// Scores of what was said while live: the rows of `issued` against the outcomes of today's candles.
//
// A month's blocks are of the rows whose target_time lies in it. They follow from those rows, the
// closes round the month and the scales of the folds the rows' times lie in; so they are made again
// where the month was worked on, or one before it from which a usable target reaches into it.
#include <algorithm>
#include <map>

#include "tidemark/flow/fold_month.h"
#include "tidemark/pipeline/series_forecaster.h"

namespace tidemark {

Status SeriesForecaster::ScoreIssued() {
  std::set<EventTime> stale;
  const auto add = [&](EventTime month) {
    const EventTime reach = FoldMonth(month).end - 1 + config_.max_target_span_us;
    for (; FoldMonth(month).start <= reach && FoldMonth(month).start < tip_;
         month = AddMonths(month, 1)) {
      stale.insert(month);
    }
  };
  for (const EventTime month : worked_) add(month);
  TM_ASSIGN(const std::vector<EventTime> scored, issued_scores_->Boundaries());
  if (scored.empty()) {
    TM_ASSIGN(const Batch said, ReadIssued(TimeRange::All()));
    if (said.rows == 0) return {};
    // Said, and never scored: whatever has matured by now is.
    TM_ASSIGN(const std::vector<EventTime> months, states_->Boundaries());
    for (const EventTime month : months) {
      if (month >= FoldMonthOf({said["time"].ints.front()})) add(month);
    }
  }
  for (const EventTime month : stale) TM_TRY(ScoreIssuedIn(month));
  return {};
}

Result<Batch> SeriesForecaster::ReadIssued(TimeRange times) const {
  if (context_.issued) return context_.issued(key_, times);
  return context_.view.Read(IssuedTable(), {.series = key_, .times = times, .columns = {}});
}

// The mean |return| that the models of `month` were trained on as they are now; 0 without models.
Result<double> SeriesForecaster::ScaleOf(EventTime month) {
  TM_ASSIGN(const std::optional<Bytes> bytes, states_->Get(month));
  if (!bytes) return 0.0;
  TM_ASSIGN(const FoldState state, FoldState::Load(*bytes));
  return state.train_mean_abs_return;
}

Status SeriesForecaster::ScoreIssuedIn(EventTime month) {
  const TimeRange range = FoldMonth(month);
  const TimeRange times = {range.start - config_.max_target_span_us, range.end};
  TM_ASSIGN(const Batch said, ReadIssued(times));
  std::map<std::string, std::vector<ScoreBlock>> blocks;  // by model
  if (said.rows > 0) {
    TM_ASSIGN(const CloseWindow window, frames_.Closes(month));
    const FrameOptions& options = frames_.options();
    const Targets targets =
        ComputeTargets(window.time, window.close, 0, window.end, options.horizon,
                       options.max_target_span_us, options.outages, tip_ - 1);
    const int64_t lag_rows = options.horizon.NominalRows(base_.id().interval.nominal_micros());
    std::map<EventTime, double> scales;  // by the fold of the forecast
    size_t w = 0;
    for (size_t i = 0; i < said.rows; ++i) {
      const int64_t time = said["time"].ints[i];
      while (w < window.end && window.time[w] < time) ++w;
      if (w == window.end) break;
      // Its candle may be gone, its target unknown, of another month or too far away.
      if (window.time[w] != time || targets.usable[w] == 0) continue;
      const int64_t target = targets.target_time[w];
      if (!range.Contains({target})) continue;
      const EventTime fold = FoldMonthOf({time});
      if (!scales.contains(fold)) {
        TM_ASSIGN(scales[fold], ScaleOf(fold));
      }
      const std::string& model = said["model"].strings.At(i);
      auto& own = blocks[model];
      if (own.empty()) {
        own.assign(1 + kSpanBucketCount, ScoreBlock(lag_rows, model == "persistence"));
      }
      const ScoredRow scored = {.time = time,
                                .actual = targets.actual[w],
                                .prediction = said["prediction"].doubles[i],
                                .close = window.close[w],
                                .train_mean_abs_return = scales[fold]};
      own[0].Add(scored);
      own[1 + static_cast<size_t>(SpanBucket(target - time))].Add(scored);
    }
  }
  if (blocks.empty()) {
    TM_ASSIGN(const std::optional<Bytes> stored, issued_scores_->Get(month));
    if (stored) issued_scores_->Erase(month);
    return {};
  }
  ByteWriter saved;
  saved.Put(static_cast<uint32_t>(blocks.size()));
  for (const auto& [model, own] : blocks) {
    saved.PutString(model);
    for (const ScoreBlock& block : own) saved.PutString(block.Save());
  }
  issued_scores_->Put(month, saved.Take());
  return {};
}

}  // namespace tidemark

// Walk-forward forecasts of one series and horizon: refit at each month start, predict the month,
// take up the outcomes that fall due in it, keep the month's scores. Months that no change reaches
// are skipped, models whose training rows are the same are not fitted again.
//
//   month          M-1        M          M+1
//   rows      ..r r r r r|r r r r r r|r r r..
//   trained   ───────────┤ (target known by M − refit_lead)
//   forecasts            ├───────────┤
//   outcomes             ├───────────┤ of rows whose target_time lies in M, so the last rows of
//                                      M-1 (`pending_`) are among them and the last of M are not
//
// Beside it, what was said while live (`issued`) is scored by the month it fell due in.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tidemark/forecast/score.h"
#include "tidemark/pipeline/derive.h"
#include "tidemark/pipeline/forecast_state.h"
#include "tidemark/pipeline/frames.h"

namespace tidemark {

constexpr size_t kModelsMax = 8;

class SeriesForecaster {
 public:
  SeriesForecaster(const DeriveContext& context, BaseSeries& base, FrameStore& frames,
                   std::string feature_spec_hash, EventTime tip);

  // Brings models, forecasts, outcomes and scores up to date after `changes` (times at which
  // candles or features differ).
  Status Run(const RangeSet& given);

  // The models that will be effective from `month`, which begins after the tip, from what is known
  // now. Instead of Run(), with snapshots that nobody keeps.
  Result<FoldState> FitAhead(EventTime month);

 private:
  // A forecast whose target is not known yet (or is due in a later month).
  struct Said {
    int64_t time;
    double close;
    double train_mean_abs_return;
    std::array<double, kModelsMax> prediction, lower, upper;  // per model of the configuration
  };
  // One month's fits with all they read, so that any thread can run them.
  struct Fold {
    EventTime month;
    FitContext context;
    std::vector<TrainingMonth> months;
    std::vector<EventTime> starts;                     // of months
    std::vector<std::shared_ptr<const Frame>> frames;  // what months look at
    int64_t rows = 0;
    std::vector<std::string> ids;  // per model of the configuration
    bool IsOf(const FoldState& state) const;
  };
  struct Residuals {
    std::vector<int64_t> target_time;
    std::vector<std::vector<double>> residual;  // per model
  };

  FitContext ContextAt(EventTime effective_from) const;
  Result<RangeSet> TrainingChanges(const RangeSet& changes);
  Result<const TrainingBlock*> Block(EventTime month);
  Result<FoldState> StateAt(EventTime month, const FoldState* stored, bool refit, bool requantile);
  Result<Fold> FoldAt(EventTime month);
  Status GatherRows(Fold* fold);
  Result<FoldState> FitFold(const Fold& fold) const;
  int64_t FoldsAtOnce(const Fold& first) const;
  Status FitFrom(Fold first);
  Result<FoldState> FitAt(EventTime month, const FoldState* stored);
  Status SetIntervals(EventTime month, FoldState* state);
  Status LoadResiduals(EventTime before);
  Status WriteModels(EventTime month, const FoldState& state);
  Status Month(EventTime month, const FoldState& state, TimeRange changed);
  std::vector<Said> Predict(const Frame& frame, const FoldState& state,
                            const std::vector<std::unique_ptr<Model>>& models) const;
  Status WriteForecasts(TimeRange range, const std::vector<Said>& said, const FoldState& state);
  Status LoadPending(EventTime month, const CloseWindow& window, const Targets& targets);
  Status Outcomes(EventTime month, TimeRange range, const std::vector<Said>& said);
  Status ScoreIssued();
  Status ScoreIssuedIn(EventTime month);
  Result<Batch> ReadIssued(TimeRange times) const;
  Result<double> ScaleOf(EventTime month);
  Status WriteScores();
  Status Vanish(EventTime month);

  const DeriveContext& context_;
  BaseSeries& base_;
  FrameStore& frames_;
  const Config& config_;
  std::string feature_spec_hash_;
  EventTime tip_;
  SeriesKey key_;
  std::string horizon_text_;
  std::unique_ptr<SnapshotStore> states_, blocks_, scores_, issued_scores_;

  RangeSet changes_;       // what Run() was told
  RangeSet stale_blocks_;  // months whose stored block may be wrong
  std::map<EventTime, TrainingBlock> block_cache_;
  RangeSet changed_blocks_;                // months whose training rows turned out different
  std::map<EventTime, FoldState> fitted_;  // ahead of the month being worked on
  std::set<EventTime> worked_;             // months that Run() did not skip
  std::optional<EventTime> run_from_;      // months [run_from_, now) were processed without a hole
  std::deque<Said> pending_;
  Residuals residuals_;  // those since run_from_, after what LoadResiduals put in front
  bool residuals_loaded_ = false;
};

}  // namespace tidemark

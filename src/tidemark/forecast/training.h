// Training rows: views of feature and target columns, which of their rows a fit uses, and a hash
// of exactly those. Views own nothing; what they point at must outlive them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "tidemark/base/parallel.h"
#include "tidemark/base/time.h"
#include "tidemark/forecast/target.h"

namespace tidemark {

// One calendar month (or part of one) of one series. All columns have `rows` entries; a null
// feature is NaN.
struct FeatureView {
  std::span<const int64_t> time;         // close times, strictly increasing
  std::vector<const double*> features;   // one column per feature
  std::span<const double> target;        // NaN while unknown; empty when only predicting
  std::span<const int64_t> target_time;  // kNullInt while unknown
  std::span<const uint8_t> usable;       // ComputeTargets' flag
  size_t rows = 0;
  // Optional, CompleteRows() of this view: saves reading all features to look for nulls.
  std::span<const uint8_t> complete = {};
};

// 1 for each row that has every feature.
std::vector<uint8_t> CompleteRows(const FeatureView& view);

// A row is trained on if time >= from, its target is known and usable, target_time <= target_until
// and no feature is null.
struct RowCut {
  EventTime from = kMinTime;
  EventTime target_until = kMaxTime;
};

// Consecutive rows [begin, end) of a view.
struct RowRun {
  size_t begin = 0;
  size_t end = 0;
};
// The training rows of a view as maximal runs, in order.
std::vector<RowRun> SelectRows(const FeatureView& view, const RowCut& cut);
size_t CountRows(const std::vector<RowRun>& runs);

// ContentHash over the training rows (their number, times, features, targets); "" when there are
// none. Does not depend on rows that are not trained on.
std::string HashRows(const FeatureView& view, const RowCut& cut);

class GramBlock;

struct TrainingMonth {
  FeatureView rows;
  RowCut cut;
  const GramBlock* gram = nullptr;  // of exactly these training rows; computed when null
  std::string hash;                 // HashRows(rows, cut); computed when "" and needed
};

struct BoostedOptions {
  int rounds = 200;
  int max_depth = 6;
  int64_t min_leaf = 500;
  double learning_rate = 0.05;
};

// What a model is allowed to be; part of its id.
struct ModelOptions {
  int64_t min_training_rows = 10'000;
  double clip = 10;        // training targets are clipped at ± clip × 1.4826 × MAD
  int max_depth = 8;       // tree
  int64_t min_leaf = 500;  // tree
  int bins = 256;          // tree, at most 256
  BoostedOptions boosted = {};
};

struct FitContext {
  EventTime effective_from;
  std::vector<std::string> feature_names;
  std::string feature_spec_hash;
  uint64_t seed = 0;
  Horizon horizon;
  ThreadPool* threads = nullptr;  // null: the calling thread only; never changes a bit
  ModelOptions options = {};
};

// The training set of one fold, prepared once for all models: rows in month order, targets
// clipped to [-clip, clip] with clip = options.clip × 1.4826 × median |y − median(y)|, an interval
// around zero, not around the median. No clipping when the MAD is 0.
struct TrainingSet {
  std::span<const TrainingMonth> months;
  std::vector<std::vector<RowRun>> runs;  // per month
  std::vector<double> target;             // unclipped, all training rows in order
  double clip = std::numeric_limits<double>::infinity();
  double mean_target = 0;              // of the clipped targets
  double mean_absolute_target = 0;     // of the unclipped ones: MASE's denominator
  EventTime trained_from, trained_to;  // first and last row time, both trained on
  size_t rows() const { return target.size(); }
  double Clipped(double y) const { return y < -clip ? -clip : (y > clip ? clip : y); }
};
TrainingSet PrepareTraining(std::span<const TrainingMonth> months, const ModelOptions& options);

// The median (mean of the two middle values when even) and the median absolute deviation from it;
// both 0 when empty. Linear time; exact.
double Median(std::span<const double> values);
double MedianAbsoluteDeviation(std::span<const double> values);

}  // namespace tidemark

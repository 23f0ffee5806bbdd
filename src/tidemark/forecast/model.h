// Models: fitted once from the training rows of a fold, then pure functions of a row's features.
//
// Kinds: "persistence" (0), "drift" (the mean clipped training target), "linear" (linear.h),
// "tree" (tree.h), "boosted" (boosted.h). All predict a log return, and all only on rows that have
// every feature (NaN elsewhere), so that scores compare models on the same rows. The same training
// rows give the same bytes on every machine and at any thread count.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/bytes.h"
#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/forecast/training.h"

namespace tidemark {

class Model {
 public:
  virtual ~Model() = default;
  virtual std::string_view kind() const = 0;
  // out[i − begin] for rows [begin, end); safe from several threads; cutting the range elsewhere
  // changes nothing. REQUIRES the features of the fit, in its order.
  virtual void Predict(const FeatureView& rows, size_t begin, size_t end, double* out) const = 0;

  // For the table `models`; "" is null. Numbers are printed so that reading gives the same bits.
  virtual std::string ParametersJson() const { return ""; }
  virtual std::string CoefficientsJson() const { return ""; }
  virtual std::string ImportanceJson() const { return ""; }

  // What SaveModel stores after the common head.
  virtual void SaveBody(ByteWriter& out) const = 0;

  // The fold's mean |target| (unclipped): the scale of MASE.
  double train_mean_abs_return() const { return train_mean_abs_return_; }
  void set_train_mean_abs_return(double value) { train_mean_abs_return_ = value; }

 private:
  double train_mean_abs_return_ = 0;
};

struct FitResult {
  std::unique_ptr<Model> model;
  int64_t rows = 0;
  EventTime trained_from, trained_to;  // the first and the last row trained on
};

// The kinds this build can fit, in the order they are listed everywhere.
const std::vector<std::string>& ModelKinds();

// Errors: kNotFound below options.min_training_rows, kInvalidArgument for an unknown kind,
// kInternal when a library fails.
// REQUIRES months in time order, all with the features of context.feature_names.
Result<FitResult> Fit(std::string_view kind, std::span<const TrainingMonth> months,
                      const FitContext& context);
// The same for several kinds over one TrainingSet: cheaper than one by one, same results.
Result<std::vector<FitResult>> FitAll(std::span<const std::string> kinds,
                                      std::span<const TrainingMonth> months,
                                      const FitContext& context);

// 32 hex digits of a SHA-256 over the kind and its version, options, feature spec, horizon, seed
// and the hashes of the training rows by month (months without any are skipped). Not over
// effective_from: same rows, same id, no refit.
std::string ModelId(std::string_view kind, std::span<const TrainingMonth> months,
                    const FitContext& context);

// Canonical bytes (docs/internals/forecasts.md). LoadModel: kInvalidArgument for an unknown kind,
// kVersion, kCorrupt.
Bytes SaveModel(const Model& model);
Result<std::unique_ptr<Model>> LoadModel(std::string_view kind, std::string_view bytes);

// Shared by the models: NaN where a feature is null, else `value`.
void PredictConstant(const FeatureView& rows, size_t begin, size_t end, double value, double* out);

}  // namespace tidemark

#include "tidemark/forecast/model.h"

#include <cmath>

#include "tidemark/base/check.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/json_text.h"
#include "tidemark/forecast/boosted.h"
#include "tidemark/forecast/linear.h"
#include "tidemark/forecast/tree.h"
#include "tidemark/market/candle.h"

namespace tidemark {
namespace {

constexpr uint32_t kFormat = 0x314c444d;  // "MDL1"
// Raised when a change makes fits of the same rows differ: then no stored model is reused.
constexpr uint32_t kFitVersion = 1;

class Persistence : public Model {
 public:
  std::string_view kind() const override { return "persistence"; }
  void Predict(const FeatureView& rows, size_t begin, size_t end, double* out) const override {
    PredictConstant(rows, begin, end, 0.0, out);
  }
  void SaveBody(ByteWriter&) const override {}
};

class Drift : public Model {
 public:
  explicit Drift(double mean) : mean_(mean) {}
  std::string_view kind() const override { return "drift"; }
  void Predict(const FeatureView& rows, size_t begin, size_t end, double* out) const override {
    PredictConstant(rows, begin, end, mean_, out);
  }
  std::string CoefficientsJson() const override {
    return "{\"intercept\":" + JsonNumber(mean_) + '}';
  }
  void SaveBody(ByteWriter& out) const override { out.Put(mean_); }

 private:
  double mean_;
};

Result<std::unique_ptr<Model>> FitOne(std::string_view kind, const TrainingSet& set,
                                      const FitContext& context) {
  if (kind == "persistence") return std::make_unique<Persistence>();
  if (kind == "drift") return std::make_unique<Drift>(set.mean_target);
  if (kind == "linear") return LinearModel::Fit(set, context);
  if (kind == "tree") return TreeModel::Fit(set, context);
  if (kind == "boosted") return BoostedModel::Fit(set, context);
  return Fail(ErrorCode::kInvalidArgument, "there is no model '" + std::string(kind) + "'");
}

}  // namespace

const std::vector<std::string>& ModelKinds() {
  static const std::vector<std::string> kinds = {"persistence", "drift", "linear", "tree",
                                                 "boosted"};
  return kinds;
}

Result<std::vector<FitResult>> FitAll(std::span<const std::string> kinds,
                                      std::span<const TrainingMonth> months,
                                      const FitContext& context) {
  const TrainingSet set = PrepareTraining(months, context.options);
  const auto rows = static_cast<int64_t>(set.rows());
  if (rows == 0 || rows < context.options.min_training_rows) {
    return Fail(ErrorCode::kNotFound, "only " + std::to_string(rows) +
                                          " training rows, fewer than " +
                                          std::to_string(context.options.min_training_rows));
  }
  std::vector<FitResult> results;
  for (const std::string& kind : kinds) {
    TM_ASSIGN(std::unique_ptr<Model> model, FitOne(kind, set, context));
    model->set_train_mean_abs_return(set.mean_absolute_target);
    results.push_back({std::move(model), rows, set.trained_from, set.trained_to});
  }
  return results;
}

Result<FitResult> Fit(std::string_view kind, std::span<const TrainingMonth> months,
                      const FitContext& context) {
  const std::string kinds[1] = {std::string(kind)};
  TM_ASSIGN(std::vector<FitResult> results, FitAll(kinds, months, context));
  return std::move(results[0]);
}

std::string ModelId(std::string_view kind, std::span<const TrainingMonth> months,
                    const FitContext& context) {
  ByteWriter out;
  out.Put(kFitVersion);
  out.PutString(kind);
  const ModelOptions& options = context.options;
  out.Put(options.min_training_rows);
  out.Put(options.clip);
  if (kind == "tree") {
    out.Put<int64_t>(options.max_depth);
    out.Put(options.min_leaf);
    out.Put<int64_t>(options.bins);
  }
  if (kind == "boosted") {
    out.PutString(BoostedLibrary());
    out.Put<int64_t>(options.boosted.rounds);
    out.Put<int64_t>(options.boosted.max_depth);
    out.Put(options.boosted.min_leaf);
    out.Put(options.boosted.learning_rate);
  }
  out.PutString(context.feature_spec_hash);
  out.Put<uint64_t>(context.feature_names.size());
  for (const std::string& name : context.feature_names) out.PutString(name);
  out.Put(context.horizon.rows);
  out.Put(context.horizon.micros);
  out.Put(context.seed);
  for (const TrainingMonth& month : months) {
    const std::string hash = month.hash.empty() ? HashRows(month.rows, month.cut) : month.hash;
    if (!hash.empty()) out.PutString(hash);
  }
  return Sha256::Of(out.bytes()).substr(0, 32);
}

Bytes SaveModel(const Model& model) {
  ByteWriter out;
  out.Put(kFormat);
  out.PutString(model.kind());
  out.Put(model.train_mean_abs_return());
  model.SaveBody(out);
  return out.Take();
}

Result<std::unique_ptr<Model>> LoadModel(std::string_view kind, std::string_view bytes) {
  ByteReader in(bytes);
  if (in.Get<uint32_t>() != kFormat) {
    return Fail(ErrorCode::kVersion, "stored model is of another version");
  }
  if (in.GetString() != kind) {
    return Fail(ErrorCode::kCorrupt, "stored model is not of kind " + std::string(kind));
  }
  const auto scale = in.Get<double>();
  std::unique_ptr<Model> model;
  if (kind == "persistence") {
    model = std::make_unique<Persistence>();
  } else if (kind == "drift") {
    model = std::make_unique<Drift>(in.Get<double>());
  } else if (kind == "linear") {
    TM_ASSIGN(model, LinearModel::LoadBody(in));
  } else if (kind == "tree") {
    TM_ASSIGN(model, TreeModel::LoadBody(in));
  } else if (kind == "boosted") {
    TM_ASSIGN(model, BoostedModel::LoadBody(in));
  } else {
    return Fail(ErrorCode::kInvalidArgument, "there is no model '" + std::string(kind) + "'");
  }
  TM_TRY(in.Finish("stored model"));
  model->set_train_mean_abs_return(scale);
  return model;
}

void PredictConstant(const FeatureView& rows, size_t begin, size_t end, double value, double* out) {
  for (size_t i = begin; i < end; ++i) out[i - begin] = value;
  if (!rows.complete.empty()) {
    for (size_t i = begin; i < end; ++i) {
      if (!rows.complete[i]) out[i - begin] = kNull;
    }
    return;
  }
  for (const double* column : rows.features) {
    for (size_t i = begin; i < end; ++i) {
      if (column[i] != column[i]) out[i - begin] = kNull;
    }
  }
}

}  // namespace tidemark

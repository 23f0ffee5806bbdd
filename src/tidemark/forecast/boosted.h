// Gradient boosted trees, grown by XGBoost (boosted_grow.h); off unless forecasts.models names it.
//
// Fitted on y' = float((clip(y) − m) · 2^s): m is the mean clipped target, s brings the largest
// |clip(y) − m| into [1, 2). Without it a gain below XGBoost's fixed 1e-6 would end a tree earlier
// where returns are smaller. Features are rounded to float32. Then, with F_0 = 0, round k grows a
// tree of at most max_depth levels and at least min_leaf rows a leaf on the residuals y' − F_{k−1}
// (squared error, histograms of 256 bins, L2 weight 1, the library's other defaults):
//   leaf = learning_rate · Σ residuals / (rows + 1),   F_k = F_{k−1} + leaf(x)
//
// Prediction is our own walk, not the library's: m + 2^−s · F(x), F in float, tree after tree from
// 0. A comparison and an addition of floats leave nothing to choose, so the bits are the same on
// every machine, no damaged file reaches the library's reader, and forecasts need no library. Each
// fit checks on its first rows that the walk gives the bits XGBoost gives.
//
// Worked example, one round, depth 1, min_leaf 1, rate 0.5: x = 1, 1, 2, 5 and y = −2, −2, 0, 4
// (m = 0, s = −2, y' = −0.5, −0.5, 0, 1) splits at x < 5; leaves 0.5 · −1 / 4 = −0.125 and
// 0.5 · 1 / 2 = 0.25, so 2 is answered with −0.5 and 5 with 1.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/forecast/boosted_grow.h"
#include "tidemark/forecast/model.h"

namespace tidemark {

class BoostedModel : public Model {
 public:
  // Uses the calling thread only. Errors: kInternal when the library fails.
  static Result<std::unique_ptr<BoostedModel>> Fit(const TrainingSet& set,
                                                   const FitContext& context);
  static Result<std::unique_ptr<BoostedModel>> LoadBody(ByteReader& in);

  std::string_view kind() const override { return "boosted"; }
  void Predict(const FeatureView& rows, size_t begin, size_t end, double* out) const override;
  std::string ParametersJson() const override;
  // The share of the total gain each feature has, features in their order.
  std::string ImportanceJson() const override;
  void SaveBody(ByteWriter& out) const override;

  double mean() const { return mean_; }
  int shift() const { return shift_; }
  const std::vector<BoostedTree>& trees() const { return trees_; }

 private:
  // A node as the walk wants it: a leaf leads to itself.
  struct Step {
    float threshold;
    int32_t feature;
    int32_t left;  // within the tree
    float leaf;
  };
  struct Walk {
    size_t begin;  // in steps_
    int depth;
  };
  // F of `count` rows lying row after row; at most kTile of them.
  static constexpr size_t kTile = 64;
  void AddUp(const float* rows, size_t count, float* sums) const;
  // Makes steps_ and walks_. Errors: kCorrupt for trees that are none.
  Status Prepare();

  std::vector<std::string> names_;
  std::vector<double> importance_;  // share of the gain, per feature
  std::vector<BoostedTree> trees_;
  std::vector<Step> steps_;
  std::vector<Walk> walks_;
  double clip_ = 0;
  double mean_ = 0;
  int32_t shift_ = 0;
  BoostedOptions options_;
  std::string library_;
};

}  // namespace tidemark

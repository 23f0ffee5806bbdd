// A regression tree on binned features: our own histogram CART, one per fold.
//
// Targets (clipped) become integers on a grid of 2^-s, the finest with n · max|y| · 2^s < 2^61 and
// s <= 60, and are centred by their rounded integer mean: every sum is an exact int64, so neither
// threads nor the order of rows, nor taking the sibling's histogram as a difference, can change a
// bit. A node is split where
//   gain = (S_l · n_r − S_r · n_l)² / (n_l · n_r)      (n times the squared error removed)
// is largest and above 0, with at least min_leaf rows on both sides; ties go to the lower feature,
// then to the lower threshold. A leaf predicts the mean of its targets.
//
// Worked example: x = 1, 1, 2, 5 and y = 0, 0, 4, 8 with min_leaf 1, depth 1: candidates x <= 1.5
// (gain (0·2 − 12·2)²/4 = 144) and x <= 3.5 ((4·1 − 8·3)²/3 = 133.3): the first wins,
// leaves 0 and 6.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/forecast/model.h"

namespace tidemark {

struct TreeNode {
  int32_t feature = -1;  // -1: a leaf
  int32_t left = -1;     // index of the left child; the right one follows it
  double threshold = 0;  // left if float(x) <= threshold (a float value)
  double value = 0;      // mean target of the node's training rows
  double gain = 0;       // the squared error its split removes
  int64_t rows = 0;
  bool operator==(const TreeNode&) const = default;
};

class TreeModel : public Model {
 public:
  static std::unique_ptr<TreeModel> Fit(const TrainingSet& set, const FitContext& context);
  static Result<std::unique_ptr<TreeModel>> LoadBody(ByteReader& in);

  std::string_view kind() const override { return "tree"; }
  void Predict(const FeatureView& rows, size_t begin, size_t end, double* out) const override;
  std::string ParametersJson() const override;
  // The share of the total gain each feature has, features in their order.
  std::string ImportanceJson() const override;
  void SaveBody(ByteWriter& out) const override;

  const std::vector<TreeNode>& nodes() const { return nodes_; }

 private:
  std::vector<std::string> names_;
  std::vector<TreeNode> nodes_;  // parents before children, level by level
  double clip_ = 0;
  int32_t max_depth_ = 0;
  int64_t min_leaf_ = 0;
  int32_t bins_ = 0;
};

}  // namespace tidemark

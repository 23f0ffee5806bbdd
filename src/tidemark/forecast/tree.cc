#include "tidemark/forecast/tree.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tidemark/base/check.h"
#include "tidemark/base/json_text.h"
#include "tidemark/forecast/tree_grow.h"
#include "tidemark/market/candle.h"

namespace tidemark {

std::unique_ptr<TreeModel> TreeModel::Fit(const TrainingSet& set, const FitContext& context) {
  const ModelOptions& options = context.options;
  BinnedRows rows = BinRows(set, context.feature_names.size(), options.bins, context.threads);
  auto model = std::make_unique<TreeModel>();
  model->nodes_ = GrowTree(rows, {options.max_depth, options.min_leaf}, context.threads);
  model->names_ = context.feature_names;
  model->clip_ = set.clip;
  model->max_depth_ = options.max_depth;
  model->min_leaf_ = options.min_leaf;
  model->bins_ = options.bins;
  return model;
}

// Rows walk down side by side, all as many steps as the tree is deep: a leaf leads to itself. No
// branch depends on the data, so that the walks overlap.
void TreeModel::Predict(const FeatureView& rows, size_t begin, size_t end, double* out) const {
  CHECK(rows.features.size() == names_.size());
  struct Step {
    float threshold;
    int32_t feature;
    int32_t left;
  };
  constexpr size_t kTile = 16;
  std::vector<Step> steps;
  std::vector<int> depth(nodes_.size(), 0);
  int deepest = 0;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const TreeNode& node = nodes_[i];
    if (node.feature < 0) {
      steps.push_back({std::numeric_limits<float>::infinity(), 0, static_cast<int32_t>(i)});
      continue;
    }
    steps.push_back({static_cast<float>(node.threshold), node.feature, node.left});
    const auto left = static_cast<size_t>(node.left);
    depth[left] = depth[left + 1] = depth[i] + 1;
    deepest = std::max(deepest, depth[i] + 1);
  }
  PredictConstant(rows, begin, end, nodes_[0].value, out);  // marks rows with nulls
  for (size_t at = begin; at < end && deepest > 0; at += kTile) {
    const size_t n = std::min(kTile, end - at);
    int32_t place[kTile] = {};
    for (int d = 0; d < deepest; ++d) {
      for (size_t r = 0; r < n; ++r) {
        const Step& step = steps[static_cast<size_t>(place[r])];
        const auto x = static_cast<float>(rows.features[static_cast<size_t>(step.feature)][at + r]);
        place[r] = step.left + (x > step.threshold);  // a null goes left and is not used
      }
    }
    for (size_t r = 0; r < n; ++r) {
      double& to = out[at - begin + r];
      if (to == to) to = nodes_[static_cast<size_t>(place[r])].value;
    }
  }
}

std::string TreeModel::ParametersJson() const {
  size_t leaves = 0;
  for (const TreeNode& node : nodes_) leaves += node.feature < 0;
  return "{\"clip\":" + JsonNumber(clip_) + ",\"max_depth\":" + std::to_string(max_depth_) +
         ",\"min_leaf\":" + std::to_string(min_leaf_) + ",\"bins\":" + std::to_string(bins_) +
         ",\"leaves\":" + std::to_string(leaves) + '}';
}

std::string TreeModel::ImportanceJson() const {
  std::vector<double> gain(names_.size(), 0.0);
  double total = 0;
  for (const TreeNode& node : nodes_) {
    if (node.feature < 0) continue;
    gain[static_cast<size_t>(node.feature)] += node.gain;
    total += node.gain;
  }
  std::string json = "{";
  for (size_t i = 0; i < names_.size(); ++i) {
    if (i > 0) json += ',';
    json += JsonString(names_[i]) + ':' + JsonNumber(total > 0 ? gain[i] / total : 0.0);
  }
  return json + '}';
}

void TreeModel::SaveBody(ByteWriter& out) const {
  out.Put(clip_);
  out.Put(max_depth_);
  out.Put(min_leaf_);
  out.Put(bins_);
  out.Put<uint64_t>(names_.size());
  for (const std::string& name : names_) out.PutString(name);
  out.Put<uint64_t>(nodes_.size());
  for (const TreeNode& node : nodes_) {
    out.Put(node.feature);
    out.Put(node.left);
    out.Put(node.threshold);
    out.Put(node.value);
    out.Put(node.gain);
    out.Put(node.rows);
  }
}

Result<std::unique_ptr<TreeModel>> TreeModel::LoadBody(ByteReader& in) {
  auto model = std::make_unique<TreeModel>();
  model->clip_ = in.Get<double>();
  model->max_depth_ = in.Get<int32_t>();
  model->min_leaf_ = in.Get<int64_t>();
  model->bins_ = in.Get<int32_t>();
  const auto names = in.Get<uint64_t>();
  for (uint64_t i = 0; i < names && in.ok(); ++i) model->names_.push_back(in.GetString());
  const auto count = in.Get<uint64_t>();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    TreeNode node;
    node.feature = in.Get<int32_t>();
    node.left = in.Get<int32_t>();
    node.threshold = in.Get<double>();
    node.value = in.Get<double>();
    node.gain = in.Get<double>();
    node.rows = in.Get<int64_t>();
    // Children come after their parent, so that no walk can run in circles or out of the array.
    const bool leaf = node.feature < 0;
    if (!leaf &&
        (node.left <= static_cast<int64_t>(i) || static_cast<uint64_t>(node.left) + 1 >= count ||
         static_cast<uint64_t>(node.feature) >= names)) {
      return Fail(ErrorCode::kCorrupt, "stored tree: a node points nowhere");
    }
    model->nodes_.push_back(node);
  }
  if (model->nodes_.empty()) return Fail(ErrorCode::kCorrupt, "stored tree has no nodes");
  return model;
}

}  // namespace tidemark

#include "tidemark/forecast/boosted.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <span>

#include "tidemark/base/check.h"
#include "tidemark/base/json_text.h"
#include "tidemark/market/candle.h"

namespace tidemark {
namespace {

constexpr int64_t kShiftMost = 1074;  // what a double's exponent allows

// The nearest float, but never an infinity: the library takes finite values only.
float FiniteFloat(double x) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<float>(x < -kMost ? -kMost : (x > kMost ? kMost : x));
}

// Rows [begin, end) of a view, row after row. Columns are read in tiles that stay in the cache.
void CopyRows(const FeatureView& view, size_t begin, size_t end, float* to) {
  constexpr size_t kRows = 64;
  const size_t columns = view.features.size();
  for (size_t at = begin; at < end; at += kRows) {
    const size_t n = std::min(kRows, end - at);
    for (size_t f = 0; f < columns; ++f) {
      const double* x = view.features[f] + at;
      float* cell = to + (at - begin) * columns + f;
      for (size_t r = 0; r < n; ++r) cell[r * columns] = FiniteFloat(x[r]);
    }
  }
}

FloatRows RowsOf(const TrainingSet& set, size_t columns) {
  FloatRows rows{.columns = columns, .values = std::vector<float>(set.rows() * columns)};
  float* to = rows.values.data();
  for (size_t m = 0; m < set.months.size(); ++m) {
    for (const RowRun& run : set.runs[m]) {
      CopyRows(set.months[m].rows, run.begin, run.end, to);
      to += (run.end - run.begin) * columns;
    }
  }
  return rows;
}

// s with the largest |clip(y) − mean| · 2^s in [1, 2); 0 when all are 0.
int ShiftOf(const TrainingSet& set) {
  double largest = 0;
  for (const double y : set.target) {
    largest = std::max(largest, std::fabs(set.Clipped(y) - set.mean_target));
  }
  if (largest == 0) return 0;
  int exponent = 0;
  std::frexp(largest, &exponent);
  return 1 - exponent;
}

}  // namespace

Result<std::unique_ptr<BoostedModel>> BoostedModel::Fit(const TrainingSet& set,
                                                        const FitContext& context) {
  const size_t columns = context.feature_names.size();
  auto model = std::make_unique<BoostedModel>();
  model->names_ = context.feature_names;
  model->clip_ = set.clip;
  model->mean_ = set.mean_target;
  model->shift_ = ShiftOf(set);
  model->options_ = context.options.boosted;
  model->library_ = BoostedLibrary();

  std::vector<float> labels(set.rows());
  for (size_t i = 0; i < labels.size(); ++i) {
    labels[i] = FiniteFloat(std::ldexp(set.Clipped(set.target[i]) - model->mean_, model->shift_));
  }
  FloatRows rows = RowsOf(set, columns);
  const size_t sampled = std::min(rows.rows(), kTile);
  const FloatRows sample{
      .columns = columns,
      .values = {rows.values.begin(),
                 rows.values.begin() + static_cast<ptrdiff_t>(sampled * columns)}};
  TM_ASSIGN(const Booster booster, Booster::Grow(std::move(rows), labels, model->options_));
  TM_ASSIGN(BoostedTrees grown, booster.Trees());
  model->trees_ = std::move(grown.trees);
  double total = 0;
  for (const double gain : grown.gain) total += gain;
  for (const double gain : grown.gain) model->importance_.push_back(total > 0 ? gain / total : 0.0);
  CHECK(model->Prepare());

  TM_ASSIGN(const std::vector<float> own, booster.Predict(sample));
  std::vector<float> walked(sampled);
  model->AddUp(sample.values.data(), sampled, walked.data());
  if (walked != own) {
    return Fail(ErrorCode::kInternal, model->library_ + " predicts otherwise than its trees say");
  }
  return model;
}

// A tree's nodes in level order fill the places its splits open, neither more nor fewer; then every
// walk goes down and ends in a leaf.
Status BoostedModel::Prepare() {
  steps_.clear();
  walks_.clear();
  std::vector<int> depth;
  for (const BoostedTree& tree : trees_) {
    walks_.push_back({steps_.size(), 0});
    depth.assign(1, 0);
    for (size_t i = 0; i < tree.size(); ++i) {
      if (i >= depth.size()) break;
      const BoostedNode& node = tree[i];
      if (node.feature == -1) {
        steps_.push_back(
            {std::numeric_limits<float>::infinity(), 0, static_cast<int32_t>(i), node.value});
        continue;
      }
      if (node.feature < 0 || static_cast<size_t>(node.feature) >= names_.size() ||
          depth[i] >= options_.max_depth) {
        return Fail(ErrorCode::kCorrupt, "stored trees: a split that cannot be");
      }
      steps_.push_back({node.value, node.feature, static_cast<int32_t>(depth.size()), 0.0f});
      depth.insert(depth.end(), 2, depth[i] + 1);
      walks_.back().depth = depth.back();
    }
    if (depth.size() != tree.size()) {
      return Fail(ErrorCode::kCorrupt, "stored trees: a tree that is not whole");
    }
  }
  return {};
}

// Rows walk down side by side, all as many steps as the tree is deep, as in TreeModel::Predict.
void BoostedModel::AddUp(const float* rows, size_t count, float* sums) const {
  const size_t columns = names_.size();
  std::fill_n(sums, count, 0.0f);
  for (const Walk& walk : walks_) {
    const Step* steps = steps_.data() + walk.begin;
    int32_t place[kTile] = {};
    for (int d = 0; d < walk.depth; ++d) {
      for (size_t r = 0; r < count; ++r) {
        const Step& step = steps[place[r]];
        const float x = rows[r * columns + static_cast<size_t>(step.feature)];
        place[r] = step.left + (x >= step.threshold);  // a null goes left and is not used
      }
    }
    for (size_t r = 0; r < count; ++r) sums[r] += steps[place[r]].leaf;
  }
}

void BoostedModel::Predict(const FeatureView& rows, size_t begin, size_t end, double* out) const {
  CHECK(rows.features.size() == names_.size());
  PredictConstant(rows, begin, end, mean_, out);  // marks rows with nulls
  const double unit = std::ldexp(1.0, -shift_);
  std::vector<float> tile(kTile * names_.size());
  float sums[kTile];
  for (size_t at = begin; at < end; at += kTile) {
    const size_t n = std::min(kTile, end - at);
    CopyRows(rows, at, at + n, tile.data());
    AddUp(tile.data(), n, sums);
    double* to = out + (at - begin);
    for (size_t r = 0; r < n; ++r) to[r] += static_cast<double>(sums[r]) * unit;
  }
}

std::string BoostedModel::ParametersJson() const {
  size_t leaves = 0;
  for (const BoostedTree& tree : trees_) leaves += (tree.size() + 1) / 2;
  return "{\"clip\":" + JsonNumber(std::isinf(clip_) ? kNull : clip_) +
         ",\"rounds\":" + std::to_string(options_.rounds) +
         ",\"max_depth\":" + std::to_string(options_.max_depth) +
         ",\"min_leaf\":" + std::to_string(options_.min_leaf) +
         ",\"learning_rate\":" + JsonNumber(options_.learning_rate) +
         ",\"bins\":" + std::to_string(kBoostedBins) + ",\"leaves\":" + std::to_string(leaves) +
         ",\"library\":" + JsonString(library_) + '}';
}

std::string BoostedModel::ImportanceJson() const {
  std::string json = "{";
  for (size_t i = 0; i < names_.size(); ++i) {
    if (i > 0) json += ',';
    json += JsonString(names_[i]) + ':' + JsonNumber(importance_[i]);
  }
  return json + '}';
}

void BoostedModel::SaveBody(ByteWriter& out) const {
  out.Put(clip_);
  out.Put(mean_);
  out.Put(shift_);
  out.Put<int32_t>(options_.rounds);
  out.Put<int32_t>(options_.max_depth);
  out.Put(options_.min_leaf);
  out.Put(options_.learning_rate);
  out.PutString(library_);
  out.Put<uint64_t>(names_.size());
  for (size_t i = 0; i < names_.size(); ++i) {
    out.PutString(names_[i]);
    out.Put(importance_[i]);
  }
  out.Put<uint64_t>(trees_.size());
  for (const BoostedTree& tree : trees_) out.PutSpan(std::span<const BoostedNode>(tree));
}

Result<std::unique_ptr<BoostedModel>> BoostedModel::LoadBody(ByteReader& in) {
  auto model = std::make_unique<BoostedModel>();
  model->clip_ = in.Get<double>();
  model->mean_ = in.Get<double>();
  model->shift_ = in.Get<int32_t>();
  model->options_.rounds = in.Get<int32_t>();
  model->options_.max_depth = in.Get<int32_t>();
  model->options_.min_leaf = in.Get<int64_t>();
  model->options_.learning_rate = in.Get<double>();
  model->library_ = in.GetString();
  const auto names = in.Get<uint64_t>();
  for (uint64_t i = 0; i < names && in.ok(); ++i) {
    model->names_.push_back(in.GetString());
    model->importance_.push_back(in.Get<double>());
  }
  const auto trees = in.Get<uint64_t>();
  for (uint64_t i = 0; i < trees && in.ok(); ++i) {
    model->trees_.push_back(in.GetVector<BoostedNode>());
  }
  if (!in.ok()) return model;  // refused by the reader of the whole
  if (std::abs(int64_t{model->shift_}) > kShiftMost) {
    return Fail(ErrorCode::kCorrupt, "stored trees: a scale that cannot be");
  }
  TM_TRY(model->Prepare());
  return model;
}

}  // namespace tidemark

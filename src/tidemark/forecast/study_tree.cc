#include "tidemark/forecast/study_tree.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

constexpr float kSameValue = 1e-7f;
constexpr double kPureVariance = 0x1p-52;

struct Sample {
  uint32_t key;  // the float, as an unsigned integer of the same order
  uint32_t row;
};

uint32_t KeyOf(double x) {
  const auto bits = std::bit_cast<uint32_t>(static_cast<float>(x) + 0.0f);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}
float ValueOf(uint32_t key) { return std::bit_cast<float>(key >> 31 ? key & 0x7fffffffu : ~key); }

std::vector<Sample> Sorted(std::span<const double> column) {
  constexpr int kBits = 11;
  constexpr uint32_t kMask = (1u << kBits) - 1;
  std::vector<Sample> samples(column.size()), other(column.size());
  for (size_t i = 0; i < column.size(); ++i)
    samples[i] = {KeyOf(column[i]), static_cast<uint32_t>(i)};
  for (int shift = 0; shift < 33; shift += kBits) {
    std::array<uint32_t, kMask + 1> start{};
    for (const Sample& s : samples) ++start[(s.key >> shift) & kMask];
    uint32_t sum = 0;
    for (uint32_t& s : start) {
      const uint32_t n = s;
      s = sum;
      sum += n;
    }
    for (const Sample& s : samples) other[start[(s.key >> shift) & kMask]++] = s;
    samples.swap(other);
  }
  return samples;
}

bool Parted(float low, float high) { return high > low + kSameValue; }
double Threshold(float low, float high) {
  const double middle = static_cast<double>(low) / 2 + static_cast<double>(high) / 2;
  return middle < static_cast<double>(high) ? middle : static_cast<double>(low);
}

}  // namespace

StudyTree StudyTree::FitOne(std::span<const double> column, std::span<const double> target) {
  StudyTree tree;
  tree.features_ = 1;
  const std::vector<Sample> samples = Sorted(column);
  size_t i = 0;
  while (i < samples.size()) {
    double sum = 0;
    size_t n = 0;
    float last = 0;
    // A group: rows that no threshold parts. Sums of at most some thousands of prices.
    do {
      sum += target[samples[i].row];
      last = ValueOf(samples[i].key);
      ++n;
      ++i;
    } while (i < samples.size() && !Parted(last, ValueOf(samples[i].key)));
    tree.step_values_.push_back(sum / static_cast<double>(n));
    if (i < samples.size()) tree.steps_.push_back(Threshold(last, ValueOf(samples[i].key)));
  }
  return tree;
}

// Depth first; per feature the rows in rising order, parted stably at each split.
struct StudyTree::Grower {
  std::vector<std::vector<Sample>> sorted;
  std::span<const double> target;
  std::vector<Sample> other;
  std::vector<uint8_t> goes_left;
  std::vector<Node> nodes;

  struct Best {
    double score = 0;
    int feature = -1;
    size_t left = 0;
    double threshold = 0;
  };

  bool Pure(size_t begin, size_t end, double& mean) const {
    const double first = target[sorted[0][begin].row];
    double sum = 0;
    bool equal = true;
    for (size_t i = begin; i < end; ++i) {
      const double y = target[sorted[0][i].row];
      sum += y - first;
      equal &= y == first;
    }
    const auto n = static_cast<double>(end - begin);
    mean = first + sum / n;
    if (equal) return true;
    double squares = 0;
    for (size_t i = begin; i < end; ++i) {
      const double d = target[sorted[0][i].row] - mean;
      squares += d * d;
    }
    return squares / n <= kPureVariance;
  }

  Best FindSplit(size_t begin, size_t end, double mean) const {
    Best best;
    const auto n = static_cast<double>(end - begin);
    for (size_t f = 0; f < sorted.size(); ++f) {
      const Sample* s = sorted[f].data();
      double left = 0;
      double total = 0;
      if (s[begin].key == s[end - 1].key) continue;
      for (size_t i = begin; i < end; ++i) total += target[s[i].row] - mean;
      for (size_t i = begin; i + 1 < end; ++i) {
        left += target[s[i].row] - mean;
        if (s[i].key == s[i + 1].key) continue;
        const float low = ValueOf(s[i].key), high = ValueOf(s[i + 1].key);
        if (!Parted(low, high)) continue;
        const auto nl = static_cast<double>(i + 1 - begin);
        const double right = total - left;
        const double score = left * left / nl + right * right / (n - nl);
        if (best.feature < 0 || score > best.score) {
          best = {score, static_cast<int>(f), i + 1 - begin, Threshold(low, high)};
        }
      }
    }
    return best;
  }

  void Part(size_t begin, size_t end, const Best& best) {
    const auto& by = sorted[static_cast<size_t>(best.feature)];
    for (size_t i = begin; i < end; ++i) goes_left[by[i].row] = i - begin < best.left;
    for (size_t f = 0; f < sorted.size(); ++f) {
      if (static_cast<int>(f) == best.feature) continue;
      auto& s = sorted[f];
      size_t to_left = begin, to_right = 0;
      for (size_t i = begin; i < end; ++i) {
        const Sample sample = s[i];
        const bool left = goes_left[sample.row];
        s[to_left] = sample;
        other[to_right] = sample;
        to_left += left;
        to_right += !left;
      }
      std::copy_n(other.begin(), to_right, s.begin() + static_cast<ptrdiff_t>(to_left));
    }
  }

  void Grow() {
    struct Task {
      size_t begin, end;
      int32_t node;
    };
    nodes.emplace_back();
    std::vector<Task> stack = {{0, sorted[0].size(), 0}};
    while (!stack.empty()) {
      const Task task = stack.back();
      stack.pop_back();
      double mean = 0;
      const bool pure = Pure(task.begin, task.end, mean);
      nodes[static_cast<size_t>(task.node)].value = mean;
      if (pure) continue;
      const Best best = FindSplit(task.begin, task.end, mean);
      if (best.feature < 0) continue;
      Part(task.begin, task.end, best);
      const auto left = static_cast<int32_t>(nodes.size());
      nodes.resize(nodes.size() + 2);
      Node& node = nodes[static_cast<size_t>(task.node)];
      node.feature = best.feature;
      node.threshold = best.threshold;
      node.left = left;
      node.right = left + 1;
      const size_t middle = task.begin + best.left;
      stack.push_back({middle, task.end, left + 1});
      stack.push_back({task.begin, middle, left});
    }
  }
};

StudyTree StudyTree::Fit(std::span<const std::span<const double>> columns,
                         std::span<const double> target) {
  CHECK(!columns.empty());
  CHECK(!target.empty() && target.size() < UINT32_MAX);
  for (const auto& column : columns) CHECK(column.size() == target.size());
  if (columns.size() == 1) return FitOne(columns[0], target);
  Grower grower;
  grower.target = target;
  grower.other.resize(target.size());
  grower.goes_left.resize(target.size());
  for (const auto& column : columns) grower.sorted.push_back(Sorted(column));
  grower.Grow();
  StudyTree tree;
  tree.features_ = columns.size();
  tree.nodes_ = std::move(grower.nodes);
  return tree;
}

std::vector<double> StudyTree::Predict(std::span<const std::span<const double>> columns) const {
  CHECK(columns.size() == features_);
  std::vector<double> out(columns[0].size());
  for (size_t i = 0; i < out.size(); ++i) {
    if (features_ == 1) {
      const auto x = static_cast<double>(static_cast<float>(columns[0][i]));
      const auto at = std::lower_bound(steps_.begin(), steps_.end(), x) - steps_.begin();
      out[i] = step_values_[static_cast<size_t>(at)];
      continue;
    }
    const Node* node = nodes_.data();
    while (node->feature >= 0) {
      const auto x =
          static_cast<double>(static_cast<float>(columns[static_cast<size_t>(node->feature)][i]));
      node = nodes_.data() + (x <= node->threshold ? node->left : node->right);
    }
    out[i] = node->value;
  }
  return out;
}

size_t StudyTree::leaves() const {
  if (features_ == 1) return step_values_.size();
  return static_cast<size_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [](const Node& n) { return n.feature < 0; }));
}

}  // namespace tidemark

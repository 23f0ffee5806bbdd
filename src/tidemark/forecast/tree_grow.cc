#include "tidemark/forecast/tree_grow.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

constexpr size_t kGroup = 4;
constexpr size_t kTile = 1024;  // rows binned at a time

// One bin: sum of targets, number of rows; added as one vector.
typedef int64_t Cell __attribute__((vector_size(16)));
using Histogram = std::array<Cell, kGroup * 256>;

struct Split {
  double gain = 0;
  int feature = -1;
  int bin = 0;
  int64_t left_rows = 0, left_sum = 0;
};

// A node of the level at work and the rows it owns, order[begin, end).
struct Work {
  int32_t node = 0;
  size_t begin = 0, end = 0;
  int64_t sum = 0;
  int32_t parent = -1;  // place of the parent in the level above
  size_t rows() const { return end - begin; }
};

void ForEach(ThreadPool* threads, size_t count, const std::function<void(size_t)>& task) {
  if (threads != nullptr) {
    threads->ParallelFor(count, task);
  } else {
    for (size_t i = 0; i < count; ++i) task(i);
  }
}

class Grower {
 public:
  Grower(BinnedRows& rows, const GrowOptions& options, ThreadPool* threads)
      : rows_(rows), options_(options), threads_(threads), groups_(rows.words.size()) {}

  std::vector<TreeNode> Grow();

 private:
  bool Splittable(const Work& work) const {
    return static_cast<int64_t>(work.rows()) >= 2 * options_.min_leaf && work.rows() >= 2;
  }
  void Build(size_t group, const Work& work, Histogram& histogram) const;
  void Scan(size_t group, const Work& work, const Histogram& histogram, Split& best) const;
  void ScanGroup(size_t group, bool keep, std::vector<Split>& best);
  void Partition(const Work& work, const Split& split, Work& left, Work& right);
  void SetValue(const Work& work);

  BinnedRows& rows_;
  const GrowOptions options_;
  ThreadPool* threads_;
  const size_t groups_;
  std::vector<TreeNode> nodes_;
  std::vector<Work> level_;
  std::vector<uint32_t> order_, other_order_;
  std::vector<int64_t> other_target_;
  // Per group, per node of the level above and of this level.
  std::vector<std::unique_ptr<Histogram[]>> above_, here_;
};

void Grower::Build(size_t group, const Work& work, Histogram& histogram) const {
  histogram.fill(Cell{});
  Cell* __restrict h = histogram.data();
  const uint32_t* order = order_.data();
  const uint32_t* words = rows_.words[group].data();
  const int64_t* target = rows_.target.data();
  for (size_t i = work.begin; i < work.end; ++i) {
    const uint32_t word = words[order[i]];
    const Cell add = {target[i], 1};
    h[word & 255] += add;
    h[256 + (word >> 8 & 255)] += add;
    h[512 + (word >> 16 & 255)] += add;
    h[768 + (word >> 24)] += add;
  }
}

void Grower::Scan(size_t group, const Work& work, const Histogram& histogram, Split& best) const {
  const auto n = static_cast<int64_t>(work.rows());
  const size_t end = std::min(rows_.bins.size(), (group + 1) * kGroup);
  for (size_t feature = group * kGroup; feature < end; ++feature) {
    const Cell* h = histogram.data() + (feature - group * kGroup) * 256;
    int64_t left_sum = 0, left_rows = 0;
    for (int b = 0; b < rows_.bins[feature].count; ++b) {
      if (h[b][1] == 0) continue;  // the same rows as one bin below
      left_sum += h[b][0];
      left_rows += h[b][1];
      const int64_t right_rows = n - left_rows;
      if (right_rows < options_.min_leaf || right_rows == 0) break;
      if (left_rows < options_.min_leaf) continue;
      const auto nl = static_cast<double>(left_rows);
      const auto nr = static_cast<double>(right_rows);
      const double d =
          static_cast<double>(left_sum) * nr - static_cast<double>(work.sum - left_sum) * nl;
      const double gain = d * d / (nl * nr);
      if (gain > best.gain) best = {gain, static_cast<int>(feature), b, left_rows, left_sum};
    }
  }
}

// The best splits of the level's nodes among one group's features. `keep`: a level follows, so
// the histograms are kept for it.
void Grower::ScanGroup(size_t group, bool keep, std::vector<Split>& best) {
  here_[group] = std::make_unique_for_overwrite<Histogram[]>(keep ? level_.size() : 2);
  Histogram* here = here_[group].get();
  const auto place = [&](size_t i) -> Histogram& { return here[keep ? i : i % 2]; };
  if (level_[0].parent < 0) {
    Build(group, level_[0], place(0));
    Scan(group, level_[0], place(0), best[0]);
    return;
  }
  for (size_t i = 0; i < level_.size(); i += 2) {  // siblings lie side by side
    if (!Splittable(level_[i]) && !Splittable(level_[i + 1])) continue;
    const size_t small = level_[i].rows() <= level_[i + 1].rows() ? i : i + 1;
    const size_t large = small == i ? i + 1 : i;
    Build(group, level_[small], place(small));
    const Histogram& parent = above_[group][static_cast<size_t>(level_[i].parent)];
    const Histogram& less = place(small);
    Histogram& rest = place(large);
    for (size_t c = 0; c < rest.size(); ++c) rest[c] = parent[c] - less[c];
    for (const size_t k : {small, large}) {
      if (Splittable(level_[k])) Scan(group, level_[k], place(k), best[k]);
    }
  }
}

// Moves the work's rows to the other buffers, the left child's first, both in their old order.
void Grower::Partition(const Work& work, const Split& split, Work& left, Work& right) {
  const uint32_t* words = rows_.words[static_cast<size_t>(split.feature) / kGroup].data();
  const int byte = split.feature % static_cast<int>(kGroup) * 8;
  const auto bin = static_cast<uint32_t>(split.bin);
  const uint32_t* order = order_.data();
  const int64_t* target = rows_.target.data();
  left.begin = work.begin;
  left.end = right.begin = work.begin + static_cast<size_t>(split.left_rows);
  right.end = work.end;
  left.sum = split.left_sum;
  right.sum = work.sum - split.left_sum;
  size_t to_left = left.begin, to_right = right.begin;
  for (size_t i = work.begin; i < work.end; ++i) {
    const uint32_t row = order[i];
    const bool goes_left = (words[row] >> byte & 255) <= bin;
    const size_t to = goes_left ? to_left : to_right;
    other_order_[to] = row;
    other_target_[to] = target[i];
    to_left += goes_left;
    to_right += !goes_left;
  }
}

void Grower::SetValue(const Work& work) {
  TreeNode& node = nodes_[static_cast<size_t>(work.node)];
  node.rows = static_cast<int64_t>(work.rows());
  node.value =
      std::ldexp(static_cast<double>(rows_.centre), -rows_.shift) +
      std::ldexp(static_cast<double>(work.sum) / static_cast<double>(node.rows), -rows_.shift);
}

std::vector<TreeNode> Grower::Grow() {
  const size_t n = rows_.target.size();
  CHECK(n > 0 && n < UINT32_MAX);
  order_.resize(n);
  for (size_t i = 0; i < n; ++i) order_[i] = static_cast<uint32_t>(i);
  other_order_.resize(n);
  other_target_.resize(n);
  above_.resize(groups_);
  here_.resize(groups_);
  Work root;
  root.end = n;
  for (const int64_t y : rows_.target) root.sum += y;
  nodes_.emplace_back();
  level_ = {root};
  SetValue(root);

  for (int depth = 0; depth < options_.max_depth && !level_.empty(); ++depth) {
    if (depth == 0 && !Splittable(root)) break;
    std::vector<std::vector<Split>> found(groups_, std::vector<Split>(level_.size()));
    ForEach(threads_, groups_,
            [&](size_t g) { ScanGroup(g, depth + 1 < options_.max_depth, found[g]); });
    std::vector<Work> next;
    std::vector<std::pair<size_t, Split>> splits;  // place in the level
    for (size_t i = 0; i < level_.size(); ++i) {
      Split best;
      for (size_t g = 0; g < groups_; ++g) {
        if (found[g][i].gain > best.gain) best = found[g][i];
      }
      if (best.feature < 0) continue;
      const Work& work = level_[i];
      TreeNode& node = nodes_[static_cast<size_t>(work.node)];
      node.feature = best.feature;
      node.left = static_cast<int32_t>(nodes_.size());
      node.threshold =
          rows_.bins[static_cast<size_t>(best.feature)].edges[static_cast<size_t>(best.bin)];
      node.gain = std::ldexp(best.gain / static_cast<double>(work.rows()), -2 * rows_.shift);
      for (int side = 0; side < 2; ++side) {
        Work child;
        child.node = static_cast<int32_t>(nodes_.size());
        child.parent = static_cast<int32_t>(i);
        next.push_back(child);
        nodes_.emplace_back();
      }
      splits.emplace_back(i, best);
    }
    ForEach(threads_, splits.size(), [&](size_t s) {
      Partition(level_[splits[s].first], splits[s].second, next[2 * s], next[2 * s + 1]);
    });
    order_.swap(other_order_);
    rows_.target.swap(other_target_);
    for (const Work& work : next) SetValue(work);
    level_ = std::move(next);
    above_.swap(here_);
  }
  return std::move(nodes_);
}

// The finest grid on which sums over all rows stay below 2^61, and the rounded targets on it.
void RoundTargets(const TrainingSet& set, BinnedRows& rows) {
  double largest = 0;
  for (const double y : set.target) largest = std::max(largest, std::fabs(set.Clipped(y)));
  const double bound = largest * static_cast<double>(set.rows());
  rows.shift = bound > 0 ? std::min(60, 60 - std::ilogb(bound)) : 0;
  const double scale = std::ldexp(1.0, rows.shift);
  int64_t sum = 0;
  rows.target.resize(set.rows());
  for (size_t i = 0; i < rows.target.size(); ++i) {
    rows.target[i] = std::lrint(set.Clipped(set.target[i]) * scale);
    sum += rows.target[i];
  }
  rows.centre = std::lrint(static_cast<double>(sum) / static_cast<double>(set.rows()));
  for (int64_t& y : rows.target) y -= rows.centre;
}

}  // namespace

BinnedRows BinRows(const TrainingSet& set, size_t features, int max_bins, ThreadPool* threads) {
  BinnedRows rows;
  rows.bins.resize(features);
  rows.words.resize((features + kGroup - 1) / kGroup);
  ForEach(threads, rows.words.size(), [&](size_t g) {
    const size_t first = g * kGroup;
    const size_t end = std::min(features, first + kGroup);
    for (size_t feature = first; feature < end; ++feature) {
      rows.bins[feature] = MakeBins(set, feature, max_bins);
    }
    std::vector<uint32_t>& words = rows.words[g];
    words.resize(set.rows());
    uint32_t* out = words.data();
    std::array<std::array<uint8_t, kTile>, kGroup> tile = {};
    for (size_t m = 0; m < set.months.size(); ++m) {
      for (const RowRun& run : set.runs[m]) {
        for (size_t at = run.begin; at < run.end; at += kTile) {
          const size_t count = std::min(kTile, run.end - at);
          for (size_t f = first; f < end; ++f) {
            rows.bins[f].BinColumn(set.months[m].rows.features[f] + at, count,
                                   tile[f - first].data());
          }
          for (size_t i = 0; i < count; ++i) {
            out[i] = static_cast<uint32_t>(tile[0][i]) | static_cast<uint32_t>(tile[1][i]) << 8 |
                     static_cast<uint32_t>(tile[2][i]) << 16 |
                     static_cast<uint32_t>(tile[3][i]) << 24;
          }
          out += count;
        }
      }
    }
  });
  RoundTargets(set, rows);
  return rows;
}

std::vector<TreeNode> GrowTree(BinnedRows& rows, const GrowOptions& options, ThreadPool* threads) {
  return Grower(rows, options, threads).Grow();
}

}  // namespace tidemark

// Growing one tree, level by level, over binned columns.
//
// Columns lie in groups of four: one 32-bit word per row and group, so that one pass over a node's
// rows feeds four histograms that fit the first cache. A histogram is built for the smaller of two
// siblings; the other is the parent's less that. Groups are the unit of parallel work; sums are
// integers, so nothing depends on who adds first.
#pragma once

#include <cstdint>
#include <vector>

#include "tidemark/base/parallel.h"
#include "tidemark/forecast/tree.h"
#include "tidemark/forecast/tree_bins.h"

namespace tidemark {

struct GrowOptions {
  int max_depth = 8;
  int64_t min_leaf = 500;
};

// What growing needs: `words[g][row]` holds the bins of features 4g … 4g+3, lowest byte first;
// `target` the centred integer targets (rounded target · 2^shift − centre).
struct BinnedRows {
  std::vector<FeatureBins> bins;
  std::vector<std::vector<uint32_t>> words;
  std::vector<int64_t> target;
  int shift = 0;
  int64_t centre = 0;
};

// `threads` may be null.
BinnedRows BinRows(const TrainingSet& set, size_t features, int max_bins, ThreadPool* threads);
// Consumes rows.target.
std::vector<TreeNode> GrowTree(BinnedRows& rows, const GrowOptions& options, ThreadPool* threads);

}  // namespace tidemark

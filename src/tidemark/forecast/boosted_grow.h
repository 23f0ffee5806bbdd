// XGBoost behind one class: float rows and labels in, the trees it grew out. Nothing else here
// knows the library.
//
// It works on the calling thread alone (nthread 1), so every sum has one order whatever its OpenMP
// would like; nothing is sampled, so no random number is drawn; it prints nothing. Fits on several
// threads at once are independent of each other. Its own model format is never stored or read back:
// what it grew is taken from its text dump, whose nine digits name every float exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/forecast/training.h"

namespace tidemark {

constexpr int kBoostedBins = 256;  // a feature

struct BoostedNode {
  int32_t feature = -1;  // -1: a leaf
  float value = 0;       // left if x < value; of a leaf: what it adds
  bool operator==(const BoostedNode&) const = default;
};

// Level by level: the children of the s-th split (from 0) are the nodes 2s + 1 and 2s + 2.
using BoostedTree = std::vector<BoostedNode>;

struct BoostedTrees {
  std::vector<BoostedTree> trees;
  std::vector<double> gain;  // per feature, summed over its splits
};

// Row after row, every value finite.
struct FloatRows {
  size_t columns = 0;
  std::vector<float> values;
  size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
};

// "XGBoost 1.7.4", the library in use: another one may grow other trees.
std::string BoostedLibrary();

class Booster {
 public:
  // Squared error from a start of 0. REQUIRES as many labels as rows, at least one of each.
  // Errors: kInternal with what the library says.
  static Result<Booster> Grow(FloatRows rows, std::span<const float> labels,
                              const BoostedOptions& options);
  // Errors: kInternal when the dump is not what this release of the library writes.
  Result<BoostedTrees> Trees() const;
  // XGBoost's own prediction, one float a row.
  Result<std::vector<float>> Predict(const FloatRows& rows) const;

 private:
  struct Free {
    void operator()(void* booster) const;
  };
  std::unique_ptr<void, Free> booster_;
  size_t columns_ = 0;
};

}  // namespace tidemark

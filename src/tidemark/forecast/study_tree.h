// The study's regression tree: exact splits, no limit on depth or leaf size, as scikit-learn's
// DecisionTreeRegressor grows it with its defaults.
//
// Features are rounded to float32. Two neighbouring values a < b of a node may be parted only if
// b > a + 1e-7 in float32; the threshold is a/2 + b/2 (a if that rounds up to b), and x <=
// threshold goes left. A node is a leaf when nothing parts its rows or their variance is at most
// 2^-52. The split with the largest S_l²/n_l + S_r²/n_r wins; ties go to the lower feature and
// threshold (scikit-learn draws the order of features at random).
//
// With one feature and no limits every separable group of values ends in a leaf of its own in
// whatever order splits are made, with thresholds midway between neighbouring groups. So that tree
// is written down at once from the sorted values, without growing it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tidemark {

class StudyTree {
 public:
  // `columns`: one span per feature, all as long as `target`. REQUIRES no NaN, rows > 0.
  static StudyTree Fit(std::span<const std::span<const double>> columns,
                       std::span<const double> target);

  // The predictions of rows given as columns in the order of the fit.
  std::vector<double> Predict(std::span<const std::span<const double>> columns) const;
  size_t leaves() const;

 private:
  struct Node {
    double threshold = 0;
    double value = 0;
    int32_t feature = -1;  // -1: a leaf
    int32_t left = -1;
    int32_t right = -1;
  };
  struct Grower;
  static StudyTree FitOne(std::span<const double> column, std::span<const double> target);

  size_t features_ = 0;
  std::vector<double> steps_, step_values_;  // one feature: thresholds, one more value
  std::vector<Node> nodes_;                  // several
};

}  // namespace tidemark

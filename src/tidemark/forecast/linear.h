// Least squares with intercept on the clipped targets of a fold, from Gram blocks by month.
//
// Columns are centred and scaled to unit variance; the correlation matrix is factored by Cholesky
// with the largest pivot first (ties to the lower column). A column whose pivot falls below 1e-10
// of its own variance adds nothing that doubles could hold: it is dropped and listed. When the
// factor is ill conditioned, coefficients are refined once more against the rows themselves
// (corrected semi-normal equations), which brings the error from κ² ε down to about κ ε.
//
// Clipping enters as an exact correction of the co-moments with the target over the few clipped
// rows: C'_iy = C_iy + Σ (x_i − mean_i)(clip(y) − y).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tidemark/forecast/model.h"

namespace tidemark {

class LinearModel : public Model {
 public:
  static std::unique_ptr<LinearModel> Fit(const TrainingSet& set, const FitContext& context);
  static Result<std::unique_ptr<LinearModel>> LoadBody(ByteReader& in);

  std::string_view kind() const override { return "linear"; }
  void Predict(const FeatureView& rows, size_t begin, size_t end, double* out) const override;
  std::string ParametersJson() const override;
  std::string CoefficientsJson() const override;
  void SaveBody(ByteWriter& out) const override;

  double intercept() const { return intercept_; }
  const std::vector<double>& coefficients() const { return coefficients_; }  // 0 where dropped
  std::vector<std::string> DroppedColumns() const;

 private:
  std::vector<std::string> names_;
  std::vector<double> coefficients_;
  std::vector<uint8_t> dropped_;
  double intercept_ = 0;
  double clip_ = 0;
  int64_t rows_ = 0;
};

}  // namespace tidemark

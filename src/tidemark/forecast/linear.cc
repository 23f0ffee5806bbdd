#include "tidemark/forecast/linear.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tidemark/base/check.h"
#include "tidemark/base/json_text.h"
#include "tidemark/forecast/gram.h"
#include "tidemark/market/candle.h"

namespace tidemark {
namespace {

constexpr double kDropBelow = 1e-10;   // of a column's own variance
constexpr double kRefineBelow = 1e-4;  // smallest pivot that needs no refinement

// Cholesky of a correlation matrix, largest pivot first, kept columns only.
struct Factor {
  std::vector<size_t> order;  // kept columns, in pivot order
  std::vector<double> lower;  // row-major, order.size() squared
  double smallest_pivot = 1;

  // Solves L Lᵀ x = b; b and x are indexed by original column, x is 0 where dropped.
  std::vector<double> Solve(const std::vector<double>& b) const {
    const size_t k = order.size();
    std::vector<double> z(k);
    for (size_t i = 0; i < k; ++i) {
      double sum = b[order[i]];
      for (size_t j = 0; j < i; ++j) sum -= lower[i * k + j] * z[j];
      z[i] = sum / lower[i * k + i];
    }
    std::vector<double> x(b.size(), 0.0);
    for (size_t i = k; i-- > 0;) {
      double sum = z[i];
      for (size_t j = i + 1; j < k; ++j) sum -= lower[j * k + i] * x[order[j]];
      x[order[i]] = sum / lower[i * k + i];
    }
    return x;
  }
};

Factor FactorPivoted(std::vector<double> matrix, size_t p) {
  std::vector<size_t> order(p);
  std::iota(order.begin(), order.end(), 0);
  size_t kept = 0;
  Factor factor;
  for (; kept < p; ++kept) {
    size_t best = kept;
    for (size_t i = kept + 1; i < p; ++i) {
      const double a = matrix[order[i] * p + order[i]];
      const double b = matrix[order[best] * p + order[best]];
      if (a > b || (a == b && order[i] < order[best])) best = i;
    }
    std::swap(order[kept], order[best]);
    const size_t c = order[kept];
    const double pivot = matrix[c * p + c];
    if (!(pivot >= kDropBelow)) break;
    factor.smallest_pivot = pivot;
    const double root = std::sqrt(pivot);
    matrix[c * p + c] = root;
    for (size_t i = kept + 1; i < p; ++i) matrix[order[i] * p + c] /= root;
    for (size_t i = kept + 1; i < p; ++i) {
      for (size_t j = kept + 1; j < p; ++j) {
        matrix[order[i] * p + order[j]] -= matrix[order[i] * p + c] * matrix[order[j] * p + c];
      }
    }
  }
  factor.order.assign(order.begin(), order.begin() + static_cast<ptrdiff_t>(kept));
  factor.lower.assign(kept * kept, 0.0);
  for (size_t i = 0; i < kept; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      factor.lower[i * kept + j] = matrix[factor.order[i] * p + factor.order[j]];
    }
  }
  return factor;
}

GramBlock MergedGram(const TrainingSet& set) {
  GramBlock gram;
  for (size_t m = 0; m < set.months.size(); ++m) {
    const TrainingMonth& month = set.months[m];
    if (month.gram != nullptr) {
      CHECK(month.gram->rows() == static_cast<int64_t>(CountRows(set.runs[m])));
      gram.Merge(*month.gram);
    } else {
      gram.Merge(GramBlock::OfRuns(month.rows, set.runs[m]));
    }
  }
  return gram;
}

// Calls body(month view, row) for the clipped rows, with what clipping adds to the target.
template <typename Body>
void ForClippedRows(const TrainingSet& set, const Body& body) {
  for (size_t m = 0; m < set.months.size(); ++m) {
    const FeatureView& view = set.months[m].rows;
    for (const RowRun& run : set.runs[m]) {
      for (size_t i = run.begin; i < run.end; ++i) {
        const double y = view.target[i];
        if (std::fabs(y) > set.clip) body(view, i, set.Clipped(y) - y);
      }
    }
  }
}

// Σ (x_i − mean_i)(y − mean_y − Σ_j b_j (x_j − mean_j)) over all training rows, per column.
std::vector<double> Gradient(const TrainingSet& set, const std::vector<double>& mean,
                             double mean_target, const std::vector<double>& b) {
  constexpr size_t kTile = 256;
  const size_t p = b.size();
  std::vector<double> gradient(p, 0.0);
  double residual[kTile], part[kTile];
  for (size_t m = 0; m < set.months.size(); ++m) {
    const FeatureView& view = set.months[m].rows;
    for (const RowRun& run : set.runs[m]) {
      for (size_t at = run.begin; at < run.end; at += kTile) {
        const size_t n = std::min(kTile, run.end - at);
        for (size_t r = 0; r < n; ++r) residual[r] = set.Clipped(view.target[at + r]) - mean_target;
        for (size_t j = 0; j < p; ++j) {
          const double* x = view.features[j] + at;
          for (size_t r = 0; r < n; ++r) residual[r] -= b[j] * (x[r] - mean[j]);
        }
        for (size_t j = 0; j < p; ++j) {
          const double* x = view.features[j] + at;
          for (size_t r = 0; r < n; ++r) part[r] = (x[r] - mean[j]) * residual[r];
          // One row after another, so that where runs and months break changes nothing.
          for (size_t r = 0; r < n; ++r) gradient[j] += part[r];
        }
      }
    }
  }
  return gradient;
}

}  // namespace

std::unique_ptr<LinearModel> LinearModel::Fit(const TrainingSet& set, const FitContext& context) {
  const GramBlock gram = MergedGram(set);
  const size_t p = gram.columns() - 1;
  CHECK(context.feature_names.size() == p);
  std::vector<double> mean(p), scale(p, 0.0), cross(p);
  for (size_t i = 0; i < p; ++i) {
    mean[i] = gram.mean(i);
    cross[i] = gram.moment(i, p);
    // A constant column leaves only rounding behind, of the size of its mean.
    const auto n = static_cast<double>(gram.rows());
    const double sd = std::sqrt(gram.moment(i, i) / n);
    if (sd > 1e-13 * std::fabs(mean[i])) scale[i] = std::sqrt(gram.moment(i, i));
  }
  double clipped_sum = 0;
  ForClippedRows(set, [&](const FeatureView& view, size_t row, double change) {
    clipped_sum += change;
    for (size_t i = 0; i < p; ++i) cross[i] += (view.features[i][row] - mean[i]) * change;
  });
  const double mean_target = gram.mean(p) + clipped_sum / static_cast<double>(gram.rows());

  std::vector<double> correlation(p * p, 0.0);
  const auto scaled = [&](std::vector<double> v) {
    for (size_t i = 0; i < p; ++i) v[i] = scale[i] > 0 ? v[i] / scale[i] : 0.0;
    return v;
  };
  for (size_t i = 0; i < p; ++i) {
    for (size_t j = 0; j < p; ++j) {
      if (scale[i] == 0 || scale[j] == 0) continue;
      correlation[i * p + j] = i == j ? 1.0 : gram.moment(i, j) / (scale[i] * scale[j]);
    }
  }
  const Factor factor = FactorPivoted(std::move(correlation), p);
  std::vector<double> b = scaled(factor.Solve(scaled(cross)));
  if (factor.smallest_pivot < kRefineBelow) {
    for (int pass = 0; pass < 2; ++pass) {
      const std::vector<double> step =
          scaled(factor.Solve(scaled(Gradient(set, mean, mean_target, b))));
      for (size_t i = 0; i < p; ++i) b[i] += step[i];
    }
  }

  auto model = std::make_unique<LinearModel>();
  model->names_ = context.feature_names;
  model->dropped_.assign(p, 1);
  for (const size_t column : factor.order) model->dropped_[column] = 0;
  model->intercept_ = mean_target;
  for (size_t i = 0; i < p; ++i) model->intercept_ -= b[i] * mean[i];
  model->coefficients_ = std::move(b);
  model->clip_ = set.clip;
  model->rows_ = gram.rows();
  return model;
}

void LinearModel::Predict(const FeatureView& rows, size_t begin, size_t end, double* out) const {
  CHECK(rows.features.size() == coefficients_.size());
  constexpr size_t kTile = 512;
  for (size_t at = begin; at < end; at += kTile) {
    const size_t n = std::min(kTile, end - at);
    double* to = out + (at - begin);
    for (size_t r = 0; r < n; ++r) to[r] = intercept_;
    for (size_t j = 0; j < coefficients_.size(); ++j) {
      // A dropped column has coefficient 0 and still passes its nulls on: 0 · NaN is NaN.
      const double b = coefficients_[j];
      const double* x = rows.features[j] + at;
      for (size_t r = 0; r < n; ++r) to[r] += b * x[r];
    }
  }
}

std::vector<std::string> LinearModel::DroppedColumns() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < names_.size(); ++i) {
    if (dropped_[i]) names.push_back(names_[i]);
  }
  return names;
}

std::string LinearModel::ParametersJson() const {
  std::string json = "{\"clip\":" + JsonNumber(clip_) + ",\"dropped\":[";
  bool first = true;
  for (const std::string& name : DroppedColumns()) {
    if (!first) json += ',';
    first = false;
    json += JsonString(name);
  }
  return json + "]}";
}

std::string LinearModel::CoefficientsJson() const {
  std::string json = "{\"intercept\":" + JsonNumber(intercept_);
  for (size_t i = 0; i < names_.size(); ++i) {
    json += ',' + JsonString(names_[i]) + ':' + JsonNumber(coefficients_[i]);
  }
  return json + '}';
}

void LinearModel::SaveBody(ByteWriter& out) const {
  out.Put(rows_);
  out.Put(clip_);
  out.Put(intercept_);
  out.Put<uint64_t>(names_.size());
  for (size_t i = 0; i < names_.size(); ++i) {
    out.PutString(names_[i]);
    out.Put(dropped_[i]);
    out.Put(coefficients_[i]);
  }
}

Result<std::unique_ptr<LinearModel>> LinearModel::LoadBody(ByteReader& in) {
  auto model = std::make_unique<LinearModel>();
  model->rows_ = in.Get<int64_t>();
  model->clip_ = in.Get<double>();
  model->intercept_ = in.Get<double>();
  const auto count = in.Get<uint64_t>();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    model->names_.push_back(in.GetString());
    model->dropped_.push_back(in.Get<uint8_t>());
    model->coefficients_.push_back(in.Get<double>());
  }
  return model;
}

}  // namespace tidemark

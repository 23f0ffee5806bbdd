#include "tidemark/forecast/boosted_grow.h"

#include <xgboost/c_api.h>

#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

constexpr float kNoValue = std::numeric_limits<float>::quiet_NaN();

Status Ask(int answer) {
  if (answer == 0) return {};
  return Fail(ErrorCode::kInternal, std::string("XGBoost: ") + XGBGetLastError());
}

struct FreeMatrix {
  void operator()(void* matrix) const { XGDMatrixFree(matrix); }
};
using Matrix = std::unique_ptr<void, FreeMatrix>;

Result<Matrix> MatrixOf(const FloatRows& rows) {
  DMatrixHandle handle = nullptr;
  TM_TRY(Ask(XGDMatrixCreateFromMat_omp(rows.values.data(), rows.rows(), rows.columns, kNoValue,
                                        &handle, 1)));
  return Matrix(handle);
}

// Reads one tree of the dump: a node a line, children after their parents but under any number:
//   0:[f3<-0.116160706] yes=1,no=2,missing=2,gain=0.506102324,cover=489515
//   1:leaf=0.00234527024,cover=84
class DumpReader {
 public:
  DumpReader(std::string_view text, std::vector<double>* gain) : in_(text), gain_(gain) {}

  // False when the text is not of this form.
  bool Read(BoostedTree* tree) {
    std::vector<Named> nodes;
    while (SkipBlank(), !in_.empty()) {
      size_t number = 0;
      Named node;
      if (!Number(&number) || number > kNumberMost || !ReadNode(&node)) return false;
      if (nodes.size() <= number) nodes.resize(number + 1);
      nodes[number] = node;
    }
    if (nodes.empty()) return false;
    std::vector<size_t> order = {0};  // level by level
    for (size_t i = 0; i < order.size(); ++i) {
      const Named& node = nodes[order[i]];
      if (!node.there || order.size() > nodes.size()) return false;
      tree->push_back(node.node);
      if (node.node.feature < 0) continue;
      if (node.yes >= nodes.size() || node.no >= nodes.size()) return false;
      order.insert(order.end(), {node.yes, node.no});
    }
    return true;
  }

 private:
  static constexpr size_t kNumberMost = 1u << 24;
  struct Named {
    BoostedNode node;
    size_t yes = 0, no = 0;
    bool there = false;
  };

  bool ReadNode(Named* to) {
    to->there = true;
    if (Text(":leaf=")) return Number(&to->node.value) && SkipLine();
    double gain = 0;
    if (!(Text(":[f") && Number(&to->node.feature) && Text("<") && Number(&to->node.value) &&
          Text("] yes=") && Number(&to->yes) && Text(",no=") && Number(&to->no) &&
          Text(",missing=") && SkipPast("gain=") && Number(&gain))) {
      return false;
    }
    if (to->node.feature < 0 || static_cast<size_t>(to->node.feature) >= gain_->size())
      return false;
    (*gain_)[static_cast<size_t>(to->node.feature)] += gain;
    return SkipLine();
  }

  bool Text(std::string_view text) {
    if (!in_.starts_with(text)) return false;
    in_.remove_prefix(text.size());
    return true;
  }
  template <typename T>
  bool Number(T* value) {
    const auto [end, error] = std::from_chars(in_.data(), in_.data() + in_.size(), *value);
    in_.remove_prefix(static_cast<size_t>(end - in_.data()));
    return error == std::errc();
  }
  bool SkipPast(std::string_view text) {
    const size_t at = in_.find(text);
    if (at == std::string_view::npos) return false;
    in_.remove_prefix(at + text.size());
    return true;
  }
  bool SkipLine() {
    const size_t end = in_.find('\n');
    in_.remove_prefix(end == std::string_view::npos ? in_.size() : end);
    return true;
  }
  void SkipBlank() {
    while (!in_.empty() && (in_[0] == '\t' || in_[0] == '\n')) in_.remove_prefix(1);
  }

  std::string_view in_;
  std::vector<double>* gain_;
};

std::string Decimal(double value) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return {buffer, result.ptr};
}

}  // namespace

std::string BoostedLibrary() {
  int major = 0, minor = 0, patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return "XGBoost " + std::to_string(major) + '.' + std::to_string(minor) + '.' +
         std::to_string(patch);
}

void Booster::Free::operator()(void* booster) const { XGBoosterFree(booster); }

Result<Booster> Booster::Grow(FloatRows rows, std::span<const float> labels,
                              const BoostedOptions& options) {
  CHECK(rows.rows() > 0 && rows.rows() == labels.size());
  // How loud it is, is a setting of the thread.
  TM_TRY(Ask(XGBSetGlobalConfig("{\"verbosity\": 0}")));
  Booster grown;
  grown.columns_ = rows.columns;
  TM_ASSIGN(const Matrix matrix, MatrixOf(rows));
  rows.values = std::vector<float>();  // the matrix holds a copy
  TM_TRY(Ask(XGDMatrixSetFloatInfo(matrix.get(), "label", labels.data(), labels.size())));
  DMatrixHandle matrices[1] = {matrix.get()};
  BoosterHandle handle = nullptr;
  TM_TRY(Ask(XGBoosterCreate(matrices, 1, &handle)));
  grown.booster_.reset(handle);
  const std::pair<const char*, std::string> parameters[] = {
      {"verbosity", "0"},
      {"nthread", "1"},
      {"seed", "0"},
      {"booster", "gbtree"},
      {"objective", "reg:squarederror"},
      {"base_score", "0"},
      {"tree_method", "hist"},
      {"max_bin", std::to_string(kBoostedBins)},
      {"max_depth", std::to_string(options.max_depth)},
      {"min_child_weight", std::to_string(options.min_leaf)},  // a row weighs 1
      {"eta", Decimal(options.learning_rate)},
  };
  for (const auto& [name, value] : parameters) {
    TM_TRY(Ask(XGBoosterSetParam(handle, name, value.c_str())));
  }
  for (int round = 0; round < options.rounds; ++round) {
    TM_TRY(Ask(XGBoosterUpdateOneIter(handle, round, matrix.get())));
  }
  return grown;
}

Result<BoostedTrees> Booster::Trees() const {
  bst_ulong count = 0;
  const char** dumps = nullptr;
  TM_TRY(Ask(XGBoosterDumpModelEx(booster_.get(), "", 1, "text", &count, &dumps)));
  BoostedTrees grown;
  grown.gain.assign(columns_, 0.0);
  for (size_t t = 0; t < count; ++t) {
    if (!DumpReader(dumps[t], &grown.gain).Read(&grown.trees.emplace_back())) {
      return Fail(ErrorCode::kInternal,
                  BoostedLibrary() + " writes trees in a form that is not understood");
    }
  }
  return grown;
}

Result<std::vector<float>> Booster::Predict(const FloatRows& rows) const {
  CHECK(rows.columns == columns_);
  TM_ASSIGN(const Matrix matrix, MatrixOf(rows));
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  TM_TRY(Ask(XGBoosterPredictFromDMatrix(
      booster_.get(), matrix.get(),
      R"({"type": 1, "training": false, "iteration_begin": 0, "iteration_end": 0,)"
      R"( "strict_shape": false})",
      &shape, &dimensions, &values)));
  return std::vector<float>(values, values + rows.rows());
}

}  // namespace tidemark

#include "tidemark/forecast/gram.h"

#include <algorithm>
#include <cstring>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

constexpr size_t kTileRows = 128;
constexpr size_t kPad = 8;                // columns are padded so that the kernel has no edges
constexpr uint32_t kFormat = 0x314d5247;  // "GRM1"

typedef double Vector4 __attribute__((vector_size(32)));

Vector4 LoadVector(const double* from) {
  Vector4 v;
  std::memcpy(&v, from, sizeof(v));
  return v;
}
void AddTo(double* to, Vector4 v) {
  v += LoadVector(to);
  std::memcpy(to, &v, sizeof(v));
}

// moments[i..i+4, j..j+8] += Σ over the tile's rows; every sum starts at zero per tile.
void MultiplyBlock(const double* tile, size_t rows, size_t stride, size_t i, size_t j,
                   double* moments) {
  Vector4 sums[4][2] = {};
  for (size_t r = 0; r < rows; ++r) {
    const double* row = tile + r * stride;
    const Vector4 right0 = LoadVector(row + j);
    const Vector4 right1 = LoadVector(row + j + 4);
    for (size_t k = 0; k < 4; ++k) {
      const double left = row[i + k];
      const Vector4 lefts = {left, left, left, left};
      sums[k][0] += lefts * right0;
      sums[k][1] += lefts * right1;
    }
  }
  for (size_t k = 0; k < 4; ++k) {
    AddTo(moments + (i + k) * stride + j, sums[k][0]);
    AddTo(moments + (i + k) * stride + j + 4, sums[k][1]);
  }
}

// Calls body(view row, count) over the runs in pieces that fill tiles in order.
template <typename Body>
void ForTiles(std::span<const RowRun> runs, const Body& body) {
  size_t filled = 0;
  for (const RowRun& run : runs) {
    for (size_t at = run.begin; at < run.end;) {
      const size_t count = std::min(run.end - at, kTileRows - filled);
      body(at, filled, count);
      filled = (filled + count) % kTileRows;
      at += count;
    }
  }
}

// Lane k holds the training rows whose place is k mod 4, wherever the runs break.
double ColumnSum(const double* column, std::span<const RowRun> runs) {
  double sums[4] = {};
  size_t place = 0;
  for (const RowRun& run : runs) {
    size_t i = run.begin;
    for (; i < run.end && place % 4 != 0; ++i, ++place) sums[place % 4] += column[i];
    for (; i + 4 <= run.end; i += 4, place += 4) {
      for (size_t k = 0; k < 4; ++k) sums[k] += column[i + k];
    }
    for (; i < run.end; ++i, ++place) sums[place % 4] += column[i];
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

GramBlock GramBlock::Of(const FeatureView& view, const RowCut& cut) {
  return OfRuns(view, SelectRows(view, cut));
}

GramBlock GramBlock::OfRuns(const FeatureView& view, std::span<const RowRun> runs) {
  GramBlock block;
  for (const RowRun& run : runs) block.rows_ += static_cast<int64_t>(run.end - run.begin);
  if (block.rows_ == 0) return block;

  std::vector<const double*> columns = view.features;
  columns.push_back(view.target.data());
  const size_t width = columns.size();
  const auto n = static_cast<double>(block.rows_);
  std::vector<double> shift(width);
  for (size_t c = 0; c < width; ++c) shift[c] = ColumnSum(columns[c], runs) / n;

  // One more column of ones picks up what rounding left of the means.
  const size_t stride = (width + 1 + kPad - 1) / kPad * kPad;
  std::vector<double> tile(kTileRows * stride, 0.0);
  for (size_t r = 0; r < kTileRows; ++r) tile[r * stride + width] = 1;
  std::vector<double> moments(stride * stride, 0.0);
  const auto flush = [&](size_t rows) {
    for (size_t j = 0; j < stride; j += 8) {
      for (size_t i = 0; i < j + 8; i += 4) {
        MultiplyBlock(tile.data(), rows, stride, i, j, moments.data());
      }
    }
  };
  size_t pending = 0;
  ForTiles(runs, [&](size_t row, size_t filled, size_t count) {
    for (size_t c = 0; c < width; ++c) {
      const double* from = columns[c] + row;
      double* to = tile.data() + filled * stride + c;
      for (size_t r = 0; r < count; ++r) to[r * stride] = from[r] - shift[c];
    }
    pending = filled + count;
    if (pending == kTileRows) {
      flush(kTileRows);
      pending = 0;
    }
  });
  if (pending > 0) flush(pending);

  block.mean_.resize(width);
  block.moments_.assign(width * width, 0.0);
  for (size_t i = 0; i < width; ++i) {
    const double rest_i = moments[i * stride + width];
    block.mean_[i] = shift[i] + rest_i / n;
    for (size_t j = i; j < width; ++j) {
      const double rest_j = moments[j * stride + width];
      block.moments_[i * width + j] = moments[i * stride + j] - rest_i * rest_j / n;
    }
  }
  return block;
}

void GramBlock::Merge(const GramBlock& next) {
  if (next.rows_ == 0) return;
  if (rows_ == 0) {
    *this = next;
    return;
  }
  const size_t width = mean_.size();
  CHECK(next.mean_.size() == width);
  const auto na = static_cast<double>(rows_);
  const auto nb = static_cast<double>(next.rows_);
  const double n = na + nb;
  std::vector<double> delta(width);
  for (size_t i = 0; i < width; ++i) delta[i] = next.mean_[i] - mean_[i];
  for (size_t i = 0; i < width; ++i) {
    for (size_t j = i; j < width; ++j) {
      moments_[i * width + j] += next.moments_[i * width + j] + delta[i] * delta[j] * (na * nb / n);
    }
  }
  for (size_t i = 0; i < width; ++i) mean_[i] += delta[i] * (nb / n);
  rows_ += next.rows_;
}

Bytes GramBlock::Save() const {
  ByteWriter out;
  out.Put(kFormat);
  out.Put(rows_);
  out.PutSpan(std::span<const double>(mean_));
  out.PutSpan(std::span<const double>(moments_));
  return out.Take();
}

Result<GramBlock> GramBlock::Load(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.Get<uint32_t>() != kFormat) {
    return Fail(ErrorCode::kVersion, "stored Gram block is of another version");
  }
  GramBlock block;
  block.rows_ = in.Get<int64_t>();
  block.mean_ = in.GetVector<double>();
  block.moments_ = in.GetVector<double>();
  TM_TRY(in.Finish("Gram block"));
  if (block.rows_ < 0 || block.moments_.size() != block.mean_.size() * block.mean_.size()) {
    return Fail(ErrorCode::kCorrupt, "stored Gram block: its parts do not fit");
  }
  return block;
}

}  // namespace tidemark

#include "tidemark/pipeline/feature_overlay.h"

#include <cstring>

#include "tidemark/base/file.h"

namespace tidemark {

static_assert(sizeof(int64_t) == sizeof(double));

FeatureOverlay::~FeatureOverlay() {
  if (!folder_.empty()) (void)RemoveTree(folder_);
}

Status FeatureOverlay::Add(Piece piece) {
  const size_t rows = piece.time.size();
  Kept kept{.range = piece.range,
            .piece = nullptr,
            .file = {},
            .rows = rows,
            .features = piece.columns.size()};
  const auto bytes = static_cast<int64_t>((1 + piece.columns.size()) * rows * sizeof(double));
  if (used_ + bytes <= limit_) {
    used_ += bytes;
    kept.piece = std::make_shared<const Piece>(std::move(piece));
  } else {
    if (folder_.empty()) {
      TM_ASSIGN(folder_, MakeTemporaryDirectory("tidemark-features-"));
    }
    kept.file = folder_ + "/" + std::to_string(pieces_.size());
    TM_ASSIGN(AppendFile file, AppendFile::Open(kept.file));
    const auto append = [&](const void* values) {
      return file.Append({static_cast<const char*>(values), rows * sizeof(double)});
    };
    TM_TRY(append(piece.time.data()));
    for (const std::vector<double>& column : piece.columns) TM_TRY(append(column.data()));
  }
  pieces_[kept.range.start] = std::move(kept);
  return {};
}

Result<std::shared_ptr<const FeatureOverlay::Piece>> FeatureOverlay::ReadBack(const Kept& kept) {
  TM_ASSIGN(const std::string bytes, ReadFile(kept.file));
  const size_t column_bytes = kept.rows * sizeof(double);
  if (bytes.size() != (1 + kept.features) * column_bytes) {
    return Fail(ErrorCode::kIo, kept.file + ": the scratch file is not what was written");
  }
  auto piece = std::make_shared<Piece>();
  piece->range = kept.range;
  piece->time.resize(kept.rows);
  std::memcpy(piece->time.data(), bytes.data(), column_bytes);
  piece->columns.resize(kept.features);
  for (size_t f = 0; f < kept.features; ++f) {
    piece->columns[f].resize(kept.rows);
    std::memcpy(piece->columns[f].data(), bytes.data() + (1 + f) * column_bytes, column_bytes);
  }
  return std::shared_ptr<const Piece>(std::move(piece));
}

Result<std::vector<std::shared_ptr<const FeatureOverlay::Piece>>> FeatureOverlay::Overlapping(
    TimeRange range) const {
  std::vector<std::shared_ptr<const Piece>> found;
  auto it = pieces_.upper_bound(range.start);
  if (it != pieces_.begin()) --it;
  for (; it != pieces_.end() && it->first < range.end; ++it) {
    const Kept& kept = it->second;
    if (!kept.range.Overlaps(range)) continue;
    if (kept.piece != nullptr) {
      found.push_back(kept.piece);
    } else {
      TM_ASSIGN(found.emplace_back(), ReadBack(kept));
    }
  }
  return found;
}

}  // namespace tidemark

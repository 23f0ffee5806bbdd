#include "tidemark/feature/feature_pack.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "tidemark/base/check.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/math_batch.h"

namespace tidemark {
namespace {

// Rows folded at a time: every column of one piece stays in the nearest cache.
constexpr size_t kPieceRows = 512;
constexpr double kValueLimit = 17592186044416.0;  // 2^44

const std::vector<double>& ColumnOf(const CandleColumns& rows, Lane lane) {
  switch (lane) {
    case Lane::kOpen:
      return rows.open;
    case Lane::kHigh:
      return rows.high;
    case Lane::kLow:
      return rows.low;
    case Lane::kClose:
      return rows.close;
    default:
      return rows.volume;
  }
}

}  // namespace

const std::vector<std::string>& FeaturePack::DefaultSpecs() {
  static const std::vector<std::string> specs = {"log_return_1",
                                                 "log_return_5",
                                                 "log_return_30",
                                                 "log_return_240",
                                                 "sma_30_rel",
                                                 "sma_240_rel",
                                                 "sma_1440_rel",
                                                 "ema_12_rel",
                                                 "macd_hist_12_26_9_rel",
                                                 "rsi_14_rel",
                                                 "natr_14",
                                                 "adx_14_rel",
                                                 "cci_20_rel",
                                                 "mfi_14_rel",
                                                 "stoch_k_14_3_3_rel",
                                                 "bbands_pctb_20_2",
                                                 "realized_volatility_30",
                                                 "parkinson_30",
                                                 "volume_zscore_60",
                                                 "elapsed_30"};
  return specs;
}

Result<FeaturePack> FeaturePack::Make(std::vector<std::string> specs, Interval base) {
  FeaturePack pack;
  pack.base_ = base;
  for (size_t i = 0; i < specs.size(); ++i) {
    if (std::find(specs.begin(), specs.begin() + static_cast<ptrdiff_t>(i), specs[i]) !=
        specs.begin() + static_cast<ptrdiff_t>(i)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "feature '" + specs[i] + "' is listed twice; remove one");
    }
    TM_ASSIGN(const ParsedFeature parsed, ParseFeature(specs[i], base));
    Feature feature{.fold = parsed.info->make(parsed.spec),
                    .relative = parsed.relative ? parsed.info->relative : Relative::kNone,
                    .version = parsed.info->version};
    feature.logarithm = feature.fold->logarithm() || feature.relative == Relative::kLogCloseOver;
    for (const Lane lane : feature.fold->lanes()) pack.Keep(lane, feature.fold->keeps());
    if (feature.relative != Relative::kNone) pack.Keep(Lane::kClose, {});
    pack.features_.push_back(std::move(feature));
  }
  pack.names_ = std::move(specs);
  pack.Reset();
  return pack;
}

void FeaturePack::Keep(Lane lane, Extent extent) {
  const size_t index = IndexOf(lane);
  used_[index] = true;
  keeps_[index].rows = std::max(keeps_[index].rows, extent.rows);
  keeps_[index].micros = std::max(keeps_[index].micros, extent.micros);
  if (extent.micros > 0) {
    micros_max_ = std::max(micros_max_, extent.micros);
    if (lane != Lane::kTime) Keep(Lane::kTime, extent);
  }
  if (index >= kRawLaneCount) {
    const Extent needed{.rows = extent.rows + (LooksBack(lane) ? 1 : 0), .micros = extent.micros};
    for (const Lane raw : SourceOf(lane)) Keep(raw, needed);
  }
}

std::string FeaturePack::SpecHash() const {
  ByteWriter out;
  out.PutString("features");
  out.PutString(base_.ToString());
  for (size_t f = 0; f < features_.size(); ++f) {
    out.PutString(names_[f]);
    out.Put(features_[f].version);
  }
  return ContentHash::Of(out.bytes());
}

int64_t FeaturePack::warmup_rows() const {
  int64_t most = 0;
  for (const Feature& feature : features_) most = std::max(most, feature.fold->warmup_rows());
  return most;
}

void FeaturePack::Reset() {
  for (Feature& feature : features_) feature.fold->Reset();
  size_ = 0;
  series_open_ = kMinTime;
}

RowView FeaturePack::View() const {
  RowView view;
  view.time = time_.data();
  for (size_t k = 0; k < kLaneCount; ++k) view.lanes[k] = lanes_[k].data();
  view.series_open = series_open_;
  return view;
}

// How many of the newest rows an extent needs.
size_t FeaturePack::Retained(Extent extent) const {
  size_t rows = std::min(size_, static_cast<size_t>(extent.rows));
  if (extent.micros > 0 && size_ > 0) {
    const int64_t start = time_[size_ - 1] - extent.micros;
    const auto end = time_.begin() + static_cast<ptrdiff_t>(size_);
    const auto inside = static_cast<size_t>(end - std::upper_bound(time_.begin(), end, start));
    rows = std::max(rows, std::min(size_, inside + 1));
  }
  return rows;
}

void FeaturePack::SetCapacity(size_t rows) {
  capacity_ = rows;
  if (used_[0]) time_.resize(rows);
  for (size_t k = 1; k < kLaneCount; ++k) {
    if (used_[k]) lanes_[k].resize(rows);
  }
}

// Makes room for `rows` more, moving the retained ones to the front when the columns are full.
void FeaturePack::MakeRoom(size_t rows) {
  if (size_ + rows <= capacity_) return;
  size_t keep = std::min<size_t>(size_, 2);
  for (size_t k = 0; k < kLaneCount; ++k) {
    if (used_[k]) keep = std::max(keep, Retained(keeps_[k]));
  }
  const size_t from = size_ - keep;
  const auto shift = [&](auto& column) {
    if (column.empty()) return;
    std::memmove(column.data(), column.data() + from, keep * sizeof(column[0]));
  };
  if (used_[0]) shift(time_);
  for (size_t k = 1; k < kLaneCount; ++k) {
    if (used_[k]) shift(lanes_[k]);
  }
  size_ = keep;
  if (2 * keep + rows > capacity_) SetCapacity(2 * keep + 2 * kPieceRows);
}

void FeaturePack::Append(const CandleColumns& rows, size_t begin, size_t end) {
  const size_t count = end - begin;
  MakeRoom(count);
  const size_t old = size_;
  size_ += count;
  if (used_[0]) {
    for (size_t i = 0; i < count; ++i) {
      time_[old + i] = base_.CloseOf({rows.open_time[begin + i]}).us;
    }
  }
  for (size_t k = 1; k < kRawLaneCount; ++k) {
    if (!used_[k]) continue;
    const double* from = ColumnOf(rows, static_cast<Lane>(k)).data() + begin;
    double* to = lanes_[k].data() + old;
    // One null and one zero, so that equal rows are equal bytes.
    for (size_t i = 0; i < count; ++i) to[i] = std::isnan(from[i]) ? kNull : from[i] + 0.0;
  }
  Derive(old, size_);
}

// Fills the derived lanes of rows [begin, end).
void FeaturePack::Derive(size_t begin, size_t end) {
  const RowView view = View();
  std::array<double*, kLaneCount> logarithms{};
  size_t count = 0;
  for (size_t k = kRawLaneCount; k < kLaneCount; ++k) {
    if (!used_[k]) continue;
    ComputeLane(static_cast<Lane>(k), view, begin, end, lanes_[k].data());
    if (IsLogarithm(static_cast<Lane>(k))) logarithms[count++] = lanes_[k].data() + begin;
  }
  LogInPlace({logarithms.data(), count}, end - begin);
}

void FeaturePack::Step(const CandleColumns& rows, size_t begin, size_t end,
                       std::vector<std::vector<double>>* out) {
  CHECK(out->size() == features_.size());
  if (begin >= end) return;
  if (size_ == 0 && micros_max_ > 0) series_open_.us = rows.open_time[begin];
  const size_t first = features_.empty() ? 0 : (*out)[0].size();
  for (auto& column : *out) {
    CHECK(column.size() == first);
    column.resize(first + (end - begin));
  }
  for (size_t at = begin; at < end;) {
    const size_t next = std::min(end, at + kPieceRows);
    Append(rows, at, next);
    const RowView view = View();
    const size_t from = size_ - (next - at);
    logarithms_.clear();
    for (size_t f = 0; f < features_.size(); ++f) {
      double* values = (*out)[f].data() + first + (at - begin);
      features_[f].fold->Step(view, from, size_, values);
      if (features_[f].relative != Relative::kNone) {
        ApplyRelative(features_[f].relative, view[Lane::kClose] + from, next - at, values);
      }
      if (features_[f].logarithm) logarithms_.push_back(values);
    }
    LogInPlace(logarithms_, next - at);
    at = next;
  }
  const bool waits =
      series_open_ > kMinTime && size_ > 0 && time_[size_ - 1] - series_open_.us < micros_max_;
  if (!waits) series_open_ = kMinTime;
}

void FeaturePack::Save(ByteWriter& out) const {
  // Whether the series has begun matters even where no row is retained.
  out.Put<uint8_t>(size_ > 0 ? 1 : 0);
  out.Put(series_open_.us);
  for (size_t k = 0; k < kRawLaneCount; ++k) {
    if (!used_[k]) continue;
    const size_t rows = Retained(keeps_[k]);
    if (k == 0) {
      out.PutSpan(std::span<const int64_t>(time_.data() + (size_ - rows), rows));
    } else {
      out.PutSpan(std::span<const double>(lanes_[k].data() + (size_ - rows), rows));
    }
  }
  for (const Feature& feature : features_) feature.fold->Save(out);
}

Status FeaturePack::Load(ByteReader& in) {
  Reset();
  const Status status = LoadColumns(in);
  if (!status) Reset();
  return status;
}

Status FeaturePack::LoadColumns(ByteReader& in) {
  const auto damaged = [] { return Fail(ErrorCode::kCorrupt, "feature state is damaged"); };
  const auto is_time = [](EventTime t) { return t >= kMinTime && t <= kMaxTime; };
  const auto begun = in.Get<uint8_t>();
  const EventTime series_open{in.Get<int64_t>()};
  if (!is_time(series_open)) return damaged();
  std::vector<int64_t> time;
  std::vector<double> columns[kRawLaneCount];
  size_t rows = begun != 0 ? 1 : 0;
  for (size_t k = 0; k < kRawLaneCount; ++k) {
    if (!used_[k]) continue;
    if (k == 0) {
      time = in.GetVector<int64_t>();
      rows = std::max(rows, time.size());
      continue;
    }
    columns[k] = in.GetVector<double>();
    rows = std::max(rows, columns[k].size());
    const bool volume = static_cast<Lane>(k) == Lane::kVolume;
    for (const double x : columns[k]) {
      const bool valid = volume ? x >= 0 || std::isnan(x) : x > 0;
      if (!valid || x >= kValueLimit) return damaged();
    }
  }
  for (size_t i = 0; i < time.size(); ++i) {
    if (!is_time({time[i]}) || (i > 0 && time[i] <= time[i - 1])) return damaged();
  }
  if (!in.ok() || begun > 1 || (begun == 0 && rows > 0)) return damaged();
  // Aligned at the newest row; what a column does not retain stays null and is never asked for.
  SetCapacity(std::max(2 * rows + 2 * kPieceRows, capacity_));
  size_ = rows;
  series_open_ = series_open;
  std::fill_n(time_.begin(), std::min(time_.size(), rows), kMinTime.us);
  std::copy(time.begin(), time.end(), time_.begin() + static_cast<ptrdiff_t>(rows - time.size()));
  for (size_t k = 1; k < kRawLaneCount; ++k) {
    if (!used_[k]) continue;
    std::fill_n(lanes_[k].begin(), rows, kNull);
    std::copy(columns[k].begin(), columns[k].end(),
              lanes_[k].begin() + static_cast<ptrdiff_t>(rows - columns[k].size()));
  }
  for (size_t k = 0; k < kRawLaneCount; ++k) {
    const size_t got = k == 0 ? time.size() : columns[k].size();
    if (used_[k] && got != Retained(keeps_[k])) return damaged();
  }
  Rebuild();
  for (const Feature& feature : features_) {
    if (!feature.fold->Load(in)) return damaged();
  }
  return {};
}

// Derived lanes from the rows, and windowed features from their last rows.
void FeaturePack::Rebuild() {
  Derive(0, size_);
  const RowView view = View();
  std::vector<double> unused(size_);
  for (const Feature& feature : features_) {
    feature.fold->Reset();
    if (feature.fold->recursive()) continue;
    const size_t rows = Retained(feature.fold->keeps());
    feature.fold->Step(view, size_ - rows, size_, unused.data());
  }
}

}  // namespace tidemark

#include "tidemark/candle/rollup.h"

#include <algorithm>
#include <cmath>

#include "tidemark/candle/trade_sums.h"

namespace tidemark {
namespace {

constexpr double kValueLimit = 17592186044416.0;  // 2^44

}  // namespace

bool Rollup::Possible(const Interval& base, const Interval& target) {
  if (base.unit() != Interval::Unit::kFixed) return false;
  // A fixed base divides a day, so it divides weeks and months.
  if (target.unit() != Interval::Unit::kFixed) return true;
  const int64_t step = base.nominal_micros();
  return target.nominal_micros() % step == 0 && target.nominal_micros() > step;
}

Result<Rollup> Rollup::Make(Interval base, Interval target) {
  if (!Possible(base, target)) {
    return Fail(ErrorCode::kInvalidArgument,
                "candles of " + base.ToString() + " cannot be rolled up to " + target.ToString() +
                    ": the longer interval must be made of whole shorter ones");
  }
  return Rollup(base, target);
}

void Rollup::Step(const CandleColumns& rows, size_t begin, size_t end, RolledCandles* out) {
  for (size_t i = begin; i < end; ++i) {
    const EventTime time{rows.open_time[i]};
    if (rows_ == 0 || time >= close_time_) {
      if (rows_ > 0) Emit(out);
      Reset();
      open_time_ = target_.OpenOf(time);
      close_time_ = target_.CloseOf(open_time_);
      open_ = rows.open[i];
      high_ = rows.high[i];
      low_ = rows.low[i];
    }
    high_ = std::max(high_, rows.high[i]);
    low_ = std::min(low_, rows.low[i]);
    close_ = rows.close[i];
    if (!std::isnan(rows.volume[i])) {
      DetailSums::AddVolume<1>(rows.volume[i], &volume_);
      has_volume_ = true;
    }
    ++rows_;
  }
}

void Rollup::AdvanceTo(EventTime watermark, RolledCandles* out) {
  if (rows_ == 0 || close_time_ > watermark) return;
  Emit(out);
  Reset();
}

void Rollup::Emit(RolledCandles* out) const {
  out->open_time.push_back(open_time_.us);
  out->close_time.push_back(close_time_.us);
  out->open.push_back(open_);
  out->high.push_back(high_);
  out->low.push_back(low_);
  out->close.push_back(close_);
  out->volume.push_back(has_volume_ ? volume_.ToDouble() : kNull);
  out->rows.push_back(rows_);
  out->expected_rows.push_back((close_time_ - open_time_) / base_.nominal_micros());
}

void Rollup::Reset() { *this = Rollup(base_, target_); }

void Rollup::Save(ByteWriter& out) const {
  out.Put(rows_);
  if (rows_ == 0) return;
  out.Put(open_time_.us);
  for (const double x : {open_, high_, low_, close_}) out.Put(x + 0.0);
  out.Put<uint8_t>(has_volume_ ? 1 : 0);
  volume_.Save(out);
}

// Fills everything from bytes; false when they are no state.
bool Rollup::LoadBucket(ByteReader& in) {
  rows_ = in.Get<int64_t>();
  if (rows_ == 0) return in.ok();
  open_time_.us = in.Get<int64_t>();
  for (double* x : {&open_, &high_, &low_, &close_}) *x = in.Get<double>();
  const auto has_volume = in.Get<uint8_t>();
  has_volume_ = has_volume == 1;
  volume_.Load(in);
  if (!in.ok() || has_volume > 1 || (!has_volume_ && !volume_.IsZero())) return false;
  if (open_time_ < kMinTime || open_time_ > kMaxTime) return false;
  if (target_.OpenOf(open_time_) != open_time_) return false;
  close_time_ = target_.CloseOf(open_time_);
  if (rows_ < 0 || rows_ > (close_time_ - open_time_) / base_.nominal_micros()) return false;
  // Every comparison must hold, so that NaN fails.
  return 0 < low_ && low_ <= open_ && low_ <= close_ && open_ <= high_ && close_ <= high_ &&
         high_ < kValueLimit;
}

Status Rollup::Load(ByteReader& in) {
  Reset();
  if (LoadBucket(in)) return {};
  Reset();
  return Fail(ErrorCode::kCorrupt, "roll-up state is damaged");
}

}  // namespace tidemark

#include "tidemark/feature/lane.h"

#include <algorithm>
#include <cmath>

#include "tidemark/base/check.h"
#include "tidemark/base/math_batch.h"

namespace tidemark {
namespace {

constexpr double kVolumeMin = 1e-8;
constexpr double kIlliquidityMax = 8796093022208.0;  // 2^43
constexpr double kIlliquidityScale = 1e6;

double SignOf(double now, double before) { return now > before ? 1 : now < before ? -1 : 0; }

double Illiquidity(double log_return, double turnover) {
  if (std::isnan(turnover) || std::isnan(log_return)) return kNull;
  if (turnover <= 0) return -1;
  return std::min(kIlliquidityScale * std::fabs(log_return) / turnover, kIlliquidityMax);
}

double SignedTypical(const RowView& rows, size_t i) {
  const auto typical = [&](size_t k) {
    return (rows[Lane::kHigh][k] + rows[Lane::kLow][k] + rows[Lane::kClose][k]) / 3;
  };
  const double now = typical(i);
  const double before = typical(i - 1);
  if (std::isnan(now) || std::isnan(before)) return kNull;
  if (DerivedEqual(now, before)) return 0;
  return now > before ? now : -now;
}

}  // namespace

std::span<const Lane> SourceOf(Lane lane) {
  static constexpr Lane kCloseOnly[] = {Lane::kClose};
  static constexpr Lane kRange[] = {Lane::kHigh, Lane::kLow};
  static constexpr Lane kBody[] = {Lane::kOpen, Lane::kClose};
  static constexpr Lane kVolumeOnly[] = {Lane::kVolume};
  static constexpr Lane kTypical[] = {Lane::kHigh, Lane::kLow, Lane::kClose};
  static constexpr Lane kCloseVolume[] = {Lane::kClose, Lane::kVolume};
  switch (lane) {
    case Lane::kLogReturn:
      return kCloseOnly;
    case Lane::kLogRange:
      return kRange;
    case Lane::kLogBody:
      return kBody;
    case Lane::kLogVolume:
      return kVolumeOnly;
    case Lane::kTypicalSum:
      return kTypical;
    case Lane::kSignedTypical:
      return kTypical;
    case Lane::kSignedVolume:
    case Lane::kIlliquidity:
      return kCloseVolume;
    default:
      CHECK(false);
      return {};
  }
}

void ComputeLane(Lane lane, const RowView& rows, size_t begin, size_t end, double* out) {
  const double* close = rows[Lane::kClose];
  const double* volume = rows[Lane::kVolume];
  if (LooksBack(lane) && begin == 0 && end > 0) out[begin++] = kNull;
  switch (lane) {
    case Lane::kLogReturn:
      for (size_t i = begin; i < end; ++i) out[i] = close[i] / close[i - 1];
      break;
    case Lane::kLogRange:
      for (size_t i = begin; i < end; ++i) out[i] = rows[Lane::kHigh][i] / rows[Lane::kLow][i];
      break;
    case Lane::kLogBody:
      for (size_t i = begin; i < end; ++i) out[i] = close[i] / rows[Lane::kOpen][i];
      break;
    case Lane::kLogVolume:
      // std::max keeps its first argument when that is NaN: no volume stays null.
      for (size_t i = begin; i < end; ++i) out[i] = std::max(volume[i], kVolumeMin);
      break;
    case Lane::kTypicalSum:
      for (size_t i = begin; i < end; ++i) {
        out[i] = rows[Lane::kHigh][i] + rows[Lane::kLow][i] + close[i];
      }
      break;
    case Lane::kSignedTypical:
      for (size_t i = begin; i < end; ++i) out[i] = SignedTypical(rows, i);
      break;
    case Lane::kSignedVolume:
      for (size_t i = begin; i < end; ++i) {
        const bool known = !std::isnan(volume[i]) && !std::isnan(close[i - 1]);
        out[i] = known ? SignOf(close[i], close[i - 1]) * volume[i] : kNull;
      }
      break;
    case Lane::kIlliquidity:
      for (size_t i = begin; i < end; ++i) out[i] = close[i] / close[i - 1];
      LogInPlace(out + begin, end - begin);
      for (size_t i = begin; i < end; ++i) out[i] = Illiquidity(out[i], close[i] * volume[i]);
      break;
    default:
      CHECK(false);
  }
}

}  // namespace tidemark

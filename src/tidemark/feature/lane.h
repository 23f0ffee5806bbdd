// Lanes: the columns that features read. The first six are the rows themselves; the others are
// simple functions of one row and the one before it, computed once and shared by every feature that
// asks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tidemark/base/time.h"
#include "tidemark/market/candle.h"

namespace tidemark {

enum class Lane : uint8_t {
  kTime,  // close time, in RowView::time
  kOpen,
  kHigh,
  kLow,
  kClose,
  kVolume,         // null where the source has none
  kLogReturn,      // ln(c / c of the row before); null in the first row
  kLogRange,       // ln(high / low)
  kLogBody,        // ln(close / open)
  kLogVolume,      // ln(max(volume, 1e-8)); null without volume
  kTypicalSum,     // high + low + close
  kSignedTypical,  // (h + l + c) / 3 with the sign of its change, 0 for a tie; null in the first
                   // row
  kSignedVolume,   // volume with the sign of the close's change; null in the first row
  kIlliquidity,    // 1e6 · |log return| / (close · volume), at most 2^43; −1 at zero volume
};
constexpr size_t kLaneCount = 14;
constexpr size_t kRawLaneCount = 6;

constexpr size_t IndexOf(Lane lane) { return static_cast<size_t>(lane); }

// Two values that came out of sums or quotients count as equal within 1e-12 of the first: decimal
// ties are not ties in binary.
inline bool DerivedEqual(double a, double b) {
  const double d = a < b ? b - a : a - b;
  return d <= 1e-12 * (a < 0 ? -a : a);
}

// Rows as an operator sees them: index 0 is some retained row, later rows follow. An operator may
// read as far back as it declared.
struct RowView {
  const int64_t* time = nullptr;  // close times, microseconds
  std::array<const double*, kLaneCount> lanes{};
  EventTime
      series_open;  // open time of the series' first row; kMinTime once that no longer matters

  const double* operator[](Lane lane) const { return lanes[IndexOf(lane)]; }
};

// The raw lanes that a derived lane is computed from. REQUIRES a derived lane.
std::span<const Lane> SourceOf(Lane lane);
// Whether the lane looks at the row before, and so is null in the first row, which has none.
constexpr bool LooksBack(Lane lane) {
  return lane == Lane::kLogReturn || lane == Lane::kSignedTypical || lane == Lane::kSignedVolume ||
         lane == Lane::kIlliquidity;
}
// Whether ComputeLane leaves it to the caller to take the logarithm, of many lanes at once.
constexpr bool IsLogarithm(Lane lane) {
  return lane == Lane::kLogReturn || lane == Lane::kLogRange || lane == Lane::kLogBody ||
         lane == Lane::kLogVolume;
}

// Fills derived lane `lane` for rows [begin, end). Row 0 has no row before it; a null raw value
// where one is needed gives null.
void ComputeLane(Lane lane, const RowView& rows, size_t begin, size_t end, double* out);

}  // namespace tidemark

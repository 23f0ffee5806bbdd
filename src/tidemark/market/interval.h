// A candle interval: a fixed length that divides a day (1m … 1d), a week from Monday, or a calendar
// month. Text: "1m" "5m" "15m" "1h" "4h" "1d" "1w" "1mo"; other fixed lengths as ParseDuration
// reads them.
#pragma once

#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"

namespace tidemark {

class Interval {
 public:
  enum class Unit { kFixed, kWeek, kMonth };

  Interval() = default;  // one minute
  // REQUIRES micros > 0 and kMicrosPerDay % micros == 0.
  static Interval Fixed(int64_t micros);
  static Interval Week() { return Interval(Unit::kWeek, kMicrosPerWeek); }
  static Interval Month() { return Interval(Unit::kMonth, 30 * kMicrosPerDay); }
  // Errors: kParse.
  static Result<Interval> Parse(std::string_view text);

  Unit unit() const { return unit_; }
  // Exact for fixed lengths and weeks; 30 days, an estimate, for a month.
  int64_t nominal_micros() const { return micros_; }
  std::string ToString() const;

  // The open time of the candle that contains t, and the close time (= next open) of the candle
  // that opens at `open`. REQUIRES open == OpenOf(open).
  EventTime OpenOf(EventTime t) const;
  EventTime CloseOf(EventTime open) const;

  bool operator==(const Interval&) const = default;
  auto operator<=>(const Interval&) const = default;

 private:
  Interval(Unit unit, int64_t micros) : unit_(unit), micros_(micros) {}
  Unit unit_ = Unit::kFixed;
  int64_t micros_ = kMicrosPerMinute;
};

}  // namespace tidemark

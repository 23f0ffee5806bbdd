// Targets: what a forecast at a row should have said, the log return of the close over the horizon.
//
//   30 rows:  target row j = i + 30;              target_time = time[j]
//   30m:      j = last row with time[j] <= t + d; target_time = t + d, the moment it is settled
//   actual = Log(close[j] / close[i])
//
// Times are close times (available times) in microseconds, strictly increasing.
//
// Worked example, horizon 2 rows, max_target_span 10 min, rows at minutes 0, 1, 2, 60:
//   row 0 → row 2 (span 2 min, usable), row 1 → row 3 (span 59 min: known, not usable),
//   rows 2 and 3 → unknown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"

namespace tidemark {

// How far ahead a forecast looks: closed rows of its series, or a duration. Exactly one is not 0.
struct Horizon {
  int64_t rows = 30;
  int64_t micros = 0;

  // "30" (rows) or a duration as ParseDuration reads it ("30m"). Errors: kParse.
  static Result<Horizon> Parse(std::string_view text);
  // The inverse of Parse.
  std::string ToString() const;
  // The horizon in rows of an interval (a duration: as many as fit, at least 1). The lag of every
  // HAC variance is twice this.
  int64_t NominalRows(int64_t interval_micros) const;
  bool operator==(const Horizon&) const = default;
};

// One entry per row of the range asked for.
struct Targets {
  std::vector<int64_t> target_time;  // kNullInt while unknown or null
  std::vector<double> actual;        // NaN while unknown or null
  std::vector<uint8_t> usable;       // 1: may be trained on and scored
  int64_t excluded_span = 0;         // known, but further away than max_target_span
  int64_t excluded_outage = 0;       // null because a suspected outage overlaps (durations only)
};

// Targets of rows [begin, end). `time` and `close` hold all rows of the series that are known, so
// rows after `end` are used. A duration target is known once all rows up to t + d are, that is with
// t + d <= known_until (the series' watermark), so a later row that comes or goes changes nothing;
// it is null where one of `outages` (in order, disjoint) overlaps [t, t + d). Row targets ignore
// outages: the span limit covers them.
// REQUIRES time.size() == close.size() and begin <= end <= time.size().
Targets ComputeTargets(std::span<const int64_t> time, std::span<const double> close, size_t begin,
                       size_t end, const Horizon& horizon, int64_t max_target_span_us,
                       std::span<const TimeRange> outages, EventTime known_until);

}  // namespace tidemark

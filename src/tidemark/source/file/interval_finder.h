// The interval of a file from the times of its first rows.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/market/interval.h"

namespace tidemark {

struct FoundInterval {
  Interval interval;
  bool assumed = false;  // too few rows to tell: one minute
};

// The longest usual length, week or month that all times are multiples of, but for damage: one time
// in a hundred that stands alone in `times_us`, which are in file order; and one in eight where it
// is no whole minute and the others are. Where there is none, the longest that most times are
// multiples of. Repeats do not matter. Errors: kParse when there is no common step of a second or
// more.
Result<FoundInterval> FindInterval(std::vector<int64_t> times_us);

// Whether a stated interval can be that of these times. Errors: kInvalidArgument when most are not
// aligned to it, or when a hundred of them are all aligned to a longer one.
Status CheckStatedInterval(const Interval& stated, const std::vector<int64_t>& times_us);

// Whether an interval that nobody stated can be it: then seven times in eight must be aligned, so
// all of few.
bool IsLikelyInterval(const Interval& interval, const std::vector<int64_t>& times_us);

}  // namespace tidemark

// The calendar months that folds, fits and files of derived rows are cut by.
//
// A row belongs to the month it opens in, wherever it stands on the path. Derived rows are known by
// their available (= close) time, and the last candle of December closes at 00:00 on 1 January: so
// in available times a month is (start, next start], which is [start + 1 µs, next start + 1 µs).
#pragma once

#include "tidemark/base/time.h"

namespace tidemark {

// The start of the calendar month that a row available at `t` belongs to.
inline EventTime FoldMonthOf(EventTime t) { return FloorToMonth(t - 1); }

// The available times of the month that starts at `month`.
inline TimeRange FoldMonth(EventTime month) { return {month + 1, AddMonths(month, 1) + 1}; }

}  // namespace tidemark

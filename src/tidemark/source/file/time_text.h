// Times as files write them: epoch numbers in four units, ISO 8601 and its relatives.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "tidemark/base/time.h"
#include "tidemark/source/file/zone.h"

namespace tidemark {

enum class TimeUnit : uint8_t { kAuto, kSecond, kMilli, kMicro, kNano, kIso };
// "s" "ms" "us" "ns" "iso"; kAuto for "". Errors: kInvalidArgument.
Result<TimeUnit> ParseTimeUnit(std::string_view text);
std::string_view NameOf(TimeUnit unit);

struct TimeFormat {
  TimeUnit unit = TimeUnit::kAuto;
  std::shared_ptr<const Zone> zone;  // of times without an offset; null = UTC
  bool finer = false;  // parts of a microsecond are dropped; else only whole ones are times
};

enum class TimeProblem : uint8_t { kNone, kBad, kDamaged, kNonexistent };
struct ParsedTime {
  int64_t us = 0;
  TimeUnit unit = TimeUnit::kAuto;  // the one it was written in
  TimeProblem problem = TimeProblem::kNone;
};

// The unit of an epoch number, told by magnitude: from 2001 to 2286 the four do not overlap. kAuto
// when none fits.
TimeUnit UnitOfEpoch(int64_t value);

// Accepts: epoch numbers, also "1368976980000.0" and exponents that write all digits; 20130519,
// 20130519152300; 2013-05-19[T ]15:23[:00[.123456]][Z|±hh[:mm]| UTC], also with / or . in the date;
// "2013-05-19 11-PM". A number that a spreadsheet rounded (1.369E+12, 41413.64) is kDamaged.
ParsedTime ParseTimeText(std::string_view text, const TimeFormat& format);

// Quick path for "2013-05-19 15:23:00" and "2013-05-19T15:23:00", UTC: the end, or nullptr.
// REQUIRES 19 readable bytes at `p`.
const char* ParsePlainIso(const char* p, int64_t* us);

}  // namespace tidemark

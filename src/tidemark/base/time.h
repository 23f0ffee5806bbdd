// Time: UTC microseconds since 1970-01-01, in two strong types, and the proleptic Gregorian
// calendar. There is no time zone here and no clock (see clock.h).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"

namespace tidemark {

constexpr int64_t kMicrosPerMilli = 1000;
constexpr int64_t kMicrosPerSecond = 1000 * kMicrosPerMilli;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;
constexpr int64_t kMicrosPerWeek = 7 * kMicrosPerDay;

// When something happened at its venue.
struct EventTime {
  int64_t us = 0;
  auto operator<=>(const EventTime&) const = default;
  constexpr EventTime operator+(int64_t micros) const { return {us + micros}; }
  constexpr EventTime operator-(int64_t micros) const { return {us - micros}; }
  constexpr int64_t operator-(EventTime other) const { return us - other.us; }
};
constexpr EventTime kMinTime{INT64_MIN / 4};
constexpr EventTime kMaxTime{INT64_MAX / 4};

// When we got it.
struct ReceiveTime {
  int64_t us = 0;
  auto operator<=>(const ReceiveTime&) const = default;
};

// [start, end): every interval in Tidemark is half open.
struct TimeRange {
  EventTime start;
  EventTime end;
  bool operator==(const TimeRange&) const = default;
  constexpr bool empty() const { return !(start < end); }
  constexpr bool Contains(EventTime t) const { return start <= t && t < end; }
  constexpr bool Overlaps(const TimeRange& o) const { return start < o.end && o.start < end; }
  static constexpr TimeRange All() { return {kMinTime, kMaxTime}; }
};

struct CivilDate {
  int year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
  bool operator==(const CivilDate&) const = default;
};
int64_t DaysFromCivil(CivilDate date);  // days since 1970-01-01
CivilDate CivilFromDays(int64_t days);
CivilDate CivilOf(EventTime t);
EventTime StartOf(CivilDate date);

// The start of the UTC calendar unit that contains t; weeks start on Monday.
EventTime FloorToDay(EventTime t);
EventTime FloorToWeek(EventTime t);
EventTime FloorToMonth(EventTime t);
EventTime FloorToYear(EventTime t);
// The start of the calendar month `months` after the one that contains t.
EventTime AddMonths(EventTime t, int months);

// ISO 8601 in UTC: "2019-12-31T23:59:00Z", with up to six decimals of a second when not zero.
std::string FormatTime(EventTime t);
std::string FormatDate(EventTime t);  // "2019-12-31"
// "2019-12", "2019-12-31", "2019-12-31T23:59[:00[.123456]][Z|+hh:mm]", with ' ' or 'T' between.
// A naive time is UTC. Errors: kParse.
Result<EventTime> ParseTime(std::string_view text);
// "90s", "30m", "4h", "1d", "2w" → microseconds > 0. Errors: kParse.
Result<int64_t> ParseDuration(std::string_view text);
// The inverse, in the largest unit that divides: "30m", "1d".
std::string FormatDuration(int64_t micros);

}  // namespace tidemark

#include "tidemark/base/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace tidemark {
namespace {

int64_t FloorDiv(int64_t a, int64_t b) {
  const int64_t q = a / b;
  return q - (a % b < 0 ? 1 : 0);
}

// Reads exactly `digits` decimal digits from the front of `text`.
bool TakeNumber(std::string_view* text, int digits, int* value) {
  if (text->size() < static_cast<size_t>(digits)) return false;
  *value = 0;
  for (int i = 0; i < digits; ++i) {
    const char c = (*text)[static_cast<size_t>(i)];
    if (c < '0' || c > '9') return false;
    *value = *value * 10 + (c - '0');
  }
  text->remove_prefix(static_cast<size_t>(digits));
  return true;
}

bool TakeChar(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

int DaysInMonth(int year, int month) {
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<size_t>(month - 1)];
}

}  // namespace

// Both conversions count days in 400-year eras with the year starting in March, so that the leap
// day is the last of its year.
int64_t DaysFromCivil(CivilDate date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = FloorDiv(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year =
      (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

CivilDate CivilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = FloorDiv(days, 146097);
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  CivilDate date;
  date.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  date.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  date.year = static_cast<int>(year_of_era + era * 400 + (date.month <= 2 ? 1 : 0));
  return date;
}

CivilDate CivilOf(EventTime t) { return CivilFromDays(FloorDiv(t.us, kMicrosPerDay)); }
EventTime StartOf(CivilDate date) { return {DaysFromCivil(date) * kMicrosPerDay}; }

EventTime FloorToDay(EventTime t) { return {FloorDiv(t.us, kMicrosPerDay) * kMicrosPerDay}; }

EventTime FloorToWeek(EventTime t) {
  // 1970-01-01 was a Thursday: the Monday before it is day -3.
  const int64_t days = FloorDiv(t.us, kMicrosPerDay);
  return {(FloorDiv(days + 3, 7) * 7 - 3) * kMicrosPerDay};
}

EventTime FloorToMonth(EventTime t) {
  CivilDate date = CivilOf(t);
  date.day = 1;
  return StartOf(date);
}

EventTime FloorToYear(EventTime t) { return StartOf({CivilOf(t).year, 1, 1}); }

EventTime AddMonths(EventTime t, int months) {
  const CivilDate date = CivilOf(t);
  const int64_t index = static_cast<int64_t>(date.year) * 12 + date.month - 1 + months;
  return StartOf({static_cast<int>(FloorDiv(index, 12)),
                  static_cast<int>(index - FloorDiv(index, 12) * 12) + 1, 1});
}

std::string FormatDate(EventTime t) {
  const CivilDate d = CivilOf(t);
  return fmt::format("{:04}-{:02}-{:02}", d.year, d.month, d.day);
}

std::string FormatTime(EventTime t) {
  const int64_t in_day = t.us - FloorToDay(t).us;
  const int64_t seconds = in_day / kMicrosPerSecond;
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", FormatDate(t), seconds / 3600,
                                 seconds / 60 % 60, seconds % 60);
  if (const int64_t micros = in_day % kMicrosPerSecond; micros != 0) {
    text +=
        micros % 1000 == 0 ? fmt::format(".{:03}", micros / 1000) : fmt::format(".{:06}", micros);
  }
  return text + "Z";
}

Result<EventTime> ParseTime(std::string_view text) {
  const auto fail = [whole = std::string(text)] {
    return Fail(ErrorCode::kParse, "not an ISO 8601 time: '" + whole + "'");
  };
  int year, month, day = 1, hour = 0, minute = 0, second = 0;
  if (!TakeNumber(&text, 4, &year) || !TakeChar(&text, '-') || !TakeNumber(&text, 2, &month)) {
    return fail();
  }
  if (month < 1 || month > 12) return fail();
  if (TakeChar(&text, '-') && !TakeNumber(&text, 2, &day)) return fail();
  if (day < 1 || day > DaysInMonth(year, month)) return fail();
  int64_t us = StartOf({year, month, day}).us;
  if (text.empty()) return EventTime{us};
  if (!TakeChar(&text, 'T') && !TakeChar(&text, ' ')) return fail();
  if (!TakeNumber(&text, 2, &hour) || !TakeChar(&text, ':') || !TakeNumber(&text, 2, &minute)) {
    return fail();
  }
  if (TakeChar(&text, ':') && !TakeNumber(&text, 2, &second)) return fail();
  if (hour > 23 || minute > 59 || second > 59) return fail();
  us += hour * kMicrosPerHour + minute * kMicrosPerMinute + second * kMicrosPerSecond;
  if (TakeChar(&text, '.')) {
    int64_t scale = kMicrosPerSecond;
    if (text.empty() || text.front() < '0' || text.front() > '9') return fail();
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      scale /= 10;
      us += (text.front() - '0') * scale;
      text.remove_prefix(1);
    }
  }
  if (TakeChar(&text, 'Z')) return text.empty() ? Result<EventTime>(EventTime{us}) : fail();
  if (text.starts_with(" UTC")) text.remove_prefix(4);
  if (text.empty()) return EventTime{us};
  const bool west = text.front() == '-';
  if (!TakeChar(&text, '+') && !TakeChar(&text, '-')) return fail();
  int zone_hour, zone_minute = 0;
  if (!TakeNumber(&text, 2, &zone_hour)) return fail();
  TakeChar(&text, ':');
  if (!text.empty() && !TakeNumber(&text, 2, &zone_minute)) return fail();
  if (!text.empty() || zone_hour > 23 || zone_minute > 59) return fail();
  const int64_t offset = zone_hour * kMicrosPerHour + zone_minute * kMicrosPerMinute;
  return EventTime{west ? us + offset : us - offset};
}

namespace {
struct DurationUnit {
  std::string_view name;
  int64_t micros;
};
constexpr std::array<DurationUnit, 7> kDurationUnits = {{{"w", kMicrosPerWeek},
                                                         {"d", kMicrosPerDay},
                                                         {"h", kMicrosPerHour},
                                                         {"m", kMicrosPerMinute},
                                                         {"s", kMicrosPerSecond},
                                                         {"ms", kMicrosPerMilli},
                                                         {"us", 1}}};
}  // namespace

Result<int64_t> ParseDuration(std::string_view text) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  if (error == std::errc() && count > 0) {
    for (const DurationUnit& u : kDurationUnits) {
      if (unit == u.name && count <= INT64_MAX / 8 / u.micros) return count * u.micros;
    }
  }
  return Fail(ErrorCode::kParse,
              fmt::format("not a duration: '{}' (use 90s, 30m, 4h, 1d, 2w)", text));
}

std::string FormatDuration(int64_t micros) {
  for (const DurationUnit& u : kDurationUnits) {
    if (u.name != "w" && micros % u.micros == 0)
      return fmt::format("{}{}", micros / u.micros, u.name);
  }
  return fmt::format("{}us", micros);
}

}  // namespace tidemark

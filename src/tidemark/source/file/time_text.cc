#include "tidemark/source/file/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "tidemark/source/file/number.h"

namespace tidemark {
namespace {

constexpr std::array<std::string_view, 6> kUnitNames = {"", "s", "ms", "us", "ns", "iso"};

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

ParsedTime Problem(TimeProblem problem) { return {0, TimeUnit::kAuto, problem}; }

ParsedTime FromEpoch(int64_t value, const TimeFormat& format) {
  const TimeUnit unit = format.unit == TimeUnit::kAuto ? UnitOfEpoch(value) : format.unit;
  switch (unit) {
    case TimeUnit::kSecond:
      if (value > INT64_MAX / kMicrosPerSecond) return Problem(TimeProblem::kBad);
      return {value * kMicrosPerSecond, unit};
    case TimeUnit::kMilli:
      if (value > INT64_MAX / kMicrosPerMilli) return Problem(TimeProblem::kBad);
      return {value * kMicrosPerMilli, unit};
    case TimeUnit::kMicro:
      return {value, unit};
    case TimeUnit::kNano:
      if (value % 1000 != 0 && !format.finer) return Problem(TimeProblem::kBad);
      return {value / 1000, unit};
    default:
      return Problem(TimeProblem::kBad);
  }
}

// Local time to UTC by the file's zone.
ParsedTime FromLocal(int64_t local_us, const TimeFormat& format) {
  if (format.zone == nullptr) return {local_us, TimeUnit::kIso};
  const auto us = format.zone->ToUtc(local_us);
  if (!us) return Problem(TimeProblem::kNonexistent);
  return {*us, TimeUnit::kIso};
}

// 20130519, 201305191523, 20130519152300.
ParsedTime FromCompactDate(std::string_view digits, const TimeFormat& format) {
  std::string text =
      fmt::format("{}-{}-{}", digits.substr(0, 4), digits.substr(4, 2), digits.substr(6, 2));
  if (digits.size() >= 12) text += fmt::format("T{}:{}", digits.substr(8, 2), digits.substr(10, 2));
  if (digits.size() == 14) text += fmt::format(":{}", digits.substr(12, 2));
  const auto time = ParseTime(text);
  if (!time) return Problem(TimeProblem::kBad);
  return FromLocal(time->us, format);
}

// A number with a point or an exponent. It is a time only when every digit of the integer is
// written.
ParsedTime FromFloating(std::string_view text, const TimeFormat& format) {
  const size_t e = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, e);
  const size_t point = mantissa.find('.');
  std::string digits(mantissa.substr(0, point));
  std::string fraction(point == std::string_view::npos ? "" : mantissa.substr(point + 1));
  if (digits.empty()) return Problem(TimeProblem::kBad);
  if (e != std::string_view::npos) {
    std::string_view exponent_text = text.substr(e + 1);
    if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(
        exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
    if (error != std::errc() || end != exponent_text.data() + exponent_text.size()) {
      return Problem(TimeProblem::kBad);
    }
    if (exponent < 0 || static_cast<size_t>(exponent) > fraction.size()) {
      return Problem(TimeProblem::kDamaged);
    }
    digits += fraction.substr(0, static_cast<size_t>(exponent));
    fraction.erase(0, static_cast<size_t>(exponent));
  }
  if (digits.size() > 18) return Problem(TimeProblem::kBad);
  int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const TimeUnit unit = format.unit == TimeUnit::kAuto ? UnitOfEpoch(value) : format.unit;
  // Days since 1900, what a spreadsheet makes of a date.
  if (unit == TimeUnit::kAuto)
    return Problem(value < 100'000 ? TimeProblem::kDamaged : TimeProblem::kBad);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (fraction.empty()) return FromEpoch(value, format);
  // Seconds with decimals down to the microsecond, as Python's time.time() prints them.
  if (!format.finer && (unit != TimeUnit::kSecond || fraction.size() > 6)) {
    return Problem(TimeProblem::kBad);
  }
  const size_t digits_used = unit == TimeUnit::kSecond ? 6 : unit == TimeUnit::kMilli ? 3 : 0;
  ParsedTime time = FromEpoch(value, format);
  if (time.problem != TimeProblem::kNone || time.us > INT64_MAX - kMicrosPerSecond) {
    return Problem(TimeProblem::kBad);
  }
  fraction.resize(digits_used, '0');
  int64_t micros = 0;
  std::from_chars(fraction.data(), fraction.data() + digits_used, micros);
  time.us += micros;
  return time;
}

// "2013-05-19 11-PM", hours as CryptoDataDownload once wrote them.
std::optional<std::string> FromTwelveHours(std::string_view text) {
  if (text.size() < 15 || text[10] != ' ' || text[13] != '-') return std::nullopt;
  const std::string_view half = text.substr(14);
  if (half != "AM" && half != "PM") return std::nullopt;
  if (!IsDigit(text[11]) || !IsDigit(text[12])) return std::nullopt;
  int hour = (text[11] - '0') * 10 + (text[12] - '0');
  if (hour < 1 || hour > 12) return std::nullopt;
  hour = hour % 12 + (half == "PM" ? 12 : 0);
  return fmt::format("{} {:02}:00", text.substr(0, 10), hour);
}

ParsedTime FromIso(std::string_view text, const TimeFormat& format) {
  std::string iso(text);
  if (text.size() >= 10 && (text[4] == '/' || text[4] == '.') && text[7] == text[4]) {
    iso[4] = iso[7] = '-';
  }
  if (auto plain = FromTwelveHours(iso)) iso = *std::move(plain);
  const auto time = ParseTime(iso);
  if (!time) return Problem(TimeProblem::kBad);
  const bool has_offset = iso.size() > 10 && (iso.ends_with('Z') || iso.ends_with("UTC") ||
                                              iso.find_first_of("+-", 11) != std::string::npos);
  if (has_offset) return {time->us, TimeUnit::kIso};
  return FromLocal(time->us, format);
}

}  // namespace

Result<TimeUnit> ParseTimeUnit(std::string_view text) {
  const auto it = std::find(kUnitNames.begin(), kUnitNames.end(), text);
  if (it != kUnitNames.end()) return static_cast<TimeUnit>(it - kUnitNames.begin());
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("time_unit '{}' is not one of s, ms, us, ns, iso", text));
}

std::string_view NameOf(TimeUnit unit) { return kUnitNames[static_cast<size_t>(unit)]; }

TimeUnit UnitOfEpoch(int64_t value) {
  constexpr int64_t kLow = 1'000'000'000, kHigh = 10'000'000'000;  // 2001-09-09 to 2286-11-20
  if (value < kLow) return TimeUnit::kAuto;
  if (value < kHigh) return TimeUnit::kSecond;
  if (value >= kLow * 1000 && value < kHigh * 1000) return TimeUnit::kMilli;
  if (value >= kLow * 1'000'000 && value < kHigh * 1'000'000) return TimeUnit::kMicro;
  if (value >= kLow * 1'000'000'000) return TimeUnit::kNano;
  return TimeUnit::kAuto;
}

ParsedTime ParseTimeText(std::string_view text, const TimeFormat& format) {
  text = Trim(text);
  if (text.empty()) return Problem(TimeProblem::kBad);
  const bool all_digits = std::all_of(text.begin(), text.end(), IsDigit);
  const bool iso_only = format.unit == TimeUnit::kIso;
  if (all_digits) {
    const size_t n = text.size();
    const bool date_like =
        (n == 8 || n == 12 || n == 14) && (iso_only || format.unit == TimeUnit::kAuto);
    if (date_like) return FromCompactDate(text, format);
    if (n > 19 || iso_only) return Problem(TimeProblem::kBad);
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + n, value);
    if (error != std::errc()) return Problem(TimeProblem::kBad);
    return FromEpoch(value, format);
  }
  if (text.find_first_not_of("0123456789.eE+") == std::string_view::npos &&
      !(text.size() >= 10 && text[4] == '.' && text[7] == '.')) {
    return iso_only ? Problem(TimeProblem::kBad) : FromFloating(text, format);
  }
  if (format.unit != TimeUnit::kAuto && !iso_only) return Problem(TimeProblem::kBad);
  return FromIso(text, format);
}

const char* ParsePlainIso(const char* p, int64_t* us) {
  static constexpr char kShape[] = "dddd-dd-ddTdd:dd:dd";
  for (int i = 0; i < 19; ++i) {
    const char c = p[i];
    const bool ok = kShape[i] == 'd' ? IsDigit(c) : c == kShape[i] || (i == 10 && c == ' ');
    if (!ok) return nullptr;
  }
  const auto two = [p](int i) { return (p[i] - '0') * 10 + (p[i + 1] - '0'); };
  const int month = two(5), day = two(8), hour = two(11), minute = two(14), second = two(17);
  // Days above 28 are checked by the careful path, as is everything out of range.
  if (month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59) {
    return nullptr;
  }
  const int64_t days = DaysFromCivil({two(0) * 100 + two(2), month, day});
  *us = ((days * 24 + hour) * 60 + minute) * kMicrosPerMinute + second * kMicrosPerSecond;
  return p + 19;
}

}  // namespace tidemark

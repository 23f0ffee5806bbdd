#include "tidemark/source/feed/field_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "tidemark/source/file/number.h"

namespace tidemark {
namespace {

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

Side SideOfWord(std::string_view word) {
  for (const std::string_view buy : {"buy", "b", "bid"}) {
    if (EqualsIgnoringCase(word, buy)) return Side::kBuy;
  }
  for (const std::string_view sell : {"sell", "s", "ask"}) {
    if (EqualsIgnoringCase(word, sell)) return Side::kSell;
  }
  return Side::kUnknown;
}

// "1618678142.557535" to microseconds; digits below are cut.
std::optional<int64_t> SecondsOfText(std::string_view text) {
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (whole.empty() || whole.size() > 11) return std::nullopt;
  int64_t us = 0;
  for (const char c : whole) {
    if (!IsDigit(c)) return std::nullopt;
    us = us * 10 + (c - '0');
  }
  us *= kMicrosPerSecond;
  if (point == std::string_view::npos) return us;
  const std::string_view fraction = text.substr(point + 1);
  if (fraction.empty()) return std::nullopt;
  int64_t unit = kMicrosPerSecond / 10;
  for (const char c : fraction) {
    if (!IsDigit(c)) return std::nullopt;
    us += unit * (c - '0');
    unit /= 10;
  }
  return us;
}

std::optional<int64_t> MicrosOfEpoch(int64_t value, TimeUnit unit) {
  if (value < 0) return std::nullopt;
  if (unit == TimeUnit::kAuto) unit = UnitOfEpoch(value);
  switch (unit) {
    case TimeUnit::kSecond:
      if (value > 100'000'000'000) return std::nullopt;
      return value * kMicrosPerSecond;
    case TimeUnit::kMilli:
      if (value > 100'000'000'000'000) return std::nullopt;
      return value * kMicrosPerMilli;
    case TimeUnit::kMicro:
      return value;
    case TimeUnit::kNano:
      return value / 1000;
    default:
      return std::nullopt;
  }
}

std::optional<int64_t> MicrosOf(const JsonField& field, TimeUnit unit) {
  int64_t whole = 0;
  if (field.get(whole) == simdjson::SUCCESS) return MicrosOfEpoch(whole, unit);
  std::string_view text;
  if (field.get(text) == simdjson::SUCCESS) {
    if (unit == TimeUnit::kIso) return MicrosOfIso(text);
    if (unit == TimeUnit::kSecond) return SecondsOfText(text);
    const auto digits = IntOf(field);
    return digits ? MicrosOfEpoch(*digits, unit) : std::nullopt;
  }
  double seconds = 0;
  if (unit == TimeUnit::kSecond && field.get(seconds) == simdjson::SUCCESS && seconds >= 0 &&
      seconds < 1e11) {
    return std::llround(seconds * 1e6);
  }
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> MicrosOfIso(std::string_view text) {
  int64_t us = 0;
  if (text.size() < 20) return std::nullopt;
  size_t end = 19, unit = kMicrosPerSecond / 10;
  int64_t fraction = 0;
  if (text[19] == '.') {
    for (end = 20; end < text.size() && IsDigit(text[end]); ++end, unit /= 10) {
      fraction += static_cast<int64_t>(unit) * (text[end] - '0');
    }
    if (end == 20) return std::nullopt;
  }
  if (end + 1 == text.size() && text[end] == 'Z' && ParsePlainIso(text.data(), &us) != nullptr) {
    return us + fraction;
  }
  if (end == text.size()) return std::nullopt;  // a local time
  const auto careful = ParseTime(fmt::format("{}{}", text.substr(0, 19), text.substr(end)));
  if (!careful) return std::nullopt;
  return careful->us + fraction;
}

void FieldReader::Fail(RejectReason reason, std::string message) {
  if (!ok_) return;
  ok_ = false;
  reason_ = reason;
  message_ = std::move(message);
}

double FieldReader::BadNumber(const JsonField& field, std::string_view name) {
  if (IsNull(field)) {
    Fail(RejectReason::kMissingValue, fmt::format("{} is missing", name));
  } else {
    Fail(RejectReason::kBadNumber,
         fmt::format("{} '{}' is not a number", name, WordsOf(field).substr(0, 60)));
  }
  return 1;
}

double FieldReader::Number(const JsonField& field, std::string_view name) {
  double value = 0;
  std::string_view text;
  if (field.get(text) == simdjson::SUCCESS) {
    // The parser ends its texts with a zero byte, so the plain path stops there.
    const char* const end = ParsePlainDecimal(text.data(), &value);
    if (end != text.data() + text.size() || text.empty()) {
      if (text.empty() || (!IsDigit(text.front()) && text.front() != '-') ||
          ParseNumberText(text, false, &value) != NumberKind::kValue) {
        return BadNumber(field, name);
      }
    }
  } else if (field.get(value) != simdjson::SUCCESS) {
    return BadNumber(field, name);
  }
  if (!(std::fabs(value) < kNumberLimit)) {
    Fail(RejectReason::kOutOfRange, fmt::format("{} {} is 2^44 or more", name, value));
    return 1;
  }
  return value + 0.0;  // -0 becomes 0
}

double FieldReader::Price(const JsonField& field, std::string_view name) {
  const double value = Number(field, name);
  if (value > 0) return value;
  Fail(RejectReason::kNotPositive, fmt::format("{} {} is not above 0", name, value));
  return 1;
}

double FieldReader::Size(const JsonField& field, std::string_view name) {
  return Price(field, name);
}

double FieldReader::Volume(const JsonField& field, std::string_view name) {
  const double value = Number(field, name);
  if (value >= 0) return value;
  Fail(RejectReason::kNegativeVolume, fmt::format("{} {} is below 0", name, value));
  return 0;
}

int64_t FieldReader::Int(const JsonField& field, std::string_view name) {
  if (const auto value = IntOf(field)) return *value;
  BadNumber(field, name);
  return 0;
}

std::string_view FieldReader::Id(const JsonField& field, std::string_view name) {
  std::string_view text;
  if (field.get(text) == simdjson::SUCCESS && !text.empty()) return text;
  uint64_t number = 0;
  if (field.get(number) == simdjson::SUCCESS) {
    const auto end = std::to_chars(id_text_.data(), id_text_.data() + id_text_.size(), number).ptr;
    return {id_text_.data(), static_cast<size_t>(end - id_text_.data())};
  }
  Fail(RejectReason::kMissingValue, fmt::format("{} is missing", name));
  return {};
}

std::string_view FieldReader::Text(const JsonField& field, std::string_view name) {
  const std::string_view text = TextOf(field);
  if (text.empty()) Fail(RejectReason::kMissingValue, fmt::format("{} is missing", name));
  return text;
}

std::string_view FieldReader::Symbol(const JsonField& field, std::string_view name) {
  const std::string_view text = TextOf(field);
  if (text.empty()) Fail(RejectReason::kBadSymbol, fmt::format("{} is missing", name));
  return text;
}

bool FieldReader::Bool(const JsonField& field, std::string_view name) {
  bool value = false;
  if (field.get(value) != simdjson::SUCCESS) {
    Fail(RejectReason::kMissingValue, fmt::format("{} is neither true nor false", name));
  }
  return value;
}

Side FieldReader::TradeSide(const JsonField& field, SideOf whose, std::string_view name) {
  const Side side = SideOfWord(TextOf(field));
  if (side == Side::kUnknown) {
    Fail(RejectReason::kBadSide,
         fmt::format("{} '{}' is neither buy nor sell", name, WordsOf(field).substr(0, 60)));
  }
  if (whose == SideOf::kTaker) return side;
  return side == Side::kBuy ? Side::kSell : Side::kBuy;
}

EventTime FieldReader::InRange(int64_t us, std::string_view name) {
  if (us < kFirstTime.us || us > at_.us + kMicrosPerDay) {
    Fail(RejectReason::kTimeOutOfRange,
         fmt::format("{} {} is {}", name, us,
                     us < kFirstTime.us ? "before 2009-01-03" : "more than a day ahead"));
    return kFirstTime;
  }
  return {us};
}

EventTime FieldReader::Time(const JsonField& field, TimeUnit unit, std::string_view name) {
  if (const auto us = MicrosOf(field, unit)) return InRange(*us, name);
  if (IsNull(field)) {
    Fail(RejectReason::kMissingValue, fmt::format("{} is missing", name));
  } else {
    Fail(RejectReason::kBadTime,
         fmt::format("{} '{}' is not a time in {}", name, WordsOf(field).substr(0, 60),
                     unit == TimeUnit::kAuto ? "ms or us" : NameOf(unit)));
  }
  return kFirstTime;
}

void FieldReader::CandleValues(const CandleFields& fields, Candle* candle) {
  candle->open = Number(fields.open, "open");
  candle->high = Number(fields.high, "high");
  candle->low = Number(fields.low, "low");
  candle->close = Number(fields.close, "close");
  candle->volume = Volume(fields.volume, "volume");
}

Interval FieldReader::IntervalNamed(std::string_view name) {
  if (const auto interval = IntervalOfName(name)) return *interval;
  Fail(RejectReason::kBadInterval, fmt::format("an interval '{}'", name.substr(0, 60)));
  return Interval();
}

void FieldReader::CheckCandle(const Interval& interval, Candle* candle) {
  RowRules rules;
  rules.interval = interval;
  rules.last = {at_.us + kMicrosPerDay};
  const RowChecker checker(rules);
  RowValues row;
  row.time_us = candle->open_time.us;
  row.number = {candle->open, candle->high, candle->low, candle->close, candle->volume};
  if (checker.Quick(row)) return;
  if (auto rejection = checker.Check(row)) Fail(rejection->reason, std::move(rejection->message));
}

std::optional<Interval> IntervalOfMinutes(int64_t minutes) {
  if (minutes == 7 * 24 * 60) return Interval::Week();
  if (minutes <= 0 || minutes > 24 * 60 || 24 * 60 % minutes != 0) return std::nullopt;
  return Interval::Fixed(minutes * kMicrosPerMinute);
}

std::optional<Interval> IntervalOfName(std::string_view name) {
  if (name.ends_with("utc")) name.remove_suffix(3);
  int64_t count = 1;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), count);
  const bool counted = parsed.ec == std::errc();
  const std::string_view unit =
      counted ? name.substr(static_cast<size_t>(parsed.ptr - name.data())) : name;
  if (count <= 0 || count > 100'000 || (!counted && unit.size() != 1)) return std::nullopt;
  if (unit.empty()) return IntervalOfMinutes(count);
  if (unit == "s") {
    if (24 * 3600 % count != 0) return std::nullopt;
    return Interval::Fixed(count * kMicrosPerSecond);
  }
  if (unit == "m") return IntervalOfMinutes(count);
  if (unit == "h" || unit == "H" || unit == "hr") return IntervalOfMinutes(count * 60);
  if (unit == "d" || unit == "D" || unit == "day") return IntervalOfMinutes(count * 24 * 60);
  if ((unit == "w" || unit == "W") && count == 1) return Interval::Week();
  if (unit == "M" && count == 1) return Interval::Month();
  return std::nullopt;
}

}  // namespace tidemark

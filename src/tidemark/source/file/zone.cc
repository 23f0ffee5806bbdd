#include "tidemark/source/file/zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "tidemark/base/file.h"
#include "tidemark/base/time.h"

namespace tidemark {
namespace {

constexpr size_t kHeaderSize = 44;

int64_t BigEndian(std::string_view bytes, size_t at, size_t size) {
  int64_t value = static_cast<signed char>(bytes[at]);
  for (size_t i = 1; i < size; ++i) value = value * 256 + static_cast<unsigned char>(bytes[at + i]);
  return value;
}

struct Counts {
  size_t utc, standard, leap, time, type, chars;
  size_t BodySize(size_t time_size) const {
    return time * time_size + time + type * 6 + chars + leap * (time_size + 4) + standard + utc;
  }
};

Result<Counts> ReadHeader(std::string_view bytes, size_t at) {
  if (bytes.size() < at + kHeaderSize || bytes.substr(at, 4) != "TZif") {
    return Fail(ErrorCode::kParse, "not a time zone file");
  }
  size_t count[6];
  for (size_t i = 0; i < 6; ++i) {
    count[i] = static_cast<size_t>(static_cast<uint32_t>(BigEndian(bytes, at + 20 + i * 4, 4)));
    if (count[i] > 1'000'000) return Fail(ErrorCode::kParse, "not a time zone file");
  }
  return Counts{count[0], count[1], count[2], count[3], count[4], count[5]};
}

// One "Mm.w.d[/time]" of a POSIX rule, as the seconds since the start of `year`, local time.
struct Rule {
  int month = 0, week = 0, day = 0;
  int64_t time = 2 * 3600;
  int64_t LocalSecond(int year) const {
    const int64_t first = DaysFromCivil({year, month, 1});
    const int64_t weekday = ((first + 4) % 7 + 7) % 7;  // 0 = Sunday
    int64_t at = first + (day - weekday + 7) % 7 + (week - 1) * 7;
    const CivilDate date = CivilFromDays(at);
    if (date.month != month) at -= 7;  // week 5 is the last one
    return at * 86400 + time;
  }
};

// The tail of a POSIX TZ string, "CET-1CEST,M3.5.0,M10.5.0/3": rules for the years after the table.
class PosixRules {
 public:
  static std::optional<PosixRules> Parse(std::string_view text) {
    PosixRules rules;
    if (!Name(text) || !Offset(text, &rules.standard_)) return std::nullopt;
    rules.standard_ = -rules.standard_;
    rules.daylight_ = rules.standard_ + 3600;
    if (text.empty()) return rules;
    if (!Name(text)) return std::nullopt;
    if (!text.starts_with(',')) {
      if (!Offset(text, &rules.daylight_)) return std::nullopt;
      rules.daylight_ = -rules.daylight_;
    }
    if (!TakeRule(text, &rules.start_) || !TakeRule(text, &rules.end_)) return std::nullopt;
    rules.has_daylight_ = true;
    return rules;
  }
  void AddYears(int from, int to, std::vector<int64_t>& at, std::vector<int32_t>& offsets) const {
    for (int year = from; has_daylight_ && year <= to; ++year) {
      std::pair<int64_t, int64_t> changes[] = {{start_.LocalSecond(year) - standard_, daylight_},
                                               {end_.LocalSecond(year) - daylight_, standard_}};
      if (changes[1].first < changes[0].first) std::swap(changes[0], changes[1]);
      for (const auto& [second, offset] : changes) {
        if (!at.empty() && second <= at.back()) continue;
        at.push_back(second);
        offsets.push_back(static_cast<int32_t>(offset));
      }
    }
  }

 private:
  static bool Name(std::string_view& text) {
    size_t n = 0;
    if (text.starts_with('<')) {
      n = text.find('>');
      if (n == std::string_view::npos) return false;
      ++n;
    } else {
      while (n < text.size() && std::isalpha(static_cast<unsigned char>(text[n]))) ++n;
    }
    text.remove_prefix(n);
    return n >= 3;
  }
  static bool Number(std::string_view& text, int64_t* value) {
    size_t n = 0;
    *value = 0;
    while (n < text.size() && n < 5 && text[n] >= '0' && text[n] <= '9') {
      *value = *value * 10 + (text[n++] - '0');
    }
    text.remove_prefix(n);
    return n > 0;
  }
  static bool Take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
  }
  static bool Offset(std::string_view& text, int64_t* seconds) {
    const bool negative = Take(text, '-');
    if (!negative) Take(text, '+');
    int64_t part = 0;
    if (!Number(text, &part)) return false;
    *seconds = part * 3600;
    for (const int64_t unit : {60, 1}) {
      if (!Take(text, ':')) break;
      if (!Number(text, &part)) return false;
      *seconds += part * unit;
    }
    if (negative) *seconds = -*seconds;
    return true;
  }
  static bool TakeRule(std::string_view& text, Rule* rule) {
    int64_t month, week, day;
    if (!Take(text, ',') || !Take(text, 'M') || !Number(text, &month) || !Take(text, '.') ||
        !Number(text, &week) || !Take(text, '.') || !Number(text, &day)) {
      return false;
    }
    if (month < 1 || month > 12 || week < 1 || week > 5 || day > 6) return false;
    rule->month = static_cast<int>(month);
    rule->week = static_cast<int>(week);
    rule->day = static_cast<int>(day);
    return !Take(text, '/') || Offset(text, &rule->time);
  }

  int64_t standard_ = 0, daylight_ = 0;  // seconds east
  bool has_daylight_ = false;
  Rule start_, end_;
};

}  // namespace

Result<Zone> Zone::FromTzif(std::string_view bytes) {
  TM_ASSIGN(const Counts old, ReadHeader(bytes, 0));
  size_t at = 0, time_size = 4;
  Counts counts = old;
  if (bytes[4] >= '2') {
    at = kHeaderSize + old.BodySize(4);
    time_size = 8;
    TM_ASSIGN(counts, ReadHeader(bytes, at));
  }
  at += kHeaderSize;
  if (bytes.size() < at + counts.BodySize(time_size) || counts.type == 0) {
    return Fail(ErrorCode::kParse, "the time zone file is cut short");
  }
  const size_t types = at + counts.time * (time_size + 1);
  const auto offset_of = [&](size_t type) {
    return static_cast<int32_t>(BigEndian(bytes, types + type * 6, 4));
  };
  Zone zone;
  zone.offsets_.push_back(offset_of(0));
  for (size_t i = 0; i < counts.time; ++i) {
    const auto type = static_cast<unsigned char>(bytes[at + counts.time * time_size + i]);
    if (type >= counts.type) return Fail(ErrorCode::kParse, "the time zone file is damaged");
    zone.transitions_.push_back(BigEndian(bytes, at + i * time_size, time_size));
    zone.offsets_.push_back(offset_of(type));
  }
  const size_t tail = at + counts.BodySize(time_size);
  if (time_size == 8 && bytes.size() > tail + 1) {
    std::string_view footer = bytes.substr(tail + 1);
    footer = footer.substr(0, footer.find('\n'));
    if (const auto rules = PosixRules::Parse(footer)) {
      const int from =
          zone.transitions_.empty() ? 2000 : CivilFromDays(zone.transitions_.back() / 86400).year;
      rules->AddYears(std::max(from, 1970), 2100, zone.transitions_, zone.offsets_);
    }
  }
  return zone;
}

Result<std::shared_ptr<const Zone>> Zone::Load(const std::string& name) {
  static const std::set<std::string> kUtc = {"", "UTC", "utc", "Z", "GMT", "Etc/UTC", "Etc/GMT"};
  if (kUtc.contains(name)) return std::shared_ptr<const Zone>();
  const bool plain = name.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_+-/") == std::string::npos;
  if (plain && !name.starts_with('/')) {
    if (const auto bytes = ReadFile("/usr/share/zoneinfo/" + name)) {
      auto zone = FromTzif(*bytes);
      if (!zone) return Fail(zone.error().With("time zone " + name));
      return std::make_shared<const Zone>(*std::move(zone));
    }
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("no time zone '{}' (use an IANA name as Europe/Berlin)", name));
}

int64_t Zone::OffsetAt(int64_t utc_seconds) const {
  const auto it = std::upper_bound(transitions_.begin(), transitions_.end(), utc_seconds);
  return offsets_[static_cast<size_t>(it - transitions_.begin())];
}

std::optional<int64_t> Zone::ToUtc(int64_t local_us) const {
  const int64_t seconds = local_us / kMicrosPerSecond - (local_us % kMicrosPerSecond < 0 ? 1 : 0);
  // Any offset that gives back itself is right; the larger one is the earlier moment.
  int64_t candidates[] = {OffsetAt(seconds - 86400), OffsetAt(seconds + 86400)};
  if (candidates[0] < candidates[1]) std::swap(candidates[0], candidates[1]);
  for (const int64_t offset : candidates) {
    if (OffsetAt(seconds - offset) == offset) return local_us - offset * kMicrosPerSecond;
  }
  return std::nullopt;
}

}  // namespace tidemark

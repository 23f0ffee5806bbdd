#include "tidemark/source/file/interval_finder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tidemark {
namespace {

// Longest first. A gap-ridden sample of minutes has a greatest common step of odd lengths too (7m,
// 21m): only lengths that candles are made in count.
std::vector<Interval> UsualIntervals() {
  std::vector<Interval> all = {Interval::Month(), Interval::Week()};
  for (const int64_t minutes : {1440, 720, 480, 360, 240, 180, 120, 60, 30, 15, 10, 5, 3, 1}) {
    all.push_back(Interval::Fixed(minutes * kMicrosPerMinute));
  }
  for (const int64_t seconds : {30, 15, 10, 5, 1}) {
    all.push_back(Interval::Fixed(seconds * kMicrosPerSecond));
  }
  return all;
}

size_t Aligned(const Interval& interval, const std::vector<int64_t>& times) {
  return static_cast<size_t>(std::count_if(
      times.begin(), times.end(), [&](int64_t t) { return interval.OpenOf({t}).us == t; }));
}

// Whether at most one time in a hundred is no start of the interval, and no two of them follow each
// other: damage strikes here and there, shorter candles come in a row.
bool FitsButForDamage(const Interval& interval, const std::vector<int64_t>& in_file_order) {
  size_t misaligned = 0;
  bool before = false;
  for (const int64_t t : in_file_order) {
    const bool now = interval.OpenOf({t}).us != t;
    if (now && before) return false;
    misaligned += now ? 1 : 0;
    before = now;
  }
  return misaligned * 100 <= in_file_order.size();
}

// How many times of so many may be damaged.
size_t DamagedMax(size_t times) { return std::max<size_t>(times / 8, times >= 5 ? 1 : 0); }

}  // namespace

Result<FoundInterval> FindInterval(std::vector<int64_t> in_file_order) {
  const Interval minute;
  // A damaged time is seldom a whole minute, and candles of less than a minute are mostly at none.
  const size_t odd = in_file_order.size() - Aligned(minute, in_file_order);
  if (odd <= DamagedMax(in_file_order.size())) {
    std::erase_if(in_file_order, [&](int64_t t) { return minute.OpenOf({t}).us != t; });
  }
  std::vector<int64_t> times = in_file_order;
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  if (times.size() < 2) {
    if (times.empty() || Aligned(minute, times) == times.size()) return FoundInterval{minute, true};
  }
  const std::vector<Interval> usual = UsualIntervals();
  const auto longest = [&](size_t needed) -> std::optional<Interval> {
    for (const Interval& interval : usual) {
      if (Aligned(interval, times) >= needed) return interval;
    }
    return std::nullopt;
  };
  const auto strict = longest(times.size());
  for (const Interval& interval : usual) {
    if (strict && interval.nominal_micros() <= strict->nominal_micros()) break;
    if (FitsButForDamage(interval, in_file_order)) return FoundInterval{interval, false};
  }
  if (strict) return FoundInterval{*strict, false};
  for (const size_t needed : {times.size() - DamagedMax(times.size()), times.size() / 2 + 1}) {
    if (const auto most = longest(needed)) return FoundInterval{*most, false};
  }
  return Fail(
      ErrorCode::kParse,
      "the times of the first rows have no common step of a second or more (set `interval`)");
}

Status CheckStatedInterval(const Interval& stated, const std::vector<int64_t>& times_us) {
  if (times_us.size() < 2) return {};
  const size_t aligned = Aligned(stated, times_us);
  const auto found = FindInterval(times_us);
  if (aligned * 2 < times_us.size()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("interval {} is stated, but {} of the first {} rows are not at a multiple of "
                    "it{}",
                    stated.ToString(), times_us.size() - aligned, times_us.size(),
                    found ? " (they look like " + found->interval.ToString() + ")" : ""));
  }
  if (times_us.size() >= 100 && found &&
      found->interval.nominal_micros() > stated.nominal_micros() &&
      Aligned(found->interval, times_us) == times_us.size()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("interval {} is stated, but the first {} rows are all at multiples of {}",
                    stated.ToString(), times_us.size(), found->interval.ToString()));
  }
  return {};
}

bool IsLikelyInterval(const Interval& interval, const std::vector<int64_t>& times_us) {
  const size_t off = times_us.size() - Aligned(interval, times_us);
  return CheckStatedInterval(interval, times_us) && off * 8 <= times_us.size();
}

}  // namespace tidemark

#include "tidemark/source/simulator/venue_faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace tidemark {
namespace {

constexpr std::array<std::string_view, kVenueFaultCount> kNames = {
    "disconnect", "silence", "duplicate", "disorder", "delay", "drop",     "malformed", "split",
    "restate",    "rest429", "rest5xx",   "truncate", "stale", "shutdown", "outage"};
constexpr size_t kFirstScripted = static_cast<size_t>(VenueFault::kShutdown);

std::optional<VenueFault> FaultOf(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<VenueFault>(found - kNames.begin());
}

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::optional<double> NumberOf(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Status SetFault(std::string_view name, std::string_view text, VenueFaults* faults) {
  const auto invalid = [](std::string message) {
    return Fail(ErrorCode::kInvalidArgument, std::move(message));
  };
  const auto value = NumberOf(text);
  if (!value) return invalid(fmt::format("'{}={}': not a number", name, text));
  double* const seconds = name == "skew"            ? &faults->skew_seconds
                          : name == "delay-seconds" ? &faults->delay_seconds
                          : name == "stale-seconds" ? &faults->stale_seconds
                                                    : nullptr;
  if (seconds != nullptr) {
    if (!(*value >= (name == "skew" ? -86400 : 0) && *value <= 86400)) {
      return invalid(fmt::format("'{}={}': more than a day", name, text));
    }
    *seconds = *value;
    return {};
  }
  if (name == "calm-after") {
    if (!(*value >= 0)) return invalid(fmt::format("'{}={}': less than nothing", name, text));
    faults->calm_after_seconds = *value;
    return {};
  }
  const auto fault = FaultOf(name);
  if (!fault || static_cast<size_t>(*fault) >= kFirstScripted) {
    return invalid(fmt::format(
        "'{}' is no fault by chance; there are {}, delay-seconds, stale-seconds, skew, calm-after",
        name, fmt::join(kNames.begin(), kNames.begin() + kFirstScripted, ", ")));
  }
  if (!(*value >= 0 && *value <= 1)) {
    return invalid(fmt::format("'{}={}': a share lies between 0 and 1", name, text));
  }
  faults->share[static_cast<size_t>(*fault)] = *value;
  return {};
}

// A duration of at most a century, so that times stay numbers.
std::optional<int64_t> ShortDuration(std::string_view text) {
  const auto duration = ParseDuration(text);
  return duration && *duration <= 36'525 * kMicrosPerDay ? std::optional(*duration) : std::nullopt;
}

// "00:05:00" or a duration; nullopt: neither.
std::optional<int64_t> OffsetOf(std::string_view text) {
  if (text.find(':') == text.npos) return ShortDuration(text);
  int64_t seconds = 0;
  for (int part = 0; part < 3; ++part) {
    const size_t end = part < 2 ? text.find(':') : text.size();
    if (end == text.npos) return std::nullopt;
    int64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + end, value);
    if (error != std::errc() || stop != text.data() + end || value < 0 ||
        value > (part == 0 ? 800'000 : 59)) {
      return std::nullopt;
    }
    seconds = seconds * 60 + value;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return seconds * kMicrosPerSecond;
}

Result<ScriptedFault> ParseLine(std::string_view line) {
  std::vector<std::string_view> words;
  while (!(line = Trimmed(line)).empty()) {
    const size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  const auto invalid = [](std::string message) {
    return Fail(ErrorCode::kInvalidArgument, std::move(message));
  };
  if ((words.size() != 3 && words.size() != 5) || words[0] != "at" ||
      (words.size() == 5 && words[3] != "for")) {
    return invalid("not of the form 'at TIME FAULT [for DURATION]'");
  }
  ScriptedFault scripted;
  const auto at = OffsetOf(words[1]);
  if (!at) return invalid(fmt::format("'{}' is no time; write 00:05:00 or 5m", words[1]));
  const auto fault = FaultOf(words[2]);
  if (!fault) {
    return invalid(
        fmt::format("'{}' is no fault; there are {}", words[2], fmt::join(kNames, ", ")));
  }
  scripted.at_us = *at;
  scripted.fault = *fault;
  if (words.size() == 5) {
    const auto duration = ShortDuration(words[4]);
    if (!duration) return invalid(fmt::format("'{}' is no duration; write 30s", words[4]));
    scripted.for_us = *duration;
    return scripted;
  }
  if (*fault != VenueFault::kDisconnect && *fault != VenueFault::kSilence &&
      *fault != VenueFault::kShutdown) {
    return invalid(fmt::format("{} needs 'for DURATION'", words[2]));
  }
  return scripted;
}

}  // namespace

std::string_view NameOf(VenueFault fault) { return kNames[static_cast<size_t>(fault)]; }

Result<VenueFaults> ParseVenueFaults(std::string_view text) {
  VenueFaults faults;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = Trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    if (equals == part.npos) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}': write NAME=SHARE", part));
    }
    TM_TRY(SetFault(Trimmed(part.substr(0, equals)), Trimmed(part.substr(equals + 1)), &faults));
  }
  return faults;
}

Result<std::vector<ScriptedFault>> ParseFaultScript(std::string_view text) {
  std::vector<ScriptedFault> script;
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = Trimmed(text.substr(0, std::min(end, text.find('#'))));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    auto scripted = ParseLine(line);
    if (!scripted) return Fail(scripted.error().With(fmt::format("line {}", number)));
    script.push_back(*scripted);
  }
  std::stable_sort(
      script.begin(), script.end(),
      [](const ScriptedFault& a, const ScriptedFault& b) { return a.at_us < b.at_us; });
  return script;
}

FaultPlan::FaultPlan(uint64_t seed, EventTime start, VenueFaults faults,
                     std::vector<ScriptedFault> script)
    : seed_(seed), start_(start), faults_(faults), script_(std::move(script)) {}

Random FaultPlan::Draw(VenueFault fault, uint64_t key) const {
  return Random(FaultKey(seed_, key, static_cast<uint64_t>(fault)));
}

bool FaultPlan::Meets(VenueFault fault, uint64_t key, EventTime now) const {
  const double share = faults_.share[static_cast<size_t>(fault)];
  const bool calm =
      faults_.calm_after_seconds > 0 &&
      static_cast<double>(now - start_) >= faults_.calm_after_seconds * kMicrosPerSecond;
  if (share > 0 && !calm && Draw(fault, key).Uniform() < share) return true;
  return !script_.empty() && now < ScriptedUntil(fault, now);
}

EventTime FaultPlan::ScriptedUntil(VenueFault fault, EventTime now) const {
  for (const ScriptedFault& scripted : script_) {
    const EventTime begin = start_ + scripted.at_us, end = begin + scripted.for_us;
    if (scripted.fault == fault && begin <= now && now < end) return end;
  }
  return kMinTime;
}

uint64_t FaultKey(uint64_t a, uint64_t b, uint64_t c) {
  uint64_t z = a;
  for (const uint64_t next : {b, c}) {
    z = (z ^ (z >> 32)) * 0xd6e8feb86659fd93ULL + next;
    z = (z ^ (z >> 29)) * 0x9e3779b97f4a7c15ULL;
  }
  return z ^ (z >> 32);
}

std::string Damaged(std::string_view text, Random& random) {
  std::string damaged(text);
  if (damaged.empty()) return "{";
  switch (random.Below(3)) {
    case 0:
      damaged.resize(random.Below(damaged.size()));
      break;
    case 1:
      for (int i = 0; i < 3; ++i) {
        damaged[random.Below(damaged.size())] = "#{}\"\\x"[random.Below(6)];
      }
      damaged[0] = '#';
      break;
    default:
      for (char& c : damaged) {
        if (c >= '0' && c <= '9') c = '?';
      }
      if (damaged == text) damaged.pop_back();
      break;
  }
  return damaged;
}

}  // namespace tidemark

#include "tidemark/source/net/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "tidemark/base/text.h"

namespace tidemark {
namespace {

std::unexpected<Error> NotAnUrl(std::string_view text, std::string_view why) {
  return Fail(ErrorCode::kParse, fmt::format("not an address: '{}': {}", text.substr(0, 200), why));
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_' || c == ':';
}

std::optional<int> Number(std::string_view digits) {
  int value = 0;
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || at != end || digits.empty() || value < 0) return std::nullopt;
  return value;
}

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Mon", "Tue", "Wed", "Thu",
                                                       "Fri", "Sat", "Sun"};

}  // namespace

std::string Url::HostHeader() const {
  const std::string name = host.find(':') == host.npos ? host : "[" + host + "]";
  return port == (secure ? "443" : "80") ? name : name + ":" + port;
}

Result<Url> ParseUrl(std::string_view text) {
  Url url;
  const size_t scheme_end = text.find("://");
  if (scheme_end == text.npos) return NotAnUrl(text, "no scheme");
  const std::string scheme = ToLower(text.substr(0, scheme_end));
  if (scheme != "ws" && scheme != "wss" && scheme != "http" && scheme != "https") {
    return NotAnUrl(text, "the scheme is none of ws, wss, http, https");
  }
  url.websocket = scheme[0] == 'w';
  url.secure = scheme.ends_with('s') && scheme != "ws";
  for (const char c : text) {
    if (c <= ' ' || c == 0x7f) return NotAnUrl(text, "a blank or a control character");
  }
  std::string_view rest = text.substr(scheme_end + 3);
  const size_t path = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, path);
  if (path != rest.npos) url.target = rest.substr(path);
  if (url.target.find('#') != url.target.npos) return NotAnUrl(text, "it has a fragment");
  if (url.target.empty() || url.target[0] != '/') url.target.insert(0, "/");
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == authority.npos) return NotAnUrl(text, "'[' is not closed");
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!port.empty() && port[0] != ':') return NotAnUrl(text, "no port after ']'");
    if (!port.empty()) port.remove_prefix(1);
  } else {
    const size_t colon = authority.find(':');
    url.host = authority.substr(0, colon);
    if (colon != authority.npos) port = authority.substr(colon + 1);
    if (port.find(':') != port.npos) return NotAnUrl(text, "two ports");
  }
  if (url.host.empty() || url.host.size() > 253 ||
      !std::all_of(url.host.begin(), url.host.end(), IsHostCharacter)) {
    return NotAnUrl(text, "no host");
  }
  url.port = port.empty() ? (url.secure ? "443" : "80") : std::string(port);
  const auto number = Number(url.port);
  if (!number || *number == 0 || *number > 65535) return NotAnUrl(text, "not a port");
  return url;
}

std::optional<EventTime> ParseHttpDate(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT") ||
      text[19] != ':' || text[22] != ':') {
    return std::nullopt;
  }
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = Number(text.substr(5, 2)), year = Number(text.substr(12, 4));
  if (month == kMonths.end() || !day || !year) return std::nullopt;
  const std::string iso = fmt::format("{:04}-{:02}-{:02}T{}Z", *year, month - kMonths.begin() + 1,
                                      *day, text.substr(17, 8));
  const auto time = ParseTime(iso);
  if (!time) return std::nullopt;
  return *time;
}

std::string FormatHttpDate(EventTime time) {
  const CivilDate date = CivilOf(time);
  const auto weekday = static_cast<size_t>((time - FloorToWeek(time)) / kMicrosPerDay);
  const int64_t second = (time - FloorToDay(time)) / kMicrosPerSecond;
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kWeekdays[weekday], date.day,
                     kMonths[static_cast<size_t>(date.month - 1)], date.year, second / 3600,
                     second / 60 % 60, second % 60);
}

std::optional<EventTime> ParseServerTime(std::string_view date, std::string_view age) {
  const auto time = ParseHttpDate(date);
  if (!time || age.empty()) return time;
  const auto seconds = Number(age);
  return seconds ? std::optional(*time + *seconds * kMicrosPerSecond) : std::nullopt;
}

std::optional<int64_t> ParseRetryAfter(std::string_view text, EventTime now) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (const auto seconds = Number(text)) {
    return std::min<int64_t>(*seconds * kMicrosPerSecond, kMicrosPerDay);
  }
  const auto date = ParseHttpDate(text);
  if (!date) return std::nullopt;
  return std::clamp<int64_t>(*date - now, 0, kMicrosPerDay);
}

}  // namespace tidemark

// Addresses, and the one header of a reply that says when to ask again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"

namespace tidemark {

struct Url {
  bool secure = false;     // wss, https
  bool websocket = false;  // ws, wss
  std::string host;        // a name or an address; IPv6 without its brackets
  std::string port;        // digits
  std::string target;      // path and query, begins with "/"

  // "host", "host:9443", "[::1]:9443": the port only where the scheme would not say it.
  std::string HostHeader() const;
};

// "ws://", "wss://", "http://" and "https://". No user, no fragment; a blank or a control character
// anywhere is an error. Errors: kParse.
Result<Url> ParseUrl(std::string_view text);

// Of HTTP's headers, "Wed, 21 Oct 2015 07:28:00 GMT"; nullopt: it is none.
std::optional<EventTime> ParseHttpDate(std::string_view text);
std::string FormatHttpDate(EventTime time);

// What time it was at a server that replied so, by its headers Date and Age ("" without): a cache
// says for how long it has had the reply. nullopt: they do not say.
std::optional<EventTime> ParseServerTime(std::string_view date, std::string_view age);

// Retry-After as microseconds from `now`: seconds, or a date.
// Past dates are 0; at most a day. nullopt: neither.
std::optional<int64_t> ParseRetryAfter(std::string_view text, EventTime now);

}  // namespace tidemark

// Something that happened in a program that stays: words for people, a name and fields for
// programs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"

namespace tidemark {

enum class LogLevel : uint8_t {
  kDebug,    // it works
  kInfo,     // worth knowing
  kWarning,  // trouble that is being dealt with
  kError,    // somebody should look
};
std::string_view NameOf(LogLevel level);  // "debug", "info", "warning", "error"
// Errors: kInvalidArgument.
Result<LogLevel> ParseLogLevel(std::string_view text);

struct LogEvent {
  using Value = std::variant<std::string, int64_t>;
  LogLevel level = LogLevel::kInfo;
  std::string_view name = {};  // snake_case, stays the same when the words change; a literal
  std::string message = {};
  std::vector<std::pair<std::string_view, Value>> fields = {};  // names are literals
};
using OnLogEvent = std::function<void(const LogEvent&)>;

// The event as one JSON object without a line end: time (RFC 3339, UTC), level, event, message, and
// its fields beside them.
std::string LogLine(const LogEvent& event, ReceiveTime at);

}  // namespace tidemark

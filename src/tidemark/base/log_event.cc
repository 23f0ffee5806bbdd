#include "tidemark/base/log_event.h"

#include <fmt/format.h>

#include "tidemark/base/json_text.h"

namespace tidemark {
namespace {

constexpr std::string_view kLevels[] = {"debug", "info", "warning", "error"};

}  // namespace

std::string_view NameOf(LogLevel level) { return kLevels[static_cast<size_t>(level)]; }

Result<LogLevel> ParseLogLevel(std::string_view text) {
  for (size_t i = 0; i < std::size(kLevels); ++i) {
    if (text == kLevels[i]) return static_cast<LogLevel>(i);
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is no level; write debug, info, warning or error", text));
}

std::string LogLine(const LogEvent& event, ReceiveTime at) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":"{}","message":)",
                                 FormatTime({at.us}), NameOf(event.level), event.name);
  AppendJsonString(event.message, &line);
  for (const auto& [name, value] : event.fields) {
    line += fmt::format(R"(,"{}":)", name);
    if (const auto* text = std::get_if<std::string>(&value)) {
      AppendJsonString(*text, &line);
    } else {
      line += std::to_string(std::get<int64_t>(value));
    }
  }
  return line + "}";
}

}  // namespace tidemark

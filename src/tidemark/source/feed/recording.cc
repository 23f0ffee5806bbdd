#include "tidemark/source/feed/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "tidemark/source/file/content.h"
#include "tidemark/source/file/number.h"

namespace tidemark {
namespace {

// "1618678132.557535" from the start of `text`, which moves on past it; digits below a microsecond
// are cut.
std::optional<ReceiveTime> TakeTime(std::string_view* text) {
  int64_t us = 0;
  size_t at = 0;
  while (at < text->size() && at < 11 && IsDigit((*text)[at])) us = us * 10 + ((*text)[at++] - '0');
  if (at == 0) return std::nullopt;
  us *= kMicrosPerSecond;
  if (at < text->size() && (*text)[at] == '.') {
    int64_t unit = kMicrosPerSecond / 10;
    for (++at; at < text->size() && IsDigit((*text)[at]); ++at, unit /= 10) {
      us += unit * ((*text)[at] - '0');
    }
  }
  text->remove_prefix(at);
  return ReceiveTime{us};
}

// Splits "URL <arrow> TS[: TEXT]".
std::optional<RecordedLine> WithUrl(std::string_view line, std::string_view arrow,
                                    RecordedLine::Kind kind) {
  const size_t at = line.find(arrow);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  RecordedLine out{kind, line.substr(0, at), {}, {}};
  std::string_view rest = line.substr(at + arrow.size());
  const auto time = TakeTime(&rest);
  if (!time) return std::nullopt;
  out.at = *time;
  if (kind == RecordedLine::Kind::kOpened) {
    if (!rest.empty()) return std::nullopt;
    return out;
  }
  if (!rest.starts_with(": ")) return std::nullopt;
  out.text = rest.substr(2);
  return out;
}

}  // namespace

Result<RecordedLine> ParseRecordedLine(std::string_view line) {
  using Kind = RecordedLine::Kind;
  if (line.empty()) return RecordedLine{};
  constexpr std::string_view kConfiguration = "configuration: ";
  if (line.starts_with(kConfiguration)) {
    return RecordedLine{Kind::kConfiguration, {}, {}, line.substr(kConfiguration.size())};
  }
  if (IsDigit(line.front())) {
    RecordedLine out{Kind::kReceived, {}, {}, {}};
    std::string_view rest = line;
    const auto time = TakeTime(&rest);
    if (time && rest.starts_with(": ")) {
      out.at = *time;
      out.text = rest.substr(2);
      return out;
    }
  } else {
    for (const auto& [arrow, kind] :
         {std::pair{" <-> ", Kind::kOpened}, {" <- ", Kind::kSent}, {" -> ", Kind::kHttpReply}}) {
      if (const auto out = WithUrl(line, arrow, kind)) return *out;
    }
  }
  return Fail(ErrorCode::kParse, fmt::format("not a recorded line: '{}'", line.substr(0, 60)));
}

Status ReadRecording(const std::string& path,
                     const std::function<Status(const RecordedLine&)>& on_line) {
  TM_ASSIGN(const Content stored, Content::FromFile(path));
  return ForEachMember(stored, [&](const Member& member) -> Status {
    if (!member.problem.empty()) {
      return Fail(ErrorCode::kParse, fmt::format("{}: {}", path, member.problem));
    }
    std::string_view rest = member.content.bytes();
    for (int64_t number = 1; !rest.empty(); ++number) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      const auto line = ParseRecordedLine(rest.substr(0, end));
      if (!line) return Fail(line.error().With(fmt::format("{}: line {}", path, number)));
      TM_TRY(on_line(*line));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
  });
}

}  // namespace tidemark

// Reads recorded conversations with venues, one event a line, the file packed or not:
//
//   URL <-> TS          connection opened
//   URL <- TS: TEXT     sent by the client
//   TS: TEXT            received
//   URL -> TS: TEXT     an HTTP reply
//   configuration: JSON
//
// TS is Unix seconds with a decimal fraction of the recorder's clock.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"

namespace tidemark {

struct RecordedLine {
  enum class Kind : uint8_t { kOpened, kSent, kReceived, kHttpReply, kConfiguration, kBlank };
  Kind kind = Kind::kBlank;
  std::string_view url;
  ReceiveTime at;
  std::string_view text;
};

// Errors: kParse.
Result<RecordedLine> ParseRecordedLine(std::string_view line);

// Calls `on_line` with each line in order; views live as long as the call. Errors: those of the
// file; kParse with the line's number; those of `on_line`.
Status ReadRecording(const std::string& path,
                     const std::function<Status(const RecordedLine&)>& on_line);

}  // namespace tidemark

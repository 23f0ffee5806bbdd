#include "tidemark/cli/live_log.h"

#include <cstdio>

#include "tidemark/base/clock.h"

namespace tidemark {

OnLogEvent MakeLog(const Cli& cli, bool json, LogLevel least) {
  return [&cli, json, least](const LogEvent& event) {
    if (event.level < least) return;
    if (!json) return cli.Note(event.message);
    // One write, so that lines of other processes on the same pipe stay whole.
    const std::string line = LogLine(event, SystemClock().Now()) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
  };
}

}  // namespace tidemark

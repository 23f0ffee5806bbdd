// What a verb that stays tells on standard error: events as lines for people, or as JSON.
#pragma once

#include "tidemark/base/log_event.h"
#include "tidemark/cli/cli.h"

namespace tidemark {

// `least`: what is below it is not told.
OnLogEvent MakeLog(const Cli& cli, bool json, LogLevel least);

}  // namespace tidemark

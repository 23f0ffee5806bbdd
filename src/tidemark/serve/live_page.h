// What a `live` answers: its state as metrics, and whether it is well. Pure; docs/monitoring.md
// lists all of it.
#pragma once

#include <string>

#include "tidemark/pipeline/live_state.h"
#include "tidemark/serve/http_server.h"

namespace tidemark {

// The tidemark_* metrics of `state`, seen at `now`, and those of this process.
std::string LiveMetrics(const LiveState& state, ReceiveTime now, int64_t silence_us);

// 200 {"status":"ok",…}; 503 with the status "starting" or "failing", and "problems".
PageAnswer LiveHealth(const LiveState& state, ReceiveTime now, int64_t silence_us);

}  // namespace tidemark

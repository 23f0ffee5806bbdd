// `tidemark live`: feeds into the lake until told to stop. Every message is in the frame log before
// its rows count; rows become tables epoch by epoch, through the same code as files; what a crash
// left in the log is committed at the next start.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tidemark/base/log_event.h"
#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/feed_intake.h"
#include "tidemark/pipeline/live_state.h"
#include "tidemark/pipeline/progress.h"
#include "tidemark/pipeline/said_forecasts.h"

namespace tidemark {

class EventLoop;

// `at`: when it was said. It is durable by now.
using OnForecasts = std::function<void(const SaidForecasts& said, ReceiveTime at)>;

struct LiveOptions {
  std::function<bool()> stop;     // asked some hundred times a second
  OnLogEvent on_event;            // what happens
  OnLiveState on_state = {};      // how it stands, some times a second; may be empty
  OnForecasts on_forecasts = {};  // what is said of a candle that has closed; may be empty
  Progress* progress = nullptr;   // of bringing files up to date, at the start
  // Follows no venue: asks the services that are asked once for what is due, and returns.
  bool once = false;
  EventLoop* loop = nullptr;  // borrowed; null: the machine's time and network
};

struct LiveReport {
  int64_t epoch = 0, epochs = 0;
  std::vector<SourceCount> sources;  // of the feeds, summed over the epochs
  FeedIntake::Totals totals;
  int64_t gaps_open = 0;  // at the end
  int64_t reconnects = 0;
  double seconds = 0;
  Status problem;  // the first thing that went wrong with a service that is asked
};

// Brings the configured files up to date, then follows the configured feeds. Returns when told to
// stop, after a last epoch. Errors: of the configuration, of the lake when it cannot be opened, and
// of the log of frames; trouble with venues or with committing is told and tried again.
Result<LiveReport> Live(const Config& config, const LiveOptions& options);

}  // namespace tidemark

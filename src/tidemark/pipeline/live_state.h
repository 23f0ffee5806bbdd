// What `tidemark live` says of itself, some times a second: plain values, for metrics, health and
// status. docs/monitoring.md says what they mean.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tidemark/base/time.h"
#include "tidemark/pipeline/cross_check.h"
#include "tidemark/pipeline/feed_ledger.h"
#include "tidemark/pipeline/live_note.h"

namespace tidemark {

// How long epochs took: how many up to each bound, and the last for those above all.
struct EpochTimes {
  static constexpr std::array<double, 10> kSeconds = {0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300};
  std::array<int64_t, kSeconds.size() + 1> counts = {};
  int64_t epochs = 0;
  double seconds = 0;  // of all together

  void Add(double epoch_seconds);
};

struct LiveState {
  struct OfSymbol {
    std::string symbol;
    bool subscribed = false;
    std::string problem;   // why not
    ReceiveTime changed;   // since when it is, or is not
    ReceiveTime last_row;  // 0: none yet
  };
  struct OfFeed {
    std::string venue;
    int64_t frames = 0, frame_bytes = 0;  // received
    int64_t connections = 0;              // open now
    int64_t reconnects = 0, drops = 0;
    int64_t backfills = 0;  // under way or waiting
    int64_t refused = 0;    // requests for history
    CrossCheck::Counts checks = {};
    ReceiveTime heard;  // 0: never
    std::vector<OfSymbol> symbols;
  };

  ReceiveTime started;  // 0: not yet; before, files are read and what a crash left is committed
  ReceiveTime at;       // when this was so
  std::vector<OfFeed> feeds;

  int64_t pending_rows = 0;  // for the next epoch
  int64_t unready = 0;       // forecasts not said: their models were not there in time
  FeedLedger ledger;
  int64_t epoch = 0;  // of the lake
  int64_t epoch_rows = 0;
  ReceiveTime epoch_at;  // when it was committed; 0: none since the start
  EpochTimes epoch_times;
  int64_t failures = 0;        // epochs that could not be committed
  std::string commit_problem;  // of the last one; "": it was
  ReceiveTime failing_since;

  int64_t log_bytes = 0, log_bytes_max = 0;
  bool log_full = false;
  std::string log_problem;  // why the log cannot be written; "": it can
};
using OnLiveState = std::function<void(const LiveState&)>;

// What is wrong at `now`: epochs fail, the log fails or is full, a feed's symbol is not subscribed
// to, or nothing was heard of a venue, for longer than `silence_us`; or `state` is older than that.
std::vector<LiveProblem> ProblemsOf(const LiveState& state, ReceiveTime now, int64_t silence_us);

}  // namespace tidemark

#include "tidemark/pipeline/live_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark {
namespace {

std::string Since(ReceiveTime at) {
  return FormatTime(EventTime{at.us - at.us % kMicrosPerSecond});
}

}  // namespace

void EpochTimes::Add(double epoch_seconds) {
  const auto bound = std::ranges::lower_bound(kSeconds, epoch_seconds);
  ++counts[static_cast<size_t>(bound - kSeconds.begin())];
  ++epochs;
  seconds += epoch_seconds;
}

std::vector<LiveProblem> ProblemsOf(const LiveState& state, ReceiveTime now, int64_t silence_us) {
  std::vector<LiveProblem> problems;
  if (state.started.us == 0) return {{"starting", "files and what a crash left are being read"}};
  if (now.us - state.at.us > silence_us)
    problems.push_back({"stalled", "nothing was done since " + Since(state.at)});
  if (!state.commit_problem.empty()) {
    problems.push_back(
        {"epoch_failing", fmt::format("no epoch can be committed since {}: {}",
                                      Since(state.failing_since), state.commit_problem)});
  }
  if (!state.log_problem.empty()) {
    problems.push_back(
        {"log_failing", "the log of frames cannot be written: " + state.log_problem});
  }
  if (state.log_full) {
    // The bound, or a disk without room for another piece.
    problems.push_back(
        {"log_full", fmt::format("frames are not taken: the log of frames, which may "
                                 "hold {} bytes, has no room",
                                 state.log_bytes_max)});
  }
  const auto over = [&](ReceiveTime since) { return state.at.us - since.us > silence_us; };
  for (const LiveState::OfFeed& feed : state.feeds) {
    const ReceiveTime heard = std::max(feed.heard, state.started);
    if (over(heard)) {
      problems.push_back(
          {"feed_silent", fmt::format("{}: nothing was heard since {}", feed.venue, Since(heard))});
    }
    for (const LiveState::OfSymbol& symbol : feed.symbols) {
      if (symbol.subscribed || !over(symbol.changed)) continue;
      problems.push_back(
          {"feed_down",
           fmt::format("{} {}: not followed since {}{}{}", feed.venue, symbol.symbol,
                       Since(symbol.changed), symbol.problem.empty() ? "" : ": ", symbol.problem)});
    }
  }
  return problems;
}

}  // namespace tidemark

#include "tidemark/pipeline/live_watch.h"

#include <unistd.h>

#include <utility>

namespace tidemark {
namespace {

constexpr int64_t kTellUs = kMicrosPerSecond / 4;

}  // namespace

LiveWatch::~LiveWatch() {
  if (note_) (void)RemoveFile(note_path_);
}

void LiveWatch::Begin(const Feeds& feeds) {
  state_.started = SystemClock().Now();
  note_path_ = writer_.note_path();
  Turn(feeds);
}

void LiveWatch::Turn(const Feeds& feeds) {
  const ReceiveTime now = SystemClock().Now();
  if (now.us < next_us_) return;
  next_us_ = now.us + kTellUs;
  Describe(feeds, now);
  if (options_.on_state) options_.on_state(state_);
  Note();
}

void LiveWatch::Committed(const Status& status) {
  next_us_ = 0;
  if (status) {
    state_.commit_problem.clear();
    return;
  }
  if (state_.commit_problem.empty()) state_.failing_since = SystemClock().Now();
  state_.commit_problem = status.error().message();
  ++state_.failures;
}

void LiveWatch::Logged(const Status& status) {
  if (status.has_value() == state_.log_problem.empty()) return;
  next_us_ = 0;
  state_.log_problem = status ? "" : status.error().message();
}

void LiveWatch::Describe(const Feeds& feeds, ReceiveTime now) {
  const std::vector<LiveState::OfFeed> before = std::exchange(state_.feeds, {});
  for (const auto& source : feeds) {
    auto told = source->State();
    if (!told) continue;
    const size_t f = state_.feeds.size();
    LiveState::OfFeed& feed = state_.feeds.emplace_back(*std::move(told));
    for (size_t s = 0; s < feed.symbols.size(); ++s) {
      LiveState::OfSymbol& symbol = feed.symbols[s];
      const bool as_before =
          !before.empty() && before[f].symbols[s].subscribed == symbol.subscribed;
      symbol.changed = as_before ? before[f].symbols[s].changed : now;
    }
  }
  state_.at = now;
  writer_.Describe(&state_);
}

void LiveWatch::Note() {
  if (!note_) {
    // Whoever reads it holds its lock for a moment: there is a next time.
    auto lock = FileLock::Acquire(note_path_, "");
    if (!lock) return;
    note_ = *std::move(lock);
  }
  std::vector<LiveProblem> problems =
      ProblemsOf(state_, state_.at, writer_.config().silence_limit_us);
  if (noted_ == problems) return;
  const LiveNote note = {::getpid(), state_.started, problems};
  if (note_->Rewrite(note.ToJson())) noted_ = std::move(problems);
}

}  // namespace tidemark

#include "tidemark/pipeline/live_epoch.h"

#include <utility>

#include "tidemark/base/clock.h"
#include "tidemark/base/memory.h"

namespace tidemark {

LiveEpoch::LiveEpoch(const Config& config, WriteSession& session, FeedWriter& writer,
                     TipReader& tips, FeedWriter::Cut cut, int64_t rows,
                     std::optional<CompactionOptions> compact)
    : config_(config),
      session_(session),
      writer_(writer),
      tips_(tips),
      cut_(std::move(cut)),
      rows_(rows),
      compact_(std::move(compact)) {
  group_.Run([this] {
    outcome_ = Run();
    done_ = true;
  });
}

Result<LiveEpoch::Outcome> LiveEpoch::Run() {
  const int64_t begun_ns = SystemClock().MonotonicNanos();
  Outcome outcome;
  outcome.rows = rows_;
  TM_ASSIGN(outcome.written, writer_.Write(cut_, nullptr));
  TM_ASSIGN(outcome.tips,
            tips_.Read(config_, session_, outcome.written.report.changed_inputs, false));
  outcome.micros = (SystemClock().MonotonicNanos() - begun_ns) / 1000;
  if (compact_) TM_TRY(Compact(session_, *compact_));
  // What it has held, nothing else needs until the next one.
  ReturnFreeMemory();
  return outcome;
}

Result<LiveEpoch::Outcome> LiveEpoch::Wait() {
  group_.Wait();
  return std::move(outcome_);
}

}  // namespace tidemark

#include "tidemark/pipeline/feed_writer.h"

#include <algorithm>

namespace tidemark {

Status FeedWriter::Begin() {
  TM_ASSIGN(const LakeFacts facts, session_.Facts());
  intake_.Restore(facts.gaps);
  return Refresh();
}

Status FeedWriter::Refresh() {
  TM_ASSIGN(sources_, KnownSources(session_.view()));
  TM_ASSIGN(const LakeFacts facts, session_.Facts());
  TM_ASSIGN(ledger_, FeedLedger::Of(session_.view(), facts));
  TM_ASSIGN(const auto positions, PositionsOf(session_.view()));
  for (const auto& [source, position] : positions) {
    if (IsFeedSource(source)) committed_ = std::max(committed_, position.bytes);
  }
  return {};
}

Status FeedWriter::Commit(Progress* progress, bool live) {
  if (!intake_.any()) return {};
  const ReceiveTime now = intake_.last_received();
  const int64_t last = intake_.last_frame();
  TM_ASSIGN(const Intake intake, intake_.Take(sources_, session_.view().epoch() + 1));
  TM_ASSIGN(const EpochReport epoch,
            RunEpoch(session_, config_, intake,
                     {.now = now,
                      .progress = progress,
                      .gaps_told = live,
                      .live_since = live ? &intake_.live_since() : nullptr}));
  TM_ASSIGN(const LakeFacts facts, session_.Facts());
  ledger_.Add(intake, epoch, session_.view(), facts);
  sources_ = intake.sources;
  committed_ = std::max(committed_, last);
  ++epochs_;
  for (const SourceCount& count : epoch.sources) {
    SourceCount& sum = counts_[count.source];
    RowCounts rows = sum;
    rows += count;
    const int64_t bytes = sum.bytes + count.bytes;
    sum = count;
    static_cast<RowCounts&>(sum) = rows;
    sum.bytes = bytes;
  }
  return {};
}

std::vector<SourceCount> FeedWriter::Sources() const {
  std::vector<SourceCount> sources;
  for (const auto& [source, count] : counts_) sources.push_back(count);
  return sources;
}

}  // namespace tidemark

#include "tidemark/pipeline/feed_writer.h"

#include <algorithm>
#include <utility>

namespace tidemark {
namespace {

// The journal's name for what cross-checks have done: of each series one snapshot, without a state.
constexpr std::string_view kCrossCheck = "cross_check";

}  // namespace

Status FeedWriter::Begin() {
  TM_ASSIGN(const LakeFacts facts, session_.Facts());
  intake_.Restore(facts.gaps);
  // What comes now is checked by nobody: when it is again, that does not begin here.
  if (config_.cross_check_us == 0) TM_TRY(session_.ForgetSnapshots({&kCrossCheck, 1}));
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

Result<EventTime> FeedWriter::CheckedTo(const TradeSeriesId& series) {
  const auto store = session_.snapshots().Open(std::string(kCrossCheck), series.ToString());
  TM_ASSIGN(const std::vector<EventTime> stored, store->Boundaries());
  const bool known = !stored.empty() && store->Get(stored.back());  // else damaged
  return known ? stored.back() : kMinTime;
}

// With the epoch, or not at all: it has the rows that were checked, and the gaps that were found.
Status FeedWriter::PutChecked(const TradeSeriesId& series, EventTime to) {
  const auto store = session_.snapshots().Open(std::string(kCrossCheck), series.ToString());
  TM_ASSIGN(const std::vector<EventTime> stored, store->Boundaries());
  if (stored == std::vector{to}) return {};
  for (const EventTime boundary : stored) store->Erase(boundary);
  store->Put(to, {});
  return {};
}

Result<FeedWriter::Cut> FeedWriter::Take(bool live) {
  Cut cut = {.intake = {},
             .now = intake_.last_received(),
             .last_frame = intake_.last_frame(),
             .live = live,
             .live_since = intake_.live_since(),
             .checked = checked_};
  TM_ASSIGN(cut.intake, intake_.Take(sources_, session_.view().epoch() + 1));
  return cut;
}

Result<FeedWriter::Written> FeedWriter::Write(Cut& cut, Progress* progress) {
  Written written;
  TM_TRY(cut.intake.Spool());
  for (const auto& [series, to] : cut.checked) TM_TRY(PutChecked(series, to));
  TM_ASSIGN(written.report, RunEpoch(session_, config_, cut.intake,
                                     {.now = cut.now,
                                      .progress = progress,
                                      .gaps_told = cut.live,
                                      .live_since = cut.live ? &cut.live_since : nullptr}));
  TM_ASSIGN(const LakeFacts facts, session_.Facts());
  written.ledger = ledger_;
  written.ledger.Add(cut.intake, written.report, session_.view(), facts);
  cut.intake.trades.reset();
  cut.intake.spool.reset();
  return written;
}

void FeedWriter::Finish(Cut cut, Written written) {
  ledger_ = std::move(written.ledger);
  sources_ = std::move(cut.intake.sources);
  committed_ = std::max(committed_, cut.last_frame);
  ++epochs_;
  for (const SourceCount& count : written.report.sources) {
    SourceCount& sum = counts_[count.source];
    RowCounts rows = sum;
    rows += count;
    const int64_t bytes = sum.bytes + count.bytes;
    sum = count;
    static_cast<RowCounts&>(sum) = rows;
    sum.bytes = bytes;
  }
}

Status FeedWriter::Commit(Progress* progress) {
  if (!intake_.any()) return {};
  TM_ASSIGN(Cut cut, Take(false));
  TM_ASSIGN(Written written, Write(cut, progress));
  Finish(std::move(cut), std::move(written));
  return {};
}

std::vector<SourceCount> FeedWriter::Sources() const {
  std::vector<SourceCount> sources;
  for (const auto& [source, count] : counts_) sources.push_back(count);
  return sources;
}

}  // namespace tidemark

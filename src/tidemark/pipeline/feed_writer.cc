#include "tidemark/pipeline/feed_writer.h"

#include <algorithm>
#include <utility>

#include "tidemark/source/feed/venues.h"

namespace tidemark {

Status FeedWriter::Begin() {
  TM_ASSIGN(const LakeFacts facts, session_.Facts());
  intake_->Restore(facts.gaps);
  // What comes now is checked by nobody: when it is again, that does not begin here.
  const std::string_view checks = OperatorOf(Sure::kTrades);
  if (config_.cross_check_us == 0) TM_TRY(session_.ForgetSnapshots({&checks, 1}));
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

Result<EventTime> FeedWriter::Seed(const TradeSeriesId& series) {
  const LakeView& view = session_.view();
  if (!view.HasTable(TradesTable().name)) return kMinTime;
  TM_ASSIGN(const LakeFacts facts, session_.Facts());
  const std::string ours = FeedTradesSource(series.venue);
  const EventTime reached = facts.watermarks.Of(series, ours);
  if (reached == kMinTime) return kMinTime;
  TM_ASSIGN(const Batch trades,
            view.Read(TradesTable(), {.series = KeyOf(series),
                                      .times = {reached - kGapHistoryUs, kMaxTime},
                                      .columns = {"time", "trade_id", "source"}}));
  std::vector<std::pair<int64_t, EventTime>> ids;
  bool begun = false;
  for (size_t i = 0; i < trades.rows; ++i) {
    begun = begun || trades["source"].strings.At(i) == ours;
    const auto number = IdNumber(trades["trade_id"].strings.At(i));
    if (begun && number) ids.emplace_back(*number, EventTime{trades["time"].ints[i]});
  }
  std::ranges::sort(ids);
  if (!ids.empty() && CountsTrades(series.venue)) intake_->Know(series, ids);
  intake_->Follow(series, reached, trades["time"].ints);
  return reached;
}

Status FeedWriter::Restart() {
  intake_.emplace(config_);
  TM_TRY(Begin());
  TM_ASSIGN(const LakeFacts facts, session_.Facts());
  for (const auto& [series, reached] : facts.watermarks.Trades()) TM_TRY(Seed(series));
  return {};
}

Result<FeedWriter::Cut> FeedWriter::Take(bool live) {
  Cut cut = {.intake = {},
             .now = intake_->last_received(),
             .last_frame = intake_->last_frame(),
             .live = live,
             .live_since = intake_->live_since(),
             .sure = sure_};
  TM_ASSIGN(cut.intake, intake_->Take(sources_, session_.view().epoch() + 1));
  return cut;
}

Result<FeedWriter::Written> FeedWriter::Write(Cut& cut, Progress* progress) {
  Written written;
  TM_TRY(cut.intake.Spool());
  // With the epoch, or not at all: it has the rows, and the gaps that were found.
  TM_TRY(PutSure(session_.snapshots(), cut.sure));
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
  if (!intake_->any()) return {};
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

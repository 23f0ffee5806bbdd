#include "tidemark/pipeline/feed_ledger.h"

#include "tidemark/pipeline/feed_intake.h"

namespace tidemark {
namespace {

void AddOpened(const Batch& events, std::map<SeriesKey, FeedLedger::Gaps>* gaps) {
  for (size_t i = 0; i < events.rows; ++i) {
    if (events["table"].strings.At(i) != TradesTable().name) continue;
    FeedLedger::Gaps& of =
        (*gaps)[{events["venue"].strings.At(i), events["symbol"].strings.At(i), ""}];
    if (events["event"].strings.At(i) == "opened") ++of.opened;
  }
}

int64_t Issued(const LakeView& view) {
  int64_t rows = 0;
  if (!view.HasTable(IssuedTable().name)) return rows;
  for (const DataFile& file : view.Files(IssuedTable().name)) rows += file.rows;
  return rows;
}

}  // namespace

// Files heal gaps too, so what is open is asked of the lake.
void FeedLedger::Take(const LakeView& view, const LakeFacts& facts) {
  for (auto& [series, of] : gaps) of.open = 0;
  for (const auto& [series, open] : facts.gaps.all()) {
    gaps[{series.venue, series.symbol.text(), ""}].open = static_cast<int64_t>(open.size());
  }
  watermarks = facts.watermarks;
  issued = Issued(view);
}

Result<FeedLedger> FeedLedger::Of(const LakeView& view, const LakeFacts& facts) {
  FeedLedger ledger;
  TM_ASSIGN(const Batch lines, view.Read(LedgerTable()));
  for (size_t i = 0; i < lines.rows; ++i) {
    const std::string source(lines["source"].strings.At(i));
    if (IsFeedSource(source)) ledger.rows[source] += CountsOfLine(lines, i);
  }
  if (view.HasTable(TradesTable().name)) {
    TM_ASSIGN(const Batch events, view.Read(GapEventsTable()));
    AddOpened(events, &ledger.gaps);
  }
  ledger.Take(view, facts);
  return ledger;
}

void FeedLedger::Add(const Intake& intake, const EpochReport& epoch, const LakeView& view,
                     const LakeFacts& facts) {
  if (!epoch.changed) return;
  for (const SourceCount& count : epoch.sources) rows[count.source] += count;
  AddOpened(intake.gap_events, &gaps);
  Take(view, facts);
}

}  // namespace tidemark

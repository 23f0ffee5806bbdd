#include "tidemark/pipeline/feed_ledger.h"

#include "tidemark/pipeline/feed_intake.h"

namespace tidemark {
namespace {

void AddGaps(const Batch& events, std::map<SeriesKey, FeedLedger::Gaps>* gaps) {
  for (size_t i = 0; i < events.rows; ++i) {
    if (events["table"].strings.At(i) != TradesTable().name) continue;
    FeedLedger::Gaps& of =
        (*gaps)[{events["venue"].strings.At(i), events["symbol"].strings.At(i), ""}];
    ++(events["event"].strings.At(i) == "opened" ? of.opened : of.healed);
  }
}

int64_t Issued(const LakeView& view) {
  int64_t rows = 0;
  if (!view.HasTable(IssuedTable().name)) return rows;
  for (const DataFile& file : view.Files(IssuedTable().name)) rows += file.rows;
  return rows;
}

}  // namespace

Result<FeedLedger> FeedLedger::Of(const LakeView& view) {
  FeedLedger ledger;
  TM_ASSIGN(const Batch lines, view.Read(LedgerTable()));
  for (size_t i = 0; i < lines.rows; ++i) {
    const std::string source(lines["source"].strings.At(i));
    if (IsFeedSource(source)) ledger.rows[source] += CountsOfLine(lines, i);
  }
  TM_ASSIGN(const Batch events, view.Read(GapEventsTable()));
  AddGaps(events, &ledger.gaps);
  TM_ASSIGN(ledger.watermarks, WatermarksOf(view));
  ledger.issued = Issued(view);
  return ledger;
}

void FeedLedger::Add(const Intake& intake, const EpochReport& epoch, const LakeView& view,
                     const Watermarks& reached) {
  if (!epoch.changed) return;
  for (const SourceCount& count : epoch.sources) rows[count.source] += count;
  AddGaps(intake.gap_events, &gaps);
  watermarks = reached;
  issued = Issued(view);
}

}  // namespace tidemark

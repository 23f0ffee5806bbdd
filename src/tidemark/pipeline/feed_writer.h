// What feeds gave, epoch by epoch, into a lake: shared by live and replay.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/epoch.h"
#include "tidemark/pipeline/feed_intake.h"
#include "tidemark/pipeline/feed_ledger.h"
#include "tidemark/pipeline/session.h"
#include "tidemark/pipeline/sure_times.h"

namespace tidemark {

// Rows of so long before the last are looked through for what is missing, at a start.
constexpr int64_t kGapHistoryUs = 7 * kMicrosPerDay;

class FeedWriter {
 public:
  // Both borrowed. `config` is the effective one.
  FeedWriter(const Config& config, WriteSession& session)
      : config_(config), session_(session), intake_(std::in_place, config) {}

  // Learns what the lake knows: its sources, how far frames are done, the gaps that are open.
  Status Begin();
  // As of the last frame: it goes into the journal with the next epoch, which has the rows.
  void IsSure(Sure what, const std::string& series, EventTime to) { sure_[{what, series}] = to; }
  // As the last epoch left it.
  Result<EventTime> WasSure(Sure what, const std::string& series) {
    return SureTo(session_.snapshots(), what, series);
  }
  // Another epoch than ours was committed: its sources.
  Status Refresh();
  // The greatest frame index whose rows are committed; 0 when there is none.
  int64_t committed() const { return committed_; }

  FeedIntake& intake() { return *intake_; }
  // Ids that are missing among a series' stored trades of some days are gaps again, and silence
  // counts for it. Up to where its feed has told it; kMinTime: not at all. Must come before its
  // first frame. Errors: those of the lake.
  Result<EventTime> Seed(const TradeSeriesId& series);
  // As in another life: what the lake does not say is forgotten. REQUIRES that all is committed.
  Status Restart();

  // An epoch in three steps. The second may run on another thread, while the intake takes what
  // comes; nothing else of this and of the session may be used meanwhile. Errors: those of
  // RunEpoch; then the frames above committed() have to be given again.
  struct Cut {
    Intake intake;
    ReceiveTime now;
    int64_t last_frame = 0;
    // Nobody has waited for it, so forecasts for candles that have closed since the feed began are
    // said now.
    bool live = false;
    LiveSince live_since;
    SureTimes sure;
  };
  struct Written {
    EpochReport report;
    FeedLedger ledger;
  };
  Result<Cut> Take(bool live);
  Result<Written> Write(Cut& cut, Progress* progress);
  void Finish(Cut cut, Written written);
  // All three; nothing when the intake holds nothing.
  Status Commit(Progress* progress);

  int64_t epochs() const { return epochs_; }
  const FeedLedger& ledger() const { return ledger_; }
  // Summed over the epochs, by source.
  std::vector<SourceCount> Sources() const;

 private:
  const Config& config_;
  WriteSession& session_;
  std::optional<FeedIntake> intake_;
  SureTimes sure_;
  SourceList sources_;
  FeedLedger ledger_;
  std::map<std::string, SourceCount> counts_;
  int64_t committed_ = 0, epochs_ = 0;
};

}  // namespace tidemark

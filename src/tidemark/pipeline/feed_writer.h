// What feeds gave, epoch by epoch, into a lake: shared by live and replay.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/epoch.h"
#include "tidemark/pipeline/feed_intake.h"
#include "tidemark/pipeline/feed_ledger.h"
#include "tidemark/pipeline/session.h"

namespace tidemark {

class FeedWriter {
 public:
  // Both borrowed. `config` is the effective one.
  FeedWriter(const Config& config, WriteSession& session)
      : config_(config), session_(session), intake_(config) {}

  // Learns what the lake knows: its sources, how far frames are done, the gaps that are open.
  Status Begin();
  // So far trades of a series were held against what its venue tells, as of the last frame: it goes
  // into the journal with the next epoch, which has them.
  void Checked(const TradeSeriesId& series, EventTime to) { checked_[series] = to; }
  // As the last epoch left it; kMinTime: the journal does not say, or not well. Errors: those of
  // the journal.
  Result<EventTime> CheckedTo(const TradeSeriesId& series);
  // Another epoch than ours was committed: its sources.
  Status Refresh();
  // The greatest frame index whose rows are committed; 0 when there is none.
  int64_t committed() const { return committed_; }

  FeedIntake& intake() { return intake_; }

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
    std::map<TradeSeriesId, EventTime> checked;
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
  Status PutChecked(const TradeSeriesId& series, EventTime to);

  const Config& config_;
  WriteSession& session_;
  FeedIntake intake_;
  std::map<TradeSeriesId, EventTime> checked_;
  SourceList sources_;
  FeedLedger ledger_;
  std::map<std::string, SourceCount> counts_;
  int64_t committed_ = 0, epochs_ = 0;
};

}  // namespace tidemark

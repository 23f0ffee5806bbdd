// The lake's side of `live`: frames in, epochs out.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/journal/frame_log.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/feed_writer.h"
#include "tidemark/pipeline/frame_decoders.h"
#include "tidemark/pipeline/live.h"
#include "tidemark/pipeline/live_epoch.h"
#include "tidemark/pipeline/live_forecaster.h"
#include "tidemark/pipeline/live_note.h"
#include "tidemark/pipeline/session.h"

namespace tidemark {

class LiveWriter {
 public:
  LiveWriter(const Config& config, const LiveOptions& options)
      : given_(config), config_(config), options_(options) {}

  // Opens the lake and the log and commits what the log still holds.
  Status Open();
  Status ReadFiles();

  // Keeps a frame; its rows go into the sink that is returned. Without room the frame is not taken.
  FeedSink& Take(const LoggedFrame& frame);
  // What a connection needs when its next frames are read without the ones before.
  void Remember(const LoggedFrame& frame);
  void ForgetConnection(std::string_view feed, int64_t connection);

  // Says what candles that have closed mean. REQUIRES that the lake is open.
  void Forecast();

  bool due() const { return forecaster_ != nullptr && writer_->intake().due(); }

  // Whether somebody waits for Sync(), or it is time.
  bool SyncIsDue() const;
  // Afterwards what was taken and said is durable, and what was said is shown.
  Status Sync();
  // Begins an epoch of all that was taken, beside what comes from now on. Its errors leave it in
  // the log; Reopen() goes on from there. REQUIRES that none is under way.
  Status BeginCommit();
  bool committing() const { return epoch_ != nullptr; }
  bool committed() const { return epoch_ != nullptr && epoch_->done(); }
  // Waits for it.
  Status EndCommit();
  // Both.
  Status Commit();
  Status Reopen();

  bool full() const { return full_; }
  bool open() const { return writer_ != nullptr; }
  // Grows when the lake was opened: what was known of gaps is known from there.
  int64_t openings() const { return openings_; }
  FeedIntake& intake() { return writer_->intake(); }
  // Up to where a feed's trades were in the lake when it was opened, before the log was read;
  // kMinTime: none.
  EventTime OpenedAt(const TradeSeriesId& series) const;
  // See FeedWriter. REQUIRES that the lake is open, and for CheckedTo that no epoch is under way.
  void Checked(const TradeSeriesId& series, EventTime to) {
    writer_->IsSure(Sure::kTrades, series.ToString(), to);
  }
  Result<EventTime> CheckedTo(const TradeSeriesId& series) {
    return writer_->WasSure(Sure::kTrades, series.ToString());
  }
  void CandlesHad(const SeriesId& series, EventTime to) {
    writer_->IsSure(Sure::kCandles, series.ToString(), to);
  }
  // Stored trades of a series. REQUIRES as for CheckedTo. Errors: those of the lake.
  Result<Batch> StoredTrades(const TradeSeriesId& series, TimeRange times,
                             std::vector<std::string> columns) const;
  // From `since`, or where gaps with this reason end that follow each other from there on, to the
  // first trade of a series that its feed has brought into the lake; kMaxTime where it has brought
  // none. REQUIRES and errors as above.
  Result<TimeRange> NeverMissed(const TradeSeriesId& series, EventTime since,
                                std::string_view reason);
  // Up to where the lake has all candles that a feed told of a series since `since` (kMinTime:
  // since its first): as the last life had them, or where the journal does not say, an hour back,
  // for what was told may have been wrong; and some days back a hole may be one of ours. kMinTime:
  // nothing is known of it or wanted. REQUIRES and errors as above.
  Result<EventTime> CandlesTo(const SeriesId& series, EventTime since);
  const Config& config() const { return config_; }
  // Where the requests to services that count them are recorded. REQUIRES that the lake is open.
  std::string requests_path() const { return session_->requests_path(); }
  LiveReport Report() const;
  // What of the state is the lake's and the log's; the lake's stays while it cannot be opened.
  void Describe(LiveState* state) const;
  // Where to tell `status` how it stands.
  std::string note_path() const { return LiveNotePath(session_->journal_folder()); }

 private:
  Status BeginWriter();
  Status OpenLog(int64_t first_index);
  Status SetDamagedLogAside();
  Status RecordLake(std::string_view what);
  OnFrame TakeStored();
  Status SeedGaps();
  // `index`: of the frame. Where its rows go.
  FeedSink& IntakeOf(const LoggedFrame& frame, int64_t index);
  Result<int64_t> Append(const LoggedFrame& frame);
  void Committed(const LiveEpoch::Outcome& outcome);
  Status Say(const SaidForecasts& said);
  // The forecasts go on from where the lake is.
  Status FollowTips();

  const Config& given_;
  Config config_;  // with the lake's definitions
  const LiveOptions& options_;
  std::unique_ptr<WriteSession> session_;
  std::unique_ptr<FrameLog> log_;
  std::unique_ptr<FeedWriter> writer_;
  std::unique_ptr<LiveForecaster> forecaster_;  // null: what is committed is not live
  TipReader tips_;
  std::unique_ptr<LiveEpoch> epoch_;  // under way
  std::vector<std::pair<SaidForecasts, ReceiveTime>> unshown_;
  struct Context {
    FrameKind kind;
    std::string feed;
    int64_t connection;
    ReceiveTime at;
    std::string about, bytes;
  };
  std::deque<Context> contexts_;
  NoRows nobody_;
  bool unsynced_ = false, full_ = false;
  int64_t synced_ns_ = 0;
  bool live_ = false;  // what the log held of before is committed
  int64_t epochs_ = 0, openings_ = 0;
  std::map<TradeSeriesId, EventTime> opened_at_;
  // As the last commit left it: while one is under way it is not ours to ask.
  int64_t lake_epoch_ = 0;
  EpochTimes epoch_times_;
  int64_t uncompacted_ = 0;  // rows since the last compaction
  int64_t unready_ = 0;      // forecasts not said, since the start
  int64_t epoch_rows_ = 0;   // of the last one
  ReceiveTime epoch_at_;     // of the last one
};

}  // namespace tidemark

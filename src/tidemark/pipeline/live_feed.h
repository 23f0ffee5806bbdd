// One venue's connections in `live`, and what is still to be asked for there.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/pipeline/cross_check.h"
#include "tidemark/pipeline/gap_note.h"
#include "tidemark/pipeline/live_source.h"
#include "tidemark/pipeline/live_writer.h"
#include "tidemark/pipeline/missed_candles.h"
#include "tidemark/source/feed/feed_client.h"
#include "tidemark/source/net/event_loop.h"

namespace tidemark {

class LiveFeed : public LiveSource, public FeedClient::Listener {
 public:
  // All but `source` borrowed. Errors: those of FeedClient::Make.
  static Result<std::unique_ptr<LiveFeed>> Make(const SourceConfig& source, EventLoop& loop,
                                                LiveWriter& writer, const LiveOptions& options);

  const std::string& venue() const { return venue_; }
  void Start() override;
  void Stop() override { client_->Stop(); }
  void PauseReading(bool paused) override { client_->PauseReading(paused); }
  int64_t reconnects() const override { return client_->state().reconnects; }
  std::optional<LiveState::OfFeed> State() const override;

  void OnFrame(const FeedFrame& frame) override;
  FeedSink& rows() override { return rows_; }
  void OnGap(const FeedTopic& topic, std::string_view reason, ReceiveTime from,
             ReceiveTime to) override;
  void OnNote(const LogEvent& note) override { options_.on_event(note); }

  // Asks for what is missing, of ids a stretch of a symbol at a time, again and again until it is
  // there or the venue has been asked often enough; and, where ids do not tell, whether something
  // is. Tells the log that time goes on.
  void Turn(int64_t now_us) override;

 private:
  struct Healing {
    bool asked = false;
    int64_t due_us = 0;          // 0: nothing was missing
    int64_t begin = 0;           // of what was asked for last
    int attempts = 0;            // for that, in vain
    std::set<int64_t> given_up;  // begins of gaps
  };

  struct Checked {
    TradeSeriesId series;
    CrossCheck check;
    bool asked = false;
    int64_t due_us = 0;
  };
  using CheckedBySpelling = std::map<std::string, Checked, std::less<>>;

  // Hands on; a message that says what is subscribed is remembered, since some venues name their
  // channels once and number them afterwards.
  class Rows : public FeedSink {
   public:
    Rows(LiveWriter& writer, EventLoop& loop, CheckedBySpelling& checked, MissedCandles& candles)
        : writer_(writer), loop_(loop), say_(loop), checked_(checked), candles_(candles) {}
    // `frame`: its views are good while its rows come.
    void Begin(FeedSink* to, const LoggedFrame& frame) {
      to_ = to;
      frame_ = frame;
      remembered_ = false;
    }
    void OnTrade(std::string_view symbol, const Trade& trade, TradeOrigin origin) override {
      to_->OnTrade(symbol, trade, origin);
      if (!checked_.empty()) Came(symbol, trade);
      if (writer_.due()) EndTurnSoon();
    }
    void OnCandle(const CandleUpdate& update) override {
      to_->OnCandle(update);
      if (update.origin != TradeOrigin::kLive) return;
      if (writer_.full()) return candles_.Refused(update);
      candles_.Came(update, frame_.at);
    }
    void OnControl(const ControlEvent& event) override;
    void OnBook(std::string_view type, std::string_view symbol) override {
      to_->OnBook(type, symbol);
    }
    void OnReject(const FeedReject& reject) override { to_->OnReject(reject); }
    void OnSequence(const SequenceEvent& event) override { to_->OnSequence(event); }

   private:
    void EndTurnSoon();
    void Came(std::string_view symbol, const Trade& trade);

    LiveWriter& writer_;
    EventLoop& loop_;
    EventTimer say_;
    CheckedBySpelling& checked_;
    MissedCandles& candles_;
    CheckedBySpelling::value_type* last_ = nullptr;  // the one looked up last
    bool ending_ = false;
    FeedSink* to_ = nullptr;
    LoggedFrame frame_;
    bool remembered_ = false;
  };

  // Of a gap in time.
  struct Asking {
    bool asked = false;
    bool alone = false;  // with others it was refused
    int64_t due_us = 0;
    int attempts = 0;  // in vain
  };

  // Rows of a symbol may be missing, and no live one comes that would show it.
  struct Still {
    int64_t mark = 0;  // which time it is; another one: it begins anew
    int64_t due_us = 0;
    bool subscribed = false, asked = false;
    int answers = 0, refusals = 0;
  };

  LiveFeed(const FeedConfig& config, EventLoop& loop, LiveWriter& writer,
           const LiveOptions& options);
  void Note(const GapNote& note, int64_t now_us);
  void Tick(int64_t now_us);
  bool IsStill(const Symbol& symbol, FeedKind kind, Still& still, int64_t now_us) const;
  // After an answer; false: it is not asked again.
  static bool AskAgain(Still& still, const Status& status);
  void AskLosses(int64_t now_us);
  void AskedLoss(const FeedIntake::OpenLoss& loss, const Status& status);
  void AskTimes(int64_t now_us);
  void AskTimesOf(const Symbol& symbol, const TradeGapSet& gaps, int64_t now_us);
  void AskedTimes(const Symbol& symbol, const TradeGap& gap, bool shared, const Status& status);
  Status BeginChecks();
  Result<EventTime> ChecksFrom(const Checked& checked, EventTime told);
  // Tells the writer how far nothing is missing.
  void NoteSure(int64_t now_us);
  void Check(int64_t now_us);
  void HasChecked(Checked& checked, const Status& status);
  void Missed(const Symbol& symbol, const std::vector<TradeGap>& gaps);
  // What cannot be checked in time when trades are told up to `told`; false: nothing.
  bool MissedLate(Checked& checked, EventTime told, const TradeGapSet& open);
  // As of the client; a reply that the log had no room for is none.
  void Backfill(const Symbol& symbol, const BackfillRange& range,
                std::function<void(const Status&)> done);
  void NoteUntold(int64_t now_us);
  void NoteHistory(int64_t now_us);
  Status FollowCandles();
  void AskCandles(int64_t now_us);
  void AskNewestCandles(int64_t now_us);
  std::optional<int64_t> NextId(const Symbol& symbol) const;
  void MayLack(const Symbol& symbol, int64_t now_us);
  void AskNewest(int64_t now_us);
  void AskFrom(const Symbol& symbol, int64_t begin);
  void AskedFrom(const Symbol& symbol, int64_t begin, const Status& status);
  void AskIds(int64_t now_us);
  void Ask(const Symbol& symbol, const IdGaps& gaps, Healing& healing, int64_t now_us);
  void Asked(const Symbol& symbol, const Status& status);
  // Of a symbol: its venue and name go before the text, and into the fields.
  void Tell(LogLevel level, std::string_view event, const Symbol& symbol, std::string_view text);

  std::string venue_;
  EventTime since_;
  bool ids_tell_;  // what is missing; else only its times are known
  LiveWriter& writer_;
  const LiveOptions& options_;
  CheckedBySpelling checked_;           // where ids do not tell
  int64_t check_us_ = 0, sure_us_ = 0;  // not before
  std::vector<Symbol> symbols_;
  std::vector<Interval> intervals_;  // of candles
  MissedCandles missed_candles_;
  Rows rows_;
  int64_t framed_us_ = 0;  // the latest frame
  std::map<Symbol, Healing> healing_;
  int64_t frames_ = 0, frame_bytes_ = 0;
  std::vector<Symbol> traded_;
  std::map<Symbol, Still> losses_;     // since the frame of the note
  std::map<Symbol, Still> ids_after_;  // since the last live trade, where ids tell
  std::map<std::pair<Symbol, Interval>, Still> candles_after_;  // since they were lost
  std::map<std::pair<Symbol, TradeGap>, Asking> asking_;
  std::vector<std::pair<GapNote, int64_t>> unsaid_;  // the log had no room for them
  bool reply_refused_ = false;
  std::vector<Symbol> untold_;  // since when is still to be asked
  int64_t untold_due_us_ = 0;
  int64_t openings_ = 0;  // of the lake, that this has seen
  std::unique_ptr<FeedClient> client_;
};

}  // namespace tidemark

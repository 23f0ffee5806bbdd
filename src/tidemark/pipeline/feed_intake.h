// Rows that feeds gave, on their way into the next epoch: what the reading of files is for a run.
// The same frames give the same intake, however they are cut into epochs, but for where a loss
// begins while no live trade has told the venue's clock: there an epoch's watermark is a fact.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tidemark/journal/frame.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/feed_clock.h"
#include "tidemark/pipeline/id_gaps.h"
#include "tidemark/pipeline/ingest.h"
#include "tidemark/pipeline/issued.h"
#include "tidemark/pipeline/open_minutes.h"
#include "tidemark/pipeline/trade_gaps.h"
#include "tidemark/source/feed/feed_sink.h"

namespace tidemark {

// The source names of a venue's feed in the ledger.
std::string FeedTradesSource(std::string_view venue);
std::string FeedCandlesSource(std::string_view venue);
std::string FeedRatesSource(std::string_view venue);
bool IsFeedSource(std::string_view source);
// Of all configured feeds and symbols, with the series: "feed://binance/trades binance BTC-USDT".
std::set<std::string> FeedSourcesOf(const Config& config);

class FeedIntake {
 public:
  // `config` is borrowed.
  explicit FeedIntake(const Config& config) : config_(config) {}

  // The rows of one frame of `venue` go into the sink that this returns, which is good until the
  // next call. Frames come in order of their index.
  FeedSink& Frame(std::string_view venue, int64_t index, ReceiveTime at, size_t bytes);

  // A frame without rows: time went on, maybe with a note about a gap (gap_note.h), or a connection
  // of the feed was opened or lost.
  void Passed(FrameKind kind, std::string_view venue, int64_t index, ReceiveTime at,
              std::string_view about = {});

  // One or the other for a frame of the log; null: it has no rows.
  FeedSink* RowsOf(const LoggedFrame& frame, int64_t index);

  // Forecasts that were said. Errors: kCorrupt.
  Status Said(std::string_view venue, int64_t index, ReceiveTime at, std::string_view bytes);

  int64_t rows() const { return rows_; }
  // Whether there is anything to commit; that silence has closed a candle is something.
  bool any() const;
  ReceiveTime last_received() const { return at_; }
  int64_t last_frame() const { return index_; }

  // What an epoch does to what is known of the feeds, without one.
  void Cut();
  // What has come since the last call, as the intake of `epoch` of a lake that has `sources`.
  // Errors: kIo.
  Result<Intake> Take(const SourceList& sources, int64_t epoch);

  // Gaps in the ids of trades, by series.
  const std::map<TradeSeriesId, IdGaps>& gaps() const { return gaps_; }
  // Those in time, where ids do not tell.
  const std::map<TradeSeriesId, TradeGapSet>& time_gaps() const { return time_gaps_; }
  const TradeGapSet& TimeGapsOf(const TradeSeriesId& series) const {
    static const TradeGapSet kNone;
    const auto known = time_gaps_.find(series);
    return known == time_gaps_.end() ? kNone : known->second;
  }
  // The time at a venue, by its feed; kMinTime before its first live trade.
  EventTime ClockOf(std::string_view venue, ReceiveTime now) const;
  // What it was then, for a note of what is lost since.
  EventTime ClockThen(std::string_view venue, ReceiveTime then) const;
  // Trades that may be missing since a time, while the venue has told none after it, live.
  struct OpenLoss {
    Symbol symbol;
    int64_t frame;  // of the word for it
    EventTime from;
    EventTime reached;  // the greatest time of a trade that came, whatever its origin
    std::string reason;
  };
  std::vector<OpenLoss> Losses(std::string_view venue) const;
  // The frame of the last live trade of a series; 0: none came.
  int64_t LastLive(const TradeSeriesId& series) const;
  // The greatest time of a trade of a series that is known, whatever its origin; kMinTime: none is.
  EventTime Reached(const TradeSeriesId& series) const;
  // How far a series is told, as far as anybody knows; kMinTime: not at all.
  EventTime ToldTo(const TradeSeriesId& series) const;
  // A series that the lake has, complete up to `watermark`, and times of its last trades. Must come
  // before its first frame.
  void Follow(const TradeSeriesId& series, EventTime watermark, const std::vector<int64_t>& times);
  // The gaps that are open in the lake. Must come first.
  void Restore(const TradeGaps& open);
  // The trades of a series that are stored already, by id. Must come before its first frame.
  void Know(const TradeSeriesId& series, const std::vector<std::pair<int64_t, EventTime>>& ids);

  // From now on rows are kept for OpenNow() too, beside those for the epoch. Must come first.
  void KeepOpen() { keep_open_ = true; }
  // What came of each series since the last call; whoever asks takes it. What is complete is as of
  // now.
  std::map<TradeSeriesId, OpenMinutes>& OpenNow();
  // Whether what came since then may have closed a candle.
  bool due() const { return due_; }
  // What may be missing before `from` is no matter any more.
  void Want(const TradeSeriesId& series, EventTime from) { open_[series].wanted = from; }

  // The time of the first trade of each series that came while it happened.
  const LiveSince& live_since() const { return live_since_; }
  // What came until now was read from the log, when it was over.
  void ForgetLive();

  // Totals since the beginning, for status and metrics.
  struct Totals {
    int64_t frames = 0, bytes = 0, trades = 0, candles = 0, books = 0, controls = 0, rejects = 0;
    int64_t gaps_opened = 0, gaps_healed = 0;
    void operator+=(const Totals& more);
  };
  const Totals& totals() const { return totals_; }

 private:
  class Feed;
  Feed& FeedOf(std::string_view venue);
  Feed& Begin(std::string_view venue, int64_t index, ReceiveTime at);
  void TellOpened(const TradeSeriesId& series, IdGaps& gaps);
  void OpenInTime(const TradeSeriesId& series, const TradeGap& gap);
  IdleRule idle_rule() const { return {config_.idle_us, config_.lateness_us}; }
  Result<Symbol> SymbolOf(std::string_view venue, std::string_view text) const;

  const Config& config_;
  std::map<std::string, std::shared_ptr<Feed>, std::less<>> feeds_;
  std::map<TradeSeriesId, IdGaps> gaps_;
  std::map<TradeSeriesId, TradeGapSet> time_gaps_;  // open ones
  Batch events_{GapEventsTable().schema};           // without the epoch
  Batch issued_{IssuedTable().schema};
  bool keep_open_ = false, due_ = false;
  std::map<TradeSeriesId, OpenMinutes> open_;
  LiveSince live_since_;
  Totals totals_;
  int64_t rows_ = 0, index_ = 0;
  ReceiveTime at_;
};

}  // namespace tidemark

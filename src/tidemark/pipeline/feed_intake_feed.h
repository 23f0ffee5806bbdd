// What one venue's feed gave since the last epoch; a part of FeedIntake.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tidemark/pipeline/feed_intake.h"
#include "tidemark/pipeline/gap_note.h"

namespace tidemark {

class FeedIntake::Feed : public FeedSink {
 public:
  Feed(FeedIntake& all, std::string name);

  void OnTrade(std::string_view text, const Trade& trade, TradeOrigin origin) override;
  void OnCandle(const CandleUpdate& update) override;
  void OnControl(const ControlEvent& event) override;
  void OnBook(std::string_view type, std::string_view symbol) override;
  void OnRate(std::string_view text, const ExchangeRate& rate) override;
  void OnReject(const FeedReject& reject) override;
  void OnSequence(const SequenceEvent& event) override;

  // The next frame; its rows follow.
  void OnFrame(ReceiveTime at) { clock_.OnFrame(at); }
  // What was not told meanwhile is not silence.
  void OnConnection(bool opened, ReceiveTime at);
  // Trades may be missing since then: until the next live trade that the venue tells.
  void Lost(const GapNote& note, ReceiveTime at);
  // The venue has told all of it: what is lost since then is lost since its end.
  void Whole(const TradeGap& gap, const TradeSeriesId& series);
  std::vector<OpenLoss> Losses() const;
  int64_t LastLive(const TradeSeriesId& series) const;
  EventTime Reached(const TradeSeriesId& series) const;
  EventTime TimeAt(ReceiveTime at) const { return clock_.At(at); }
  // What the venue's clock was then, by what was heard before as well; kMinTime: not known.
  EventTime TimeThen(ReceiveTime then) const;
  EventTime ToldTo(const TradeSeriesId& series) const;
  void Follow(const TradeSeriesId& series, EventTime watermark, const std::vector<int64_t>& times);
  bool closes() const;
  // Sets `complete` of what is open.
  void SettleOpen() const;
  std::vector<TradeSeriesId> Series() const;

  void Cut();
  // Moves what came to `intake`.
  Status Give(Intake* intake, int64_t epoch);
  void ForgetLive() {
    for (auto& [series, traded] : traded_) traded.live = false;
  }

  const std::string venue;
  int64_t frame = 0;
  int64_t frames_bytes = 0;

 private:
  struct LostSince {
    EventTime from;
    std::string reason;
    int64_t frame;
  };
  struct Traded {
    TradeSeriesId series;
    TradeColumns rows;
    FeedReach reach;
    IdGaps* gaps = nullptr;       // null: the venue's ids say nothing
    OpenMinutes* open = nullptr;  // null: nobody asks for them
    bool live = false;
    bool cut = false;                // since the last epoch
    int64_t live_frame = 0;          // of the last live trade
    std::optional<LostSince> lost;   // and the venue has told no trade since
    std::optional<TradeGap> untied;  // before any trade of it, and it was not heard since
  };
  // Of the venue's candles of one symbol and interval.
  struct Told {
    EventTime live = kMinTime;           // open time of the latest live one
    std::optional<CandleUpdate> unsaid;  // the latest, where the venue does not say what is closed
    std::string symbol;                  // of that
  };
  struct RejectedMessage {
    int64_t frame;
    int64_t ordinal, element;
    std::string reason, message, bytes;
  };
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  Traded& Of(const TradeSeriesId& series);
  // Null when it is no symbol.
  Traded* Known(std::string_view text);
  FeedReach::Watermark ReachOf(const Traded& traded) const;
  EventTime Complete(const Traded& traded) const;
  void Open(Traded& traded, EventTime to);
  void OpenPending(EventTime to);
  void Closed(const CandleUpdate& update);
  void BadSymbol(std::string_view text);
  void Reject(std::string_view reason, std::string_view message, std::string_view bytes,
              int element);
  bool Forgotten(const Traded& traded, const Trade& trade);
  void GiveCounts(const std::string& source, const TableSpec& table, int64_t read, Intake* intake);

  FeedIntake& all_;
  bool follows_trades_ = false, tells_empty_;
  FeedClock clock_;
  ReceiveTime opened_at_, closed_at_;  // the last connection; that one was lost
  int64_t closed_behind_us_ = 0;       // the venue's clock behind ours then
  int pending_ = 0;                    // series with `lost`
  std::map<TradeSeriesId, Traded> traded_;
  // As the venue spells them; only for look-up.
  std::unordered_map<std::string, Traded*, TextHash, std::equal_to<>> spelled_;
  Traded* last_ = nullptr;  // the one looked up last…
  std::string_view last_text_;
  std::map<std::string, Told> told_;
  std::map<SeriesId, CandleColumns> candles_;
  std::vector<RejectedMessage> rejects_;
  int64_t trades_read = 0, candles_read = 0;
  Batch rates_{ExchangeRatesTable().schema};
  int64_t late_ = 0;
};

}  // namespace tidemark

#include "tidemark/pipeline/feed_intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "tidemark/base/fault.h"
#include "tidemark/source/feed/venue_protocol.h"

namespace tidemark {
namespace {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <typename Value>
using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

void AppendEvent(const TradeSeriesId& series, const IdGap& gap, std::string_view event,
                 Batch* events) {
  Batch& batch = *events;
  // Of trades at one moment there may be several; they are one entry.
  for (size_t i = 0; i < batch.rows; ++i) {
    if (batch["from"].ints[i] == gap.times.start.us && batch["to"].ints[i] == gap.times.end.us &&
        batch["event"].strings.At(i) == event && batch["venue"].strings.At(i) == series.venue &&
        batch["symbol"].strings.At(i) == series.symbol.text()) {
      return;
    }
  }
  batch["table"].strings.Append(TradesTable().name);
  batch["venue"].strings.Append(series.venue);
  batch["symbol"].strings.Append(series.symbol.text());
  batch["interval"].strings.Append("");
  batch["from"].ints.push_back(gap.times.start.us);
  batch["to"].ints.push_back(gap.times.end.us);
  batch["epoch"].ints.push_back(0);  // set when it is known
  batch["event"].strings.Append(event);
  batch["reason"].strings.Append(fmt::format("ids {} to {}", gap.begin, gap.end - 1));
  batch.SetRows(batch.rows + 1);
}

}  // namespace

std::string FeedTradesSource(std::string_view venue) {
  return fmt::format("feed://{}/trades", venue);
}
std::string FeedCandlesSource(std::string_view venue) {
  return fmt::format("feed://{}/candles", venue);
}
bool IsFeedSource(std::string_view source) { return source.starts_with("feed://"); }

// What one venue gave.
class FeedIntake::Feed : public FeedSink {
 public:
  Feed(FeedIntake& all, std::string name) : venue(std::move(name)), all_(all) {}

  void OnTrade(std::string_view text, const Trade& trade, TradeOrigin origin) override {
    Traded* traded = Known(text);
    ++trades_read;
    ++all_.rows_;
    ++all_.totals_.trades;
    if (traded == nullptr) return BadSymbol(text);
    if (!Forgotten(*traded, trade)) traded->rows.Append(trade);
    traded->reached = std::max(traded->reached, trade.time);
    last_ = traded;
    if (origin == TradeOrigin::kLive && !traded->live) {
      traded->live = true;
      all_.live_since_.try_emplace(traded->series, trade.time);
    }
    if (traded->gaps == nullptr) return;
    if (const auto id = IdNumber(trade.id)) Tell(*traded, traded->gaps->Came(*id, trade.time));
  }

  void OnCandle(const CandleUpdate& update) override {
    ++all_.totals_.candles;
    if (update.state == CandleState::kClosed) return Closed(update);
    if (update.state == CandleState::kOpen) return;
    // The venue does not say: a candle is closed when a later one is there.
    const auto [it, fresh] = unsaid_.try_emplace(
        fmt::format("{} {}", update.symbol, update.interval.ToString()), Unsaid{});
    Unsaid& last = it->second;
    if (!fresh && update.candle.open_time < last.update.candle.open_time) return Closed(update);
    if (!fresh && update.candle.open_time > last.update.candle.open_time) {
      last.update.symbol = last.symbol;
      Closed(last.update);
    }
    last = {std::string(update.symbol), update};
  }

  void OnControl(const ControlEvent& /*event*/) override { ++all_.totals_.controls; }
  void OnBook(std::string_view /*type*/, std::string_view /*symbol*/) override {
    ++all_.totals_.books;
  }

  void OnReject(const FeedReject& reject) override {
    Reject(CodeOf(reject.reason), reject.message, reject.bytes, reject.element);
    ++trades_read;
    ++all_.rows_;
  }

  void OnSequence(const SequenceEvent& event) override {
    if (event.kind == SequenceKind::kConnection) return;
    Traded* traded = last_ != nullptr && last_->text == event.symbol ? last_ : Known(event.symbol);
    if (traded == nullptr) return;
    if (traded->gaps == nullptr) traded->gaps = &all_.gaps_[traded->series];
    if (event.begin == event.end) Tell(*traded, traded->gaps->Exist(event.end, traded->reached));
    for (int64_t id = event.begin; id < event.end; ++id) {
      Tell(*traded, traded->gaps->Came(id, traded->reached));
    }
  }

  // Moves what came to `intake`.
  Status Give(Intake* intake, int64_t epoch);
  void ForgetLive() {
    for (auto& [text, traded] : traded_) traded.live = false;
  }

  const std::string venue;
  int64_t frame = 0;
  int64_t frames_bytes = 0;

 private:
  struct Traded {
    std::string text;  // the venue's spelling
    TradeSeriesId series;
    TradeColumns rows;
    EventTime reached = kMinTime;
    EventTime complete = kMinTime;  // as the last epoch was told
    IdGaps* gaps = nullptr;         // null: the venue's ids say nothing
    bool live = false;
  };
  struct Unsaid {
    std::string symbol;
    CandleUpdate update;
  };
  struct RejectedMessage {
    int64_t frame;
    int64_t ordinal, element;
    std::string reason, message, bytes;
  };

  // Null when it is no symbol.
  Traded* Known(std::string_view text) {
    if (last_ != nullptr && last_->text == text) return last_;
    auto it = traded_.find(text);
    if (it == traded_.end()) {
      auto symbol = all_.SymbolOf(venue, text);
      if (!symbol) return nullptr;
      it = traded_.emplace(std::string(text), Traded{}).first;
      it->second.text = it->first;
      it->second.series = {venue, *std::move(symbol)};
      // Gaps known from before are healed by what comes.
      const auto known = all_.gaps_.find(it->second.series);
      if (known != all_.gaps_.end()) it->second.gaps = &known->second;
    }
    return &it->second;
  }

  // Only by a mistake that a test asks for.
  bool Forgotten(const Traded& traded, const Trade& trade) {
    return Makes(Mistake::kDropLateRow) && trade.time < traded.complete && ++late_ % 10 == 0;
  }

  void Tell(const Traded& traded, const std::optional<IdGap>& opened) {
    if (!opened) return;
    ++all_.totals_.gaps_opened;
    AppendEvent(traded.series, *opened, "opened", &all_.events_);
  }

  void Closed(const CandleUpdate& update) {
    ++candles_read;
    ++all_.rows_;
    Traded* traded = Known(update.symbol);
    if (traded == nullptr) return BadSymbol(update.symbol);
    candles_[SeriesId{venue, traded->series.symbol, update.interval}].Append(update.candle);
  }

  void BadSymbol(std::string_view text) {
    Reject(CodeOf(RejectReason::kBadSymbol), fmt::format("'{}' is not a symbol", text), text, -1);
  }

  void Reject(std::string_view reason, std::string_view message, std::string_view bytes,
              int element) {
    ++all_.totals_.rejects;
    const bool same = !rejects_.empty() && rejects_.back().frame == frame;
    rejects_.push_back({frame, same ? rejects_.back().ordinal + 1 : 0, element, std::string(reason),
                        std::string(message), std::string(bytes.substr(0, kRejectBytesKept))});
  }

  void GiveCounts(const std::string& source, bool trades, int64_t read, Intake* intake);

  FeedIntake& all_;
  ByText<Traded> traded_;  // only for look-up; what is given goes by order of series
  Traded* last_ = nullptr;
  std::map<std::string, Unsaid> unsaid_;
  std::map<SeriesId, CandleColumns> candles_;
  std::vector<RejectedMessage> rejects_;
  int64_t trades_read = 0, candles_read = 0;
  int64_t late_ = 0;
};

void FeedIntake::Feed::GiveCounts(const std::string& source, bool trades, int64_t read,
                                  Intake* intake) {
  SourceCount count;
  count.source = source;
  count.trades = trades;
  count.read = read;
  count.rejected = trades ? static_cast<int64_t>(rejects_.size()) : 0;
  count.bytes = frames_bytes;
  count.layout = trades ? "messages, trades" : "messages, candles";
  intake->counts.push_back(std::move(count));
  ReadSummary summary;
  summary.position.bytes = frame;  // a feed's position is its last frame
  intake->summaries[source] = std::move(summary);
}

Status FeedIntake::Feed::Give(Intake* intake, int64_t epoch) {
  const std::string trades_source = FeedTradesSource(venue);
  const std::string candles_source = FeedCandlesSource(venue);
  const int32_t trades = intake->sources.Add(trades_source);
  std::map<TradeSeriesId, Traded*> in_order;
  for (auto& [text, traded] : traded_) in_order.emplace(traded.series, &traded);
  for (auto& [series, traded] : in_order) {
    if (traded->rows.rows() == 0) continue;
    TM_TRY(intake->trades->Add(series, traded->rows, trades));
    traded->rows = {};
    traded->complete = traded->reached - all_.config_.lateness_us;
    intake->watermarks.trades[series] = traded->complete;
    intake->source_watermarks[{trades_source, series.ToString()}] = {traded->complete, "data"};
  }
  for (const auto& [series, rows] : candles_) {
    const int32_t source = intake->sources.Add(candles_source);
    TM_TRY(intake->spool->Add(series, rows, source, 0));
    const EventTime close =
        series.interval.CloseOf({*std::max_element(rows.open_time.begin(), rows.open_time.end())});
    intake->watermarks.candles[series] = close;
    intake->source_watermarks[{candles_source, series.ToString()}] = {close, "data"};
  }
  candles_.clear();
  // Even without a row: the position is how far the feed's frames are done.
  GiveCounts(trades_source, true, trades_read, intake);
  if (candles_read > 0) GiveCounts(candles_source, false, candles_read, intake);
  Batch& batch = intake->rejects;
  for (const RejectedMessage& reject : rejects_) {
    batch["source"].strings.Append(trades_source);
    batch["content_hash"].strings.Append(fmt::format("frame {:016}", reject.frame));
    batch["position"].ints.push_back(reject.ordinal);
    batch["line"].ints.push_back(reject.element + 1);
    batch["reason"].strings.Append(reject.reason);
    batch["message"].strings.Append(reject.message);
    batch["bytes"].strings.Append(reject.bytes);
    batch["epoch"].ints.push_back(epoch);
  }
  batch.SetRows(batch.rows + rejects_.size());
  rejects_.clear();
  trades_read = candles_read = frames_bytes = 0;
  return {};
}

// As configured: a venue's own spelling may say another name (XBT is BTC) or leave the middle open.
Result<Symbol> FeedIntake::SymbolOf(std::string_view venue, std::string_view text) const {
  const auto protocol = MakeVenueProtocol(venue);
  for (const SourceConfig& source : config_.sources) {
    if (!protocol || source.feed.venue != venue) continue;
    for (const Symbol& symbol : source.feed.symbols) {
      if ((*protocol)->Spelling(symbol) == text) return symbol;
    }
  }
  return Symbol::Parse(text);
}

FeedIntake::Feed& FeedIntake::FeedOf(std::string_view venue) {
  auto it = feeds_.find(venue);
  if (it == feeds_.end()) {
    it =
        feeds_.emplace(std::string(venue), std::make_shared<Feed>(*this, std::string(venue))).first;
  }
  return *it->second;
}

FeedSink& FeedIntake::Frame(std::string_view venue, int64_t index, ReceiveTime at, size_t bytes) {
  ++totals_.frames;
  index_ = index;
  at_ = at;
  totals_.bytes += static_cast<int64_t>(bytes);
  Feed& feed = FeedOf(venue);
  feed.frame = index;
  feed.frames_bytes += static_cast<int64_t>(bytes);
  return feed;
}

void FeedIntake::Know(const TradeSeriesId& series,
                      const std::vector<std::pair<int64_t, EventTime>>& ids) {
  IdGaps& gaps = gaps_[series];
  for (const auto& [id, time] : ids) gaps.Came(id, time);
}

void FeedIntake::ForgetLive() {
  live_since_.clear();
  for (auto& [venue, feed] : feeds_) feed->ForgetLive();
}

Result<Intake> FeedIntake::Take(const SourceList& sources, int64_t epoch) {
  Intake intake;
  intake.sources = sources;
  intake.spool = std::make_unique<RowSpool>(config_.memory_limit_bytes / 4);
  intake.trades = std::make_unique<TradeSpool>(config_.memory_limit_bytes / 4);
  for (auto& [venue, feed] : feeds_) TM_TRY(feed->Give(&intake, epoch));
  for (auto& [series, gaps] : gaps_) {
    for (const IdGap& gap : gaps.TakeHealed()) {
      ++totals_.gaps_healed;
      AppendEvent(series, gap, "healed", &events_);
    }
  }
  events_["epoch"].ints.assign(events_.rows, epoch);
  intake.gap_events = std::exchange(events_, Batch(GapEventsTable().schema));
  rows_ = 0;
  return intake;
}

}  // namespace tidemark

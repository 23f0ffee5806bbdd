#include "tidemark/pipeline/feed_intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "tidemark/source/feed/venue_protocol.h"

namespace tidemark {
namespace {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <typename Value>
using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

// Longer ones between two frames are ours, unless silence is longer still: ticks come every second.
constexpr int64_t kPauseUs = 5 * kMicrosPerSecond;

}  // namespace

std::string FeedTradesSource(std::string_view venue) {
  return fmt::format("feed://{}/trades", venue);
}
std::string FeedCandlesSource(std::string_view venue) {
  return fmt::format("feed://{}/candles", venue);
}
bool IsFeedSource(std::string_view source) { return source.starts_with("feed://"); }
std::set<std::string> FeedSourcesOf(const Config& config) {
  std::set<std::string> sources;
  for (const SourceConfig& source : config.sources) {
    if (!source.is_feed()) continue;
    sources.insert(FeedTradesSource(source.feed.venue));
    sources.insert(FeedCandlesSource(source.feed.venue));
  }
  return sources;
}

// What one venue gave.
class FeedIntake::Feed : public FeedSink {
 public:
  Feed(FeedIntake& all, std::string name)
      : venue(std::move(name)), all_(all), clock_(std::max(all.config_.idle_us, kPauseUs)) {}

  void OnTrade(std::string_view text, const Trade& trade, TradeOrigin origin) override {
    Traded* traded = Known(text);
    ++trades_read;
    ++all_.rows_;
    ++all_.totals_.trades;
    if (traded == nullptr) return BadSymbol(text);
    traded->rows.Append(trade);
    traded->reach.OnTrade(trade.time, all_.config_.intervals);
    if (origin == TradeOrigin::kLive) {
      traded->reach.OnHeard(clock_, all_.idle_rule());
      clock_.OnLiveTrade(trade.time);
      if (!std::exchange(traded->live, true)) {
        all_.live_since_.try_emplace(traded->series, trade.time);
      }
    }
    if (traded->gaps == nullptr) return;
    if (const auto id = IdNumber(trade.id)) traded->gaps->Came(*id, trade.time);
    all_.TellOpened(traded->series, *traded->gaps);
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
    Traded* traded = Known(event.symbol);
    if (traded == nullptr) return;
    if (traded->gaps == nullptr) traded->gaps = &all_.gaps_[traded->series];
    const EventTime reached = traded->reach.reached();
    if (event.begin == event.end) traded->gaps->Exist(event.end, reached);
    for (int64_t id = event.begin; id < event.end; ++id) traded->gaps->Came(id, reached);
    all_.TellOpened(traded->series, *traded->gaps);
  }

  void OnFrame(ReceiveTime at) { clock_.OnFrame(at); }
  // What was not told meanwhile is not silence.
  void OnConnection() {
    for (auto& [series, traded] : traded_) traded.reach.OnHeard(clock_, all_.idle_rule());
  }
  void Follow(const TradeSeriesId& series, EventTime watermark, const std::vector<int64_t>& times) {
    FeedReach& reach = Of(series).reach;
    reach.Begin(watermark);
    for (const int64_t time : times) reach.OnTrade({time}, all_.config_.intervals);
  }
  bool closes() const {
    return std::ranges::any_of(traded_, [&](const auto& traded) {
      return traded.second.reach.Closes(clock_, all_.idle_rule());
    });
  }

  // Moves what came to `intake`.
  Status Give(Intake* intake, int64_t epoch);
  void ForgetLive() {
    for (auto& [series, traded] : traded_) traded.live = false;
  }

  const std::string venue;
  int64_t frame = 0;
  int64_t frames_bytes = 0;

 private:
  struct Traded {
    TradeSeriesId series;
    TradeColumns rows;
    FeedReach reach;
    IdGaps* gaps = nullptr;  // null: the venue's ids say nothing
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

  Traded& Of(const TradeSeriesId& series) {
    const auto [it, fresh] = traded_.try_emplace(series);
    if (fresh) {
      it->second.series = series;
      // Gaps known from before are healed by what comes.
      const auto known = all_.gaps_.find(series);
      if (known != all_.gaps_.end()) it->second.gaps = &known->second;
    }
    return it->second;
  }

  // Null when it is no symbol.
  Traded* Known(std::string_view text) {
    if (last_ != nullptr && last_text_ == text) return last_;
    auto it = spelled_.find(text);
    if (it == spelled_.end()) {
      auto symbol = all_.SymbolOf(venue, text);
      if (!symbol) return nullptr;
      it = spelled_.emplace(std::string(text), &Of({venue, *std::move(symbol)})).first;
    }
    last_ = it->second;
    last_text_ = it->first;
    return last_;
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
  FeedClock clock_;
  std::map<TradeSeriesId, Traded> traded_;
  ByText<Traded*> spelled_;  // as the venue spells it
  Traded* last_ = nullptr;   // the one looked up last…
  std::string_view last_text_;
  std::map<std::string, Unsaid> unsaid_;
  std::map<SeriesId, CandleColumns> candles_;
  std::vector<RejectedMessage> rejects_;
  int64_t trades_read = 0, candles_read = 0;
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
  for (auto& [series, traded] : traded_) {
    const FeedReach::Watermark complete = traded.reach.Now(clock_, all_.idle_rule());
    if (traded.rows.rows() > 0) {
      TM_TRY(intake->trades->Add(series, traded.rows, trades));
      traded.rows = {};
    } else if (complete.at <= traded.reach.given()) {
      continue;
    }
    traded.reach.Give(complete.at);
    intake->watermarks[{trades_source, series.ToString()}] = {complete.at,
                                                              complete.idle ? "idle" : "data"};
  }
  for (const auto& [series, rows] : candles_) {
    const int32_t source = intake->sources.Add(candles_source);
    TM_TRY(intake->spool->Add(series, rows, source, 0));
    const EventTime close =
        series.interval.CloseOf({*std::max_element(rows.open_time.begin(), rows.open_time.end())});
    intake->watermarks[{candles_source, series.ToString()}] = {close, "data"};
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

FeedIntake::Feed& FeedIntake::Begin(std::string_view venue, int64_t index, ReceiveTime at) {
  index_ = index;
  at_ = at;
  Feed& feed = FeedOf(venue);
  feed.frame = index;
  feed.OnFrame(at);
  return feed;
}

FeedSink& FeedIntake::Frame(std::string_view venue, int64_t index, ReceiveTime at, size_t bytes) {
  ++totals_.frames;
  totals_.bytes += static_cast<int64_t>(bytes);
  Feed& feed = Begin(venue, index, at);
  feed.frames_bytes += static_cast<int64_t>(bytes);
  return feed;
}

void FeedIntake::Passed(FrameKind kind, std::string_view venue, int64_t index, ReceiveTime at) {
  Feed& feed = Begin(venue, index, at);
  if (kind == FrameKind::kOpened || kind == FrameKind::kClosed) feed.OnConnection();
}

bool FeedIntake::any() const {
  if (index_ == 0) return false;
  return rows_ > 0 || events_.rows > 0 ||
         std::ranges::any_of(feeds_, [](const auto& feed) { return feed.second->closes(); });
}

void FeedIntake::Follow(const TradeSeriesId& series, EventTime watermark,
                        const std::vector<int64_t>& times) {
  FeedOf(series.venue).Follow(series, watermark, times);
}

void FeedIntake::Know(const TradeSeriesId& series,
                      const std::vector<std::pair<int64_t, EventTime>>& ids) {
  IdGaps& gaps = gaps_[series];
  for (const auto& [id, time] : ids) gaps.Came(id, time);
  TellOpened(series, gaps);
}

void FeedIntake::Restore(const TradeGaps& open) {
  for (const auto& [series, gaps] : open.all()) {
    for (const TradeGap& gap : gaps) {
      if (const auto ids = IdGapOf(gap)) gaps_[series].Restore(*ids);
    }
  }
}

void FeedIntake::TellOpened(const TradeSeriesId& series, IdGaps& gaps) {
  if (!gaps.any_opened()) return;
  for (const IdGap& gap : gaps.TakeOpened()) {
    ++totals_.gaps_opened;
    AppendGapEvent(series, TradeGapOf(gap), "opened", &events_);
  }
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
  intake.following = FeedSourcesOf(config_);
  for (auto& [venue, feed] : feeds_) {
    if (feed->frame > 0) TM_TRY(feed->Give(&intake, epoch));
    intake.following.insert({FeedTradesSource(venue), FeedCandlesSource(venue)});
  }
  for (auto& [series, gaps] : gaps_) {
    for (const IdGap& gap : gaps.TakeHealed()) {
      ++totals_.gaps_healed;
      AppendGapEvent(series, TradeGapOf(gap), "healed", &events_);
    }
  }
  events_["epoch"].ints.assign(events_.rows, epoch);
  intake.gap_events = std::exchange(events_, Batch(GapEventsTable().schema));
  rows_ = 0;
  return intake;
}

}  // namespace tidemark

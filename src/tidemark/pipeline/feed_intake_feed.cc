#include "tidemark/pipeline/feed_intake_feed.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/fault.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

// Longer ones between two frames are ours, unless silence is longer still: ticks come every second.
constexpr int64_t kPauseUs = 5 * kMicrosPerSecond;
// All of a venue's symbols are subscribed so soon after its first trade.
constexpr int64_t kSubscribedUs = 5 * kMicrosPerSecond;

}  // namespace

FeedIntake::Feed::Feed(FeedIntake& all, std::string name)
    : venue(std::move(name)),
      all_(all),
      tells_empty_(TellsEmptyCandles(venue)),
      clock_(std::max(all.config_.idle_us, kPauseUs)) {
  follows_trades_ = std::ranges::any_of(all.config_.sources, [&](const SourceConfig& source) {
    return source.is_feed() && source.feed.venue == venue && source.feed.trades;
  });
}

void FeedIntake::Feed::OnTrade(std::string_view text, const Trade& trade, TradeOrigin origin) {
  Traded* traded = Known(text);
  ++trades_read;
  ++all_.rows_;
  ++all_.totals_.trades;
  if (traded == nullptr) return BadSymbol(text);
  if (!Forgotten(*traded, trade)) traded->rows.Append(trade);
  if (traded->open != nullptr) {
    traded->open->trades.Append(trade);
    if (trade.time - all_.config_.lateness_us >= traded->open->due) all_.due_ = true;
  }
  traded->reach.OnTrade(trade.time, all_.config_.intervals);
  if (origin == TradeOrigin::kLive) {
    traded->reach.OnHeard(clock_, all_.idle_rule());
    clock_.OnLiveTrade(trade.time);
    if (pending_ > 0) OpenPending(clock_.now().venue);
    if (traded->untied && traded->untied->to < trade.time) {
      all_.OpenInTime(traded->series, {traded->untied->to, trade.time, traded->untied->reason});
    }
    traded->untied.reset();
    traded->live_frame = frame;
    if (!std::exchange(traded->live, true)) {
      all_.live_since_.try_emplace(traded->series, trade.time);
    }
  }
  if (traded->gaps == nullptr) return;
  if (const auto id = IdNumber(trade.id)) traded->gaps->Came(*id, trade.time);
  all_.TellOpened(traded->series, *traded->gaps);
}

// Only by a mistake that a test asks for.
bool FeedIntake::Feed::Forgotten(const Traded& traded, const Trade& trade) {
  return Makes(Mistake::kDropLateRow) && trade.time < traded.reach.given() && ++late_ % 10 == 0;
}

void FeedIntake::Feed::OnCandle(const CandleUpdate& update) {
  ++all_.totals_.candles;
  const EventTime open = update.candle.open_time;
  Told& told = told_[fmt::format("{} {}", update.symbol, update.interval.ToString())];
  const bool live = update.origin == TradeOrigin::kLive;
  if (live) told.live = std::max(told.live, open);
  if (!tells_empty_ && !live && update.candle.volume == 0) return;  // as it was not told live
  if (live && update.state != CandleState::kUnknown && told.unsaid) {
    told.unsaid->symbol = told.symbol;
    if (told.unsaid->candle.open_time < open) Closed(*told.unsaid);
    told.unsaid.reset();
  }
  if (update.state == CandleState::kClosed) {
    if (told.unsaid && told.unsaid->candle.open_time == open) told.unsaid.reset();
    return Closed(update);
  }
  if (update.state == CandleState::kOpen) return;
  // The venue does not say: a candle is closed when a later one is there.
  if (open < told.live) return Closed(update);
  if (told.unsaid) {
    const EventTime before = told.unsaid->candle.open_time;
    if (open < before) return Closed(update);
    // A reply is no later than what is told live on the same connection.
    if (open == before && !live && told.unsaid->origin == TradeOrigin::kLive) return;
    told.unsaid->symbol = told.symbol;
    if (open > before) Closed(*told.unsaid);
  }
  told.symbol = std::string(update.symbol);
  told.unsaid = update;
}

void FeedIntake::Feed::OnControl(const ControlEvent& /*event*/) { ++all_.totals_.controls; }
void FeedIntake::Feed::OnBook(std::string_view /*type*/, std::string_view /*symbol*/) {
  ++all_.totals_.books;
}

void FeedIntake::Feed::OnRate(std::string_view text, const ExchangeRate& rate) {
  const Traded* known = Known(text);
  ++all_.rows_;
  if (known == nullptr) {
    ++trades_read;
    return BadSymbol(text);
  }
  rates_["venue"].strings.Append(venue);
  rates_["symbol"].strings.Append(known->series.symbol.text());
  rates_["time"].ints.push_back(rate.time.us);
  rates_["rate"].doubles.push_back(rate.rate);
  rates_["bid"].doubles.push_back(rate.bid);
  rates_["ask"].doubles.push_back(rate.ask);
  rates_["source"].strings.Append(FeedRatesSource(venue));
  rates_["received_at"].ints.push_back(0);
  rates_["revision"].ints.push_back(0);
  rates_.SetRows(rates_.rows + 1);
}

void FeedIntake::Feed::OnReject(const FeedReject& reject) {
  Reject(CodeOf(reject.reason), reject.message, reject.bytes, reject.element);
  ++trades_read;
  ++all_.rows_;
}

void FeedIntake::Feed::OnSequence(const SequenceEvent& event) {
  if (event.kind == SequenceKind::kConnection) return;
  Traded* traded = Known(event.symbol);
  if (traded == nullptr) return;
  if (traded->gaps == nullptr) traded->gaps = &all_.gaps_[traded->series];
  const EventTime reached = traded->reach.reached();
  if (event.begin == event.end) traded->gaps->Exist(event.end, reached);
  for (int64_t id = event.begin; id < event.end; ++id) traded->gaps->Came(id, reached);
  all_.TellOpened(traded->series, *traded->gaps);
}

void FeedIntake::Feed::OnConnection(bool opened, ReceiveTime at) {
  if (opened) {
    opened_at_ = at;
    for (auto& [series, told] : told_) {
      if (told.unsaid) told.unsaid->origin = TradeOrigin::kHistory;
    }
  } else if (clock_.now().venue != kMinTime) {
    closed_at_ = at;
    closed_behind_us_ = at.us - clock_.At(at).us;
  }
  for (auto& [series, traded] : traded_) traded.reach.OnHeard(clock_, all_.idle_rule());
}

EventTime FeedIntake::Feed::TimeThen(ReceiveTime then) const {
  if (clock_.now().venue == kMinTime) return kMinTime;
  const EventTime time = clock_.At(then);
  // By the clock as it was before the connection was lost too.
  return then <= closed_at_ ? std::min(time, EventTime{then.us - closed_behind_us_}) : time;
}

void FeedIntake::Feed::Lost(const GapNote& note, ReceiveTime at) {
  Traded& traded = Of({venue, note.symbol});
  EventTime from = traded.reach.given();
  // Nothing of it is in the lake: what the venue told of the past ends where it ends.
  if (note.from_us > 0 && from == kMinTime && traded.reach.reached() != kMinTime) {
    from = traded.reach.reached() - all_.config_.lateness_us;
  }
  const EventTime then = note.to_us > 0     ? EventTime{note.to_us}
                         : note.from_us > 0 ? TimeThen({note.from_us})
                                            : kMinTime;
  const bool since = then != kMinTime;
  if (since) from = then - all_.config_.lateness_us;
  if (from == kMinTime) return;  // what came before the first trade is no business of ours
  if (!traded.lost) ++pending_;
  traded.lost = {traded.lost ? std::min(from, traded.lost->from) : from, note.reason, frame};
  traded.reach.Hold(true);
  // A trade may have come before the word: of the new connection, or in the message that showed it.
  const ReceiveTime traded_at = clock_.traded_at();
  if (since && opened_at_ <= traded_at && note.from_us < traded_at.us) {
    Open(traded, clock_.At(at));
  }
}

void FeedIntake::Feed::Whole(const TradeGap& gap, const TradeSeriesId& series) {
  const auto it = traded_.find(series);
  if (it == traded_.end() || !it->second.lost || it->second.lost->from != gap.from) return;
  it->second.lost->from = gap.to;
}

std::vector<FeedIntake::OpenLoss> FeedIntake::Feed::Losses() const {
  std::vector<OpenLoss> losses;
  if (pending_ == 0) return losses;
  for (const auto& [series, traded] : traded_) {
    if (!traded.lost) continue;
    const LostSince& lost = *traded.lost;
    losses.push_back({series.symbol, lost.frame, lost.from, traded.reach.reached(), lost.reason});
  }
  return losses;
}

int64_t FeedIntake::Feed::LastLive(const TradeSeriesId& series) const {
  const auto it = traded_.find(series);
  return it == traded_.end() ? 0 : it->second.live_frame;
}

EventTime FeedIntake::Feed::Reached(const TradeSeriesId& series) const {
  const auto it = traded_.find(series);
  return it == traded_.end() ? kMinTime : it->second.reach.reached();
}

void FeedIntake::Feed::Follow(const TradeSeriesId& series, EventTime watermark,
                              const std::vector<int64_t>& times) {
  FeedReach& reach = Of(series).reach;
  reach.Begin(watermark);
  for (const int64_t time : times) reach.OnTrade({time}, all_.config_.intervals);
}

bool FeedIntake::Feed::closes() const {
  return std::ranges::any_of(traded_, [&](const auto& traded) {
    return traded.second.reach.Closes(clock_, all_.idle_rule());
  });
}

// Later trades that the venue tells of the past do not close what may lack some: a restart knows of
// it by the watermark alone.
FeedReach::Watermark FeedIntake::Feed::ReachOf(const Traded& traded) const {
  FeedReach::Watermark reach = traded.reach.Now(clock_, all_.idle_rule());
  if (traded.lost) {
    reach.at = std::min(reach.at, std::max(traded.reach.given(), traded.lost->from));
  }
  return reach;
}

EventTime FeedIntake::Feed::ToldTo(const TradeSeriesId& series) const {
  const auto it = traded_.find(series);
  return it == traded_.end() ? kMinTime : ReachOf(it->second).at;
}

// Not beyond what may be missing: an epoch knows more, and decides what becomes of it.
EventTime FeedIntake::Feed::Complete(const Traded& traded) const {
  EventTime complete = traded.reach.Now(clock_, all_.idle_rule()).at;
  if (traded.lost) complete = std::min(complete, traded.lost->from);
  const auto without = [&](TimeRange gap) {
    if (gap.end > traded.open->wanted) complete = std::min(complete, gap.start);
  };
  if (traded.gaps != nullptr && !traded.gaps->whole()) {
    for (const IdGap& gap : traded.gaps->missing()) without(gap.times);
  }
  const auto open = all_.time_gaps_.find(traded.series);
  if (open != all_.time_gaps_.end()) {
    for (const TradeGap& gap : open->second) without(gap.times());
  }
  return complete;
}

void FeedIntake::Feed::SettleOpen() const {
  for (const auto& [series, traded] : traded_) {
    if (traded.open != nullptr && follows_trades_) traded.open->complete = Complete(traded);
  }
}

std::vector<TradeSeriesId> FeedIntake::Feed::Series() const {
  std::vector<TradeSeriesId> all;
  for (const auto& [series, traded] : traded_) all.push_back(series);
  return all;
}

FeedIntake::Feed::Traded& FeedIntake::Feed::Of(const TradeSeriesId& series) {
  const auto [it, fresh] = traded_.try_emplace(series);
  if (fresh) {
    it->second.series = series;
    // Gaps known from before are healed by what comes.
    const auto known = all_.gaps_.find(series);
    if (known != all_.gaps_.end()) it->second.gaps = &known->second;
    if (all_.keep_open_) it->second.open = &all_.open_[series];
  }
  return it->second;
}

FeedIntake::Feed::Traded* FeedIntake::Feed::Known(std::string_view text) {
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

void FeedIntake::Feed::Open(Traded& traded, EventTime to) {
  const TradeGap gap = {traded.lost->from, std::max(traded.lost->from, to + kSubscribedUs),
                        traded.lost->reason};
  traded.lost.reset();
  --pending_;
  traded.reach.OnHeard(clock_, all_.idle_rule());
  traded.reach.Hold(false);
  const bool first = traded.reach.reached() == kMinTime && traded.reach.given() == kMinTime;
  if (first) traded.untied = gap;
  all_.OpenInTime(traded.series, gap);
}

void FeedIntake::Feed::OpenPending(EventTime to) {
  for (auto& [series, traded] : traded_) {
    if (traded.lost) Open(traded, to);
  }
}

void FeedIntake::Feed::Closed(const CandleUpdate& update) {
  ++candles_read;
  ++all_.rows_;
  Traded* traded = Known(update.symbol);
  if (traded == nullptr) return BadSymbol(update.symbol);
  candles_[SeriesId{venue, traded->series.symbol, update.interval}].Append(update.candle);
  OpenMinutes* open = traded->open;
  const bool alone = open != nullptr && !follows_trades_ && update.interval == Interval();
  if (!alone) return;
  open->candles.Append(update.candle);
  open->complete = std::max(open->complete, update.interval.CloseOf(update.candle.open_time));
}

void FeedIntake::Feed::BadSymbol(std::string_view text) {
  Reject(CodeOf(RejectReason::kBadSymbol), fmt::format("'{}' is not a symbol", text), text, -1);
}

void FeedIntake::Feed::Reject(std::string_view reason, std::string_view message,
                              std::string_view bytes, int element) {
  ++all_.totals_.rejects;
  const bool same = !rejects_.empty() && rejects_.back().frame == frame;
  rejects_.push_back({frame, same ? rejects_.back().ordinal + 1 : 0, element, std::string(reason),
                      std::string(message), std::string(bytes.substr(0, kRejectBytesKept))});
}

void FeedIntake::Feed::GiveCounts(const std::string& source, const TableSpec& table, int64_t read,
                                  Intake* intake) {
  const bool trades = &table == &TradesTable();
  SourceCount count;
  count.source = source;
  count.table = table.name;
  count.read = read;
  count.rejected = trades ? static_cast<int64_t>(rejects_.size()) : 0;
  count.bytes = frames_bytes;
  count.layout = fmt::format("messages, {}", source.substr(source.rfind('/') + 1));
  intake->counts.push_back(std::move(count));
  ReadSummary summary;
  summary.position.bytes = frame;  // a feed's position is its last frame
  intake->summaries[source] = std::move(summary);
}

void FeedIntake::Feed::Cut() {
  for (auto& [series, traded] : traded_) {
    const EventTime complete = ReachOf(traded).at;
    if (complete <= traded.reach.given()) continue;
    traded.cut = true;
    traded.reach.Give(complete);
  }
}

Status FeedIntake::Feed::Give(Intake* intake, int64_t epoch) {
  const std::string trades_source = FeedTradesSource(venue);
  const std::string candles_source = FeedCandlesSource(venue);
  const int32_t trades = intake->sources.Add(trades_source);
  for (auto& [series, traded] : traded_) {
    const FeedReach::Watermark complete = ReachOf(traded);
    if (traded.rows.rows() > 0) {
      intake->unspooled.push_back({series, std::exchange(traded.rows, {}), trades});
    } else if (complete.at <= traded.reach.given() && !traded.cut) {
      continue;
    }
    traded.cut = false;
    traded.reach.Give(complete.at);
    if (traded.open != nullptr) traded.open->given = std::max(traded.open->given, complete.at);
    intake->watermarks[{trades_source, series.ToString()}] = {complete.at,
                                                              complete.idle ? "idle" : "data"};
  }
  for (const auto& [series, rows] : candles_) {
    const int32_t source = intake->sources.Add(candles_source);
    TM_TRY(intake->spool->Add(series, rows, source, 0));
    const EventTime close =
        series.interval.CloseOf({*std::max_element(rows.open_time.begin(), rows.open_time.end())});
    intake->watermarks[{candles_source, series.ToString()}] = {close, "data"};
    OpenMinutes* open = Of({venue, series.symbol}).open;
    if (open != nullptr && series.interval == Interval())
      open->given = std::max(open->given, close);
  }
  candles_.clear();
  // Even without a row: the position is how far the feed's frames are done.
  GiveCounts(trades_source, TradesTable(), trades_read, intake);
  if (candles_read > 0) GiveCounts(candles_source, VendorCandlesTable(), candles_read, intake);
  if (rates_.rows > 0) {
    const std::string source = FeedRatesSource(venue);
    intake->sources.Add(source);
    GiveCounts(source, ExchangeRatesTable(), static_cast<int64_t>(rates_.rows), intake);
    intake->rates.Append(std::exchange(rates_, Batch(ExchangeRatesTable().schema)));
  }
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

}  // namespace tidemark

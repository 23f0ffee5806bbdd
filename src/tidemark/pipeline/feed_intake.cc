#include "tidemark/pipeline/feed_intake.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/pipeline/feed_intake_feed.h"
#include "tidemark/pipeline/said_forecasts.h"
#include "tidemark/source/feed/venue_protocol.h"

namespace tidemark {
namespace {

void AddFollowed(const TradeSeriesId& series, std::set<std::string>* to) {
  to->insert(FeedTradesSource(series.venue) + " " + series.ToString());
  to->insert(FeedCandlesSource(series.venue) + " " + series.ToString());
}

}  // namespace

std::string FeedTradesSource(std::string_view venue) {
  return fmt::format("feed://{}/trades", venue);
}
std::string FeedCandlesSource(std::string_view venue) {
  return fmt::format("feed://{}/candles", venue);
}
std::string FeedRatesSource(std::string_view venue) {
  return fmt::format("feed://{}/rates", venue);
}
bool IsFeedSource(std::string_view source) { return source.starts_with("feed://"); }
std::set<std::string> FeedSourcesOf(const Config& config) {
  std::set<std::string> sources;
  for (const SourceConfig& source : config.sources) {
    if (!source.is_feed()) continue;
    for (const Symbol& symbol : source.feed.symbols) {
      AddFollowed({source.feed.venue, symbol}, &sources);
    }
  }
  return sources;
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

void FeedIntake::Totals::operator+=(const Totals& more) {
  frames += more.frames;
  bytes += more.bytes;
  trades += more.trades;
  candles += more.candles;
  books += more.books;
  controls += more.controls;
  rejects += more.rejects;
  gaps_opened += more.gaps_opened;
  gaps_healed += more.gaps_healed;
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

void FeedIntake::Passed(FrameKind kind, std::string_view venue, int64_t index, ReceiveTime at,
                        std::string_view about) {
  Feed& feed = Begin(venue, index, at);
  if (kind == FrameKind::kOpened || kind == FrameKind::kClosed) {
    return feed.OnConnection(kind == FrameKind::kOpened, at);
  }
  if (kind != FrameKind::kTick || about.empty()) return;
  const auto note = GapNote::Parse(about);
  if (!note) return;
  if (note->kind == GapNote::Kind::kLost) return feed.Lost(*note, at);
  const TradeSeriesId series = {std::string(venue), note->symbol};
  const TradeGap gap = {{note->from_us}, {note->to_us}, note->reason};
  if (note->kind == GapNote::Kind::kMissed) return OpenInTime(series, gap);
  feed.Whole(gap, series);
  const auto open = time_gaps_.find(series);
  if (open == time_gaps_.end() || open->second.erase(gap) == 0) return;
  ++totals_.gaps_healed;
  AppendGapEvent(series, gap, "healed", &events_);
}

FeedSink* FeedIntake::RowsOf(const LoggedFrame& frame, int64_t index) {
  if (frame.kind == FrameKind::kReceived || frame.kind == FrameKind::kRestReply) {
    return &Frame(frame.feed, index, frame.at, frame.bytes.size());
  }
  Passed(frame.kind, frame.feed, index, frame.at, frame.about);
  return nullptr;
}

Status FeedIntake::Said(std::string_view venue, int64_t index, ReceiveTime at,
                        std::string_view bytes) {
  // Ours, not the venue's: it says nothing about time there.
  index_ = index;
  at_ = at;
  FeedOf(venue).frame = index;
  TM_ASSIGN(const SaidForecasts said, SaidForecasts::Load(bytes));
  said.AppendTo(&issued_, at);
  return {};
}

std::map<TradeSeriesId, OpenMinutes>& FeedIntake::OpenNow() {
  for (const auto& [venue, feed] : feeds_) feed->SettleOpen();
  due_ = false;
  return open_;
}

EventTime FeedIntake::ClockOf(std::string_view venue, ReceiveTime now) const {
  const auto it = feeds_.find(venue);
  return it == feeds_.end() ? kMinTime : it->second->TimeAt(now);
}

EventTime FeedIntake::ClockThen(std::string_view venue, ReceiveTime then) const {
  const auto it = feeds_.find(venue);
  return it == feeds_.end() ? kMinTime : it->second->TimeThen(then);
}

std::vector<FeedIntake::OpenLoss> FeedIntake::Losses(std::string_view venue) const {
  const auto it = feeds_.find(venue);
  return it == feeds_.end() ? std::vector<OpenLoss>() : it->second->Losses();
}

int64_t FeedIntake::LastLive(const TradeSeriesId& series) const {
  const auto it = feeds_.find(series.venue);
  return it == feeds_.end() ? 0 : it->second->LastLive(series);
}

EventTime FeedIntake::Reached(const TradeSeriesId& series) const {
  const auto it = feeds_.find(series.venue);
  return it == feeds_.end() ? kMinTime : it->second->Reached(series);
}

EventTime FeedIntake::ToldTo(const TradeSeriesId& series) const {
  const auto it = feeds_.find(series.venue);
  return it == feeds_.end() ? kMinTime : it->second->ToldTo(series);
}

bool FeedIntake::any() const {
  if (index_ == 0) return false;
  return rows_ > 0 || events_.rows > 0 || issued_.rows > 0 ||
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
      if (const auto ids = IdGapOf(gap)) {
        gaps_[series].Restore(*ids);
      } else {
        time_gaps_[series].insert(gap);
      }
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

void FeedIntake::OpenInTime(const TradeSeriesId& series, const TradeGap& gap) {
  if (!time_gaps_[series].insert(gap).second) return;
  ++totals_.gaps_opened;
  AppendGapEvent(series, gap, "opened", &events_);
}

void FeedIntake::ForgetLive() {
  live_since_.clear();
  for (auto& [venue, feed] : feeds_) feed->ForgetLive();
}

void FeedIntake::Cut() {
  for (auto& [venue, feed] : feeds_) feed->Cut();
}

Result<Intake> FeedIntake::Take(const SourceList& sources, int64_t epoch) {
  Intake intake;
  intake.sources = sources;
  intake.spool = std::make_unique<RowSpool>(config_.memory_limit_bytes / 4);
  intake.trades = std::make_unique<TradeSpool>(config_.memory_limit_bytes / 4);
  intake.following = FeedSourcesOf(config_);
  for (auto& [venue, feed] : feeds_) {
    if (feed->frame > 0) TM_TRY(feed->Give(&intake, epoch));
    for (const TradeSeriesId& series : feed->Series()) AddFollowed(series, &intake.following);
  }
  for (auto& [series, gaps] : gaps_) {
    for (const IdGap& gap : gaps.TakeHealed()) {
      ++totals_.gaps_healed;
      AppendGapEvent(series, TradeGapOf(gap), "healed", &events_);
    }
  }
  events_["epoch"].ints.assign(events_.rows, epoch);
  intake.gap_events = std::exchange(events_, Batch(GapEventsTable().schema));
  intake.issued = std::exchange(issued_, Batch(IssuedTable().schema));
  rows_ = 0;
  return intake;
}

}  // namespace tidemark

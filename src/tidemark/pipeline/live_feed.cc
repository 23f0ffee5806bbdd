#include "tidemark/pipeline/live_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

constexpr int64_t kTickUs = kMicrosPerSecond;
constexpr int64_t kSayUs = 200;
constexpr int64_t kSoonUs = kMicrosPerSecond / 4, kLaterUs = 30 * kMicrosPerSecond;

FrameKind KindOf(FeedFrame::Kind kind) {
  switch (kind) {
    case FeedFrame::Kind::kOpened:
      return FrameKind::kOpened;
    case FeedFrame::Kind::kReceived:
      return FrameKind::kReceived;
    case FeedFrame::Kind::kClosed:
      return FrameKind::kClosed;
    case FeedFrame::Kind::kRestReply:
      return FrameKind::kRestReply;
  }
  return FrameKind::kTick;
}

FeedSettings SettingsOf(const FeedConfig& config) {
  FeedSettings settings;
  settings.venue = config.venue;
  settings.symbols = config.symbols;
  settings.trades = config.trades;
  settings.candles = config.candles;
  settings.ws_url = config.ws_url;
  settings.rest_url = config.rest_url;
  settings.ca_file = config.ca_file;
  return settings;
}

}  // namespace

Result<std::unique_ptr<LiveFeed>> LiveFeed::Make(const SourceConfig& source, EventLoop& loop,
                                                 LiveWriter& writer, const LiveOptions& options) {
  std::unique_ptr<LiveFeed> feed(new LiveFeed(source.feed, loop, writer, options));
  TM_ASSIGN(feed->client_, FeedClient::Make(loop, SystemClock(), SettingsOf(source.feed),
                                            writer.config().seed, *feed));
  TM_TRY(feed->BeginChecks());
  TM_TRY(feed->FollowCandles());
  return feed;
}

LiveFeed::LiveFeed(const FeedConfig& config, EventLoop& loop, LiveWriter& writer,
                   const LiveOptions& options)
    : venue_(config.venue),
      since_(config.since),
      ids_tell_(CountsTrades(config.venue)),
      writer_(writer),
      options_(options),
      symbols_(config.symbols),
      intervals_(config.candles),
      missed_candles_(TellsEmptyCandles(config.venue)),
      rows_(writer, loop, checked_, missed_candles_) {
  if (config.trades) traded_ = config.symbols;
}

// Before the first trade comes, with which what is told begins.
void LiveFeed::Start() {
  const int64_t now_us = SystemClock().Now().us;
  NoteUntold(now_us);
  NoteHistory(now_us);
  client_->Start();
}

std::optional<LiveState::OfFeed> LiveFeed::State() const {
  const FeedState client = client_->state();
  LiveState::OfFeed state = {.venue = venue_,
                             .frames = frames_,
                             .frame_bytes = frame_bytes_,
                             .connections = client.connections,
                             .reconnects = client.reconnects,
                             .drops = client.drops,
                             .backfills = static_cast<int64_t>(client.backfills),
                             .refused = client.refused,
                             .checks = {},
                             .heard = client.heard,
                             .symbols = {}};
  for (const auto& [spelling, checked] : checked_) state.checks += checked.check.counts();
  for (const FeedState::OfSymbol& of : client.symbols) {
    state.symbols.push_back({.symbol = of.symbol.text(),
                             .subscribed = of.subscribed,
                             .problem = of.problem,
                             .changed = {},
                             .last_row = of.last_row});
  }
  return state;
}

void LiveFeed::Tell(LogLevel level, std::string_view event, const Symbol& symbol,
                    std::string_view text) {
  options_.on_event({level,
                     event,
                     fmt::format("{} {}: {}", venue_, symbol.text(), text),
                     {{"venue", venue_}, {"symbol", symbol.text()}}});
}

void LiveFeed::OnFrame(const FeedFrame& frame) {
  const LoggedFrame kept = {.kind = KindOf(frame.kind),
                            .feed = venue_,
                            .connection = frame.connection,
                            .at = frame.at,
                            .about = frame.about,
                            .bytes = frame.bytes};
  ++frames_;
  frame_bytes_ += static_cast<int64_t>(frame.bytes.size());
  framed_us_ = frame.at.us;
  rows_.Begin(&writer_.Take(kept), kept);
  if (kept.kind == FrameKind::kRestReply && writer_.full()) reply_refused_ = true;
  if (kept.kind == FrameKind::kOpened) {
    writer_.Remember(kept);
    options_.on_event({LogLevel::kDebug, "connected", venue_ + ": connected", {{"venue", venue_}}});
  }
  if (kept.kind == FrameKind::kClosed) writer_.ForgetConnection(venue_, frame.connection);
}

void LiveFeed::Rows::OnControl(const ControlEvent& event) {
  const bool names =
      event.kind == ControlKind::kSubscribed || event.kind == ControlKind::kUnsubscribed;
  if (names && !remembered_ && frame_.kind == FrameKind::kReceived) {
    remembered_ = true;
    writer_.Remember(frame_);
  }
  to_->OnControl(event);
}

// What the log had no room for has not come.
void LiveFeed::Rows::Came(std::string_view symbol, const Trade& trade) {
  if (writer_.full()) return;
  if (last_ == nullptr || last_->first != symbol) {
    const auto it = checked_.find(symbol);
    if (it == checked_.end()) return;
    last_ = &*it;
  }
  last_->second.check.Came(trade.time, trade.id, trade.size);
}

// What is to be said need not wait for the turn's end; but other symbols' candles close with this.
void LiveFeed::Rows::EndTurnSoon() {
  if (ending_ || loop_.simulation() != nullptr) return;
  ending_ = true;
  say_.Start(kSayUs, [this] {
    ending_ = false;
    loop_.Stop();
  });
}

// What came shortly before the lake's end may not have been checked: it is, with the rest.
Status LiveFeed::BeginChecks() {
  const int64_t every_us = writer_.config().cross_check_us;
  if (every_us == 0 || ids_tell_) return {};
  const bool by_candles = CheckRange(venue_, TimeRange::All()).candles;
  for (const Symbol& symbol : traded_) {
    const auto [it, fresh] =
        checked_.try_emplace(client_->protocol().Spelling(symbol), TradeSeriesId{venue_, symbol},
                             CrossCheck(every_us, by_candles));
    CrossCheck& check = it->second.check;
    const EventTime told = writer_.intake().ToldTo(it->second.series);
    if (!fresh || told == kMinTime) continue;
    TM_ASSIGN(const EventTime from, ChecksFrom(it->second, told));
    check.Begin(from, told);
    TM_ASSIGN(const Batch stored, writer_.StoredTrades(it->second.series, {from, kMaxTime},
                                                       {"time", "trade_id", "size"}));
    const std::vector<int64_t>& times = stored["time"].ints;
    for (size_t i = 0; i < stored.rows; ++i) {
      check.Came({times[i]}, stored["trade_id"].strings.At(i), stored["size"].doubles[i]);
    }
  }
  return {};
}

// Where the last life's checks ended. When the journal does not say, as far back as that may have
// been.
Result<EventTime> LiveFeed::ChecksFrom(const Checked& checked, EventTime told) {
  TM_ASSIGN(const EventTime to, writer_.CheckedTo(checked.series));
  if (to != kMinTime) return std::min(to, told);
  const EventTime back = Interval().OpenOf(told - checked.check.behind_us_max());
  TM_ASSIGN(const TimeRange listened, writer_.NeverMissed(checked.series, back, ""));
  return std::max(back, std::min(told, listened.end));
}

// The log has the gaps that were found.
void LiveFeed::NoteSure(int64_t now_us) {
  if (now_us < sure_us_ || !unsaid_.empty()) return;
  sure_us_ = now_us + kSoonUs;
  for (const auto& [spelling, checked] : checked_) {
    if (checked.check.begun()) writer_.Checked(checked.series, checked.check.checked_to());
  }
  for (const MissedCandles::Had& had : missed_candles_.AllHad()) {
    writer_.CandlesHad({venue_, had.symbol, had.interval}, had.to);
  }
}

void LiveFeed::Check(int64_t now_us) {
  if (checked_.empty() || now_us < check_us_) return;
  check_us_ = now_us + kSoonUs;
  const FeedIntake& intake = writer_.intake();
  for (auto& [spelling, checked] : checked_) {
    const TradeGapSet& open = intake.TimeGapsOf(checked.series);
    const EventTime told = intake.ToldTo(checked.series);
    if (MissedLate(checked, told, open)) continue;
    if (checked.asked || now_us < checked.due_us) continue;
    const auto times = checked.check.Next(told, open);
    if (!times) continue;
    checked.asked = true;
    client_->Look(checked.series.symbol, CheckRange(venue_, *times, intake.Reached(checked.series)),
                  checked.check,
                  [this, &checked](const Status& status) { HasChecked(checked, status); });
  }
}

bool LiveFeed::MissedLate(Checked& checked, EventTime told, const TradeGapSet& open) {
  const std::vector<TradeGap> late = checked.check.Late(told, open);
  if (late.empty()) return false;
  const Symbol& symbol = checked.series.symbol;
  Tell(LogLevel::kWarning, "unchecked", symbol,
       fmt::format("whether trades from {} to {} are missing could not be asked in time: all of "
                   "them are asked for",
                   FormatTime(late.front().from), FormatTime(late.back().to)));
  Missed(symbol, late);
  return true;
}

void LiveFeed::HasChecked(Checked& checked, const Status& status) {
  checked.asked = false;
  if (checked.check.asks_in_vain()) return checked.check.Forget();
  const Symbol& symbol = checked.series.symbol;
  const int64_t now_us = SystemClock().Now().us;
  if (!status) {
    if (status.error().code() == ErrorCode::kUnavailable) {
      checked.check.Forget();
      checked.due_us = now_us + kLaterUs;
      return;
    }
    Tell(LogLevel::kWarning, "unchecked", symbol,
         "whether trades are missing cannot be asked: " + status.error().message());
    return Missed(symbol, {checked.check.Skip()});
  }
  const CrossCheck::Counts before = checked.check.counts();
  const std::vector<TradeGap> gaps = checked.check.Compare();
  const CrossCheck::Counts& after = checked.check.counts();
  if (after.unknown > before.unknown) {
    Tell(LogLevel::kWarning, "trades_unknown", symbol,
         fmt::format("{} trades have come that the venue's history does not tell",
                     after.unknown - before.unknown));
  }
  if (gaps.empty()) return;
  Tell(LogLevel::kWarning, "trades_missed", symbol,
       fmt::format("{} trades from {} to {} were not told and are asked for",
                   after.missed - before.missed, FormatTime(gaps.front().from),
                   FormatTime(gaps.back().to)));
  Missed(symbol, gaps);
}

void LiveFeed::Missed(const Symbol& symbol, const std::vector<TradeGap>& gaps) {
  for (const TradeGap& gap : gaps) {
    Note({GapNote::Kind::kMissed, symbol, gap.reason, gap.from.us, gap.to.us},
         SystemClock().Now().us);
  }
}

// Silence is counted by frames; where none comes, this is one.
void LiveFeed::Tick(int64_t now_us) {
  if (writer_.config().idle_us == 0 || now_us - framed_us_ < kTickUs) return;
  framed_us_ = now_us;
  // What waits in a socket that is not read is no silence.
  if (client_->paused() || client_->state().connections == 0) return;
  writer_.Take(
      {.kind = FrameKind::kTick, .feed = venue_, .at = {now_us}, .about = {}, .bytes = {}});
}

void LiveFeed::Turn(int64_t now_us) {
  if (!unsaid_.empty() && !writer_.full()) {
    for (const auto& [note, at_us] : std::exchange(unsaid_, {})) Note(note, at_us);
  }
  NoteUntold(now_us);
  NoteHistory(now_us);
  Tick(now_us);
  AskNewest(now_us);
  AskLosses(now_us);
  AskTimes(now_us);
  AskCandles(now_us);
  AskNewestCandles(now_us);
  NoteSure(now_us);
  Check(now_us);
  AskIds(now_us);
}

}  // namespace tidemark

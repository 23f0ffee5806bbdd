#include "tidemark/pipeline/live_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

// Most of what is missing at first was told in another order.
constexpr int64_t kSettleUs = kMicrosPerSecond;
constexpr int64_t kTickUs = kMicrosPerSecond;
constexpr int64_t kSayUs = 200;
constexpr int64_t kStretchIds = 1000;  // asked for at once, what is known among them too
constexpr int64_t kSoonUs = kMicrosPerSecond / 4, kLaterUs = 30 * kMicrosPerSecond;
constexpr int kSoonAttempts = 10, kAttempts = 30;
constexpr std::string_view kBeforeLive = "history";  // why the time before the first trade is a gap

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

// What ids cannot tell is a gap in time: a fact of the log before anything is made of it.
void LiveFeed::OnGap(const FeedTopic& topic, std::string_view reason, ReceiveTime from,
                     ReceiveTime to) {
  if (topic.kind == FeedKind::kCandles) {
    missed_candles_.Lost(topic.symbol, topic.interval, from);
  }
  if (topic.kind != FeedKind::kTrades) return;
  if (ids_tell_) return AskNewest(topic.symbol);
  // A recovery may not have the frames any more that tell the venue's clock of that time; while the
  // lake cannot be opened nothing tells it.
  const EventTime then = writer_.open() ? writer_.intake().ClockThen(venue_, from) : kMinTime;
  Note({GapNote::Kind::kLost, topic.symbol, std::string(reason), from.us,
        then == kMinTime ? 0 : then.us},
       to.us);
}

void LiveFeed::Note(const GapNote& note, int64_t now_us) {
  framed_us_ = now_us;
  const std::string about = note.ToString();
  writer_.Take(
      {.kind = FrameKind::kTick, .feed = venue_, .at = {now_us}, .about = about, .bytes = {}});
  if (writer_.full()) unsaid_.emplace_back(note, now_us);
}

// Those that are over: of what has not happened yet the venue cannot tell. That no connection lasts
// until a trade comes need not keep them waiting.
void LiveFeed::AskTimes(int64_t now_us) {
  for (const auto& [series, gaps] : writer_.intake().time_gaps()) {
    if (series.venue != venue_ || std::ranges::count(traded_, series.symbol) == 0) continue;
    AskTimesOf(series.symbol, gaps, now_us);
  }
}

// One question at a time: what is missed until it is answered is asked for with the next. Gaps
// within the time of a check are one question, for each may cost a venue seconds.
void LiveFeed::AskTimesOf(const Symbol& symbol, const TradeGapSet& gaps, int64_t now_us) {
  for (const TradeGap& gap : gaps) {
    if (asking_[{symbol, gap}].asked) return;
  }
  const EventTime venue_time = writer_.intake().ClockOf(venue_, {now_us});
  std::vector<TradeGap> together;
  for (const TradeGap& gap : gaps) {
    const Asking& asking = asking_[{symbol, gap}];
    const bool due = asking.attempts < kAttempts && now_us >= asking.due_us;
    if (!due || venue_time <= gap.to) continue;
    const bool joins = !asking.alone && !together.empty() &&
                       gap.to - together.front().from <= writer_.config().cross_check_us;
    if (!together.empty() && !joins) break;
    together.push_back(gap);
    if (asking.alone) break;
  }
  if (together.empty()) return;
  for (const TradeGap& gap : together) asking_[{symbol, gap}].asked = true;
  const EventTime end = std::ranges::max(together, {}, &TradeGap::to).times().end;
  client_->Backfill(symbol, BackfillRange::Times({together.front().from, end}),
                    [this, symbol, gaps = together](const Status& status) {
                      for (const TradeGap& gap : gaps) {
                        AskedTimes(symbol, gap, gaps.size() > 1, status);
                      }
                    });
}

void LiveFeed::AskedTimes(const Symbol& symbol, const TradeGap& gap, bool shared,
                          const Status& status) {
  Asking& asking = asking_[{symbol, gap}];
  asking.asked = false;
  const int64_t now_us = SystemClock().Now().us;
  const std::string what =
      fmt::format("what was missed from {} to {}", FormatTime(gap.from), FormatTime(gap.to));
  if (status) {
    Tell(LogLevel::kInfo, "missed_came", symbol, what + " has come");
    Note({GapNote::Kind::kWhole, symbol, gap.reason, gap.from.us, gap.to.us}, now_us);
    asking_.erase({symbol, gap});
    return;
  }
  const bool later = status.error().code() == ErrorCode::kUnavailable;
  if (!later && shared) {
    asking.alone = true;  // the oldest may be what cannot be had
    return;
  }
  asking.attempts = later ? asking.attempts + 1 : kAttempts;
  asking.due_us = now_us + kLaterUs;
  if (asking.attempts == 1 || asking.attempts == kAttempts) {
    Tell(later ? LogLevel::kWarning : LogLevel::kError, later ? "missed_later" : "missed_lost",
         symbol,
         fmt::format("{} {}: {}", what, later ? "is not to be had yet" : "cannot be had",
                     status.error().message()));
  }
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
    TM_ASSIGN(const Batch stored,
              writer_.StoredTrades(it->second.series, told - check.late_us_max(),
                                   {"time", "trade_id", "size"}));
    const std::vector<int64_t>& times = stored["time"].ints;
    check.Begin(stored.rows == 0 ? told : EventTime{std::ranges::min(times)});
    for (size_t i = 0; i < stored.rows; ++i) {
      check.Came({times[i]}, stored["trade_id"].strings.At(i), stored["size"].doubles[i]);
    }
  }
  return {};
}

void LiveFeed::Check(int64_t now_us) {
  if (checked_.empty() || now_us < check_us_) return;
  check_us_ = now_us + kSoonUs;
  static const TradeGapSet kNone;
  const FeedIntake& intake = writer_.intake();
  for (auto& [spelling, checked] : checked_) {
    if (checked.asked || now_us < checked.due_us) continue;
    const auto gaps = intake.time_gaps().find(checked.series);
    const auto times = checked.check.Next(intake.ToldTo(checked.series),
                                          gaps == intake.time_gaps().end() ? kNone : gaps->second);
    if (!times) continue;
    checked.asked = true;
    client_->Look(checked.series.symbol, CheckRange(venue_, *times), checked.check,
                  [this, &checked](const Status& status) { HasChecked(checked, status); });
  }
}

void LiveFeed::HasChecked(Checked& checked, const Status& status) {
  checked.asked = false;
  const Symbol& symbol = checked.series.symbol;
  const int64_t now_us = SystemClock().Now().us;
  if (!status) {
    if (status.error().code() == ErrorCode::kUnavailable) {
      checked.check.Forget();
      checked.due_us = now_us + kLaterUs;
      return;
    }
    checked.check.Skip();
    return Tell(LogLevel::kWarning, "unchecked", symbol,
                "whether trades are missing cannot be asked: " + status.error().message());
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
  for (const TradeGap& gap : gaps) {
    Note({GapNote::Kind::kMissed, symbol, gap.reason, gap.from.us, gap.to.us}, now_us);
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

// Ids that are missing show when a later one comes; of a symbol that is hardly traded that may take
// long, so what follows the last one is asked for.
void LiveFeed::AskNewest(const Symbol& symbol) {
  if (!writer_.open()) return;
  const auto gaps = writer_.intake().gaps().find({venue_, symbol});
  if (gaps == writer_.intake().gaps().end() || !gaps->second.next()) return;
  const int64_t next = *gaps->second.next();
  client_->Backfill(symbol, BackfillRange::Ids(next, next + kStretchIds),
                    [](const Status& /*failed: later ids will tell*/) {});
}

// Between what the lake has and what is told from now on there is a gap.
void LiveFeed::NoteUntold(int64_t now_us) {
  if (std::exchange(openings_, writer_.openings()) == writer_.openings()) return;
  if (since_ != kMinTime) untold_ = traded_;
  if (ids_tell_) return;
  for (const Symbol& symbol : traded_) {
    Note({GapNote::Kind::kLost, symbol, std::string(kByDisconnect)}, now_us);
  }
}

// So there is before the first trade that the feed told, as far back as is wanted. The lake says
// whether it ever was one: an epoch may have come, and a death, between the note and that trade.
void LiveFeed::NoteHistory(int64_t now_us) {
  if (untold_.empty() || writer_.committing()) return;
  std::erase_if(untold_, [&](const Symbol& symbol) {
    const auto range = writer_.NeverMissed({venue_, symbol}, since_, kBeforeLive);
    if (!range) return false;  // the lake cannot be read: epochs tell
    if (range->end == kMaxTime) {
      const int64_t then_us = std::max<int64_t>(1, since_.us + writer_.config().lateness_us);
      Note({GapNote::Kind::kLost, symbol, std::string(kBeforeLive), now_us, then_us}, now_us);
    } else if (!range->empty()) {
      const int64_t end_us = range->end.us;
      Note({GapNote::Kind::kMissed, symbol, std::string(kBeforeLive), since_.us, end_us}, now_us);
    }
    return true;
  });
}

Status LiveFeed::FollowCandles() {
  for (const Symbol& symbol : symbols_) {
    for (const Interval& interval : intervals_) {
      TM_ASSIGN(const EventTime told, writer_.CandlesTo({venue_, symbol, interval}, since_));
      missed_candles_.Follow(client_->protocol().Spelling(symbol), symbol, interval, told);
    }
  }
  return {};
}

void LiveFeed::AskCandles(int64_t now_us) {
  while (const auto question = missed_candles_.Next({now_us})) {
    const auto asked = [this, question = *question](const Status& status) {
      if (!missed_candles_.Asked(question, status, SystemClock().Now())) return;
      Tell(LogLevel::kError, "candles_lost", question.symbol,
           fmt::format("candles of {} from {} to {} cannot be had: {}",
                       question.interval.ToString(), FormatTime(question.times.start),
                       FormatTime(question.times.end), status.error().message()));
    };
    client_->Backfill(question->symbol, BackfillRange::Candles(question->interval, question->times),
                      asked);
  }
}

void LiveFeed::Turn(int64_t now_us) {
  if (!unsaid_.empty() && !writer_.full()) {
    for (const auto& [note, at_us] : std::exchange(unsaid_, {})) Note(note, at_us);
  }
  NoteUntold(now_us);
  NoteHistory(now_us);
  const EventTime venue_time = writer_.intake().ClockOf(venue_, {now_us});
  if (venue_time != kMinTime) behind_us_ = now_us - venue_time.us;
  Tick(now_us);
  AskTimes(now_us);
  AskCandles(now_us);
  Check(now_us);
  for (const auto& [series, gaps] : writer_.intake().gaps()) {
    if (series.venue != venue_) continue;
    Healing& healing = healing_[series.symbol];
    if (healing.asked) continue;
    if (gaps.whole()) {
      healing.due_us = 0;
    } else if (healing.due_us == 0) {
      healing.due_us = now_us + kSettleUs;
    } else if (now_us >= healing.due_us) {
      Ask(series.symbol, gaps, healing, now_us);
    }
  }
}

void LiveFeed::Ask(const Symbol& symbol, const IdGaps& gaps, Healing& healing, int64_t now_us) {
  int64_t begin = 0, end = 0, ids = 0;
  for (const IdGap& gap : gaps.missing()) {
    if (healing.given_up.contains(gap.begin)) continue;
    if (ids == 0) begin = gap.begin;
    if (ids > 0 && gap.end > begin + kStretchIds) break;
    end = gap.end;
    ids += gap.end - gap.begin;
  }
  if (ids == 0) {
    healing.due_us = now_us + kLaterUs;
    return;
  }
  healing.attempts = begin == healing.begin ? healing.attempts + 1 : 0;
  healing.begin = begin;
  healing.asked = true;
  if (healing.attempts == 0) {
    Tell(LogLevel::kWarning, "gap_found", symbol,
         fmt::format("{} of the ids {} to {} are missing and asked for", ids, begin, end - 1));
  }
  client_->Backfill(symbol, BackfillRange::Ids(begin, end),
                    [this, symbol](const Status& status) { Asked(symbol, status); });
}

void LiveFeed::Asked(const Symbol& symbol, const Status& status) {
  Healing& healing = healing_[symbol];
  healing.asked = false;
  healing.due_us = SystemClock().Now().us + (healing.attempts < kSoonAttempts ? kSoonUs : kLaterUs);
  if (healing.attempts < kAttempts) return;
  healing.given_up.insert(healing.begin);
  Tell(LogLevel::kError, "gap_lost", symbol,
       fmt::format("the ids from {} on cannot be had: {}", healing.begin,
                   status ? "the venue does not give them" : status.error().message()));
}

}  // namespace tidemark

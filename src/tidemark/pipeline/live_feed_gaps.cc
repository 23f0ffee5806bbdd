// What is missing of a venue's feed, and is asked for: ids that were passed over, times in which
// nothing was heard, the time before the first trade, candles.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tidemark/pipeline/live_feed.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

// Most of what is missing at first was told in another order.
constexpr int64_t kSettleUs = kMicrosPerSecond;
constexpr int64_t kStretchIds = 1000;  // asked for at once, what is known among them too
constexpr int64_t kSoonUs = kMicrosPerSecond / 4, kLaterUs = 30 * kMicrosPerSecond;
constexpr int kSoonAttempts = 10, kAttempts = 30;
// So long nothing was told on a connection that is subscribed: it may be long until something is.
constexpr int64_t kStillUs = 2 * kMicrosPerSecond;
constexpr std::string_view kBeforeLive = "history";  // why the time before the first trade is a gap

}  // namespace

// What ids cannot tell is a gap in time: a fact of the log before anything is made of it.
void LiveFeed::OnGap(const FeedTopic& topic, std::string_view reason, ReceiveTime from,
                     ReceiveTime to) {
  if (topic.kind == FeedKind::kCandles) {
    missed_candles_.Lost(topic.spelling, topic.interval, from);
  }
  if (topic.kind != FeedKind::kTrades) return;
  if (ids_tell_) return MayLack(topic.symbol, to.us);
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

// What waits in a socket that is not read is no stillness; and what was asked before goes first.
bool LiveFeed::IsStill(const Symbol& symbol, FeedKind kind, Still& still, int64_t now_us) const {
  if (still.asked || now_us < still.due_us) return false;
  still.due_us = now_us + kStillUs;
  const FeedState state = client_->state();
  const auto of = std::ranges::find(state.symbols, symbol, &FeedState::OfSymbol::symbol);
  const bool was = still.subscribed;
  still.subscribed = !client_->paused() && of != state.symbols.end() &&
                     (kind == FeedKind::kTrades ? of->hears_trades : of->hears_candles);
  return was && still.subscribed && state.backfills == 0;
}

// Twice, for a venue's history may come some seconds behind what it tells live.
bool LiveFeed::AskAgain(Still& still, const Status& status) {
  still.asked = false;
  still.due_us = SystemClock().Now().us + kLaterUs;
  if (status) return ++still.answers < 2;
  return status.error().code() == ErrorCode::kUnavailable && ++still.refusals < kAttempts;
}

// A loss ends with the next trade that is told. Where none comes the venue is asked for all that it
// has: what may be missing begins behind that.
void LiveFeed::AskLosses(int64_t now_us) {
  for (const FeedIntake::OpenLoss& loss : writer_.intake().Losses(venue_)) {
    Still& still = losses_[loss.symbol];
    if (!still.asked && still.mark != loss.frame) {
      still = {.mark = loss.frame, .due_us = now_us + kStillUs};
    }
    if (!IsStill(loss.symbol, FeedKind::kTrades, still, now_us)) continue;
    still.asked = true;
    Backfill(loss.symbol, SureRange(venue_, BackfillRange::Since(loss.from), loss.reached),
             [this, loss](const Status& status) { AskedLoss(loss, status); });
  }
}

void LiveFeed::AskedLoss(const FeedIntake::OpenLoss& loss, const Status& status) {
  Still& still = losses_[loss.symbol];
  if (!AskAgain(still, status)) still.due_us = kMaxTime.us;
  if (!writer_.open()) return;
  const std::vector<FeedIntake::OpenLoss> losses = writer_.intake().Losses(venue_);
  const auto now = std::ranges::find(losses, loss.frame, &FeedIntake::OpenLoss::frame);
  if (now == losses.end()) return;
  const std::string since = FormatTime(now->from);
  if (!status) {
    if (still.refusals > 1 && still.due_us != kMaxTime.us) return;
    return Tell(LogLevel::kWarning, "missed_later", loss.symbol,
                fmt::format("what was missed since {} is not to be had{}: {}", since,
                            still.due_us == kMaxTime.us ? "" : " yet", status.error().message()));
  }
  if (now->reached <= now->from) return;
  const std::string to = FormatTime(now->reached);
  Tell(LogLevel::kInfo, "missed_came", loss.symbol,
       fmt::format("what was missed since {} has come, up to {}", since, to));
  // Before it is whole: with it the trades reach further, and what came before it may be late.
  const auto checked = checked_.find(client_->protocol().Spelling(loss.symbol));
  if (checked != checked_.end()) {
    TradeGapSet open = writer_.intake().TimeGapsOf(checked->second.series);
    open.insert({now->from, now->reached, now->reason});
    MissedLate(checked->second, now->reached, open);
  }
  for (const auto kind : {GapNote::Kind::kMissed, GapNote::Kind::kWhole}) {
    Note({kind, loss.symbol, now->reason, now->from.us, now->reached.us}, SystemClock().Now().us);
  }
}

// Those that are over: of what has not happened yet the venue cannot tell. That no connection lasts
// until a trade comes need not keep them waiting.
void LiveFeed::AskTimes(int64_t now_us) {
  for (const auto& [series, gaps] : writer_.intake().time_gaps()) {
    if (series.venue != venue_ || std::ranges::count(traded_, series.symbol) == 0) continue;
    AskTimesOf(series.symbol, gaps, now_us);
  }
}

// One question at a time: what is missed until it is answered is asked for with the next. Gaps that
// touch, or lie within the time of a check, are one question, for each may cost a venue seconds.
void LiveFeed::AskTimesOf(const Symbol& symbol, const TradeGapSet& gaps, int64_t now_us) {
  for (const TradeGap& gap : gaps) {
    if (asking_[{symbol, gap}].asked) return;
  }
  const auto loss = losses_.find(symbol);
  if (loss != losses_.end() && loss->second.asked) return;
  EventTime venue_time = writer_.intake().ClockOf(venue_, {now_us});
  // Before the first live trade gaps are of before the start, and what is lost since is one more.
  if (venue_time == kMinTime) venue_time = EventTime{now_us};
  // History may have told of what the clock does not know yet.
  venue_time = std::max(venue_time, writer_.intake().ToldTo({venue_, symbol}));
  std::vector<TradeGap> together;
  EventTime end = kMinTime;  // of them
  for (const TradeGap& gap : gaps) {
    const Asking& asking = asking_[{symbol, gap}];
    const bool due = asking.attempts < kAttempts && now_us >= asking.due_us;
    if (!due || venue_time <= gap.to) continue;
    const bool near = gap.from <= end || (!together.empty() && gap.to - together.front().from <=
                                                                   writer_.config().cross_check_us);
    if (!together.empty() && (asking.alone || !near)) break;
    together.push_back(gap);
    end = std::max(end, gap.times().end);
    if (asking.alone) break;
  }
  if (together.empty()) return;
  for (const TradeGap& gap : together) asking_[{symbol, gap}].asked = true;
  const EventTime told = writer_.intake().Reached({venue_, symbol});
  const BackfillRange range = BackfillRange::Times({together.front().from, end});
  Backfill(symbol, SureRange(venue_, range, told),
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

// The id after the last that came.
std::optional<int64_t> LiveFeed::NextId(const Symbol& symbol) const {
  if (!writer_.open()) return std::nullopt;
  const auto gaps = writer_.intake().gaps().find({venue_, symbol});
  return gaps == writer_.intake().gaps().end() ? std::nullopt : gaps->second.next();
}

// Ids that are missing show when a later one comes; of a symbol that is hardly traded that may take
// long, so what follows the last one is asked for.
void LiveFeed::MayLack(const Symbol& symbol, int64_t now_us) {
  if (!writer_.open()) return;  // an opening comes
  const int64_t live = writer_.intake().LastLive({venue_, symbol});
  const bool asked = ids_after_[symbol].asked;
  ids_after_[symbol] = {.mark = live, .due_us = now_us + kStillUs, .asked = asked};
}

void LiveFeed::AskNewest(int64_t now_us) {
  for (auto it = ids_after_.begin(); it != ids_after_.end();) {
    auto& [symbol, still] = *it;
    const bool told = writer_.intake().LastLive({venue_, symbol}) != still.mark;
    if (told && !still.asked) {
      it = ids_after_.erase(it);
      continue;
    }
    const auto next = NextId(symbol);
    if (next && IsStill(symbol, FeedKind::kTrades, still, now_us)) AskFrom(symbol, *next);
    ++it;
  }
}

void LiveFeed::AskFrom(const Symbol& symbol, int64_t begin) {
  ids_after_[symbol].asked = true;
  Backfill(symbol, BackfillRange::Ids(begin, begin + kStretchIds),
           [this, symbol, begin](const Status& status) { AskedFrom(symbol, begin, status); });
}

// On and on, until a live trade comes: then ids tell.
void LiveFeed::AskedFrom(const Symbol& symbol, int64_t begin, const Status& status) {
  Still& still = ids_after_[symbol];
  const auto next = NextId(symbol);
  const bool told = next && writer_.intake().LastLive({venue_, symbol}) != still.mark;
  if (status && next && !told && *next >= begin + kStretchIds) return AskFrom(symbol, *next);
  if (!AskAgain(still, status)) ids_after_.erase(symbol);
}

// One range at a time is under way.
void LiveFeed::Backfill(const Symbol& symbol, const BackfillRange& range,
                        std::function<void(const Status&)> done) {
  client_->Backfill(symbol, range, [this, done = std::move(done)](Status status) {
    if (std::exchange(reply_refused_, false) && status) {
      status = Fail(ErrorCode::kUnavailable, "the log has no room for the reply");
    }
    done(status);
  });
}

// Between what the lake has and what is told from now on there is a gap. What the log told lies in
// it, for an epoch may have taken the word of a loss that had no end yet.
void LiveFeed::NoteUntold(int64_t now_us) {
  if (std::exchange(openings_, writer_.openings()) == writer_.openings()) return;
  missed_candles_.AllLost();
  if (since_ != kMinTime) untold_ = traded_;
  untold_due_us_ = 0;
  for (const Symbol& symbol : traded_) {
    if (ids_tell_) {
      MayLack(symbol, now_us);
      continue;
    }
    const EventTime from = writer_.OpenedAt({venue_, symbol});
    const bool known = from != kMinTime;
    Note({GapNote::Kind::kLost, symbol, std::string(kByDisconnect), known ? now_us : 0,
          known ? from.us + writer_.config().lateness_us : 0},
         now_us);
  }
}

// So there is before the first trade that the feed told, as far back as is wanted. The lake says
// whether it ever was one: an epoch may have come, and a death, between the note and that trade.
void LiveFeed::NoteHistory(int64_t now_us) {
  if (untold_.empty() || writer_.committing() || now_us < untold_due_us_) return;
  untold_due_us_ = now_us + kLaterUs;  // when the lake cannot be read
  std::erase_if(untold_, [&](const Symbol& symbol) {
    const auto range = writer_.NeverMissed({venue_, symbol}, since_, kBeforeLive);
    if (!range) return false;  // epochs tell why
    if (range->end == kMaxTime) {
      const int64_t then_us = std::max<int64_t>(1, since_.us + writer_.config().lateness_us);
      Note({GapNote::Kind::kLost, symbol, std::string(kBeforeLive), now_us, then_us}, now_us);
    } else if (!range->empty()) {
      Note({GapNote::Kind::kMissed, symbol, std::string(kBeforeLive), range->start.us,
            range->end.us},
           now_us);
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
    const auto range = BackfillRange::Candles(question->interval, question->times);
    Backfill(question->symbol, SureRange(venue_, range, question->told), asked);
  }
}

// Up to when candles are missing shows when one comes; of a symbol that is hardly traded that may
// take long, so all that the venue has is asked for.
void LiveFeed::AskNewestCandles(int64_t now_us) {
  for (const auto& [question, number] : missed_candles_.Losses()) {
    const std::pair series(question.symbol, question.interval);
    Still& still = candles_after_[series];
    if (!still.asked && still.mark != number) {
      still = {.mark = number, .due_us = now_us + kStillUs};
    }
    if (!IsStill(question.symbol, FeedKind::kCandles, still, now_us)) continue;
    still.asked = true;
    const auto range = BackfillRange::Candles(question.interval, question.times);
    Backfill(question.symbol, SureRange(venue_, range, question.told),
             [this, series](const Status& status) {
               Still& asked = candles_after_[series];
               if (!AskAgain(asked, status)) asked.due_us = kMaxTime.us;
             });
  }
}

void LiveFeed::AskIds(int64_t now_us) {
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
  Backfill(symbol, BackfillRange::Ids(begin, end),
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

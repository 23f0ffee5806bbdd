#include "tidemark/source/simulator/venue_feed.h"

#include <algorithm>
#include <utility>

#include "tidemark/base/hash.h"

namespace tidemark {
namespace {

constexpr int64_t kBarUpdateUs = 2 * kMicrosPerSecond;
constexpr int64_t kShutdownUs = 10 * kMicrosPerSecond;
// A trade waits for its successor no longer than this to change places with it.
constexpr int64_t kDisorderUs = 10 * kMicrosPerSecond;
// A candle that will be told again lacks this much of its end at first.
constexpr int64_t kRestatedUs = 6 * kMicrosPerSecond;
// What speaks of trades comes after those of its time.
constexpr int kAfterTrades = 3;
// Texts of what is no row, in Pending: what they do.
constexpr std::string_view kScriptedEnd = "\x01", kScriptedSilence = "\x02";

int64_t NextMultiple(int64_t us, int64_t step) { return (us / step + 1) * step; }

}  // namespace

VenueFeed::VenueFeed(SimulatedMarket& market, SimulatedVenue& venue, const FaultPlan& plan,
                     VenueCounts& counts, int64_t connection, EventTime now, int64_t heartbeat_us)
    : market_(market),
      venue_(venue),
      plan_(plan),
      counts_(counts),
      connection_(static_cast<uint64_t>(connection)),
      heartbeat_us_(heartbeat_us),
      scripted_(now) {}

EventTime VenueFeed::Told(int64_t us) const {
  return {us + static_cast<int64_t>(plan_.faults().skew_seconds * kMicrosPerSecond)};
}

void VenueFeed::Add(const VenueStream& stream, EventTime now) {
  const auto same = [&](const VenueStream& held) { return held.name == stream.name; };
  if (std::any_of(streams_.begin(), streams_.end(), same)) return;
  Cursor cursor;
  cursor.key = FaultKey(connection_, Hash64(stream.name));
  if (stream.kind == VenueStream::Kind::kCandles) {
    cursor.next_us = NextMultiple(now.us, kBarUpdateUs);
  } else if (stream.kind == VenueStream::Kind::kHeartbeats) {
    cursor.next_us = NextMultiple(now.us, heartbeat_us_);
  } else {
    cursor.next_id = market_.FirstIdAt(stream.symbol, now);
  }
  streams_.push_back(stream);
  cursors_.push_back(cursor);
}

void VenueFeed::Remove(const VenueStream& stream) {
  for (size_t i = 0; i < streams_.size(); ++i) {
    if (streams_[i].name != stream.name) continue;
    streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(i));
    cursors_.erase(cursors_.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
}

void VenueFeed::Push(uint64_t key, Pending pending) {
  if (pending.text.empty()) return;
  const EventTime due{pending.due_us};
  pending.key = key;
  pending.order = next_order_++;
  if (plan_.Meets(VenueFault::kMalformed, key, due)) {
    pending.damage = key + 1;
    ++counts_.Of(VenueFault::kMalformed);
  }
  if (plan_.Meets(VenueFault::kDuplicate, key, due)) {
    Pending again = pending;
    Random random = plan_.Draw(VenueFault::kDuplicate, key + 1);
    again.due_us += static_cast<int64_t>(random.Below(2 * kMicrosPerSecond));
    again.order = next_order_++;
    again.key = key + 1;  // other faults of its own
    pending_.push(std::move(again));
    ++counts_.Of(VenueFault::kDuplicate);
  }
  pending_.push(std::move(pending));
}

void VenueFeed::MakeTrade(const VenueStream& stream, uint64_t key, const SimulatedTrade& trade) {
  const EventTime time{trade.time_us};
  Pending pending;
  pending.due_us = trade.time_us;
  if (plan_.Meets(VenueFault::kDrop, key, time)) {
    pending.lost = true;
    ++counts_.Of(VenueFault::kDrop);
  } else if (plan_.Meets(VenueFault::kDelay, key, time)) {
    Random random = plan_.Draw(VenueFault::kDelay, key + 1);
    const double late = random.Uniform() * plan_.faults().delay_seconds * kMicrosPerSecond;
    pending.due_us += kMicrosPerMilli + static_cast<int64_t>(late);
    ++counts_.Of(VenueFault::kDelay);
  } else if (plan_.Meets(VenueFault::kDisorder, key, time)) {
    const SimulatedTrade next = market_.TradeOf(stream.symbol, trade.id + 1);
    if (next.time_us - trade.time_us <= kDisorderUs) {
      pending.due_us = next.time_us;
      pending.after = 1;
      ++counts_.Of(VenueFault::kDisorder);
    }
  }
  pending.text = venue_.TradeText(stream, trade, Told(pending.due_us));
  if (pending.lost) {
    pending.order = next_order_++;
    return pending_.push(std::move(pending));
  }
  Push(key, std::move(pending));
}

void VenueFeed::MakeTrades(const VenueStream& stream, Cursor& cursor, EventTime now) {
  const int64_t end = market_.FirstIdAt(stream.symbol, now);
  for (const SimulatedTrade& trade : market_.Trades(stream.symbol, cursor.next_id, end)) {
    MakeTrade(stream, FaultKey(cursor.key, static_cast<uint64_t>(trade.id)), trade);
  }
  cursor.next_id = std::max(cursor.next_id, end);
}

void VenueFeed::MakeClosedBar(const VenueStream& stream, const Cursor& cursor, EventTime open) {
  const EventTime close = open + kMicrosPerMinute;
  const uint64_t key = FaultKey(cursor.key, static_cast<uint64_t>(close.us));
  SimulatedBar bar = market_.Bar(stream.symbol, open);
  if (bar.trades == 0 && !venue_.tells_empty_minutes()) return;
  Pending pending;
  // Before the first trade of the next minute.
  pending.due_us = close.us - 1;
  pending.after = kAfterTrades;
  // Whether it is told again is the venue's matter: no connection sees another story.
  const uint64_t venue_key = FaultKey(stream.symbol, static_cast<uint64_t>(close.us));
  if (plan_.Meets(VenueFault::kRestate, venue_key, close)) {
    const SimulatedBar early = market_.Bar(stream.symbol, open, close - kRestatedUs);
    if (early.trades > 0 && early.trades < bar.trades) {
      Random random = plan_.Draw(VenueFault::kRestate, venue_key + 1);
      Pending again;
      again.due_us = close.us + 5 * kMicrosPerSecond +
                     static_cast<int64_t>(random.Below(85 * kMicrosPerSecond));
      again.text = venue_.BarText(stream, bar, true, Told(again.due_us));
      Push(key + 7, std::move(again));
      ++counts_.Of(VenueFault::kRestate);
      bar = early;
    }
  }
  pending.text = venue_.BarText(stream, bar, true, Told(close.us));
  Push(key, std::move(pending));
}

void VenueFeed::MakeBars(const VenueStream& stream, Cursor& cursor, EventTime now) {
  for (; cursor.next_us <= now.us; cursor.next_us += kBarUpdateUs) {
    const EventTime at{cursor.next_us};
    if (at.us % kMicrosPerMinute == 0) {
      if (at > market_.options().start) MakeClosedBar(stream, cursor, at - kMicrosPerMinute);
      cursor.told_trades = -1;
      continue;
    }
    const EventTime open{at.us - at.us % kMicrosPerMinute};
    const SimulatedBar bar = market_.Bar(stream.symbol, open, at);
    if (bar.trades == 0 || bar.trades == cursor.told_trades) continue;
    cursor.told_trades = bar.trades;
    Pending pending;
    pending.due_us = at.us - 1;
    pending.after = kAfterTrades;
    pending.text = venue_.BarText(stream, bar, false, Told(at.us));
    Push(FaultKey(cursor.key, static_cast<uint64_t>(at.us)), std::move(pending));
  }
}

void VenueFeed::MakeHeartbeats(const VenueStream& stream, Cursor& cursor, EventTime now) {
  for (; cursor.next_us <= now.us; cursor.next_us += heartbeat_us_) {
    Pending pending;
    pending.due_us = cursor.next_us - 1;
    pending.after = kAfterTrades;
    pending.text = venue_.HeartbeatText(stream, {cursor.next_us}, Told(cursor.next_us));
    Push(FaultKey(cursor.key, static_cast<uint64_t>(cursor.next_us)), std::move(pending));
  }
}

// What the script says once, between the last time and now. Its faults are no faults of a message:
// they are not drawn.
void VenueFeed::MakeScripted(EventTime now) {
  for (const ScriptedFault& scripted : plan_.script()) {
    const EventTime at = plan_.start() + scripted.at_us;
    if (scripted.for_us > 0 || at < scripted_ || now <= at) continue;
    Pending pending;
    pending.due_us = at.us;
    pending.after = 2;
    pending.order = next_order_++;
    if (scripted.fault == VenueFault::kSilence) {
      pending.text = kScriptedSilence;
    } else {
      pending.text = kScriptedEnd;
    }
    if (scripted.fault == VenueFault::kShutdown) {
      ++counts_.Of(VenueFault::kShutdown);
      Pending end = pending;
      pending.text = venue_.ShutdownText(Told(at.us));
      end.due_us += kShutdownUs;
      end.order = next_order_++;
      pending_.push(std::move(end));
      if (pending.text.empty()) continue;
    }
    pending_.push(std::move(pending));
  }
  scripted_ = std::max(scripted_, now);
}

void VenueFeed::End(VenueMessage::Kind kind, VenueFault fault,
                    std::vector<VenueMessage>* messages) {
  ++counts_.Of(fault);
  messages->push_back({kind, ""});
  ended_ = true;
}

void VenueFeed::Say(const Pending& pending, std::vector<VenueMessage>* messages) {
  using Kind = VenueMessage::Kind;
  const EventTime due{pending.due_us};
  const uint64_t key = pending.key;
  if (pending.lost) {
    venue_.Sent(pending.text);
    return;
  }
  if (pending.text == kScriptedSilence || plan_.Meets(VenueFault::kSilence, key, due)) {
    return End(Kind::kSilence, VenueFault::kSilence, messages);
  }
  if (pending.text == kScriptedEnd || plan_.Meets(VenueFault::kDisconnect, key, due)) {
    constexpr Kind kEnds[] = {Kind::kReset, Kind::kClose, Kind::kGoodbye};
    return End(kEnds[plan_.Draw(VenueFault::kDisconnect, key + 1).Below(3)],
               VenueFault::kDisconnect, messages);
  }
  ++counts_.messages;
  std::string text = venue_.Sent(pending.text);
  if (pending.damage != 0) {
    Random random = plan_.Draw(VenueFault::kMalformed, pending.damage);
    text = Damaged(text, random);
  }
  const bool split = text.size() > 1 && plan_.Meets(VenueFault::kSplit, key, due);
  if (split) ++counts_.Of(VenueFault::kSplit);
  messages->push_back({split ? Kind::kSplitText : Kind::kText, std::move(text)});
}

void VenueFeed::Collect(EventTime now, std::vector<VenueMessage>* messages) {
  if (ended_) return;
  for (size_t i = 0; i < streams_.size(); ++i) {
    switch (streams_[i].kind) {
      case VenueStream::Kind::kCandles:
        MakeBars(streams_[i], cursors_[i], now);
        break;
      case VenueStream::Kind::kHeartbeats:
        MakeHeartbeats(streams_[i], cursors_[i], now);
        break;
      default:
        MakeTrades(streams_[i], cursors_[i], now);
        break;
    }
  }
  MakeScripted(now);
  while (!pending_.empty() && pending_.top().due_us < now.us && !ended_) {
    const Pending next = pending_.top();
    pending_.pop();
    Say(next, messages);
  }
}

}  // namespace tidemark

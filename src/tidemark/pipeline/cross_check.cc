#include "tidemark/pipeline/cross_check.h"

#include <algorithm>

#include "tidemark/base/exact_sum.h"
#include "tidemark/base/hash.h"
#include "tidemark/market/interval.h"

namespace tidemark {
namespace {

// A venue's history may be so much behind its feed, and a trade so late.
constexpr int64_t kSettleUs = 30 * kMicrosPerSecond;
// A volume is a decimal and ours a sum of doubles; the smallest trade is more than this of it.
constexpr double kVolumeDoubt = 1e-12;

EventTime MinuteOf(int64_t us) { return Interval().OpenOf({us}); }

TimeRange MinuteAt(EventTime open) { return {open, open + kMicrosPerMinute}; }

EventTime WholeOf(EventTime closed) { return MinuteOf(closed.us - kSettleUs); }

int64_t MinutesIn(const TimeRange& range) {
  return (range.end - range.start + kMicrosPerMinute - 1) / kMicrosPerMinute;
}

}  // namespace

void CrossCheck::Counts::operator+=(const Counts& more) {
  checked += more.checked;
  unchecked += more.unchecked;
  missed += more.missed;
  unknown += more.unknown;
}

void CrossCheck::Came(EventTime time, std::string_view id, double size) {
  if (id.empty()) return;
  if (from_ == kMaxTime) from_ = time;
  const bool wanted = from_ <= time || partial_.contains(MinuteOf(time.us));
  if (wanted) came_.push_back({time.us, Hash64(id), size});
}

// A venue that tells of no trades any more tells of their minutes: what would be a gap for ever can
// wait for its answer.
void CrossCheck::Begin(EventTime from, EventTime end) {
  from_ = from;
  if (by_candles_) begun_ = end;
}

std::vector<TradeGap> CrossCheck::Late(EventTime closed, const TradeGapSet& open) {
  std::vector<TradeGap> gaps;
  if (from_ == kMaxTime || closed == kMinTime) return gaps;
  const EventTime whole = WholeOf(closed);
  const EventTime late = whole - LateUs();
  if (late <= begun_) return gaps;
  LatePartial(late, open, &gaps);
  if (late <= from_) return gaps;
  // With what is not late yet it is one question instead of many.
  while (from_ < whole) {
    const EventTime end = PassGaps(open, whole);
    if (from_ < end) gaps.push_back(NotChecked(end));
  }
  return gaps;
}

void CrossCheck::LatePartial(EventTime late, const TradeGapSet& open, std::vector<TradeGap>* gaps) {
  while (!partial_.empty() && *partial_.begin() < late) {
    const TimeRange minute = MinuteAt(*partial_.begin());
    EventTime from = minute.start;
    const auto add = [&](EventTime end) {
      if (end <= from) return;
      gaps->push_back({from, end - 1, std::string(kByCrossCheck)});
    };
    for (const TradeGap& gap : open) {
      if (gap.times().end <= from || minute.end <= gap.times().start) continue;
      add(gap.times().start);
      from = gap.times().end;
    }
    add(minute.end);
    ++counts_.unchecked;
    partial_.erase(partial_.begin());
  }
}

std::optional<TimeRange> CrossCheck::NextPartial(EventTime whole, const TradeGapSet& open) const {
  for (const EventTime at : partial_) {
    const TimeRange minute = MinuteAt(at);
    if (whole < minute.end) continue;
    const auto part = [&](const TradeGap& gap) {
      return gap.times().start < minute.end && minute.start < gap.times().end;
    };
    if (std::ranges::none_of(open, part)) return minute;
  }
  return std::nullopt;
}

std::optional<TimeRange> CrossCheck::Next(EventTime closed, const TradeGapSet& open) {
  if (from_ == kMaxTime || closed == kMinTime) return std::nullopt;
  const EventTime whole = WholeOf(closed);
  const auto partial = NextPartial(whole, open);
  asks_partial_ = partial.has_value();
  if (partial) return asked_ = *partial;
  if (whole < from_ + every_us_) return std::nullopt;
  const EventTime end = PassGaps(open, whole);
  asked_ = {from_, end};
  if (asked_.empty()) return std::nullopt;
  return asked_;
}

// Passes gaps that cover what is next; where the one after it begins, at most `end`.
EventTime CrossCheck::PassGaps(const TradeGapSet& open, EventTime end) {
  for (const TradeGap& gap : open) {
    TimeRange times = gap.times();
    if (by_candles_) times.start = MinuteOf(times.start.us);
    if (times.end <= from_) continue;
    if (from_ < times.start) return std::min(end, times.start);
    PassGap(gap.times());
  }
  return end;
}

// Of a minute that it is part of candles tell nothing until it is healed.
void CrossCheck::PassGap(const TimeRange& gap) {
  if (!by_candles_) return PassTo(gap.end);
  EventTime end = gap.end;
  for (const EventTime at : {gap.start, gap.end}) {
    const EventTime minute = MinuteOf(at.us);
    if (minute == at) continue;
    end = std::max(end, minute + kMicrosPerMinute);
    if (from_ <= minute) partial_.insert(minute);
  }
  PassTo(end);
}

TradeGap CrossCheck::NotChecked(EventTime end) {
  const TradeGap gap = {from_, end - 1, std::string(kByCrossCheck)};
  counts_.unchecked += MinutesIn({from_, end});
  PassTo(end);
  return gap;
}

void CrossCheck::OnTrade(std::string_view, const Trade& trade, TradeOrigin) {
  if (trade.id.empty() || !asked_.Contains(trade.time)) return;
  told_.push_back({trade.time.us, Hash64(trade.id), trade.size});
}

void CrossCheck::OnCandle(const CandleUpdate& update) {
  const EventTime open = update.candle.open_time;
  const bool within = asked_.start <= open && update.interval.CloseOf(open) <= asked_.end;
  if (!within || update.interval != Interval()) return;
  candles_.push_back(update);
  candles_.back().symbol = {};  // lives no longer
}

// In order, each once.
void CrossCheck::Settle(Rows* rows) {
  std::ranges::sort(*rows);
  const auto rest = std::ranges::unique(*rows, &Row::Same);
  rows->erase(rest.begin(), rest.end());
}

void CrossCheck::CompareTrades(const Rows& came, std::vector<EventTime>* missed) {
  Settle(&told_);
  auto ours = came.begin();
  for (const Row& row : told_) {
    const auto key = std::pair(row.time, row.id);
    for (; ours != came.end() && std::pair(ours->time, ours->id) < key; ++ours) ++counts_.unknown;
    if (ours != came.end() && ours->Same(row)) {
      ++ours;
      continue;
    }
    ++counts_.missed;
    missed->push_back(MinuteOf(row.time));
  }
  counts_.unknown += came.end() - ours;
}

void CrossCheck::CompareCandles(const Rows& came, std::vector<EventTime>* missed) {
  for (const CandleUpdate& candle : candles_) {
    const EventTime open = candle.candle.open_time;
    const auto [begin, end] =
        std::pair(std::ranges::lower_bound(came, open.us, {}, &Row::time),
                  std::ranges::lower_bound(came, candle.interval.CloseOf(open).us, {}, &Row::time));
    ExactSum sum;
    for (auto row = begin; row != end; ++row) sum.Add(row->size);
    const double ours = sum.ToDouble(), theirs = candle.candle.volume;
    const int64_t more = candle.trades == kNullInt ? 0 : candle.trades - (end - begin);
    if (more > 0 || theirs - ours > theirs * kVolumeDoubt) {
      counts_.missed += std::max<int64_t>(more, 1);
      missed->push_back(open);
    } else if (more < 0 || ours - theirs > ours * kVolumeDoubt) {
      counts_.unknown += std::max<int64_t>(-more, 1);
    }
  }
}

std::vector<TradeGap> CrossCheck::Compare() {
  Rows came;
  std::ranges::copy_if(came_, std::back_inserter(came),
                       [&](const Row& row) { return asked_.Contains({row.time}); });
  Settle(&came);
  std::vector<EventTime> missed;
  by_candles_ ? CompareCandles(came, &missed) : CompareTrades(came, &missed);
  counts_.checked += MinutesIn(asked_);
  Forget();
  Pass();
  std::ranges::sort(missed);
  std::vector<TradeGap> gaps;
  for (const EventTime minute : missed) {
    const EventTime last = minute + (kMicrosPerMinute - 1);
    if (!gaps.empty() && minute <= gaps.back().to + 1) {
      gaps.back().to = last;
    } else {
      gaps.push_back({minute, last, std::string(kByCrossCheck)});
    }
  }
  return gaps;
}

TradeGap CrossCheck::Skip() {
  Forget();
  counts_.unchecked += MinutesIn(asked_);
  Pass();
  return {asked_.start, asked_.end - 1, std::string(kByCrossCheck)};
}

void CrossCheck::Pass() {
  if (asks_partial_) partial_.erase(asked_.start);
  PassTo(asks_partial_ ? from_ : asked_.end);
}

void CrossCheck::PassTo(EventTime from) {
  from_ = from;
  std::erase_if(came_, [&](const Row& row) {
    return row.time < from.us && !partial_.contains(MinuteOf(row.time));
  });
}

}  // namespace tidemark

#include "tidemark/pipeline/missed_candles.h"

#include <algorithm>

namespace tidemark {
namespace {

constexpr int64_t kBefore = 2;  // of those that were told
// A venue's history may be behind its stream.
constexpr int64_t kSettleUs = 5 * kMicrosPerSecond, kLaterUs = 30 * kMicrosPerSecond;
constexpr int kAttempts = 30;

// What lies between them too.
TimeRange Both(TimeRange a, TimeRange b) {
  if (a.empty()) return b;
  return {std::min(a.start, b.start), std::max(a.end, b.end)};
}

}  // namespace

void MissedCandles::Follow(std::string spelling, const Symbol& symbol, const Interval& interval,
                           EventTime told) {
  Series& series = series_[{std::move(spelling), interval}];
  series.symbol = symbol;
  series.told = series.before = told;
  Lose(&series);
}

void MissedCandles::Lost(const std::string& spelling, const Interval& interval, ReceiveTime from) {
  const auto it = series_.find({spelling, interval});
  if (it == series_.end() || it->second.told == kMinTime) return;
  Series& series = it->second;
  Lose(&series);
  // The first one may have come before the word.
  if (from <= series.moved && series.before != kMinTime) {
    Want(interval, series.before, series.told, series.moved, &series);
  }
}

void MissedCandles::Came(const CandleUpdate& update, ReceiveTime at) {
  const auto it = series_.find({std::string(update.symbol), update.interval});
  if (it == series_.end()) return;
  Series& series = it->second;
  const EventTime open = update.candle.open_time;
  series.live = std::max(series.live, open);
  const bool left_out = every_ && series.told != kMinTime && series.told < open;
  if ((series.lost && series.told <= open) || left_out) {
    Want(update.interval, series.told, open, at, &series);
    series.lost = false;
  }
  const EventTime told =
      update.state == CandleState::kClosed ? update.interval.CloseOf(open) : open;
  if (told <= series.told) return;
  series.before = std::exchange(series.told, told);
  series.moved = at;
}

void MissedCandles::Refused(const CandleUpdate& update) {
  const auto it = series_.find({std::string(update.symbol), update.interval});
  if (it != series_.end()) Lose(&it->second);
}

void MissedCandles::AllLost() {
  for (auto& [key, series] : series_) Lose(&series);
}

// What was before the first one is not wanted.
void MissedCandles::Lose(Series* series) {
  series->lost = series->told != kMinTime;
  ++series->losses;
}

EventTime MissedCandles::Begin(const Interval& interval, EventTime from) {
  return interval.OpenOf(from - kBefore * interval.nominal_micros());
}

void MissedCandles::Want(const Interval& interval, EventTime from, EventTime to, ReceiveTime now,
                         Series* series) {
  series->wanted = Both(series->wanted, {Begin(interval, from), to});
  series->due = ReceiveTime{now.us + kSettleUs};
}

std::vector<MissedCandles::Loss> MissedCandles::Losses() const {
  std::vector<Loss> losses;
  for (const auto& [key, series] : series_) {
    if (!series.lost) continue;
    const auto& [spelling, interval] = key;
    const TimeRange times = {Begin(interval, series.told), kMaxTime};
    losses.push_back({{spelling, series.symbol, interval, times, series.live}, series.losses});
  }
  return losses;
}

// The word of a loss may come behind the first candle after it.
std::vector<MissedCandles::Had> MissedCandles::AllHad() const {
  std::vector<Had> had;
  for (const auto& [key, series] : series_) {
    if (series.told == kMinTime) continue;
    const EventTime told = series.before == kMinTime ? series.told : series.before;
    EventTime to = Begin(key.second, told);
    for (const TimeRange& range : {series.wanted, series.asked}) {
      if (!range.empty()) to = std::min(to, range.start);
    }
    had.push_back({series.symbol, key.second, to});
  }
  return had;
}

std::optional<MissedCandles::Question> MissedCandles::Next(ReceiveTime now) {
  for (auto& [key, series] : series_) {
    if (!series.asked.empty() || series.wanted.empty() || now < series.due) continue;
    series.asked = std::exchange(series.wanted, kNothing);
    const EventTime told = std::min(series.live, series.asked.end);
    return Question{key.first, series.symbol, key.second, series.asked, told};
  }
  return std::nullopt;
}

bool MissedCandles::Asked(const Question& question, const Status& status, ReceiveTime now) {
  Series& series = series_.at({question.spelling, question.interval});
  series.asked = kNothing;
  if (status) {
    series.attempts = 0;
    return false;
  }
  const bool later = status.error().code() == ErrorCode::kUnavailable;
  if (!later || ++series.attempts > kAttempts) {
    series.attempts = 0;
    return true;
  }
  series.wanted = Both(series.wanted, question.times);
  series.due = ReceiveTime{now.us + kLaterUs};
  return false;
}

}  // namespace tidemark

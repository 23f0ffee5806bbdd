#include "tidemark/pipeline/second_folds.h"

#include <algorithm>

#include "tidemark/market/tables.h"
#include "tidemark/pipeline/trade_series.h"

namespace tidemark {
namespace {

// A symbol that waits for a gap to heal does not keep hours of them.
constexpr size_t kSecondsMax = 900;

EventTime MinuteAfter(EventTime time) { return Interval().CloseOf(Interval().OpenOf(time)); }

}  // namespace

void SecondFolds::Forget(EventTime before) {
  if (seconds_.size() > kSecondsMax) {
    const auto kept = std::prev(seconds_.end(), static_cast<ptrdiff_t>(kSecondsMax));
    before = std::max(before, MinuteAfter(kept->first));
  }
  if (before <= from_) return;
  from_ = before;
  seconds_.erase(seconds_.begin(), seconds_.lower_bound(before));
}

void SecondFolds::Set(TimeRange part, const TradeColumns& trades) {
  part.start = std::max(part.start, from_);
  if (part.empty()) return;
  seconds_.erase(seconds_.lower_bound(part.start), seconds_.lower_bound(part.end));
  const auto at = [&](int64_t us) {
    return static_cast<size_t>(std::lower_bound(trades.time.begin(), trades.time.end(), us) -
                               trades.time.begin());
  };
  for (size_t i = at(part.start.us); i < trades.rows();) {
    const int64_t second = trades.time[i] / kMicrosPerSecond * kMicrosPerSecond;
    const size_t end = at(second + kMicrosPerSecond);
    TradeBarFold fold{BarRule()};
    fold.Step(trades, i, end, nullptr);
    if (!fold.empty()) seconds_.insert_or_assign({second}, std::move(fold));
    i = end;
  }
}

void SecondFolds::AppendMinutes(TimeRange minutes, TradeBars* bars) const {
  TradeBarFold minute{BarRule()};
  const auto end = seconds_.lower_bound(minutes.end);
  for (auto second = seconds_.lower_bound(minutes.start); second != end; ++second) {
    minute.AdvanceTo(second->first, bars);
    minute.Append(second->second);
  }
  minute.AdvanceTo(kMaxTime, bars);
}

SecondFolds& AllSecondFolds::Of(const TradeSeriesId& series, const LakeView& view) {
  const std::lock_guard lock(mutex_);
  const auto known = all_.find(series);
  if (known != all_.end()) return known->second;
  EventTime from = kMinTime;
  if (view.HasTable(TradesTable().name)) {
    for (const DataFile& file : view.Files(TradesTable().name)) {
      if (!file.MayHoldSeries(TradesTable(), KeyOf(series))) continue;
      from = std::max(from, MinuteAfter(file.TimesOf(TradesTable().time_column).end));
    }
  }
  return all_.emplace(series, SecondFolds(from)).first->second;
}

}  // namespace tidemark

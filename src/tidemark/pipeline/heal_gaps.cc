#include "tidemark/pipeline/heal_gaps.h"

#include <algorithm>
#include <map>
#include <set>

namespace tidemark {
namespace {

// The ids of days, each read once.
class StoredIds {
 public:
  explicit StoredIds(TradeSeries series) : series_(std::move(series)) {}

  Result<bool> HasAll(const TradeGap& gap, std::pair<int64_t, int64_t> ids) {
    std::set<int64_t> found;
    for (EventTime day = FloorToDay(gap.from); day <= gap.to; day = day + kMicrosPerDay) {
      if (!days_.contains(day)) {
        TM_ASSIGN(MergedTrades merged, series_.MergeDay(day));
        days_[day] = std::move(merged.rows.id);
      }
      for (const int64_t id : days_[day]) {
        if (ids.first <= id && id < ids.second) found.insert(id);
      }
    }
    return static_cast<int64_t>(found.size()) == ids.second - ids.first;
  }

 private:
  TradeSeries series_;
  std::map<EventTime, std::vector<int64_t>> days_;
};

// `days` in order.
bool Touches(const TradeGap& gap, const std::vector<EventTime>& days) {
  const auto day = std::ranges::lower_bound(days, FloorToDay(gap.from));
  return day != days.end() && *day <= gap.to;
}

}  // namespace

Result<Batch> OpenedByForgetting(TradeSeries trades, const std::vector<EventTime>& days,
                                 const Batch& events, int64_t epoch) {
  const TradeSeriesId id = trades.id();
  TradeGaps open;
  open.Add(events);
  TradeGapSet healed;
  for (size_t i = 0; i < events.rows; ++i) {
    if (events["table"].strings.At(i) != TradesTable().name ||
        events["venue"].strings.At(i) != id.venue ||
        events["symbol"].strings.At(i) != id.symbol.text()) {
      continue;
    }
    healed.insert(
        {{events["from"].ints[i]}, {events["to"].ints[i]}, events["reason"].strings.At(i)});
  }
  for (const TradeGap& gap : open.Of(id)) healed.erase(gap);
  Batch opened(GapEventsTable().schema);
  StoredIds stored(std::move(trades));
  for (const TradeGap& gap : healed) {
    const auto ids = gap.ids();
    if (!ids || !Touches(gap, days)) continue;
    TM_ASSIGN(const bool whole, stored.HasAll(gap, *ids));
    if (!whole) AppendGapEvent(id, gap, "opened", &opened);
  }
  opened["epoch"].ints.assign(opened.rows, epoch);
  return opened;
}

Result<Batch> HealedByRows(const Intake& intake, const LakeView& view, const TradeGaps& open,
                           int64_t epoch, ReceiveTime now) {
  Batch events(GapEventsTable().schema);
  for (const auto& [series, gaps] : open.all()) {
    const std::vector<EventTime> days = intake.trades->Days(series);
    if (days.empty()) continue;
    StoredIds stored(TradeSeries(series, view, intake.trades.get(), intake.sources, now));
    for (const TradeGap& gap : gaps) {
      const auto ids = gap.ids();
      if (!ids || !Touches(gap, days)) continue;
      TM_ASSIGN(const bool healed, stored.HasAll(gap, *ids));
      if (healed) AppendGapEvent(series, gap, "healed", &events);
    }
  }
  events["epoch"].ints.assign(events.rows, epoch);
  return events;
}

}  // namespace tidemark

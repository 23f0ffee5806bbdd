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

}  // namespace

Result<Batch> HealedByRows(const Intake& intake, const LakeView& view, const TradeGaps& open,
                           int64_t epoch, ReceiveTime now) {
  Batch events(GapEventsTable().schema);
  for (const auto& [series, gaps] : open.all()) {
    const std::vector<EventTime> days = intake.trades->Days(series);
    if (days.empty()) continue;
    StoredIds stored(TradeSeries(series, view, intake.trades.get(), intake.sources, now));
    for (const TradeGap& gap : gaps) {
      const auto ids = gap.ids();
      const auto touched = std::ranges::lower_bound(days, FloorToDay(gap.from));
      if (!ids || touched == days.end() || gap.to < *touched) continue;
      TM_ASSIGN(const bool healed, stored.HasAll(gap, *ids));
      if (healed) AppendGapEvent(series, gap, "healed", &events);
    }
  }
  events["epoch"].ints.assign(events.rows, epoch);
  return events;
}

}  // namespace tidemark

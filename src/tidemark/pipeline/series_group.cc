#include "tidemark/pipeline/series_group.h"

#include <algorithm>
#include <set>

#include "tidemark/candle/rollup.h"

namespace tidemark {
namespace {

// Ordered by interval, finest first.
using SeriesGroup = std::vector<GroupedSeries>;

std::vector<std::vector<SeriesId>> GroupSeries(const std::vector<SeriesId>& all) {
  std::vector<std::vector<SeriesId>> groups;
  for (const SeriesId& id : all) {
    if (groups.empty() || groups.back().front().venue != id.venue ||
        groups.back().front().symbol != id.symbol) {
      groups.emplace_back();
    }
    groups.back().push_back(id);
  }
  for (auto& group : groups) {
    std::sort(group.begin(), group.end(), [](const SeriesId& a, const SeriesId& b) {
      return a.interval.nominal_micros() < b.interval.nominal_micros();
    });
  }
  return groups;
}

// The series that roll-ups are made from: the finest that has rows.
Result<size_t> FindFinest(SeriesGroup& group) {
  for (size_t i = 0; i < group.size(); ++i) {
    TM_ASSIGN(const bool has_rows, group[i].base->HasRows());
    if (has_rows) return i;
  }
  return size_t{0};
}

// `stored`: the series with rows in the epoch this one builds on.
Status DeriveGroup(const DeriveContext& context, SeriesGroup& group, const WholeStages& whole,
                   const std::set<SeriesId>& stored) {
  TM_ASSIGN(const size_t finest, FindFinest(group));
  const auto before = std::ranges::find_if(
      group, [&](const GroupedSeries& series) { return stored.contains(series.base->id()); });
  const bool newly_finest =
      before != group.end() && before != group.begin() + static_cast<ptrdiff_t>(finest);
  // Then every roll-up of the symbol is made anew.
  const bool all_candles = whole.candles || newly_finest;
  const auto all_of = [](const GroupedSeries& series) {
    return RangeSet(TimeRange{series.base->first_month(), series.base->closed_until()});
  };
  const auto changes_of = [&](const GroupedSeries& series, bool all) {
    return all ? all_of(series) : Manageable(series.open_times);
  };
  std::vector<VendorOverlay> overlays;
  for (size_t i = finest + 1; i < group.size(); ++i) {
    overlays.push_back({group[i].base.get(), changes_of(group[i], all_candles)});
  }
  for (size_t i = 0; i < group.size(); ++i) {
    const GroupedSeries& series = group[i];
    DeriveChange change;
    change.candles = changes_of(series, all_candles);
    change.features = changes_of(series, whole.features);
    change.forecasts = changes_of(series, whole.forecasts);
    change.closed_before = series.closed_before;
    if (TradeSeries* trades = series.base->trades();
        trades != nullptr && !trades->bar_rules().empty()) {
      change.trades =
          whole.bars ? RangeSet({trades->first_month(), trades->bars_until()}) : series.trades;
    }
    change.trade_gaps = series.trade_gaps || whole.candles;
    change.finest = i == finest;
    change.newly_finest = change.finest && newly_finest;
    const auto& targets = context.config.intervals;
    const Interval& interval = series.base->id().interval;
    const bool rolled_up = std::find(targets.begin(), targets.end(), interval) != targets.end() &&
                           Rollup::Possible(group[finest].base->id().interval, interval);
    change.own_candles = i <= finest || !rolled_up;
    if (change.finest) change.overlays = overlays;
    if (change.newly_finest) {
      for (const GroupedSeries& other : group) change.candles.Add(all_of(other));
    }
    const bool anything =
        !change.candles.empty() || !change.features.empty() || !change.forecasts.empty() ||
        change.trade_gaps || !change.trades.empty() ||
        (change.finest && std::any_of(overlays.begin(), overlays.end(),
                                      [](const auto& o) { return !o.open_times.empty(); }));
    if (anything) TM_TRY(DeriveSeries(context, *series.base, change));
  }
  return {};
}

}  // namespace

Status DeriveGroups(const DeriveContext& context, const std::vector<SeriesId>& series,
                    const WholeStages& whole,
                    const std::function<Result<GroupedSeries>(const SeriesId&)>& open,
                    Progress* progress, std::string_view what) {
  const auto groups = GroupSeries(series);
  TM_ASSIGN(const std::vector<SeriesId> known, StoredSeries(context.view));
  const std::set<SeriesId> stored(known.begin(), known.end());
  std::vector<Status> results(groups.size());
  if (progress != nullptr) progress->Begin(what, static_cast<int64_t>(groups.size()), false);
  context.threads.ParallelFor(groups.size(), [&](size_t g) {
    results[g] = [&]() -> Status {
      SeriesGroup group;
      for (const SeriesId& id : groups[g]) {
        TM_ASSIGN(GroupedSeries one, open(id));
        group.push_back(std::move(one));
      }
      return DeriveGroup(context, group, whole, stored);
    }();
    if (progress != nullptr) progress->Add(1);
  });
  for (const Status& result : results) TM_TRY(result);
  return {};
}

}  // namespace tidemark

#include "tidemark/pipeline/series_group.h"

#include <algorithm>

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

Status DeriveGroup(const DeriveContext& context, SeriesGroup& group, const WholeStages& whole) {
  std::vector<VendorOverlay> overlays;
  const auto all_of = [](const GroupedSeries& series) {
    const EventTime first = series.base->first_month();
    return RangeSet(TimeRange{first, series.base->closed_until()});
  };
  const auto changes_of = [&](const GroupedSeries& series, bool all) {
    return all ? all_of(series) : Manageable(series.open_times);
  };
  for (size_t i = 1; i < group.size(); ++i) {
    overlays.push_back({group[i].base.get(), changes_of(group[i], whole.candles)});
  }
  for (size_t i = 0; i < group.size(); ++i) {
    const GroupedSeries& series = group[i];
    DeriveChange change;
    change.candles = changes_of(series, whole.candles);
    change.features = changes_of(series, whole.features);
    change.forecasts = changes_of(series, whole.forecasts);
    change.closed_before = series.closed_before;
    change.finest = i == 0;
    const auto& targets = context.config.intervals;
    const bool rolled_up =
        std::find(targets.begin(), targets.end(), series.base->id().interval) != targets.end();
    change.own_candles = i == 0 || !rolled_up;
    if (i == 0) change.overlays = overlays;
    const bool anything =
        !change.candles.empty() || !change.features.empty() || !change.forecasts.empty() ||
        (i == 0 && std::any_of(overlays.begin(), overlays.end(),
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
  std::vector<Status> results(groups.size());
  if (progress != nullptr) progress->Begin(what, static_cast<int64_t>(groups.size()), false);
  context.threads.ParallelFor(groups.size(), [&](size_t g) {
    results[g] = [&]() -> Status {
      SeriesGroup group;
      for (const SeriesId& id : groups[g]) {
        TM_ASSIGN(GroupedSeries one, open(id));
        group.push_back(std::move(one));
      }
      return DeriveGroup(context, group, whole);
    }();
    if (progress != nullptr) progress->Add(1);
  });
  for (const Status& result : results) TM_TRY(result);
  return {};
}

}  // namespace tidemark

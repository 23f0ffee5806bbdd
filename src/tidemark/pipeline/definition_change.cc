#include "tidemark/pipeline/definition_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tidemark/pipeline/session.h"

namespace tidemark {

std::vector<std::string_view> DefinitionChange::operators() const {
  std::vector<std::string_view> all;
  if (whole.candles) all.insert(all.end(), {"gaps:", "outages:"});
  if (whole.features) all.insert(all.end(), {"features:"});
  if (whole.forecasts) all.insert(all.end(), {"models:", "training:", "scores:", "issued:"});
  return all;
}

Result<DefinitionChange> FindDefinitionChange(const Config& config, const LakeView& view) {
  DefinitionChange change;
  TM_ASSIGN(const std::vector<TableWithProperties> tables, TablesOf(config));
  for (const TableWithProperties& table : tables) {
    if (table.properties.empty() || !SpecChanged(view, table)) continue;
    if (view.HasTable(table.spec.name)) {
      change.notes.push_back(
          fmt::format("{} is recomputed: its definition changed", table.spec.name));
    }
    const std::string& name = table.spec.name;
    (name == "candles" || name == "gaps" ? change.whole.candles
     : name == "bars"                    ? change.whole.bars
     : name == "features"                ? change.whole.features
                                         : change.whole.forecasts) = true;
  }
  for (const TableSpec& table : AllTables(config.features)) {
    if (table.kind != TableKind::kDerived || !view.HasTable(table.name)) continue;
    const bool wanted = std::any_of(tables.begin(), tables.end(),
                                    [&](const auto& t) { return t.spec.name == table.name; });
    if (wanted || view.PropertiesOf(table.name).empty()) continue;
    change.unwanted.push_back(table);
    change.notes.push_back(fmt::format("{} is emptied: it is switched off", table.name));
  }
  return change;
}

Status RemoveUnwanted(const Config& config, const DefinitionChange& change, const LakeView& view,
                      const std::vector<SeriesId>& series, EpochWriter& writer) {
  // Without the properties that say what it was computed with, the table is made anew when it is
  // switched on again.
  for (const TableSpec& table : change.unwanted) {
    TM_TRY(writer.DeclareTable(table, {}));
    TM_TRY(writer.ReplaceAll(table, {}, Batch(table.schema)));
  }
  std::set<std::string> intervals, bars, horizons;
  for (const Interval& interval : config.intervals) intervals.insert(interval.ToString());
  for (const SeriesId& id : series) intervals.insert(id.interval.ToString());
  for (const BarRule& rule : config.bars) bars.insert(rule.ToString());
  for (const Horizon& horizon : config.horizons) horizons.insert(horizon.ToString());
  TM_ASSIGN(const std::vector<TableWithProperties> tables, TablesOf(config));
  for (const TableWithProperties& table : tables) {
    if (table.spec.kind != TableKind::kDerived || !view.HasTable(table.spec.name)) continue;
    TM_ASSIGN(const std::vector<SeriesKey> stored, view.SeriesOf(table.spec));
    for (const SeriesKey& key : stored) {
      const bool of_bars = table.spec.name == BarsTable().name;
      const bool wanted = (of_bars ? bars : intervals).contains(key.interval) &&
                          (key.horizon.empty() || horizons.contains(key.horizon));
      if (wanted) continue;
      TM_TRY(writer.ReplaceAll(table.spec, key, Batch(table.spec.schema)));
    }
  }
  return {};
}

}  // namespace tidemark

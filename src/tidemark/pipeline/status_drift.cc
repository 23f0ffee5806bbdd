#include "tidemark/pipeline/status_drift.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tidemark/flow/fold_month.h"
#include "tidemark/forecast/target.h"
#include "tidemark/pipeline/base_series.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/said_and_known.h"
#include "tidemark/pipeline/watermarks.h"

namespace tidemark {
namespace {

// By month as the scores name it ("2024-02"); months without a scale are left out.
Result<std::map<std::string, double>> ScalesOf(const LakeView& view, const SeriesKey& series) {
  TM_ASSIGN(const Batch scores,
            view.Read(ScoresTable(), {.series = series, .times = TimeRange::All(), .columns = {}}));
  std::map<std::string, double> scales;
  for (size_t i = 0; i < scores.rows; ++i) {
    const auto text = [&](std::string_view column) -> const std::string& {
      return scores[column].strings.At(i);
    };
    if (text("model") != "persistence" || text("bucket") != "all" ||
        text("basis") != "recomputed" || text("period").size() != 7) {
      continue;
    }
    const double scale = scores["mae"].doubles[i] / scores["mase"].doubles[i];
    if (scale > 0 && std::isfinite(scale)) scales[text("period")] = scale;
  }
  return scales;
}

std::vector<LossRow> LossesOf(const std::vector<KnownForecast>& rows, bool issued,
                              const std::map<std::string, double>& scales) {
  std::vector<LossRow> losses;
  EventTime month = kMinTime;
  auto scale = scales.end();
  for (const KnownForecast& row : rows) {
    if (const EventTime of = FoldMonthOf({row.target_time}); of != month) {
      month = of;
      scale = scales.find(FormatDate(month).substr(0, 7));
    }
    const double prediction = issued ? row.issued : row.recomputed;
    if (std::isnan(prediction) || scale == scales.end()) continue;
    losses.push_back({.target_time = {row.target_time},
                      .loss = std::fabs(row.actual - prediction),
                      .reference = std::fabs(row.actual),
                      .scale = scale->second});
  }
  return losses;
}

}  // namespace

Result<std::vector<DriftStatus>> ReadDrift(const Config& given, const LakeView& view,
                                           const Selection& selection) {
  std::vector<DriftStatus> all;
  if (!view.HasTable(OutcomesTable().name) || !view.HasTable(ScoresTable().name)) return all;
  TM_ASSIGN(const Config config, WithStoredDefinitions(given, view));
  TM_ASSIGN(const Watermarks watermarks, WatermarksOf(view));
  TM_ASSIGN(const std::vector<SeriesKey> keys, view.SeriesOf(ScoresTable()));
  for (const SeriesKey& key : keys) {
    if (!selection.Matches(key)) continue;
    TM_ASSIGN(const SeriesId id, IdOf(key));
    TM_ASSIGN(const Horizon horizon, Horizon::Parse(key.horizon));
    const EventTime closed = watermarks.ClosedUntil(id);
    if (closed == kMinTime) continue;
    const EventTime from = FloorToMonth(closed - config.drift_window_us) + 1;
    TM_ASSIGN(const auto models,
              ReadKnownForecasts(view, key, {from, kMaxTime}, config.max_target_span_us));
    TM_ASSIGN(const auto scales, ScalesOf(view, key));
    bool said = false;
    for (const auto& [model, rows] : models) {
      said = said || std::ranges::any_of(
                         rows, [](const KnownForecast& row) { return !std::isnan(row.issued); });
    }
    const DriftOptions options = {
        .delta = config.drift_delta,
        .threshold = config.drift_threshold,
        .horizon_rows = horizon.NominalRows(id.interval.nominal_micros())};
    for (const auto& [model, rows] : models) {
      if (model == "persistence") continue;
      if (const auto alarm = FindDrift(LossesOf(rows, said, scales), options)) {
        all.push_back({key, model, said ? "issued" : "recomputed", *alarm});
      }
    }
  }
  return all;
}

}  // namespace tidemark

#include "tidemark/pipeline/said_and_known.h"

#include <algorithm>
#include <cmath>

#include "tidemark/pipeline/definitions.h"

namespace tidemark {
namespace {

// Calls `take(model, place, prediction)` for the rows of `said` whose time is that of known[place].
template <typename Take>
void Join(const Batch& said, const std::vector<KnownForecast>& known, const Take& take) {
  size_t place = 0;
  for (size_t i = 0; i < said.rows; ++i) {
    const int64_t time = said["time"].ints[i];
    while (place < known.size() && known[place].time < time) ++place;
    if (place == known.size()) return;
    if (known[place].time == time) {
      take(said["model"].strings.At(i), place, said["prediction"].doubles[i]);
    }
  }
}

}  // namespace

Result<std::map<std::string, std::vector<KnownForecast>>> ReadKnownForecasts(
    const LakeView& view, const SeriesKey& series, TimeRange targets, int64_t max_target_span_us) {
  TM_ASSIGN(const Batch outcomes,
            view.Read(OutcomesTable(), {.series = series,
                                        .times = targets,
                                        .columns = {"time", "target_time", "model", "actual"}}));
  std::vector<KnownForecast> known;
  for (size_t i = 0; i < outcomes.rows; ++i) {
    const int64_t time = outcomes["time"].ints[i], target = outcomes["target_time"].ints[i];
    if (target - time > max_target_span_us) continue;
    if (!known.empty() && known.back().time == time) continue;
    known.push_back({.time = time, .target_time = target, .actual = outcomes["actual"].doubles[i]});
  }
  std::map<std::string, std::vector<KnownForecast>> models;
  if (known.empty()) return models;
  const ReadFilter filter = {.series = series,
                             .times = {{known.front().time}, {known.back().time + 1}},
                             .columns = {"time", "model", "prediction"}};
  TM_ASSIGN(const Batch forecasts, view.Read(ForecastsTable(), filter));
  TM_ASSIGN(const Batch issued, view.Read(IssuedTable(), filter));
  const auto of = [&](const std::string& model) -> std::vector<KnownForecast>& {
    return models.try_emplace(model, known).first->second;
  };
  Join(forecasts, known, [&](const std::string& model, size_t place, double prediction) {
    of(model)[place].recomputed = prediction;
  });
  Join(issued, known, [&](const std::string& model, size_t place, double prediction) {
    of(model)[place].issued = prediction;
  });
  for (auto& [model, rows] : models) {
    std::erase_if(rows, [](const KnownForecast& row) {
      return std::isnan(row.recomputed) && std::isnan(row.issued);
    });
  }
  return models;
}

Result<std::vector<RevisionBias>> ReadRevisionBias(const Config& given, const LakeView& view,
                                                   const Selection& selection) {
  std::vector<RevisionBias> all;
  if (!view.HasTable(IssuedTable().name)) return all;
  TM_ASSIGN(const Config config, WithStoredDefinitions(given, view));
  TM_ASSIGN(const std::vector<SeriesKey> keys, view.SeriesOf(IssuedTable()));
  for (const SeriesKey& key : keys) {
    if (!selection.Matches(key)) continue;
    TM_ASSIGN(
        const Batch said,
        view.Read(IssuedTable(), {.series = key, .times = TimeRange::All(), .columns = {"time"}}));
    if (said.rows == 0) continue;
    TM_ASSIGN(const auto models,
              ReadKnownForecasts(view, key, {{said["time"].ints.front()}, kMaxTime},
                                 config.max_target_span_us));
    for (const auto& [model, rows] : models) {
      RevisionBias bias = {.series = key, .model = model};
      double actual = 0, issued = 0, recomputed = 0;
      for (const KnownForecast& row : rows) {
        if (std::isnan(row.recomputed) || std::isnan(row.issued)) continue;
        ++bias.n;
        actual += std::fabs(row.actual);
        issued += std::fabs(row.actual - row.issued);
        recomputed += std::fabs(row.actual - row.recomputed);
      }
      if (bias.n == 0 || model == "persistence") continue;
      if (actual > 0) {
        bias.issued = issued / actual;
        bias.recomputed = recomputed / actual;
      }
      all.push_back(std::move(bias));
    }
  }
  return all;
}

}  // namespace tidemark

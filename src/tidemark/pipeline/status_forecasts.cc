#include "tidemark/pipeline/status_forecasts.h"

#include <algorithm>
#include <map>

#include "tidemark/forecast/target.h"
#include "tidemark/market/interval.h"

namespace tidemark {
namespace {

// The last rows of a series in `times`: all rows of its greatest time. Reads a window back from the
// greatest time any file may hold, wider and wider, so usually one day of it.
Result<Batch> ReadLastRows(const LakeView& view, const TableSpec& spec, const SeriesKey& series,
                           TimeRange times) {
  EventTime least = kMaxTime;
  EventTime greatest = kMinTime;
  for (const DataFile& file : view.Files(spec.name)) {
    if (!file.MayHoldSeries(spec, series)) continue;
    const TimeRange held = file.TimesOf(spec.time_column);
    least = std::min(least, std::max(held.start, times.start));
    greatest = std::max(greatest, std::min(held.end, times.end));
  }
  Batch batch(spec.schema);
  for (int64_t window = kMicrosPerDay; batch.rows == 0 && least < greatest; window *= 8) {
    const EventTime start = greatest - least <= window ? least : greatest - window;
    TM_ASSIGN(batch,
              view.Read(spec, {.series = series, .times = {start, greatest}, .columns = {}}));
    if (start == least) break;
  }
  std::vector<uint8_t> is_last(batch.rows);
  const auto& time = batch[spec.time_column].ints;
  for (size_t i = 0; i < batch.rows; ++i) is_last[i] = time[i] == time.back();
  return batch.Filter(is_last);
}

Result<double> CloseAt(const LakeView& view, const SeriesKey& series, EventTime close_time) {
  TM_ASSIGN(const Interval interval, Interval::Parse(series.interval));
  const TimeRange before = {close_time - interval.nominal_micros() - kMicrosPerDay, close_time};
  TM_ASSIGN(const Batch rows,
            view.Read(VendorCandlesTable(),
                      {.series = series, .times = before, .columns = {"open_time", "close"}}));
  for (size_t i = rows.rows; i-- > 0;) {
    if (interval.CloseOf({rows["open_time"].ints[i]}) == close_time) {
      return rows["close"].doubles[i];
    }
  }
  return kNull;
}

bool IsYear(const std::string& period) {
  return period.size() == 4 &&
         std::ranges::all_of(period, [](char c) { return c >= '0' && c <= '9'; });
}

// Gives every forecast the score of the latest year with enough rows, else of the latest there is.
void JoinScores(const Batch& scores, std::vector<CurrentForecast>& forecasts) {
  const auto text = [&](std::string_view column, size_t row) -> const std::string& {
    return scores[column].strings.At(row);
  };
  for (CurrentForecast& forecast : forecasts) {
    for (size_t i = 0; i < scores.rows; ++i) {
      if (text("model", i) != forecast.model || text("horizon", i) != forecast.horizon ||
          text("bucket", i) != "all" || text("basis", i) != "recomputed" ||
          !IsYear(text("period", i))) {
        continue;
      }
      const int64_t n = scores["n"].ints[i];
      const bool enough = n >= kJudgedRowsMin;
      const bool had_enough = forecast.scored >= kJudgedRowsMin;
      if (!forecast.period.empty() &&
          (enough == had_enough ? text("period", i) < forecast.period : had_enough)) {
        continue;
      }
      forecast.period = text("period", i);
      forecast.scored = n;
      forecast.relative_mae = scores["relative_mae"].doubles[i];
      forecast.directional_accuracy = scores["directional_accuracy"].doubles[i];
      forecast.dm_p_mae = scores["dm_p_mae"].doubles[i];
      forecast.flagged = scores["flagged"].ints[i] == 1;
      forecast.better_than_persistence =
          forecast.relative_mae < 1 && forecast.dm_p_mae < kBetterPMax;
    }
  }
}

Result<std::vector<CurrentForecast>> ReadSeries(const LakeView& view, const SeriesKey& series,
                                                TimeRange times) {
  const TableSpec& spec = ForecastsTable();
  TM_ASSIGN(const Batch last, ReadLastRows(view, spec, series, times));
  std::vector<CurrentForecast> forecasts;
  if (last.rows == 0) return forecasts;
  TM_ASSIGN(const double close, CloseAt(view, series, {last["time"].ints[0]}));
  for (size_t i = 0; i < last.rows; ++i) {
    CurrentForecast forecast;
    forecast.series = series;
    forecast.horizon = last["horizon"].strings.At(i);
    forecast.model = last["model"].strings.At(i);
    forecast.time = {last["time"].ints[i]};
    forecast.close = close;
    if (const auto horizon = Horizon::Parse(forecast.horizon); horizon && horizon->micros > 0) {
      forecast.target_time = forecast.time + horizon->micros;
    }
    forecast.prediction = last["prediction"].doubles[i];
    forecast.price = last["price"].doubles[i];
    forecast.lower = last["lower"].doubles[i];
    forecast.upper = last["upper"].doubles[i];
    forecast.model_id = last["model_id"].strings.At(i);
    forecasts.push_back(std::move(forecast));
  }
  TM_ASSIGN(const Batch scores,
            view.Read(ScoresTable(), {.series = series, .times = TimeRange::All(), .columns = {}}));
  JoinScores(scores, forecasts);
  std::ranges::stable_sort(forecasts, [](const auto& a, const auto& b) {
    if (a.horizon != b.horizon) return a.horizon < b.horizon;
    return (a.model == "persistence") > (b.model == "persistence");
  });
  return forecasts;
}

}  // namespace

Result<std::vector<CurrentForecast>> ReadCurrentForecasts(const LakeView& view,
                                                          const Selection& selection) {
  TM_ASSIGN(const auto keys, SelectSeries(view, ForecastsTable(), selection));
  if (keys.empty()) {
    return Fail(ErrorCode::kNotFound,
                "the lake has no forecasts; a model needs at least forecasts.min_training_rows "
                "rows of history before it says anything");
  }
  std::vector<CurrentForecast> all;
  for (const SeriesKey& key : keys) {
    TM_ASSIGN(auto forecasts, ReadSeries(view, key, selection.times));
    std::ranges::move(forecasts, std::back_inserter(all));
  }
  return all;
}

}  // namespace tidemark

#include "tidemark/pipeline/study_run.h"

#include <algorithm>
#include <tuple>

#include "tidemark/forecast/study.h"

namespace tidemark {

const SeriesId& StudySeries(const std::vector<SeriesId>& all) {
  const auto ltc = std::find_if(all.begin(), all.end(),
                                [](const SeriesId& id) { return id.symbol.base() == "LTC"; });
  return ltc == all.end() ? all.front() : *ltc;
}

Status WriteStudy(const Config& config, BaseSeries& base, ThreadPool& threads,
                  EpochWriter& writer) {
  TM_ASSIGN(const CandleColumns candles,
            base.ReadByOpen({base.first_month(), base.closed_until()}));
  StudyOptions options;
  options.seed = config.seed;
  options.repeats = 1;
  options.chronological = false;
  TM_ASSIGN(StudyResult result, RunStudy(candles, options, &threads));
  std::sort(result.forecasts.begin(), result.forecasts.end(),
            [](const StudyForecast& a, const StudyForecast& b) {
              return std::tie(a.time, a.model) < std::tie(b.time, b.model);
            });
  const SeriesKey key = KeyOf(base.id());
  Batch rows(StudyTable().schema);
  for (const StudyForecast& forecast : result.forecasts) {
    rows["venue"].strings.Append(key.venue);
    rows["symbol"].strings.Append(key.symbol);
    rows["interval"].strings.Append(key.interval);
    rows["model"].strings.Append(forecast.model);
    rows["time"].ints.push_back(forecast.time.us);
    rows["close"].doubles.push_back(forecast.close);
    rows["prediction"].doubles.push_back(forecast.prediction);
    rows["error_pct"].doubles.push_back(forecast.error_pct);
    rows["aligned_prediction"].doubles.push_back(forecast.aligned);
    rows["aligned_error_pct"].doubles.push_back(forecast.aligned_error_pct);
  }
  rows.SetRows(result.forecasts.size());
  TM_TRY(writer.DeclareTable(StudyTable(), {}));
  return writer.Replace(StudyTable(), key, TimeRange::All(), rows);
}

}  // namespace tidemark

#include "tidemark/pipeline/evaluate.h"

#include <fmt/format.h>

#include "tidemark/base/check.h"
#include "tidemark/base/json_text.h"
#include "tidemark/feature/feature_pack.h"
#include "tidemark/forecast/null_market.h"
#include "tidemark/forecast/study.h"
#include "tidemark/pipeline/base_series.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/derive.h"
#include "tidemark/pipeline/ingest.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/session.h"
#include "tidemark/pipeline/study_run.h"

namespace tidemark {
namespace {

// All closed candles of one series of the lake, finest interval first.
struct OwnSeries {
  SeriesId id;
  CandleColumns candles;
  Config config;  // with the definitions that hold
};

Result<OwnSeries> ReadOwnSeries(const Config& config, const std::string& symbol_text) {
  TM_ASSIGN(const PinnedLake pinned, PinLake(config));
  TM_ASSIGN(std::vector<SeriesId> ids, StoredSeries(pinned.view));
  if (!symbol_text.empty()) {
    TM_ASSIGN(const Symbol wanted, Symbol::Parse(symbol_text));
    std::erase_if(ids, [&](const SeriesId& id) { return id.symbol != wanted; });
  }
  if (ids.empty()) {
    return Fail(ErrorCode::kNotFound, symbol_text.empty()
                                          ? "the lake holds no candles yet: `tidemark run` first"
                                          : "the lake holds no candles of " + symbol_text);
  }
  const SeriesId id = StudySeries(ids);
  SourceList sources;
  TM_ASSIGN(const Watermarks watermarks, WatermarksOf(pinned.view));
  TM_ASSIGN(const TradeGaps gaps, TradeGapsOf(pinned.view));
  const auto base =
      OpenBase(id, {.view = pinned.view, .sources = sources, .gaps = gaps, .now = {}}, watermarks);
  TM_ASSIGN(CandleColumns candles, base->ReadByOpen({base->first_month(), base->closed_until()}));
  TM_ASSIGN(Config effective, EffectiveConfig(config, pinned.view));
  return OwnSeries{id, std::move(candles), std::move(effective)};
}

FeatureFunction FeaturesOf(const Config& config, Interval interval) {
  return [specs = config.features, interval](const CandleColumns& candles) {
    auto pack = FeaturePack::Make(specs, interval);
    CHECK(pack.has_value());  // the configuration was checked when it was read
    std::vector<std::vector<double>> columns(pack->names().size());
    pack->Step(candles, 0, candles.size(), &columns);
    return columns;
  };
}

}  // namespace

Result<std::string> NullMarketJson(const Config& given, const NullMarketRequest& request) {
  TM_ASSIGN(const OwnSeries own, ReadOwnSeries(given, request.symbol));
  const Config& config = own.config;
  ThreadPool threads(ThreadsOf(config));
  NullMarketOptions options;
  options.seeds.clear();
  for (int i = 0; i < request.seeds; ++i) {
    options.seeds.push_back(config.seed + 1 + static_cast<uint64_t>(i));
  }
  options.rows = request.rows;
  options.look_ahead = request.look_ahead;
  options.models.clear();
  for (const std::string& model : config.models) {
    if (model != "persistence" && model != "drift") options.models.push_back(model);
  }
  options.walk_forward.horizon = config.horizons.front();
  options.walk_forward.interval_us = own.id.interval.nominal_micros();
  options.walk_forward.window_us = config.train_window_us;
  options.walk_forward.refit_lead_us = config.refit_lead_us;
  options.walk_forward.max_target_span_us = config.max_target_span_us;
  options.walk_forward.model = ModelOptionsOf(config);
  if (request.progress != nullptr) request.progress->Begin("null markets", 0, false);
  const NullMarketReport report = RunNullMarket(own.candles, FeaturesOf(config, own.id.interval),
                                                config.features, options, &threads);
  std::string verdict =
      !report.null_clean ? "FAILED: a model seems to know something where nothing can be known"
      : !report.momentum_found ? "FAILED: the planted momentum was not found"
      : !report.look_ahead_found
          ? "FAILED: features that see one row ahead went unnoticed"
          : "passed: no skill where there can be none; the planted momentum and the look-ahead "
            "control were found";
  std::string seeds;
  for (const uint64_t seed : options.seeds)
    seeds += fmt::format("{}{}", seeds.empty() ? "" : ", ", seed);
  std::string runs;
  for (const NullMarketRun& run : report.runs) {
    runs += fmt::format(
        "{}\n  {{\"market\": {}, \"seed\": {}, \"model\": {}, \"n\": {}, \"relative_mae\": {}, "
        "\"directional_accuracy\": {}, \"ic\": {}, \"p\": {}, \"p_holm\": {}}}",
        runs.empty() ? "" : ",", JsonString(run.market), run.seed, JsonString(run.model), run.n,
        JsonNumber(run.relative_mae), JsonNumber(run.directional_accuracy), JsonNumber(run.ic),
        JsonNumber(run.p), JsonNumber(run.p_holm));
  }
  return fmt::format(
      "{{\"passed\": {}, \"verdict\": {}, \"series\": {}, \"rows\": {}, \"seeds\": [{}],\n "
      "\"runs\": [{}]}}",
      report.passed(), JsonString(verdict), JsonString(own.id.ToString()), options.rows, seeds,
      runs);
}

Result<std::string> StudyJson(const Config& config, const StudyRequest& request) {
  TM_ASSIGN(const OwnSeries own, ReadOwnSeries(config, request.symbol));
  ThreadPool threads(ThreadsOf(config));
  StudyOptions options;
  options.seed = config.seed;
  options.repeats = request.seeds;
  options.extended = true;
  if (request.progress != nullptr) request.progress->Begin("the study", 0, false);
  TM_ASSIGN(const StudyResult result, RunStudy(own.candles, options, &threads));
  std::string scores;
  for (const StudyScore& score : result.scores) {
    scores += fmt::format(
        "{}\n  {{\"inputs\": {}, \"model\": {}, \"split\": {}, \"r2\": {}, \"r2_sd\": {}, "
        "\"relative_mae\": {}, \"relative_mae_sd\": {}, \"directional_accuracy\": {}, "
        "\"directional_accuracy_sd\": {}, \"train_rows\": {}, \"test_rows\": {}}}",
        scores.empty() ? "" : ",", JsonString(score.inputs), JsonString(score.model),
        JsonString(score.split), JsonNumber(score.r2), JsonNumber(score.r2_sd),
        JsonNumber(score.relative_mae), JsonNumber(score.relative_mae_sd),
        JsonNumber(score.directional_accuracy), JsonNumber(score.directional_accuracy_sd),
        score.train_rows, score.test_rows);
  }
  std::string forecasts;
  for (const StudyForecast& forecast : result.forecasts) {
    forecasts += fmt::format(
        "{}\n  {{\"model\": {}, \"time\": {}, \"close\": {}, \"prediction\": {}, \"error_pct\": "
        "{}, "
        "\"aligned\": {}, \"aligned_error_pct\": {}}}",
        forecasts.empty() ? "" : ",", JsonString(forecast.model),
        JsonString(FormatTime(forecast.time)), JsonNumber(forecast.close),
        JsonNumber(forecast.prediction), JsonNumber(forecast.error_pct),
        JsonNumber(forecast.aligned), JsonNumber(forecast.aligned_error_pct));
  }
  const std::string why =
      "R² on price levels is near 1 for any forecast that stays close to the last price, "
      "persistence "
      "included, so it says nothing about the direction or the size of the next move. A random "
      "split "
      "puts rows from minutes before and after every test row into the training set, so a tree on "
      "price levels looks the answer up; on a chronological split the same tree is far worse than "
      "the last price.";
  return fmt::format("{{\"series\": {}, \"why\": {},\n \"scores\": [{}],\n \"forecasts\": [{}]}}",
                     JsonString(own.id.ToString()), JsonString(why), scores, forecasts);
}

}  // namespace tidemark

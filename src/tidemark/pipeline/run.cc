#include "tidemark/pipeline/run.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "tidemark/pipeline/alphavantage_feed.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/live.h"
#include "tidemark/pipeline/session.h"

namespace tidemark {
namespace {

Result<RunReport> DryRun(const Config& config, const RunOptions& options) {
  RunReport report;
  ThreadPool threads(ThreadsOf(config));
  TM_ASSIGN(const S3Options s3, CredentialsOf(config));
  TM_ASSIGN(const std::unique_ptr<Lake> lake, Lake::Open(config.lake, s3));
  TM_ASSIGN(const LakeView view, lake->Pin());
  const ReceiveTime now = SystemClock().Now();
  TM_ASSIGN(Intake intake,
            ReadSources(config, view, view.epoch() + 1, now, threads, options.progress));
  std::vector<MergeCounts> counts(intake.sources.size());
  for (const SeriesId& id : intake.spool->Series()) {
    BaseSeries base(id, view, intake.spool.get(), intake.sources, now);
    for (const EventTime month : intake.spool->Months(id)) {
      TM_ASSIGN(const MergedMonth merged, base.MergeMonth(month));
      for (size_t s = 0; s < counts.size(); ++s) counts[s] += merged.counts[s];
    }
  }
  for (const TradeSeriesId& id : intake.trades->Series()) {
    TradeSeries trades(id, view, intake.trades.get(), intake.sources, now);
    for (const EventTime day : intake.trades->Days(id)) {
      TM_ASSIGN(const MergedTrades merged, trades.MergeDay(day));
      for (size_t s = 0; s < counts.size(); ++s) counts[s] += merged.counts[s];
    }
  }
  report.sources = CountsAfter(intake, counts);
  report.changed = std::ranges::any_of(report.sources, std::not_fn(&SourceCount::unchanged));
  report.epoch = view.epoch();
  return report;
}

Result<RunReport> RunOnce(const Config& given, const RunOptions& options) {
  const int64_t begun_ns = SystemClock().MonotonicNanos();
  Config config = given;
  TM_ASSIGN(config.s3, CredentialsOf(given));
  if (options.dry_run) return DryRun(config, options);

  TM_ASSIGN(const std::unique_ptr<WriteSession> session,
            WriteSession::Open(config, "tidemark run"));
  const LakeView& view = session->view();
  TM_ASSIGN(config, EffectiveConfig(config, view));
  if (options.study) {
    // The study needs no derived tables; those that are there stay true to their rows.
    config.candles = config.candles && view.HasTable("candles");
    config.derive_features = config.derive_features && view.HasTable("features");
    config.derive_forecasts = config.derive_forecasts && view.HasTable("forecasts");
  }
  const ReceiveTime now = SystemClock().Now();
  TM_ASSIGN(Intake intake,
            ReadSources(config, view, view.epoch() + 1, now, session->threads(), options.progress));
  RunReport report;
  TM_ASSIGN(static_cast<EpochReport&>(report),
            RunEpoch(*session, config, intake,
                     {.now = now, .study = options.study, .progress = options.progress}));
  report.recovered = session->recovered();
  if (options.progress != nullptr) options.progress->End();
  report.seconds = static_cast<double>(SystemClock().MonotonicNanos() - begun_ns) * 1e-9;
  return report;
}

// Asks what is due of the configured services. What was answered is committed whatever else went
// wrong.
Status Pull(const Config& config, Progress* progress, RunReport* report) {
  Config services = config;
  std::erase_if(services.sources, std::not_fn(IsPolled));
  if (services.sources.empty()) return {};
  TM_ASSIGN(
      LiveReport pulled,
      Live(services, {.stop = [] { return false; },
                      .on_event = [&](const LogEvent& e) { report->notes.push_back(e.message); },
                      .progress = progress,
                      .once = true}));
  report->epoch = pulled.epoch;
  report->changed = report->changed || pulled.epochs > 0;
  std::ranges::move(pulled.sources, std::back_inserter(report->sources));
  report->seconds += pulled.seconds;
  return pulled.problem;
}

Result<RunReport> RunWhole(const Config& config, const RunOptions& options) {
  TM_ASSIGN(RunReport report, RunOnce(config, options));
  if (!options.dry_run && !options.study) TM_TRY(Pull(config, options.progress, &report));
  return report;
}

}  // namespace

Result<RunReport> Run(const Config& config, const RunOptions& options) {
  auto report = RunWhole(config, options);
  if (report || report.error().code() != ErrorCode::kCorrupt || options.dry_run) return report;
  // A snapshot that is damaged is known when it is asked for; then all is done without any.
  const auto said = WriteSession::SetDamagedJournalAside(config);
  if (!said || said->empty()) return report;
  auto again = RunWhole(config, options);
  if (again) again->recovered = *said + again->recovered;
  return again;
}

}  // namespace tidemark

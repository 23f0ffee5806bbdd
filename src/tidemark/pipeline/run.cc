#include "tidemark/pipeline/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/lake_access.h"
#include "tidemark/pipeline/series_group.h"
#include "tidemark/pipeline/session.h"
#include "tidemark/pipeline/study_run.h"

namespace tidemark {
namespace {

Result<std::vector<SeriesId>> AllSeries(const LakeView& view, const RowSpool& spool) {
  std::set<SeriesId> all;
  for (const SeriesId& id : spool.Series()) all.insert(id);
  if (view.HasTable("vendor_candles")) {
    TM_ASSIGN(const std::vector<SeriesKey> stored, view.SeriesOf(VendorCandlesTable()));
    for (const SeriesKey& key : stored) {
      TM_ASSIGN(const Symbol symbol, Symbol::Parse(key.symbol));
      TM_ASSIGN(const Interval interval, Interval::Parse(key.interval));
      all.insert({key.venue, symbol, interval});
    }
  }
  return std::vector<SeriesId>(all.begin(), all.end());
}

// Which stages were last computed with another spec (or never).
Result<WholeStages> StagesToRedo(const Config& config, const LakeView& view,
                                 std::vector<std::string>* notes) {
  WholeStages whole;
  TM_ASSIGN(const std::vector<TableWithProperties> tables, TablesOf(config));
  for (const TableWithProperties& table : tables) {
    if (table.properties.empty() || !SpecChanged(view, table)) continue;
    if (view.HasTable(table.spec.name)) {
      notes->push_back(fmt::format("{} is recomputed: its definition changed", table.spec.name));
    }
    const std::string& name = table.spec.name;
    (name == "candles" || name == "gaps" ? whole.candles
     : name == "features"                ? whole.features
                                         : whole.forecasts) = true;
  }
  return whole;
}

// Series of derived tables that the configuration no longer asks for: a roll-up or a horizon that
// was taken out.
Status RemoveUnwanted(const Config& config, const LakeView& view,
                      const std::vector<SeriesId>& series, EpochWriter& writer) {
  std::set<std::string> intervals, horizons;
  for (const Interval& interval : config.intervals) intervals.insert(interval.ToString());
  for (const SeriesId& id : series) intervals.insert(id.interval.ToString());
  for (const Horizon& horizon : config.horizons) horizons.insert(horizon.ToString());
  TM_ASSIGN(const std::vector<TableWithProperties> tables, TablesOf(config));
  for (const TableWithProperties& table : tables) {
    if (table.spec.kind != TableKind::kDerived || !view.HasTable(table.spec.name)) continue;
    TM_ASSIGN(const std::vector<SeriesKey> stored, view.SeriesOf(table.spec));
    for (const SeriesKey& key : stored) {
      const bool wanted = intervals.contains(key.interval) &&
                          (key.horizon.empty() || horizons.contains(key.horizon));
      if (wanted) continue;
      TM_TRY(writer.ReplaceAll(table.spec, key, Batch(table.spec.schema)));
    }
  }
  return {};
}

EventTime WatermarkOf(const std::map<SeriesId, EventTime>& watermarks, const SeriesId& id) {
  const auto it = watermarks.find(id);
  return it == watermarks.end() ? kMinTime : it->second;
}

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
    const BaseSeries base(id, view, intake.spool.get(), intake.sources, now);
    for (const EventTime month : intake.spool->Months(id)) {
      TM_ASSIGN(const MergedMonth merged, base.MergeMonth(month));
      for (size_t s = 0; s < counts.size(); ++s) {
        counts[s].new_rows += merged.counts[s].new_rows;
        counts[s].revised += merged.counts[s].revised;
        counts[s].duplicate += merged.counts[s].duplicate;
      }
    }
  }
  report.sources = intake.counts;
  for (SourceCount& count : report.sources) {
    const MergeCounts& merged = counts[static_cast<size_t>(intake.sources.Find(count.source))];
    count.new_rows = merged.new_rows;
    count.revised = merged.revised;
    count.duplicate = merged.duplicate;
    report.changed = report.changed || !count.unchanged;
  }
  report.epoch = view.epoch();
  return report;
}

Result<RunReport> RunOnce(const Config& given, const RunOptions& options) {
  const int64_t begun_ns = SystemClock().MonotonicNanos();
  Config config = given;
  TM_ASSIGN(config.s3, CredentialsOf(given));
  if (options.dry_run) return DryRun(config, options);

  RunReport report;
  TM_ASSIGN(const std::unique_ptr<WriteSession> session,
            WriteSession::Open(config, "tidemark run"));
  report.recovered = session->recovered();
  const LakeView& view = session->view();
  TM_ASSIGN(config, EffectiveConfig(config, view));
  if (options.study) config.candles = config.derive_features = config.derive_forecasts = false;
  const int64_t epoch = view.epoch() + 1;
  const ReceiveTime now = SystemClock().Now();
  TM_ASSIGN(Intake intake,
            ReadSources(config, view, epoch, now, session->threads(), options.progress));
  TM_ASSIGN(const WholeStages whole, StagesToRedo(config, view, &report.notes));
  TM_ASSIGN(const std::vector<SeriesId> series, AllSeries(view, *intake.spool));
  TM_ASSIGN(const auto stored_watermarks, WatermarksOf(view));

  const bool sources_changed = std::any_of(intake.counts.begin(), intake.counts.end(),
                                           [](const SourceCount& c) { return !c.unchanged; });
  const bool redo = !series.empty() && (whole.candles || whole.features || whole.forecasts);
  report.epoch = view.epoch();
  report.sources = intake.counts;
  const auto finish = [&] {
    if (options.progress != nullptr) options.progress->End();
    report.seconds = static_cast<double>(SystemClock().MonotonicNanos() - begun_ns) * 1e-9;
    return report;
  };
  if (!sources_changed && !redo && !options.study) return finish();

  TM_ASSIGN(const std::unique_ptr<EpochWriter> writer, session->Begin(config));
  if (redo) TM_TRY(RemoveUnwanted(config, view, series, *writer));
  EpochSink sink(view, *writer);
  DeriveCounts counts;
  const DeriveContext context = {
      config, view, sink, session->snapshots(), session->threads(), counts, writer.get(), epoch};
  const auto groups = GroupSeries(series);
  std::vector<Status> results(groups.size());
  std::vector<std::vector<MergeCounts>> merged(groups.size());
  if (options.progress != nullptr) {
    options.progress->Begin("deriving", static_cast<int64_t>(groups.size()), false);
  }
  session->threads().ParallelFor(groups.size(), [&](size_t g) {
    merged[g].resize(intake.sources.size());
    results[g] = [&]() -> Status {
      SeriesGroup group;
      for (const SeriesId& id : groups[g]) {
        GroupedSeries one;
        one.base = std::make_unique<BaseSeries>(id, view, intake.spool.get(), intake.sources, now);
        one.closed_before = WatermarkOf(stored_watermarks, id);
        one.base->SetClosedUntil(std::max(one.closed_before, WatermarkOf(intake.watermarks, id)));
        TM_ASSIGN(one.open_times, WriteBase(*one.base, intake.spool->Months(id), intake.sources,
                                            epoch, *writer, &merged[g]));
        group.push_back(std::move(one));
      }
      return DeriveGroup(context, group, whole);
    }();
    if (options.progress != nullptr) options.progress->Add(1);
  });
  for (const Status& result : results) TM_TRY(result);
  std::vector<MergeCounts> total(intake.sources.size());
  for (const auto& part : merged) {
    for (size_t s = 0; s < part.size(); ++s) {
      total[s].new_rows += part[s].new_rows;
      total[s].revised += part[s].revised;
      total[s].duplicate += part[s].duplicate;
    }
  }
  TM_TRY(WriteFacts(intake, total, epoch, now, *writer, &report.sources));
  if (options.study) {
    if (series.empty()) return Fail(ErrorCode::kNotFound, "the study needs a series of candles");
    const SeriesId& id = StudySeries(series);
    BaseSeries base(id, view, intake.spool.get(), intake.sources, now);
    base.SetClosedUntil(
        std::max(WatermarkOf(stored_watermarks, id), WatermarkOf(intake.watermarks, id)));
    TM_TRY(WriteStudy(config, base, session->threads(), *writer));
  }
  if (options.progress != nullptr) options.progress->Begin("committing");
  TM_TRY(session->Commit(*writer));
  report.epoch = epoch;
  report.changed = true;
  report.models_fitted = counts.models_fitted;
  report.models_reused = counts.models_reused;
  return finish();
}

}  // namespace

Result<RunReport> Run(const Config& config, const RunOptions& options) {
  auto report = RunOnce(config, options);
  if (report || report.error().code() != ErrorCode::kCorrupt || options.dry_run) return report;
  // A snapshot that is damaged is known when it is asked for; then all is done without any.
  const auto said = WriteSession::SetDamagedJournalAside(config);
  if (!said || said->empty()) return report;
  auto again = RunOnce(config, options);
  if (again) again->recovered = *said + again->recovered;
  return again;
}

}  // namespace tidemark

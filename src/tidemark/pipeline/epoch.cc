#include "tidemark/pipeline/epoch.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <set>

#include "tidemark/pipeline/definition_change.h"
#include "tidemark/pipeline/exchange_rates.h"
#include "tidemark/pipeline/heal_gaps.h"
#include "tidemark/pipeline/series_group.h"
#include "tidemark/pipeline/study_run.h"

namespace tidemark {
namespace {

Result<std::vector<SeriesId>> AllSeries(const LakeView& view, const Intake& intake) {
  std::set<SeriesId> all;
  for (const SeriesId& id : intake.spool->Series()) all.insert(id);
  for (const TradeSeriesId& id : intake.trades->Series()) all.insert(MinutesOf(id));
  TM_ASSIGN(const std::vector<SeriesId> stored, StoredSeries(view));
  all.insert(stored.begin(), stored.end());
  return std::vector<SeriesId>(all.begin(), all.end());
}

}  // namespace

Result<EpochReport> RunEpoch(WriteSession& session, const Config& config, const Intake& intake,
                             const EpochOptions& options) {
  const LakeView& view = session.view();
  const int64_t epoch = view.epoch() + 1;
  TM_ASSIGN(const DefinitionChange change, FindDefinitionChange(config, view));
  EpochReport report;
  report.notes = change.notes;
  TM_ASSIGN(const std::vector<SeriesId> series, AllSeries(view, intake));
  TM_ASSIGN(const LakeFacts before, session.Facts());
  LakeFacts facts = before;
  SourceWatermarks said = intake.watermarks;
  said.merge(before.watermarks.Ends(intake.following));
  TM_TRY(facts.watermarks.Add(said));

  const bool sources_changed =
      std::ranges::any_of(intake.counts, std::not_fn(&SourceCount::unchanged));
  const bool redo = !series.empty() && change.any();
  report.epoch = view.epoch();
  report.sources = intake.counts;
  if (!sources_changed && !redo && !options.study && intake.gap_events.rows == 0) return report;
  Batch gap_events = intake.gap_events;
  facts.gaps.Add(gap_events);
  if (!options.gaps_told) {
    TM_ASSIGN(const Batch healed, HealedByRows(intake, view, facts.gaps, epoch, options.now));
    facts.gaps.Add(healed);
    gap_events.Append(healed);
  }

  TM_ASSIGN(const std::unique_ptr<EpochWriter> writer, session.Begin(config));
  if (redo) {
    TM_TRY(session.ForgetSnapshots(change.operators()));
    TM_TRY(RemoveUnwanted(config, change, view, series, *writer));
  }
  // Lakes of candles alone go without these.
  if (!intake.trades->Series().empty()) {
    TM_TRY(writer->DeclareTable(TradesTable(), {}));
    TM_TRY(writer->DeclareTable(TradeRevisionsTable(), {}));
    TM_TRY(writer->DeclareTable(AmbiguousTradesTable(), {}));
  }
  static const LiveSince kNotLive;
  EpochSink tables(view, *writer);
  IssuingSink sink(tables, view, before.watermarks,
                   options.live_since == nullptr ? kNotLive : *options.live_since, options.now);
  TM_TRY(sink.Add(intake.issued));
  DeriveCounts counts;
  const DeriveContext context = {
      config,
      view,
      sink,
      session.snapshots(),
      session.threads(),
      counts,
      writer.get(),
      epoch,
      [&sink](const SeriesKey& key, TimeRange times) { return sink.Read(key, times); }};
  const BaseInputs inputs = {.view = view,
                             .sources = intake.sources,
                             .gaps = facts.gaps,
                             .now = options.now,
                             .rows = intake.spool.get(),
                             .trades = intake.trades.get(),
                             .bars = &config.bars};
  std::mutex total_mutex;
  std::vector<MergeCounts> total(intake.sources.size());
  const auto open = [&](const SeriesId& id) -> Result<GroupedSeries> {
    GroupedSeries one;
    one.base = OpenBase(id, inputs, facts.watermarks);
    one.closed_before = before.watermarks.ClosedUntil(id);
    std::vector<MergeCounts> merged(total.size());
    if (TradeSeries* trades = one.base->trades()) {
      if (config.candles && !change.whole.candles) {
        TrustCandles(view, before.watermarks, before.gaps, series, one.base.get());
      }
      if (session.seconds() != nullptr && config.bars.empty()) {
        trades->UseSeconds(&session.seconds()->Of(trades->id(), view));
      }
      TM_ASSIGN(const RangeSet changes, WriteTrades(*trades, intake.trades->Days(trades->id()),
                                                    intake.sources, epoch, *writer, &merged));
      one.open_times = CandlesOver(changes, id.interval);
      one.trades = changes;
      one.trades.Add(ChangeOf(before.gaps.Of(trades->id()), facts.gaps.Of(trades->id())));
      one.trade_gaps = before.gaps.Of(trades->id()) != facts.gaps.Of(trades->id());
      // Minutes that trades had only reached are closed now, whether or not one came.
      const EventTime reached = before.watermarks.Of(trades->id());
      if (reached != kMinTime) {
        one.open_times.Add({Interval().OpenOf(reached), trades->closed_until()});
        one.trades.Add({reached, trades->bars_until()});
      }
    }
    TM_ASSIGN(const RangeSet vendor, WriteBase(*one.base, intake.spool->Months(id), intake.sources,
                                               epoch, *writer, &merged));
    one.open_times.Add(vendor);
    const TradeSeriesId symbol = {id.venue, id.symbol};
    one.open_times.Add(
        CandlesOver(ChangeOf(before.gaps.Of(symbol), facts.gaps.Of(symbol)), id.interval));
    // So are rows of the vendor's that another source kept open.
    const EventTime vendor_before = before.watermarks.Of(id);
    if (vendor_before != kMinTime && vendor_before < facts.watermarks.Of(id)) {
      one.open_times.Add({id.interval.OpenOf(vendor_before), facts.watermarks.Of(id)});
    }
    const std::lock_guard lock(total_mutex);
    for (size_t s = 0; s < total.size(); ++s) total[s] += merged[s];
    return one;
  };
  TM_TRY(DeriveGroups(context, series, change.whole, open, options.progress));
  TM_TRY(WriteRates(intake, view, epoch, options.now, *writer, &total));
  TM_TRY(sink.Write(*writer));
  TM_TRY(WriteFacts(intake, said, gap_events, total, epoch, options.now, *writer, &report.sources));
  if (options.study) {
    if (series.empty()) return Fail(ErrorCode::kNotFound, "the study needs a series of candles");
    const SeriesId& id = StudySeries(series);
    const auto base = OpenBase(id, inputs, facts.watermarks);
    TM_TRY(WriteStudy(config, *base, session.threads(), *writer));
  }
  if (options.progress != nullptr) options.progress->Begin("committing");
  TM_TRY(session.Commit(*writer));
  session.KeepFacts(std::move(facts));
  report.epoch = epoch;
  report.changed = true;
  report.models_fitted = counts.models_fitted;
  report.models_reused = counts.models_reused;
  report.changed_inputs = sink.changed();
  report.forecasts_unready = sink.unready();
  return report;
}

}  // namespace tidemark

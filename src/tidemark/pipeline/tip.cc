#include "tidemark/pipeline/tip.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tidemark/flow/fold_month.h"
#include "tidemark/pipeline/derive.h"
#include "tidemark/pipeline/forecast_state.h"
#include "tidemark/pipeline/ingest.h"
#include "tidemark/pipeline/series_forecaster.h"
#include "tidemark/pipeline/watermarks.h"

namespace tidemark {
namespace {

// An epoch spends so long at most with beginning fits for the next month.
constexpr int64_t kAheadUs = 5 * kMicrosPerSecond;

// From the last snapshot on; what came after it is in the lake.
Result<FeaturePack> FeaturesAt(const Config& config, WriteSession& session, BaseSeries& base,
                               EventTime closed) {
  const Interval interval = base.id().interval;
  TM_ASSIGN(FeaturePack pack, FeaturePack::Make(config.features, interval));
  const auto store = session.snapshots().Open("features:" + FeaturesSpecHash(config, interval),
                                              base.id().ToString());
  TM_ASSIGN(const std::vector<EventTime> boundaries, store->Boundaries());
  const auto after = std::upper_bound(boundaries.begin(), boundaries.end(), closed + 1);
  EventTime from = kMinTime;
  if (after != boundaries.begin()) {
    from = *std::prev(after);
    TM_ASSIGN(const std::optional<Bytes> state, store->Get(from));
    ByteReader in(state ? std::string_view(*state) : std::string_view());
    TM_TRY(pack.Load(in));
  }
  if (from <= closed) {
    TM_ASSIGN(const CandleColumns rows, base.ReadByClose({from, closed + 1}));
    std::vector<std::vector<double>> values(pack.names().size());
    pack.Step(rows, 0, rows.size(), &values);
  }
  return pack;
}

Result<std::shared_ptr<const TipModels>> ModelsOf(const FoldState& state, EventTime month,
                                                  const std::string& horizon) {
  auto models = std::make_shared<TipModels>();
  models->month = month;
  models->horizon = horizon;
  for (const FoldState::Entry& entry : state.entries) {
    TM_ASSIGN(std::unique_ptr<Model> model, LoadModel(entry.kind, entry.model));
    models->all.push_back({entry.kind, entry.model_id, std::move(model)});
  }
  return models;
}

Result<std::shared_ptr<const TipModels>> ModelsAt(const Config& config, WriteSession& session,
                                                  const SeriesId& series, EventTime month,
                                                  const std::string& horizon) {
  const auto store = session.snapshots().Open(
      ForecastStatesName("models", config, series.interval, horizon), series.ToString());
  TM_ASSIGN(const std::optional<Bytes> bytes, store->Get(month));
  if (!bytes) return nullptr;
  TM_ASSIGN(const FoldState state, FoldState::Load(*bytes));
  return ModelsOf(state, month, horizon);
}

}  // namespace

const TipModels* Tip::ModelsOf(EventTime month, const std::string& horizon) const {
  for (const auto& one : models) {
    if (one->month == month && one->horizon == horizon) return one.get();
  }
  return nullptr;
}

Result<TipReader::ModelsPtr> TipReader::Ahead(const Config& config, WriteSession& session,
                                              BaseSeries& base, EventTime month,
                                              const Horizon& horizon) {
  const SeriesId& id = base.id();
  ModelsPtr& models = ahead_[{id, horizon.ToString()}];
  if (models != nullptr && models->month == month) return models;
  const bool due = base.closed_until() >= month - config.refit_lead_us;
  if (!due || SystemClock().MonotonicNanos() > ahead_until_ns_) return nullptr;
  TM_ASSIGN(const FeaturePack pack, FeaturePack::Make(config.features, id.interval));
  const TableSpec features = FeaturesTable(pack.names());
  const LakeView& view = session.view();
  TM_ASSIGN(std::vector<TimeRange> outages, StoredOutages(view, id));
  const FeatureOverlay nothing(0);
  const EventTime tip = base.closed_until() + 1;
  FrameStore frames(base, view, features, nothing,
                    {horizon, config.max_target_span_us, std::move(outages)}, tip);
  VerifySink unused(view);
  ReadOnlySnapshots snapshots(session.snapshots());
  DeriveCounts counts;
  const DeriveContext context = {config, view, unused, snapshots, session.threads(), counts};
  SeriesForecaster forecaster(context, base, frames, pack.SpecHash(), tip);
  TM_ASSIGN(const FoldState state, forecaster.FitAhead(month));
  TM_ASSIGN(models, ModelsOf(state, month, horizon.ToString()));
  return models;
}

Result<std::vector<Tip>> TipReader::Read(const Config& config, WriteSession& session,
                                         const std::set<SeriesId>& series, bool with_trades) {
  std::vector<Tip> tips;
  const LakeView& view = session.view();
  if (series.empty() || !config.derive_features || !config.derive_forecasts) return tips;
  ahead_until_ns_ = SystemClock().MonotonicNanos() + kAheadUs * 1000;
  TM_ASSIGN(const LakeFacts facts, session.Facts());
  const SourceList no_sources;
  const BaseInputs inputs = {.view = view, .sources = no_sources, .gaps = facts.gaps, .now = {}};
  TM_ASSIGN(const std::vector<SeriesId> stored, StoredSeries(view));
  for (const SeriesId& id : series) {
    const EventTime closed = facts.watermarks.ClosedUntil(id);
    if (closed == kMinTime) continue;
    const auto base = OpenBase(id, inputs, facts.watermarks);
    if (config.candles) TrustCandles(view, facts.watermarks, facts.gaps, stored, base.get());
    TM_ASSIGN(FeaturePack features, FeaturesAt(config, session, *base, closed));
    Tip tip = {id, closed, std::move(features), {}, {}};
    const EventTime month = FoldMonthOf(closed), next = AddMonths(month, 1);
    for (const Horizon& horizon : config.horizons) {
      for (const EventTime m : {month, next}) {
        TM_ASSIGN(ModelsPtr models, ModelsAt(config, session, id, m, horizon.ToString()));
        if (models == nullptr && m == next) {
          TM_ASSIGN(models, Ahead(config, session, *base, m, horizon));
        }
        if (models != nullptr) tip.models.push_back(std::move(models));
      }
    }
    if (with_trades && base->trades() != nullptr) {
      TM_ASSIGN(tip.trades, base->trades()->OpenTrades());
    }
    tips.push_back(std::move(tip));
  }
  return tips;
}

}  // namespace tidemark

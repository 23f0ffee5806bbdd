#include "tidemark/pipeline/open_candles.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <vector>

#include "tidemark/candle/rollup.h"
#include "tidemark/pipeline/base_series.h"
#include "tidemark/pipeline/candle_rows.h"
#include "tidemark/pipeline/watermarks.h"

namespace tidemark {
namespace {

// Rows that are not closed yet too; closed minutes come from the lake's candles.
std::unique_ptr<BaseSeries> OpenToTheEnd(const SeriesId& id, const BaseInputs& inputs,
                                         const Watermarks& watermarks, const Config& config,
                                         const std::vector<SeriesId>& all) {
  auto base = OpenBase(id, inputs, watermarks);
  if (config.candles) TrustCandles(inputs.view, watermarks, inputs.gaps, all, base.get());
  base->SetClosedUntil(kMaxTime);
  if (base->trades() != nullptr) base->trades()->SetClosedUntil(kMaxTime);
  return base;
}

// Behind all stored rows of a series.
EventTime EndOf(const LakeView& view, const TableSpec& spec, const SeriesKey& key) {
  EventTime end = kMinTime;
  if (!view.HasTable(spec.name)) return end;
  for (const DataFile& file : view.Files(spec.name)) {
    if (file.MayHoldSeries(spec, key)) end = std::max(end, file.TimesOf(spec.time_column).end);
  }
  return end;
}

EventTime EndOf(const LakeView& view, const SeriesId& id) {
  const EventTime trades = EndOf(view, TradesTable(), KeyOf(TradeSeriesId{id.venue, id.symbol}));
  return std::max(trades, EndOf(view, VendorCandlesTable(), KeyOf(id)));
}

// `end`: of what is stored.
Result<Batch> Open(BaseSeries& base, const Interval& target, EventTime closed, EventTime end) {
  SeriesKey key = KeyOf(base.id());
  key.interval = target.ToString();
  const Interval& finest = base.id().interval;
  TM_ASSIGN(const BaseRows rows, base.ReadRowsByOpen({target.OpenOf(closed), end}));
  if (target == finest) return BaseCandles(key, rows, target, base.trade_gap_times());
  TM_ASSIGN(Rollup rollup, Rollup::Make(finest, target));
  RolledCandles rolled;
  DetailRollup detail;
  rollup.Step(rows.candles, 0, rows.candles.size(), &rolled);
  detail.Step(rows, target);
  rollup.AdvanceTo(kMaxTime, &rolled);
  return RolledUp(key, rolled, detail, base.trade_gap_times(), base.trade_gap_times());
}

}  // namespace

const TableSpec& OpenCandlesTable() {
  static const TableSpec spec = [] {
    TableSpec open = CandlesTable();
    open.name = "open_candles";
    open.schema.fields.push_back({"closed", ColumnType::kBool, false});
    return open;
  }();
  return spec;
}

Result<Batch> OpenCandles(const Config& config, const LakeView& view) {
  Batch open(CandlesTable().schema);
  TM_ASSIGN(const std::vector<SeriesId> all, StoredSeries(view));
  TM_ASSIGN(const Watermarks watermarks, WatermarksOf(view));
  TM_ASSIGN(const TradeGaps gaps, TradeGapsOf(view));
  const SourceList no_sources;
  const BaseInputs inputs = {.view = view, .sources = no_sources, .gaps = gaps, .now = {}};
  for (auto begin = all.begin(); begin != all.end();) {
    const auto end = std::find_if(begin, all.end(), [&](const SeriesId& id) {
      return id.venue != begin->venue || id.symbol != begin->symbol;
    });
    // It makes the others.
    const SeriesId& finest = *std::min_element(begin, end, [](const auto& a, const auto& b) {
      return a.interval.nominal_micros() < b.interval.nominal_micros();
    });
    begin = end;
    const EventTime stored = EndOf(view, finest);
    const std::unique_ptr<BaseSeries> base = OpenToTheEnd(finest, inputs, watermarks, config, all);
    std::vector<Interval> targets = {finest.interval};
    std::ranges::copy_if(
        config.intervals, std::back_inserter(targets),
        [&](const Interval& longer) { return Rollup::Possible(finest.interval, longer); });
    for (const Interval& target : targets) {
      const EventTime own = watermarks.ClosedUntil({finest.venue, finest.symbol, target});
      const EventTime closed = std::max(watermarks.ClosedUntil(finest), own);
      if (closed == kMinTime) continue;
      TM_ASSIGN(const Batch rows, Open(*base, target, closed, stored));
      open.Append(rows);
    }
  }
  std::ranges::fill(open["complete"].ints, 0);
  open.schema = OpenCandlesTable().schema;
  open.columns.emplace_back();
  open["closed"].ints.assign(open.rows, 0);
  return open;
}

}  // namespace tidemark

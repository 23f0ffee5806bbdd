// Gaps, one-minute candles and roll-ups.
#include <algorithm>

#include "tidemark/base/hash.h"
#include "tidemark/candle/gap_finder.h"
#include "tidemark/candle/rollup.h"
#include "tidemark/flow/fold_month.h"
#include "tidemark/pipeline/candle_rows.h"
#include "tidemark/pipeline/derive.h"

namespace tidemark {
namespace {

// Suspected outages are few and asked for everywhere: they are kept as one small snapshot.
constexpr EventTime kOutagesBoundary = kMinTime;

Bytes SaveOutages(const std::vector<TimeRange>& outages) {
  ByteWriter out;
  out.PutSpan<TimeRange>(outages);
  return out.Take();
}

// What one refold found is written at once, by Finish: `gaps` is a small table without partitions,
// so every write of it reads most of its files.
class GapFold : public Fold {
 public:
  GapFold(const DeriveContext& context, BaseSeries& base, std::vector<TimeRange>* outages)
      : context_(context),
        base_(base),
        key_(KeyOf(base.id())),
        finder_(base.id().interval),
        outages_(outages) {}

  void Reset() override { finder_.Reset(); }
  Bytes Save() const override {
    ByteWriter out;
    finder_.Save(out);
    return out.Take();
  }
  Status Load(std::string_view state) override {
    ByteReader in(state);
    return finder_.Load(in);
  }

  Status FoldStep(TimeRange step) override {
    TM_ASSIGN(const CandleColumns rows, base_.ReadByClose(step));
    // A gap ends where a row opens, one interval before that row is available.
    const Interval& interval = base_.id().interval;
    refolded_.Add({interval.OpenOf(step.start - 1), interval.OpenOf(step.end - 1)});
    finder_.Step(rows, 0, rows.size(), &found_);
    return {};
  }

  // Replaces the gaps that end in the steps folded, and adds the events of what is new or gone.
  Status Finish() {
    if (refolded_.empty()) return {};
    std::erase_if(*outages_, [&](const TimeRange& outage) {
      return refolded_.Overlaps({outage.end, outage.end + 1});
    });
    for (const Gap& gap : found_) {
      if (gap.suspected_outage) outages_->push_back({gap.from, gap.to});
    }
    const TimeRange hull = refolded_.Hull();
    std::vector<Gap> stored;
    if (context_.view.HasTable("gaps")) {
      TM_ASSIGN(const Batch rows,
                context_.view.Read(GapsTable(), {.series = key_, .times = hull, .columns = {}}));
      for (size_t i = 0; i < rows.rows; ++i) {
        stored.push_back({{rows["from"].ints[i]},
                          {rows["to"].ints[i]},
                          rows["missing"].ints[i],
                          rows["suspected_outage"].ints[i] != 0});
      }
    }
    // Between the steps what is stored stays.
    std::vector<Gap> now = found_;
    for (const Gap& gap : stored) {
      if (!refolded_.Overlaps({gap.to, gap.to + 1})) now.push_back(gap);
    }
    std::sort(now.begin(), now.end(), [](const Gap& a, const Gap& b) { return a.to < b.to; });
    if (context_.events != nullptr) TM_TRY(WriteEvents(stored, now));
    TM_TRY(context_.sink.Replace(GapsTable(), key_, hull, Rows(now)));
    return {};
  }

 private:
  Batch Rows(const std::vector<Gap>& gaps) const {
    Batch batch(GapsTable().schema);
    batch["table"].strings.AppendRepeated("vendor_candles", gaps.size());
    batch["venue"].strings.AppendRepeated(key_.venue, gaps.size());
    batch["symbol"].strings.AppendRepeated(key_.symbol, gaps.size());
    batch["interval"].strings.AppendRepeated(key_.interval, gaps.size());
    for (const Gap& gap : gaps) {
      batch["from"].ints.push_back(gap.from.us);
      batch["to"].ints.push_back(gap.to.us);
      batch["missing"].ints.push_back(gap.missing);
      batch["suspected_outage"].ints.push_back(gap.suspected_outage ? 1 : 0);
    }
    batch.SetRows(gaps.size());
    return batch;
  }

  // What opened and what healed, beside the gaps as they are now. Both lists by `to`.
  Status WriteEvents(const std::vector<Gap>& before, const std::vector<Gap>& now) {
    Batch events(GapEventsTable().schema);
    const auto add = [&](const Gap& gap, std::string_view event) {
      events["table"].strings.Append("vendor_candles");
      events["venue"].strings.Append(key_.venue);
      events["symbol"].strings.Append(key_.symbol);
      events["interval"].strings.Append(key_.interval);
      events["from"].ints.push_back(gap.from.us);
      events["to"].ints.push_back(gap.to.us);
      events["epoch"].ints.push_back(context_.epoch);
      events["event"].strings.Append(event);
      events["reason"].strings.Append(gap.suspected_outage ? "suspected_outage" : "unknown");
      ++events.rows;
    };
    const auto same = [](const Gap& a, const Gap& b) { return a.from == b.from && a.to == b.to; };
    size_t b = 0;
    for (const Gap& gap : now) {
      for (; b < before.size() && before[b].to < gap.to; ++b) add(before[b], "healed");
      if (b < before.size() && before[b].to == gap.to) {
        if (!same(before[b], gap)) {
          add(before[b], "healed");
          add(gap, "opened");
        }
        ++b;
      } else {
        add(gap, "opened");
      }
    }
    for (; b < before.size(); ++b) add(before[b], "healed");
    if (events.rows == 0) return {};
    return context_.events->Append(GapEventsTable(), events);
  }

  const DeriveContext& context_;
  BaseSeries& base_;
  SeriesKey key_;
  GapFinder finder_;
  std::vector<TimeRange>* outages_;
  RangeSet refolded_;       // by `to`
  std::vector<Gap> found_;  // in order of `to`
};

RangeSet Difference(const std::vector<TimeRange>& before, const std::vector<TimeRange>& after) {
  RangeSet changes;
  for (const TimeRange& range : before) {
    if (std::find(after.begin(), after.end(), range) == after.end()) changes.Add(range);
  }
  for (const TimeRange& range : after) {
    if (std::find(before.begin(), before.end(), range) == before.end()) changes.Add(range);
  }
  return changes;
}

Result<CandleResult> FindGaps(const DeriveContext& context, BaseSeries& base,
                              const RangeSet& closes) {
  CandleResult result;
  const std::string series = base.id().ToString();
  const std::string op = "gaps:" + CandlesSpecHash(context.config);
  const auto outage_store = context.snapshots.Open("outages:" + op, series);
  TM_ASSIGN(const std::optional<Bytes> stored, outage_store->Get(kOutagesBoundary));
  if (stored) {
    ByteReader in(*stored);
    result.outages = in.GetVector<TimeRange>();
    TM_TRY(in.Finish("suspected outages"));
  } else {
    TM_ASSIGN(result.outages, StoredOutages(context.view, base.id()));
  }
  const std::vector<TimeRange> before = result.outages;
  const auto store = context.snapshots.Open(op, series);
  GapFold fold(context, base, &result.outages);
  TM_TRY(Refold(closes, ExtentOf(base, closes), *store, fold));
  TM_TRY(fold.Finish());
  std::sort(result.outages.begin(), result.outages.end(),
            [](const TimeRange& a, const TimeRange& b) { return a.start < b.start; });
  result.outage_changes = Difference(before, result.outages);
  outage_store->Put(kOutagesBoundary, SaveOutages(result.outages));
  return result;
}

Status WriteVendorCandles(const DeriveContext& context, BaseSeries& series,
                          const RangeSet& open_times) {
  const SeriesKey key = KeyOf(series.id());
  for (const TimeRange& range : open_times.ranges()) {
    for (EventTime month = FloorToMonth(range.start); month < range.end;
         month = AddMonths(month, 1)) {
      const TimeRange part = {std::max(range.start, month),
                              std::min(range.end, AddMonths(month, 1))};
      TM_ASSIGN(const BaseRows rows, series.ReadRowsByOpen(part));
      const Batch batch = BaseCandles(key, rows, series.id().interval, series.trade_gap_times());
      TM_TRY(context.sink.Replace(CandlesTable(), key, part, batch));
    }
  }
  return {};
}

// Whole closed buckets of `target` that `changes` touches, up to the watermark.
RangeSet BucketsOf(const RangeSet& changes, const Interval& target, EventTime watermark) {
  RangeSet buckets;
  for (const TimeRange& range : changes.ranges()) {
    const EventTime start = target.OpenOf(range.start);
    // Of the bucket the watermark stands in nothing is stored.
    const EventTime end =
        std::min(target.CloseOf(target.OpenOf(range.end - 1)), target.OpenOf(watermark));
    buckets.Add({start, end});
  }
  return buckets;
}

// Those of `target` that open at or after `from`.
Status RemoveCandles(const DeriveContext& context, BaseSeries& base, const Interval& target,
                     EventTime from) {
  SeriesKey key = KeyOf(base.id());
  key.interval = target.ToString();
  TM_TRY(context.sink.Replace(CandlesTable(), key, {from, kMaxTime}, Batch(CandlesTable().schema)));
  return {};
}

Status WriteRollup(const DeriveContext& context, BaseSeries& base, const Interval& target,
                   BaseSeries* vendor, const RangeSet& changes, const CandleResult& gaps,
                   bool newly_finest) {
  TM_ASSIGN(Rollup rollup, Rollup::Make(base.id().interval, target));
  SeriesKey key = KeyOf(base.id());
  key.interval = target.ToString();
  EventTime watermark = base.closed_until();
  if (vendor != nullptr) watermark = std::max(watermark, vendor->closed_until());
  // A series that was the finest may have been further.
  if (newly_finest) TM_TRY(RemoveCandles(context, base, target, target.OpenOf(watermark)));
  const RangeSet buckets = Manageable(BucketsOf(changes, target, watermark));
  RangeSet holes = base.trade_gap_times();
  for (const TimeRange& outage : gaps.outages) holes.Add(outage);
  for (const TimeRange& range : buckets.ranges()) {
    rollup.Reset();
    RolledCandles rolled;
    DetailRollup detail;
    for (EventTime from = range.start; from < range.end;) {
      const EventTime to = std::min(AddMonths(from, 1), range.end);
      TM_ASSIGN(const BaseRows rows, base.ReadRowsByOpen({from, to}));
      rollup.Step(rows.candles, 0, rows.candles.size(), &rolled);
      detail.Step(rows, target);
      from = to;
    }
    rollup.AdvanceTo(std::min(range.end, base.closed_until()), &rolled);
    Batch batch = RolledUp(key, rolled, detail, holes, base.trade_gap_times());
    if (vendor != nullptr) {
      TM_ASSIGN(const BaseRows own, vendor->ReadRowsByOpen(range));
      batch = PreferVendor(BaseCandles(key, own, target, base.trade_gap_times()), batch);
    }
    TM_TRY(context.sink.Replace(CandlesTable(), key, range, batch));
  }
  return {};
}

}  // namespace

Result<std::vector<TimeRange>> StoredOutages(const LakeView& view, const SeriesId& series) {
  std::vector<TimeRange> outages;
  if (!view.HasTable(GapsTable().name)) return outages;
  TM_ASSIGN(
      const Batch gaps,
      view.Read(GapsTable(), {.series = KeyOf(series), .times = TimeRange::All(), .columns = {}}));
  for (size_t i = 0; i < gaps.rows; ++i) {
    if (gaps["suspected_outage"].ints[i] == 0) continue;
    outages.push_back({{gaps["from"].ints[i]}, {gaps["to"].ints[i]}});
  }
  return outages;
}

std::string CandlesSpecHash(const Config& config) {
  ByteWriter spec;
  spec.Put<uint32_t>(Rollup::kVersion);
  spec.Put<uint32_t>(TradeBarFold::kVersion);
  spec.Put<uint32_t>(kCandleRowsVersion);
  spec.Put<uint32_t>(GapFinder::kVersion);
  for (const Interval& interval : config.intervals) spec.PutString(interval.ToString());
  return Sha256::Of(spec.bytes()).substr(0, 16);
}

Result<CandleResult> DeriveCandles(const DeriveContext& context, BaseSeries& base,
                                   const DeriveChange& change) {
  const EventTime watermark = base.closed_until();
  const int64_t interval_us = base.id().interval.nominal_micros();
  const RangeSet& opens = change.candles;
  const RangeSet closes = change.candles.Widen(interval_us, interval_us);
  TM_ASSIGN(CandleResult result, FindGaps(context, base, closes));
  if (change.trade_gaps && base.trades() != nullptr) {
    const TradeSeriesId& trades = base.trades()->id();
    TM_TRY(context.sink.Replace(GapsTable(), KeyOf(trades), TimeRange::All(),
                                TradeGapRows(trades, base.trade_gaps())));
  }
  if (change.own_candles) TM_TRY(WriteVendorCandles(context, base, opens));
  if (!change.finest) return result;
  RangeSet changes = opens;
  changes.Add(result.outage_changes);
  for (const Interval& target : context.config.intervals) {
    if (!Rollup::Possible(base.id().interval, target)) {
      // The series that was the finest may have left roll-ups that this one cannot make.
      if (change.newly_finest && target != base.id().interval) {
        TM_TRY(RemoveCandles(context, base, target, kMinTime));
      }
      continue;
    }
    RangeSet touched = changes;
    if (change.closed_before > kMinTime) {
      touched.Add({target.OpenOf(change.closed_before - 1), watermark});
    }
    BaseSeries* vendor = nullptr;
    for (const VendorOverlay& overlay : change.overlays) {
      if (overlay.series->id().interval != target) continue;
      vendor = overlay.series;
      touched.Add(overlay.open_times);
    }
    TM_TRY(WriteRollup(context, base, target, vendor, touched, result, change.newly_finest));
  }
  return result;
}

}  // namespace tidemark

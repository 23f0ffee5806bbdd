#include "tidemark/pipeline/trade_series.h"

#include <algorithm>

#include "tidemark/pipeline/base_series.h"

namespace tidemark {
namespace {

// A day's touched parts are few, or taken together where they are near.
constexpr size_t kPartsMax = 8;
constexpr int64_t kNearUs = 60 * kMicrosPerMinute;

TimeRange DayRange(EventTime day) { return {day, day + kMicrosPerDay}; }

std::vector<int32_t> SourcesOf(const StringColumn& column, const SourceList& sources) {
  std::vector<int32_t> of_code;
  for (const std::string& name : column.dictionary) of_code.push_back(sources.Find(name));
  std::vector<int32_t> found;
  for (const int32_t code : column.codes) found.push_back(of_code[static_cast<size_t>(code)]);
  return found;
}

std::vector<Side> SidesOf(const StringColumn& column) {
  std::vector<Side> of_code;
  for (const std::string& name : column.dictionary) {
    of_code.push_back(name == NameOf(Side::kBuy)    ? Side::kBuy
                      : name == NameOf(Side::kSell) ? Side::kSell
                                                    : Side::kUnknown);
  }
  std::vector<Side> sides;
  for (const int32_t code : column.codes) {
    sides.push_back(code < 0 ? Side::kUnknown : of_code[static_cast<size_t>(code)]);
  }
  return sides;
}

// What bars are made of; the ids, which take the most room, are not.
const std::vector<std::string>& BarInputNames() {
  static const std::vector<std::string> names = {"time", "price", "size", "side", "cancelled"};
  return names;
}

TradeColumns TakeBarInputs(Batch& rows) {
  TradeColumns trades;
  trades.time = std::move(rows["time"].ints);
  trades.price = std::move(rows["price"].doubles);
  trades.size = std::move(rows["size"].doubles);
  trades.side = SidesOf(rows["side"].strings);
  trades.cancelled.assign(rows["cancelled"].ints.begin(), rows["cancelled"].ints.end());
  return trades;
}

// Whole trades, with their provenance.
SourcedTrades TakeTrades(Batch& rows, const SourceList& sources) {
  SourcedTrades stored;
  stored.source = SourcesOf(rows["source"].strings, sources);
  stored.received_at = std::move(rows["received_at"].ints);
  stored.revision = std::move(rows["revision"].ints);
  TradeColumns& trades = stored.rows;
  trades = TakeBarInputs(rows);
  trades.sequence = std::move(rows["sequence"].ints);
  const StringColumn& ids = rows["trade_id"].strings;
  trades.id.reserve(trades.time.size());
  for (size_t i = 0; i < trades.time.size(); ++i) {
    const std::string& text = ids.At(i);
    const std::optional<int64_t> number = IdNumber(text);
    if (!number && trades.id_text.empty()) trades.id_text.resize(trades.time.size());
    if (!number) trades.id_text[i] = text;
    trades.id.push_back(number.value_or(kNullInt));
  }
  return stored;
}

// About 100 MB; what does not fit is merged again when it is asked for.
constexpr size_t kBarsKeptMax = 1'000'000;

// All minutes of some trades, whether or not they are closed.
TradeBars MinutesOf(const TradeColumns& day) {
  TradeBars bars;
  TradeBarFold fold{BarRule()};
  fold.Step(day, 0, day.rows(), &bars);
  fold.AdvanceTo(kMaxTime, &bars);
  return bars;
}

// Takes away the bars that close after the watermark.
void DropOpen(EventTime watermark, TradeBars* bars) {
  size_t closed = bars->size();
  while (closed > 0 && bars->close_time[closed - 1] > watermark.us) --closed;
  CandleColumns& c = bars->candles;
  for (auto* column : {&c.open_time, &bars->close_time, &bars->trades}) column->resize(closed);
  for (auto* column : {&c.open, &c.high, &c.low, &c.close, &c.volume, &bars->vwap,
                       &bars->buy_volume, &bars->sell_volume}) {
    column->resize(closed);
  }
  bars->partial.resize(closed);
}

// The columns that both tables have.
void PutTrades(const SourcedTrades& from, size_t begin, size_t end, const TradeSeriesId& series,
               const SourceList& sources, Batch* rows) {
  const TradeColumns& trades = from.rows;
  (*rows)["venue"].strings.AppendRepeated(series.venue, end - begin);
  (*rows)["symbol"].strings.AppendRepeated(series.symbol.text(), end - begin);
  const auto slice = [&](const auto& column, auto& to) {
    to.assign(column.begin() + static_cast<ptrdiff_t>(begin),
              column.begin() + static_cast<ptrdiff_t>(end));
  };
  slice(trades.time, (*rows)["time"].ints);
  slice(trades.sequence, (*rows)["sequence"].ints);
  slice(trades.price, (*rows)["price"].doubles);
  slice(trades.size, (*rows)["size"].doubles);
  slice(trades.cancelled, (*rows)["cancelled"].ints);
  slice(from.received_at, (*rows)["received_at"].ints);
  slice(from.revision, (*rows)["revision"].ints);
  StringColumn& ids = (*rows)["trade_id"].strings;
  StringColumn& sides = (*rows)["side"].strings;
  StringColumn& source = (*rows)["source"].strings;
  ids.dictionary.reserve(end - begin);
  for (size_t i = begin; i < end; ++i) {
    // Ids are unique: looking each up in the dictionary would find none.
    ids.AppendNew(trades.IdText(i));
    if (trades.side[i] == Side::kUnknown) {
      sides.AppendNull();
    } else {
      sides.Append(NameOf(trades.side[i]));
    }
    source.Append(sources.NameOf(from.source[i]));
  }
}

}  // namespace

SeriesKey KeyOf(const TradeSeriesId& series) { return {series.venue, series.symbol.text(), ""}; }

Result<std::vector<TradeSeriesId>> StoredTradeSeries(const LakeView& view) {
  std::vector<TradeSeriesId> all;
  if (!view.HasTable(TradesTable().name)) return all;
  TM_ASSIGN(const std::vector<SeriesKey> keys, view.SeriesOf(TradesTable()));
  for (const SeriesKey& key : keys) {
    TM_ASSIGN(const Symbol symbol, Symbol::Parse(key.symbol));
    all.push_back({key.venue, symbol});
  }
  return all;
}

Batch TradeRows(const SourcedTrades& rows, TimeRange range, const TradeSeriesId& series,
                const SourceList& sources) {
  const std::vector<int64_t>& times = rows.rows.time;
  const auto at = [&](EventTime t) {
    return static_cast<size_t>(std::lower_bound(times.begin(), times.end(), t.us) - times.begin());
  };
  return TradeRows(rows, at(range.start), at(range.end), series, sources);
}

Batch TradeRows(const SourcedTrades& rows, size_t begin, size_t end, const TradeSeriesId& series,
                const SourceList& sources) {
  Batch batch(TradesTable().schema);
  PutTrades(rows, begin, end, series, sources, &batch);
  batch.SetRows(end - begin);
  return batch;
}

Batch TradeRevisionRows(const SourcedTrades& versions, const TradeSeriesId& series,
                        const SourceList& sources, int64_t epoch) {
  Batch batch(TradeRevisionsTable().schema);
  PutTrades(versions, 0, versions.rows.rows(), series, sources, &batch);
  batch["epoch"].ints.assign(versions.rows.rows(), epoch);
  batch.SetRows(versions.rows.rows());
  return batch;
}

Batch AmbiguousTradeRows(const MergedTrades& merged, const TradeSeriesId& series,
                         const SourceList& sources, int64_t epoch) {
  const TradeColumns& rows = merged.ambiguous.rows;
  const size_t n = rows.rows();
  Batch batch(AmbiguousTradesTable().schema);
  batch["venue"].strings.AppendRepeated(series.venue, n);
  batch["symbol"].strings.AppendRepeated(series.symbol.text(), n);
  batch["time"].ints = rows.time;
  batch["price"].doubles = rows.price;
  batch["size"].doubles = rows.size;
  batch["epoch"].ints.assign(n, epoch);
  for (size_t i = 0; i < n; ++i) {
    batch["trade_id"].strings.Append(rows.id_text[i]);
    if (rows.side[i] == Side::kUnknown) {
      batch["side"].strings.AppendNull();
    } else {
      batch["side"].strings.Append(NameOf(rows.side[i]));
    }
    batch["source"].strings.Append(sources.NameOf(merged.ambiguous.source[i]));
    batch["held_from"].strings.Append(sources.NameOf(merged.ambiguous_held_from[i]));
  }
  batch.SetRows(n);
  return batch;
}

Result<SourcedTrades> TradeSeries::ReadStored(const TableSpec& spec, TimeRange range) {
  if (!view_.HasTable(spec.name)) return SourcedTrades();
  ReadFilter filter{.series = KeyOf(id_), .times = range, .columns = BarInputNames()};
  filter.columns.insert(filter.columns.end(),
                        {"sequence", "trade_id", "source", "received_at", "revision"});
  TM_ASSIGN(Batch batch, view_.Read(spec, filter));
  return TakeTrades(batch, sources_);
}

Result<TradeColumns> TradeSeries::ReadBarInputs(TimeRange range) {
  if (!view_.HasTable(TradesTable().name)) return TradeColumns();
  TM_ASSIGN(Batch batch,
            view_.Read(TradesTable(),
                       {.series = KeyOf(id_), .times = range, .columns = BarInputNames()}));
  return TakeBarInputs(batch);
}

Result<MergedTrades> TradeSeries::MergePart(TimeRange part, IncomingTrades incoming) {
  TM_ASSIGN(SourcedTrades stored, ReadStored(TradesTable(), part));
  TM_ASSIGN(SourcedTrades versions, ReadStored(TradeRevisionsTable(), part));
  RangeSet forgotten;
  if (forgotten_) forgotten = ForgetTrades(*forgotten_, sources_.ranks(), &stored, &versions);
  MergedTrades merged = MergeTrades(stored, versions, std::move(incoming), sources_.ranks(), now_);
  merged.changes.Add(forgotten);
  if (!forgotten.empty()) merged.appended_from = SIZE_MAX;
  if (forgotten_) merged.kept = std::move(versions);
  return merged;
}

Result<MergedTrades> TradeSeries::MergeDay(EventTime day) {
  IncomingTrades incoming;
  if (spool_ != nullptr) {
    TM_ASSIGN(incoming, spool_->Rows(id_, day));
  }
  merged_.erase(merged_.lower_bound(day), merged_.lower_bound(day + kMicrosPerDay));
  merged_days_.insert(day);
  TM_ASSIGN(MergedTrades merged, MergePart(DayRange(day), std::move(incoming)));
  merged_[day] = {day + kMicrosPerDay, MinutesOf(merged.rows)};
  if (bar_rules_.empty() || bars_kept_ >= kBarsKeptMax) return merged;
  std::vector<TradeBars>& bars = bars_[day];
  bars = BarsOf(merged.rows);
  for (const TradeBars& of_rule : bars) bars_kept_ += of_rule.size();
  return merged;
}

Result<std::vector<TradeSeries::Touched>> TradeSeries::TouchedParts(EventTime day, int64_t unit_us,
                                                                    EventTime until) const {
  TM_ASSIGN(IncomingTrades incoming, spool_->Rows(id_, day));
  RangeSet units;
  int64_t last = INT64_MIN;
  for (const int64_t time : incoming.rows.time) {
    const int64_t unit = day.us + (time - day.us) / unit_us * unit_us;
    if (unit != last && unit < until.us) units.Add({{unit}, {unit + unit_us}});
    last = unit;
  }
  const RangeSet parts = units.Coarse(kPartsMax, kNearUs);
  std::vector<Touched> touched;
  for (const TimeRange& part : parts.ranges()) {
    Touched& one = touched.emplace_back();
    one.part = part;
    const auto inside = [&](size_t i) {
      return i < incoming.source.size() && part.Contains({incoming.rows.time[i]});
    };
    for (size_t i = 0; i < incoming.source.size(); ++i) {
      if (!inside(i)) continue;
      size_t end = i + 1;
      while (inside(end)) ++end;
      one.rows.rows.Append(incoming.rows, i, end);
      one.rows.source.insert(one.rows.source.end(),
                             incoming.source.begin() + static_cast<ptrdiff_t>(i),
                             incoming.source.begin() + static_cast<ptrdiff_t>(end));
      i = end - 1;
    }
  }
  return touched;
}

Result<std::vector<MergedTrades>> TradeSeries::MergeTouched(EventTime day) {
  std::vector<MergedTrades> all;
  // Bars are made of whole days.
  if (forgotten_ || !bar_rules_.empty()) {
    TM_ASSIGN(all.emplace_back(), MergeDay(day));
    return all;
  }
  TM_ASSIGN(std::vector<Touched> parts, TouchedParts(day, kMicrosPerSecond, kMaxTime));
  for (Touched& touched : parts) {
    TM_ASSIGN(all.emplace_back(), MergePart(touched.part, std::move(touched.rows)));
    if (seconds_ != nullptr) seconds_->Set(touched.part, all.back().rows);
  }
  return all;
}

// Minutes that stay open are nobody's yet: most epochs read little of them.
Status TradeSeries::MergeMinutes(EventTime day) {
  merged_days_.insert(day);
  TM_ASSIGN(std::vector<Touched> parts,
            TouchedParts(day, kMicrosPerMinute, std::min(closed_until_, folded_from())));
  for (Touched& touched : parts) {
    TM_ASSIGN(const MergedTrades merged, MergePart(touched.part, std::move(touched.rows)));
    merged_[touched.part.start] = {touched.part.end, MinutesOf(merged.rows)};
  }
  return {};
}

std::vector<TradeBars> TradeSeries::BarsOf(const TradeColumns& day) const {
  const auto end = std::lower_bound(day.time.begin(), day.time.end(), bars_until_.us);
  std::vector<TradeBars> all;
  for (const BarRule& rule : bar_rules_) {
    TradeBarFold fold(rule);
    TradeBars& bars = all.emplace_back();
    fold.Step(day, 0, static_cast<size_t>(end - day.time.begin()), &bars);
    fold.AdvanceTo(bars_until_, &bars);
  }
  return all;
}

Result<std::vector<TradeBars>> TradeSeries::Bars(EventTime day) {
  if (const auto kept = bars_.find(day); kept != bars_.end()) return kept->second;
  bool merge = forgotten_.has_value();
  if (!merge && spool_ != nullptr) {
    const std::vector<EventTime> touched = spool_->Days(id_);
    merge = std::binary_search(touched.begin(), touched.end(), day);
  }
  if (merge) {
    TM_ASSIGN(const MergedTrades merged, MergeDay(day));
    return BarsOf(merged.rows);
  }
  TM_ASSIGN(const TradeColumns stored, ReadBarInputs(DayRange(day)));
  return BarsOf(stored);
}

Status TradeSeries::AppendStored(TimeRange range, TradeBars* bars) {
  if (range.empty()) return {};
  const EventTime folded = std::clamp(folded_from(), range.start, std::max(range.start, range.end));
  if (folded < range.end) {
    TM_TRY(AppendStored({range.start, folded}, bars));
    seconds_->AppendMinutes({folded, range.end}, bars);
    return {};
  }
  for (EventTime day = FloorToDay(range.start); day < range.end; day = day + kMicrosPerDay) {
    const TimeRange part = {std::max(range.start, day), std::min(range.end, day + kMicrosPerDay)};
    TM_ASSIGN(const TradeColumns stored, ReadBarInputs(part));
    bars->Append(MinutesOf(stored));
  }
  return {};
}

Status TradeSeries::AppendKnown(TimeRange range, TradeBars* bars) {
  if (range.empty()) return {};
  std::vector<std::string> columns = CandleColumnNames();
  columns.insert(columns.end(), {"close_time", "vwap", "trades", "buy_volume", "sell_volume"});
  TM_ASSIGN(Batch rows, view_.Read(CandlesTable(), {.series = KeyOf(MinutesOf(id_)),
                                                    .times = range,
                                                    .columns = std::move(columns)}));
  // The others are the vendor's.
  std::vector<uint8_t> made(rows.rows);
  for (size_t i = 0; i < rows.rows; ++i) made[i] = rows["trades"].ints[i] != kNullInt ? 1 : 0;
  rows = rows.Filter(made);
  TradeBars known;
  known.partial.assign(rows.rows, 0);
  known.close_time = std::move(rows["close_time"].ints);
  known.vwap = std::move(rows["vwap"].doubles);
  known.buy_volume = std::move(rows["buy_volume"].doubles);
  known.sell_volume = std::move(rows["sell_volume"].doubles);
  known.trades = std::move(rows["trades"].ints);
  known.candles = TakeCandles(rows);
  bars->Append(known);
  return {};
}

// What no row just read has touched.
Status TradeSeries::AppendUntouched(TimeRange range, TradeBars* bars) {
  const EventTime trusted =
      std::clamp(trusted_until_, range.start, std::max(range.start, range.end));
  EventTime at = range.start;
  const RangeSet inside = untrusted_.Clip({range.start, trusted});
  for (const TimeRange& unknown : inside.ranges()) {
    TM_TRY(AppendKnown({at, unknown.start}, bars));
    TM_TRY(AppendStored(unknown, bars));
    at = unknown.end;
  }
  TM_TRY(AppendKnown({at, trusted}, bars));
  return AppendStored({trusted, range.end}, bars);
}

Result<TradeBars> TradeSeries::Minutes(EventTime month) {
  TradeBars bars;
  const EventTime end = std::min(AddMonths(month, 1), closed_until_);
  for (const EventTime day : spool_ != nullptr ? spool_->Days(id_) : std::vector<EventTime>()) {
    if (month <= day && day < end && !merged_days_.contains(day)) TM_TRY(MergeMinutes(day));
  }
  EventTime at = month;
  for (auto part = merged_.lower_bound(month); part != merged_.end() && part->first < end; ++part) {
    TM_TRY(AppendUntouched({at, part->first}, &bars));
    bars.Append(part->second.minutes);
    at = part->second.end;
  }
  TM_TRY(AppendUntouched({at, end}, &bars));
  DropOpen(closed_until_, &bars);
  return bars;
}

Result<TradeColumns> TradeSeries::OpenTrades() {
  TM_ASSIGN(SourcedTrades stored, ReadStored(TradesTable(), {closed_until_, kMaxTime}));
  return std::move(stored.rows);
}

EventTime TradeSeries::first_month() {
  if (first_month_) return *first_month_;
  EventTime first = kMaxTime;
  if (spool_ != nullptr) {
    const std::vector<EventTime> days = spool_->Days(id_);
    if (!days.empty()) first = FloorToMonth(days.front());
  }
  if (view_.HasTable(TradesTable().name)) {
    for (const DataFile& file : view_.Files(TradesTable().name)) {
      if (!file.MayHoldSeries(TradesTable(), KeyOf(id_))) continue;
      first = std::min(first, FloorToMonth(file.TimesOf(TradesTable().time_column).start));
    }
  }
  first_month_ = first;
  return first;
}

}  // namespace tidemark

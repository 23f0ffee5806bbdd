#include "tidemark/pipeline/base_series.h"

#include <algorithm>
#include <tuple>

namespace tidemark {
namespace {

// A month of one-minute candles is 2 MB at most, so a decade stays in memory.
constexpr size_t kMonthsCached = 120;

std::vector<int32_t> SourcesOf(const StringColumn& column, const SourceList& sources) {
  std::vector<int32_t> of_code(column.dictionary.size());
  for (size_t i = 0; i < of_code.size(); ++i) of_code[i] = sources.Find(column.dictionary[i]);
  std::vector<int32_t> all;
  all.reserve(column.codes.size());
  for (const int32_t code : column.codes) all.push_back(of_code[static_cast<size_t>(code)]);
  return all;
}

TimeRange MonthRange(EventTime month) { return {month, AddMonths(month, 1)}; }

// Removes every version of `source`; a key whose current version goes falls back to the best of
// its other versions (rank, then the latest), as if the source had never been read.
void ForgetSource(int32_t source, const std::vector<int32_t>& ranks, StoredMonth* stored,
                  RangeSet* changes) {
  StoredMonth kept;
  size_t v = 0;
  for (size_t i = 0; i < stored->rows.size(); ++i) {
    const int64_t time = stored->rows.open_time[i];
    std::vector<MergedMonth::Superseded> versions;
    while (v < stored->superseded.size() && stored->superseded[v].values.open_time.us <= time) {
      if (stored->superseded[v].source != source) versions.push_back(stored->superseded[v]);
      ++v;
    }
    MergedMonth::Superseded current = {stored->rows.At(i), stored->source[i],
                                       stored->received_at[i], stored->revision[i]};
    if (current.source == source) {
      changes->Add({{time}, {time + 1}});
      if (versions.empty()) continue;
      const auto best =
          std::max_element(versions.begin(), versions.end(), [&](const auto& a, const auto& b) {
            const int32_t rank_a = ranks[static_cast<size_t>(a.source)];
            const int32_t rank_b = ranks[static_cast<size_t>(b.source)];
            return std::tie(rank_a, a.revision) < std::tie(rank_b, b.revision);
          });
      current = *best;
      versions.erase(best);
    }
    kept.rows.Append(current.values);
    kept.source.push_back(current.source);
    kept.received_at.push_back(current.received_at);
    kept.revision.push_back(current.revision);
    kept.superseded.insert(kept.superseded.end(), versions.begin(), versions.end());
  }
  *stored = std::move(kept);
}

// The minutes made from trades, and the vendor's where there is none or trades are missing.
BaseRows PreferTrades(const CandleColumns& vendor, const TradeBars& minutes, const RangeSet& gaps) {
  BaseRows rows;
  size_t v = 0;
  const auto take_vendor = [&](int64_t before) {
    for (; v < vendor.size() && vendor.open_time[v] < before; ++v) {
      rows.candles.Append(vendor, v, v + 1);
      rows.detail.AppendNull();
    }
  };
  for (size_t t = 0; t < minutes.size(); ++t) {
    const int64_t open_time = minutes.candles.open_time[t];
    take_vendor(open_time);
    const bool partial = gaps.Overlaps({{open_time}, Interval().CloseOf({open_time})});
    if (v < vendor.size() && vendor.open_time[v] == open_time) {
      if (partial) {
        take_vendor(open_time + 1);
        continue;
      }
      ++v;
    }
    rows.candles.Append(minutes.candles, t, t + 1);
    if (partial) {
      rows.detail.AppendNull(true);
      continue;
    }
    rows.detail.partial.push_back(0);
    rows.detail.vwap.push_back(minutes.vwap[t]);
    rows.detail.buy_volume.push_back(minutes.buy_volume[t]);
    rows.detail.sell_volume.push_back(minutes.sell_volume[t]);
    rows.detail.trades.push_back(minutes.trades[t]);
  }
  take_vendor(INT64_MAX);
  return rows;
}

}  // namespace

void TradeDetail::Append(const TradeDetail& other, size_t begin, size_t end) {
  const auto add = [&](auto& to, const auto& from) {
    to.insert(to.end(), from.begin() + static_cast<ptrdiff_t>(begin),
              from.begin() + static_cast<ptrdiff_t>(end));
  };
  add(vwap, other.vwap);
  add(buy_volume, other.buy_volume);
  add(sell_volume, other.sell_volume);
  add(trades, other.trades);
  add(partial, other.partial);
}

void TradeDetail::AppendNull(bool is_partial) {
  partial.push_back(is_partial ? 1 : 0);
  for (auto* column : {&vwap, &buy_volume, &sell_volume}) column->push_back(kNull);
  trades.push_back(kNullInt);
}

void BaseRows::Append(const BaseRows& other, size_t begin, size_t end) {
  candles.Append(other.candles, begin, end);
  if (!other.detail.empty()) detail.Append(other.detail, begin, end);
}

SeriesKey KeyOf(const SeriesId& series) {
  return {series.venue, series.symbol.text(), series.interval.ToString()};
}

Result<SeriesId> IdOf(const SeriesKey& key) {
  return SeriesId::Parse(key.venue, key.symbol, key.interval);
}

Result<std::vector<SeriesId>> StoredSeries(const LakeView& view) {
  std::set<SeriesId> all;
  if (view.HasTable("vendor_candles")) {
    TM_ASSIGN(const std::vector<SeriesKey> keys, view.SeriesOf(VendorCandlesTable()));
    for (const SeriesKey& key : keys) {
      TM_ASSIGN(SeriesId id, IdOf(key));
      all.insert(std::move(id));
    }
  }
  TM_ASSIGN(const std::vector<TradeSeriesId> trades, StoredTradeSeries(view));
  for (const TradeSeriesId& id : trades) all.insert(MinutesOf(id));
  return std::vector<SeriesId>(all.begin(), all.end());
}

const std::vector<std::string>& CandleColumnNames() {
  static const std::vector<std::string> names = {"open_time", "open",  "high",
                                                 "low",       "close", "volume"};
  return names;
}

CandleColumns TakeCandles(Batch& rows) {
  return {.open_time = std::move(rows["open_time"].ints),
          .open = std::move(rows["open"].doubles),
          .high = std::move(rows["high"].doubles),
          .low = std::move(rows["low"].doubles),
          .close = std::move(rows["close"].doubles),
          .volume = std::move(rows["volume"].doubles)};
}

RangeSet CandlesOver(const RangeSet& times, const Interval& interval) {
  RangeSet candles;
  for (const TimeRange& range : times.ranges()) {
    candles.Add({interval.OpenOf(range.start), interval.CloseOf(interval.OpenOf(range.end - 1))});
  }
  return candles;
}

Status BaseSeries::ReadVersions() {
  versions_.emplace();
  if (!view_.HasTable("revisions")) return {};
  TM_ASSIGN(Batch old,
            view_.Read(RevisionsTable(),
                       {.series = KeyOf(id_), .times = TimeRange::All(), .columns = {}}));
  const std::vector<int32_t> sources = SourcesOf(old["source"].strings, sources_);
  const std::vector<int64_t> received = std::move(old["received_at"].ints);
  const std::vector<int64_t> revision = std::move(old["revision"].ints);
  const CandleColumns values = TakeCandles(old);
  versions_->reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    versions_->push_back({values.At(i), sources[i], received[i], revision[i]});
  }
  return {};
}

Result<StoredMonth> BaseSeries::ReadStored(EventTime month, bool with_versions) {
  StoredMonth stored;
  if (!view_.HasTable("vendor_candles")) return stored;
  const TimeRange range = MonthRange(month);
  ReadFilter filter{.series = KeyOf(id_), .times = range, .columns = CandleColumnNames()};
  if (with_versions) {
    filter.columns.insert(filter.columns.end(), {"source", "received_at", "revision"});
  }
  TM_ASSIGN(Batch batch, view_.Read(VendorCandlesTable(), filter));
  if (with_versions) {
    stored.source = SourcesOf(batch["source"].strings, sources_);
    stored.received_at = std::move(batch["received_at"].ints);
    stored.revision = std::move(batch["revision"].ints);
  }
  stored.rows = TakeCandles(batch);
  if (!with_versions) return stored;
  if (!versions_) TM_TRY(ReadVersions());
  const auto at = [&](EventTime t) {
    return std::lower_bound(versions_->begin(), versions_->end(), t,
                            [](const MergedMonth::Superseded& version, EventTime time) {
                              return version.values.open_time < time;
                            });
  };
  stored.superseded.assign(at(range.start), at(range.end));
  return stored;
}

Result<MergedMonth> BaseSeries::MergeMonth(EventTime month) {
  std::vector<SpoolRow> incoming;
  if (spool_ != nullptr) {
    TM_ASSIGN(incoming, spool_->Rows(id_, month));
  }
  TM_ASSIGN(StoredMonth stored, ReadStored(month, true));
  RangeSet forgotten_changes;
  if (forgotten_) ForgetSource(*forgotten_, sources_.ranks(), &stored, &forgotten_changes);
  MergedMonth merged = Merge(stored, incoming, sources_.ranks(), now_);
  merged.changes.Add(forgotten_changes);
  if (forgotten_) merged.kept = std::move(stored.superseded);
  TM_TRY(Remember(month, merged.rows));
  return merged;
}

EventTime BaseSeries::first_month() {
  if (first_month_) return *first_month_;
  EventTime first = kMaxTime;
  if (spool_ != nullptr) {
    const std::vector<EventTime> months = spool_->Months(id_);
    if (!months.empty()) first = months.front();
  }
  if (view_.HasTable("vendor_candles")) {
    for (const DataFile& file : view_.Files("vendor_candles")) {
      if (!file.MayHoldSeries(VendorCandlesTable(), KeyOf(id_))) continue;
      first = std::min(first, FloorToMonth(file.TimesOf("open_time").start));
    }
  }
  if (trades_ != nullptr) first = std::min(first, trades_->first_month());
  first_month_ = first;
  return first;
}

Result<bool> BaseSeries::HasRows() {
  for (EventTime month = first_month(); month < closed_until_; month = AddMonths(month, 1)) {
    TM_ASSIGN(const CandleColumns rows, ReadByOpen(MonthRange(month)));
    if (rows.size() > 0) return true;
  }
  return false;
}

Result<BaseSeries::MonthPtr> BaseSeries::Remember(EventTime month, CandleColumns vendor) {
  BaseRows rows;
  if (trades_ != nullptr) {
    TM_ASSIGN(const TradeBars minutes, trades_->Minutes(month));
    rows = PreferTrades(vendor, minutes, gap_times_);
  } else {
    rows.candles = std::move(vendor);
  }
  auto shared = std::make_shared<const BaseRows>(std::move(rows));
  if (cache_.contains(month)) recent_.remove(month);
  cache_[month] = shared;
  recent_.push_front(month);
  if (recent_.size() > kMonthsCached) {
    cache_.erase(recent_.back());
    recent_.pop_back();
  }
  return shared;
}

Result<BaseSeries::MonthPtr> BaseSeries::Month(EventTime month) {
  if (const auto it = cache_.find(month); it != cache_.end()) {
    recent_.remove(month);
    recent_.push_front(month);
    return it->second;
  }
  bool merge = forgotten_.has_value();
  if (!merge && spool_ != nullptr) {
    const std::vector<EventTime> touched = spool_->Months(id_);
    merge = std::binary_search(touched.begin(), touched.end(), month);
  }
  if (merge) {
    TM_TRY(MergeMonth(month));
    return cache_.at(month);
  }
  TM_ASSIGN(StoredMonth stored, ReadStored(month, false));
  return Remember(month, std::move(stored.rows));
}

Result<CandleColumns> BaseSeries::ReadByOpen(TimeRange open) {
  TM_ASSIGN(BaseRows rows, ReadRowsByOpen(open));
  return std::move(rows.candles);
}

Result<BaseRows> BaseSeries::ReadRowsByOpen(TimeRange open) {
  BaseRows rows;
  for (EventTime month = FloorToMonth(open.start); month < open.end; month = AddMonths(month, 1)) {
    TM_ASSIGN(const MonthPtr whole, Month(month));
    const std::vector<int64_t>& times = whole->candles.open_time;
    const auto at = [&](EventTime t) {
      return static_cast<size_t>(std::lower_bound(times.begin(), times.end(), t.us) -
                                 times.begin());
    };
    size_t end = at(open.end);
    while (end > 0 && closed_until_ < id_.interval.CloseOf({times[end - 1]})) --end;
    if (const size_t begin = at(open.start); begin < end) rows.Append(*whole, begin, end);
  }
  return rows;
}

Result<CandleColumns> BaseSeries::ReadByClose(TimeRange close) {
  if (close.empty()) return CandleColumns();
  // close_time in [s, e) <=> open_time in [first open whose close >= s, first open whose close >=
  // e).
  const auto first_open = [&](EventTime t) { return id_.interval.OpenOf(t - 1); };
  return ReadByOpen({first_open(close.start), first_open(close.end)});
}

}  // namespace tidemark

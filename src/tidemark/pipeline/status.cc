#include "tidemark/pipeline/status.h"

#include <algorithm>
#include <map>

#include "tidemark/candle/suspects.h"
#include "tidemark/pipeline/base_series.h"
#include "tidemark/pipeline/ingest.h"

namespace tidemark {
namespace {

// Rows and time bounds of a series, from the files' statistics where each file is of one series
// only, else from its times.
Status FillExtent(const LakeView& view, const TableSpec& spec, SeriesStatus& status) {
  bool known = true;
  status.first_open = kMaxTime;
  status.last_open = kMinTime;
  for (const DataFile& file : view.Files(spec.name)) {
    if (!file.MayHoldSeries(spec, status.series)) continue;
    const ColumnStats* times = file.StatsOf(spec.time_column);
    if (!file.IsOnly(spec, status.series) || times == nullptr || !times->has_range) {
      known = false;
      break;
    }
    status.rows += file.rows;
    status.first_open = std::min(status.first_open, EventTime{times->min_int});
    status.last_open = std::max(status.last_open, EventTime{times->max_int});
  }
  if (known) return {};
  TM_ASSIGN(const Batch batch, view.Read(spec, {.series = status.series,
                                                .times = TimeRange::All(),
                                                .columns = {spec.time_column}}));
  const auto& times = batch[spec.time_column].ints;
  status.rows = static_cast<int64_t>(batch.rows);
  if (batch.rows > 0) {
    status.first_open = {times.front()};
    status.last_open = {times.back()};
  }
  return {};
}

Status FillSpikes(const LakeView& view, const TableSpec& spec, TimeRange times,
                  SeriesStatus& status) {
  TM_ASSIGN(Batch batch, view.Read(spec, {.series = status.series,
                                          .times = times,
                                          .columns = {"open_time", "close"}}));
  CandleColumns rows;
  rows.open_time = std::move(batch["open_time"].ints);
  rows.close = std::move(batch["close"].doubles);
  // Only closes matter here, but columns are of equal length wherever rows are handed on.
  rows.open = rows.high = rows.low = rows.volume = rows.close;
  for (const size_t i : FindSpikes(rows)) status.spikes.push_back({rows.open_time[i]});
  return {};
}

Status CountGaps(const LakeView& view, std::vector<SeriesStatus>& series) {
  TM_ASSIGN(const Batch gaps, view.Read(GapsTable()));
  std::map<SeriesKey, SeriesStatus*> by_key;
  for (SeriesStatus& status : series) by_key[status.series] = &status;
  for (size_t i = 0; i < gaps.rows; ++i) {
    const auto found = by_key.find({gaps["venue"].strings.At(i), gaps["symbol"].strings.At(i),
                                    gaps["interval"].strings.At(i)});
    if (found == by_key.end()) continue;
    ++found->second->gaps;
    found->second->suspected_outages += gaps["suspected_outage"].ints[i] != 0;
  }
  return {};
}

Result<std::vector<TradesStatus>> TradesOf(const LakeView& view, const std::vector<SeriesKey>& keys,
                                           const Watermarks& watermarks) {
  std::vector<TradesStatus> all;
  TM_ASSIGN(const TradeGaps open, TradeGapsOf(view));
  for (const SeriesKey& key : keys) {
    TradesStatus& trades = all.emplace_back();
    trades.series = key;
    TM_ASSIGN(const Symbol symbol, Symbol::Parse(key.symbol));
    trades.watermark = watermarks.Of(TradeSeriesId{key.venue, symbol});
    TM_TRY(FillExtent(view, TradesTable(), trades));
    trades.gaps = static_cast<int64_t>(open.Of({key.venue, symbol}).size());
  }
  return all;
}

Result<std::vector<SourceStatus>> SourcesOf(const LakeView& view) {
  TM_ASSIGN(const Batch ledger, view.Read(LedgerTable()));
  std::map<std::string, SourceStatus> by_name;
  for (size_t i = 0; i < ledger.rows; ++i) {
    const auto number = [&](std::string_view column) { return ledger[column].ints[i]; };
    SourceStatus& source = by_name[ledger["source"].strings.At(i)];
    source.source = ledger["source"].strings.At(i);
    source += CountsOfLine(ledger, i);
    if (number("epoch") >= source.last_epoch) {
      source.last_epoch = number("epoch");
      source.bytes = number("bytes");
      source.last_received = {number("received_at")};
    }
  }
  if (view.HasTable(AmbiguousTradesTable().name)) {
    TM_ASSIGN(const Batch ambiguous, view.Read(AmbiguousTradesTable(), {}));
    for (size_t i = 0; i < ambiguous.rows; ++i) {
      ++by_name[ambiguous["source"].strings.At(i)].ambiguous;
    }
  }
  std::vector<SourceStatus> sources;
  for (auto& [name, source] : by_name) sources.push_back(std::move(source));
  return sources;
}

}  // namespace

Result<LakeStatus> ReadStatus(const PinnedLake& lake, const Selection& selection,
                              bool find_spikes) {
  const LakeView& view = lake.view;
  LakeStatus status;
  status.uri = lake.lake->uri();
  status.epoch = view.epoch();
  TM_ASSIGN(const auto epochs, lake.lake->Epochs());
  for (const EpochInfo& info : epochs) {
    if (info.epoch == status.epoch) status.committed_at = info.committed_at;
  }
  for (const TableSpec& spec : AllTables({})) {
    if (!view.HasTable(spec.name)) continue;
    TableStatus table{.name = spec.name, .kind = spec.kind};
    for (const DataFile& file : view.Files(spec.name)) {
      table.rows += file.rows;
      table.bytes += file.size;
      ++table.files;
    }
    status.tables.push_back(std::move(table));
  }
  const TableSpec& candles = VendorCandlesTable();
  TM_ASSIGN(const auto keys, SelectSeries(view, {&candles, &TradesTable()}, selection));
  TM_ASSIGN(const auto watermarks, WatermarksOf(view));
  for (const SeriesKey& key : keys[0]) {
    SeriesStatus& series = status.series.emplace_back();
    series.series = key;
    TM_ASSIGN(const SeriesId id, IdOf(key));
    series.watermark = watermarks.ClosedUntil(id);
    TM_TRY(FillExtent(view, candles, series));
    if (find_spikes) TM_TRY(FillSpikes(view, candles, selection.times, series));
  }
  TM_TRY(CountGaps(view, status.series));
  TM_ASSIGN(status.trades, TradesOf(view, keys[1], watermarks));
  TM_ASSIGN(status.sources, SourcesOf(view));
  const std::string journal = lake.lake->journal_path();
  status.live = LiveNote::Read(LiveNotePath(journal.substr(0, journal.rfind('/'))));
  return status;
}

}  // namespace tidemark

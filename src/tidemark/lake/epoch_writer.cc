#include "tidemark/lake/epoch_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tidemark/base/check.h"
#include "tidemark/base/hash.h"
#include "tidemark/lake/lake_internals.h"
#include "tidemark/lake/parquet_io.h"
#include "tidemark/lake/row_order.h"

namespace tidemark {
namespace {

// The one value of a text column, null when there are several.
const std::string* OnlyText(const Batch& rows, const std::string& column) {
  const StringColumn& texts = rows[column].strings;
  if (rows.rows == 0 || texts.IsNull(0)) return nullptr;
  const std::string& first = texts.At(0);
  for (size_t i = 1; i < rows.rows; ++i) {
    if (texts.codes[i] != texts.codes[0] && (texts.IsNull(i) || texts.At(i) != first)) {
      return nullptr;
    }
  }
  return &first;
}

// As far as the table tells series apart.
bool SameSeries(const TableSpec& spec, const SeriesKey& a, const SeriesKey& b) {
  return std::ranges::all_of(spec.series_by, [&](const std::string& column) {
    return TextOf(a, column) == TextOf(b, column);
  });
}

bool IsOneSeries(const TableSpec& spec, const Batch& rows) {
  return !spec.series_by.empty() &&
         std::all_of(spec.series_by.begin(), spec.series_by.end(),
                     [&](const std::string& c) { return OnlyText(rows, c) != nullptr; });
}

// Where `rows`, sorted by time, are cut into files.
std::vector<size_t> Cuts(const TableSpec& spec, const Batch& rows, bool one_series) {
  std::vector<size_t> cuts = {0};
  FileSplit split = FileSplit::kNone;
  if (one_series) {
    const bool has = rows.schema.IndexOf("interval") >= 0;
    split = SplitFor(spec, has ? *OnlyText(rows, "interval") : "");
  }
  if (split != FileSplit::kNone) {
    const std::vector<int64_t>& at = rows[spec.time_column].ints;
    while (cuts.back() < rows.rows) {
      const EventTime end = FileBucket(spec, split, EventTime{at[cuts.back()]}).end;
      const auto begin = at.begin() + static_cast<ptrdiff_t>(cuts.back());
      cuts.push_back(static_cast<size_t>(std::lower_bound(begin, at.end(), end.us) - at.begin()));
    }
  } else {
    cuts.push_back(rows.rows);
  }
  return cuts;
}

TimeRange TimesOf(const TableSpec& spec, const Batch& rows) {
  if (spec.time_column.empty()) return TimeRange::All();
  const std::vector<int64_t>& at = rows[spec.time_column].ints;
  const auto [least, greatest] = std::minmax_element(at.begin(), at.end());
  return {{*least}, {*greatest + 1}};
}

bool Within(const TimeRange& inner, const TimeRange& outer) {
  return outer.start <= inner.start && inner.end <= outer.end;
}

}  // namespace

EpochWriter::EpochWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EpochWriter::~EpochWriter() = default;
int64_t EpochWriter::epoch() const { return impl_->epoch; }

WriterTable& EpochWriter::Impl::Declared(const TableSpec& spec) {
  const auto found = tables.find(spec.name);
  CHECK(found != tables.end() && found->second.declared);
  return found->second;
}

Status EpochWriter::DeclareTable(const TableSpec& spec,
                                 std::map<std::string, std::string> properties) {
  const std::lock_guard lock(impl_->mutex);
  WriterTable& table = impl_->tables[spec.name];
  if (!table.declared) {
    if (const auto head = impl_->heads.find(spec.name); head != impl_->heads.end()) {
      table.head = head->second;
    }
    const auto& stored = impl_->base.impl().tables;
    const auto state = stored.find(spec.name);
    if (state == stored.end()) {
      TM_ASSIGN(table.head, LoadHead(*impl_->store, spec.name, nullptr, impl_->epoch));
    } else {
      for (const auto& [path, file] : state->second->files) table.files.push_back({.file = file});
    }
  }
  table.spec = spec;
  table.properties = std::move(properties);
  table.declared = true;
  return {};
}

Status EpochWriter::Impl::ForEach(size_t count, const std::function<Status(size_t)>& task) {
  std::vector<Status> outcomes(count);
  const auto run = [&](size_t i) { outcomes[i] = task(i); };
  if (threads != nullptr) {
    threads->ParallelFor(count, run);
  } else {
    for (size_t i = 0; i < count; ++i) run(i);
  }
  for (const Status& outcome : outcomes) TM_TRY(outcome);
  return {};
}

void EpochWriter::Impl::Delete(WriterTable& table, const std::optional<SeriesKey>& series,
                               TimeRange times) {
  const TableSpec& spec = table.spec;
  const bool timed = !spec.time_column.empty();
  const LiveFile::Deletion gone{series, timed ? times : TimeRange::All()};
  for (LiveFile& live : table.files) {
    if (live.removed) continue;
    if (series && !live.file.MayHoldSeries(spec, *series)) continue;
    const TimeRange held = timed ? live.file.TimesOf(spec.time_column) : TimeRange::All();
    if (!held.Overlaps(gone.times)) continue;
    if ((!series || live.file.IsOnly(spec, *series)) && Within(held, gone.times)) {
      live.removed = true;
    } else {
      live.deletions.push_back(gone);
    }
  }
  for (HeldRows& held : table.held) {
    if (series && held.series && !SameSeries(spec, *series, *held.series)) continue;
    if (held.times.Overlaps(gone.times)) {
      held.rows = WithoutDeleted(std::move(held.rows), spec, {&gone, 1});
    }
  }
  std::erase_if(table.held, [](const HeldRows& held) { return held.rows.rows == 0; });
}

Status EpochWriter::Replace(const TableSpec& spec, const SeriesKey& series, TimeRange range,
                            const Batch& rows) {
  CHECK(!spec.time_column.empty() && !spec.series_by.empty());
  CHECK(rows.rows == 0 || rows.schema == spec.schema);
  if (rows.rows > 0) {
    const std::vector<int64_t>& at = rows[spec.time_column].ints;
    CHECK(range.Contains(EventTime{at.front()}) && range.Contains(EventTime{at.back()}));
    CHECK(IsSorted(rows, spec.sort_by));
    const std::vector<uint8_t> mine = RowsOfSeries(rows, spec, series);
    CHECK(std::find(mine.begin(), mine.end(), 0) == mine.end());
  }
  std::vector<TimeRange> zones;
  WriterTable* table = nullptr;
  {
    const std::lock_guard lock(impl_->mutex);
    table = &impl_->Declared(spec);
    if (range.empty()) return {};
    impl_->Delete(*table, series, range);
    for (const LiveFile& live : table->files) {
      if (live.removed || live.deletions.empty()) continue;
      if (live.file.MayHoldSeries(spec, series)) {
        zones.push_back(live.file.TimesOf(spec.time_column));
      }
    }
  }
  return impl_->WriteOrHold(*table, rows, zones, series);
}

Status EpochWriter::ReplaceAll(const TableSpec& spec, const SeriesKey& series, const Batch& rows) {
  CHECK(rows.rows == 0 || rows.schema == spec.schema);
  WriterTable* table = nullptr;
  {
    const std::lock_guard lock(impl_->mutex);
    table = &impl_->Declared(spec);
    const bool whole = spec.series_by.empty() || series == SeriesKey();
    impl_->Delete(*table, whole ? std::nullopt : std::optional(series), TimeRange::All());
  }
  return impl_->WriteOrHold(*table, Sorted(rows, spec.sort_by), {});
}

Status EpochWriter::Append(const TableSpec& spec, Batch rows) {
  return impl_->Append(spec, std::nullopt, std::move(rows));
}

Status EpochWriter::Append(const TableSpec& spec, const SeriesKey& series, Batch rows) {
  return impl_->Append(spec, series, std::move(rows));
}

Status EpochWriter::Impl::Append(const TableSpec& spec, const std::optional<SeriesKey>& series,
                                 Batch rows) {
  CHECK(rows.rows == 0 || rows.schema == spec.schema);
  WriterTable* table = nullptr;
  {
    const std::lock_guard lock(mutex);
    table = &Declared(spec);
  }
  return WriteOrHold(*table, Sorted(std::move(rows), spec.sort_by), {}, series);
}

Status EpochWriter::Impl::WriteOrHold(WriterTable& table, Batch rows,
                                      const std::vector<TimeRange>& zones,
                                      const std::optional<SeriesKey>& series) {
  if (rows.rows == 0) return {};
  const auto hold = [&](Batch held) {
    const TimeRange times = TimesOf(table.spec, held);
    const std::lock_guard lock(mutex);
    table.held.push_back({std::move(held), times, series});
  };
  if (rows.rows < kBigBatchRows) {
    hold(std::move(rows));
    return {};
  }
  if (!zones.empty()) {
    std::vector<uint8_t> inside(rows.rows, 0), outside(rows.rows, 1);
    const std::vector<int64_t>& at = rows[table.spec.time_column].ints;
    for (size_t i = 0; i < rows.rows; ++i) {
      for (const TimeRange& zone : zones) {
        if (zone.Contains(EventTime{at[i]})) inside[i] = 1;
      }
      outside[i] = inside[i] != 0 ? 0 : 1;
    }
    Batch held = rows.Filter(inside);
    if (held.rows > 0) {
      rows = rows.Filter(outside);
      hold(std::move(held));
    }
  }
  const auto groups = GroupByText(rows, table.spec.partition_by);
  if (groups.size() == 1 && rows.rows >= kBigBatchRows) return WriteRows(table, rows);
  for (const auto& [partition, order] : groups) {
    Batch group = groups.size() == 1 ? std::move(rows) : rows.Take(order);
    if (group.rows >= kBigBatchRows) {
      TM_TRY(WriteRows(table, group));
    } else {
      hold(std::move(group));
    }
    if (groups.size() == 1) break;
  }
  return {};
}

Status EpochWriter::Impl::WriteRows(WriterTable& table, const Batch& rows) {
  if (rows.rows == 0) return {};
  const bool split = rows.rows >= kBigBatchRows && IsOneSeries(table.spec, rows);
  return WriteCuts(table, rows, Cuts(table.spec, rows, split));
}

Status EpochWriter::Impl::WriteSplit(WriterTable& table, const Batch& rows) {
  return WriteCuts(table, rows, Cuts(table.spec, rows, true));
}

Status EpochWriter::Impl::WriteCuts(WriterTable& table, const Batch& rows,
                                    const std::vector<size_t>& cuts) {
  return ForEach(cuts.size() - 1,
                 [&](size_t i) { return WriteFile(table, rows, cuts[i], cuts[i + 1]); });
}

Status EpochWriter::Impl::WriteFile(WriterTable& table, const Batch& rows, size_t begin,
                                    size_t end) {
  const TableSpec& spec = table.spec;
  TM_TRY(place->Keep());
  const auto encoded = EncodeParquet(rows, begin, end, spec.partition_by);
  if (!encoded) return Fail(encoded.error().With("table " + spec.name));
  LiveFile live;
  live.is_new = true;
  DataFile& file = live.file;
  for (const std::string& column : spec.partition_by) {
    const StringColumn& texts = rows[column].strings;
    file.partition[column] = texts.IsNull(begin) ? std::string() : texts.At(begin);
  }
  file.sha256 = Sha256::Of(encoded->bytes);
  file.path = fmt::format("{}{:020}-{:05}-{}.parquet", PartitionFolder(spec, file.partition), epoch,
                          next_file++, file.sha256.substr(0, 16));
  file.size = static_cast<int64_t>(encoded->bytes.size());
  file.rows = static_cast<int64_t>(end - begin);
  file.modified_ms = NowMillis();
  const std::string stats = StatsToJson(file.rows, encoded->stats, spec.schema);
  TM_TRY(StatsFromJson(stats, spec.schema, file));
  live.rearranged = table.rearranging;
  file.add_json = AddAction(file, stats, !live.rearranged)["add"].Dump();
  const std::string key = spec.name + "/" + file.path;
  TM_TRY(store->WriteData(key, encoded->bytes));
  const std::lock_guard lock(mutex);
  written.push_back(key);
  table.files.push_back(std::move(live));
  return {};
}

}  // namespace tidemark

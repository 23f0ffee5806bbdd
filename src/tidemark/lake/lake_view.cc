#include "tidemark/lake/lake_view.h"

#include <algorithm>
#include <set>

#include "tidemark/base/check.h"
#include "tidemark/lake/lake_internals.h"
#include "tidemark/lake/parquet_io.h"
#include "tidemark/lake/row_order.h"

namespace tidemark {
namespace {

const TableState& StateOf(const LakeView::Impl& impl, const std::string& table) {
  const auto found = impl.tables.find(table);
  CHECK(found != impl.tables.end());
  return *found->second;
}

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The value of a text column that the log says every row of the file has, else null. The log may be
// wrong about what kind of column it is.
const std::string* FixedText(const DataFile& file, const Field& field) {
  return field.type == ColumnType::kString ? file.ConstantText(field.name) : nullptr;
}

// Reads the named columns of one file. Columns with one value in the whole file come from the log.
// With a series, groups of rows in which it is not may be left out.
Result<Batch> ReadColumns(Store& store, const TableSpec& spec, const DataFile& file,
                          const std::vector<std::string>& columns, TimeRange times,
                          const std::optional<SeriesKey>& series = std::nullopt) {
  TM_ASSIGN(const std::string path, store.LocalCopy(spec.name + "/" + file.path, file.size));
  ParquetSelection selection;
  selection.time_column = spec.time_column;
  selection.times = times;
  if (file.rows > 0) selection.rows = file.rows;
  if (series) {
    for (const std::string& name : spec.series_by) {
      selection.texts[name] = TextOf(*series, name);
    }
  }
  Batch batch;
  for (const std::string& name : columns) {
    const int i = spec.schema.IndexOf(name);
    CHECK(i >= 0);
    const Field& field = spec.schema.fields[static_cast<size_t>(i)];
    batch.schema.fields.push_back(field);
    if (FixedText(file, field) == nullptr) selection.fields.push_back(field);
  }
  TM_ASSIGN(Batch stored, DecodeParquet(path, selection));
  batch.rows = stored.rows;
  for (const Field& field : batch.schema.fields) {
    Column& column = batch.columns.emplace_back();
    if (const std::string* text = FixedText(file, field)) {
      column.strings.AppendRepeated(*text, batch.rows);
    } else {
      column = std::move(stored[field.name]);
    }
  }
  return batch;
}

// The rows of one file that the filter wants, with the named columns.
Result<Batch> ReadWanted(const LakeView::Impl& view, const TableSpec& spec, const DataFile& file,
                         const std::vector<std::string>& columns, const ReadFilter& filter) {
  std::shared_ptr<const Batch> whole;
  if (filter.for_rewriting && filter.columns.empty() && file.rows <= kRowGroupRows) {
    TM_ASSIGN(whole, ReadForRewriting(view, spec, file));
  }
  Batch read;
  if (whole == nullptr) {
    TM_ASSIGN(read, ReadColumns(*view.store, spec, file, columns, filter.times, filter.series));
  }
  const Batch& rows = whole != nullptr ? *whole : read;
  const bool only = !filter.series || file.IsOnly(spec, *filter.series);
  const bool by_time = !spec.time_column.empty() && filter.times != TimeRange::All();
  const TimeRange held = by_time ? file.TimesOf(spec.time_column) : TimeRange::All();
  const bool inside =
      !by_time || (filter.times.start <= held.start && held.end <= filter.times.end);
  if (only && inside) return whole != nullptr ? *whole : std::move(read);
  std::vector<uint8_t> keep(rows.rows, 1);
  if (!only) keep = RowsOfSeries(rows, spec, *filter.series);
  if (!inside) KeepTimes(rows, spec.time_column, filter.times, keep);
  return rows.Filter(keep);
}

// Puts the files in order of time, each series by itself where they are of one. True when they then
// hold the wanted rows in order of spec.sort_by: each file is one series, sorted by us, and those
// of a series follow each other in time.
bool OrderFiles(const TableSpec& spec, std::vector<const DataFile*>& files) {
  std::vector<std::string> prefix = spec.series_by;
  prefix.push_back(spec.time_column);
  const bool usual = !spec.time_column.empty() && spec.sort_by.size() >= prefix.size() &&
                     std::equal(prefix.begin(), prefix.end(), spec.sort_by.begin());
  for (const DataFile* file : files) {
    if (file->sha256.empty()) return false;  // another program's: nothing is known of its order
  }
  if (files.size() <= 1) return true;
  if (spec.time_column.empty()) return false;
  struct Key {
    std::vector<std::string> series;  // empty: of several
    TimeRange times;
    const DataFile* file;
  };
  std::vector<Key> keys;
  bool ordered = usual;
  for (const DataFile* file : files) {
    Key key{{}, file->TimesOf(spec.time_column), file};
    for (const std::string& column : spec.series_by) {
      const std::string* text = file->ConstantText(column);
      ordered = ordered && text != nullptr;
      if (text != nullptr) key.series.push_back(*text);
    }
    keys.push_back(std::move(key));
  }
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    return a.series != b.series ? a.series < b.series : a.times.start < b.times.start;
  });
  for (size_t i = 1; i < keys.size(); ++i) {
    if (keys[i].series == keys[i - 1].series && keys[i].times.start < keys[i - 1].times.end) {
      ordered = false;
    }
  }
  for (size_t i = 0; i < keys.size(); ++i) files[i] = keys[i].file;
  return ordered;
}

}  // namespace

int64_t LakeView::epoch() const { return impl_->record.epoch; }

std::vector<std::string> LakeView::Tables() const {
  std::vector<std::string> names;
  for (const auto& [name, state] : impl_->tables) names.push_back(name);
  return names;
}

bool LakeView::HasTable(const std::string& table) const { return impl_->tables.contains(table); }

int64_t LakeView::VersionOf(const std::string& table) const {
  return StateOf(*impl_, table).version;
}

const Schema& LakeView::SchemaOf(const std::string& table) const {
  return StateOf(*impl_, table).schema;
}

const std::vector<std::string>& LakeView::PartitionColumnsOf(const std::string& table) const {
  return StateOf(*impl_, table).partition_by;
}

std::map<std::string, std::string> LakeView::PropertiesOf(const std::string& table) const {
  return StateOf(*impl_, table).properties;
}

std::vector<DataFile> LakeView::Files(const std::string& table) const {
  std::vector<DataFile> files;
  for (const auto& [path, file] : StateOf(*impl_, table).files) files.push_back(file);
  return files;
}

std::string LakeView::Uri(const std::string& table, const DataFile& file) const {
  return impl_->store->LocalPath(table + "/" + file.path);
}

Result<std::string> LakeView::Fetch(const std::string& table, const DataFile& file) const {
  return impl_->store->LocalCopy(table + "/" + file.path, file.size);
}

Result<Batch> LakeView::Read(const TableSpec& spec, const ReadFilter& filter) const {
  std::vector<std::string> wanted = filter.columns;
  if (wanted.empty()) {
    for (const Field& field : spec.schema.fields) wanted.push_back(field.name);
  }
  const auto project = [&](Batch rows) {
    Batch out;
    out.rows = rows.rows;
    for (const std::string& name : wanted) {
      const int i = rows.schema.IndexOf(name);
      CHECK(i >= 0);
      out.schema.fields.push_back(rows.schema.fields[static_cast<size_t>(i)]);
      out.columns.push_back(std::move(rows.columns[static_cast<size_t>(i)]));
    }
    return out;
  };
  const bool by_time = !spec.time_column.empty() && filter.times != TimeRange::All();

  std::vector<const DataFile*> files;
  if (const auto found = impl_->tables.find(spec.name); found != impl_->tables.end()) {
    for (const auto& [path, file] : found->second->files) {
      if (filter.series && !file.MayHoldSeries(spec, *filter.series)) continue;
      if (by_time && !file.TimesOf(spec.time_column).Overlaps(filter.times)) continue;
      files.push_back(&file);
    }
  }
  const bool ordered = OrderFiles(spec, files);

  // Columns that only decide which rows, and in which order.
  std::vector<std::string> columns = wanted;
  const auto need = [&](const std::string& name) {
    if (!Contains(columns, name)) columns.push_back(name);
  };
  if (filter.series) {
    for (const std::string& name : spec.series_by) need(name);
  }
  if (by_time) need(spec.time_column);
  if (!ordered) {
    for (const std::string& name : spec.sort_by) need(name);
  }

  Schema schema;
  for (const std::string& name : columns) {
    const int i = spec.schema.IndexOf(name);
    CHECK(i >= 0);
    schema.fields.push_back(spec.schema.fields[static_cast<size_t>(i)]);
  }
  std::vector<Batch> pieces;
  for (const DataFile* file : files) {
    auto rows = ReadWanted(*impl_, spec, *file, columns, filter);
    if (!rows) return Fail(rows.error().With("table " + spec.name));
    pieces.push_back(*std::move(rows));
  }
  Batch all = Concatenated(schema, std::move(pieces));
  if (!ordered) all = Sorted(std::move(all), spec.sort_by);
  return project(std::move(all));
}

Result<std::vector<SeriesKey>> LakeView::SeriesOf(const TableSpec& spec) const {
  CHECK(!spec.series_by.empty());
  std::set<SeriesKey> found;
  const auto table = impl_->tables.find(spec.name);
  if (table == impl_->tables.end()) return std::vector<SeriesKey>();
  for (const auto& [path, file] : table->second->files) {
    TM_ASSIGN(const std::vector<SeriesKey> held, SeriesIn(*impl_, spec, file));
    found.insert(held.begin(), held.end());
  }
  return std::vector<SeriesKey>(found.begin(), found.end());
}

Result<std::vector<SeriesKey>> SeriesIn(const LakeView::Impl& view, const TableSpec& spec,
                                        const DataFile& file) {
  const auto set = [](SeriesKey& key, const std::string& column, const std::string& text) {
    (column == "venue"      ? key.venue
     : column == "symbol"   ? key.symbol
     : column == "interval" ? key.interval
                            : key.horizon) = text;
  };
  SeriesKey key;
  bool constant = true;
  for (const std::string& column : spec.series_by) {
    const std::string* text = file.ConstantText(column);
    constant = constant && text != nullptr;
    if (text != nullptr) set(key, column, *text);
  }
  std::vector<SeriesKey> held;
  if (constant) {
    if (file.rows != 0) held.push_back(key);
    return held;
  }
  const std::string name = spec.name + "/" + file.path;
  if (auto known = view.series->Find(name)) return *std::move(known);
  TM_ASSIGN(const Batch rows,
            ReadColumns(*view.store, spec, file, spec.series_by, TimeRange::All()));
  for (const auto& [texts, at] : GroupByText(rows, spec.series_by)) {
    for (size_t i = 0; i < texts.size(); ++i) set(key, spec.series_by[i], texts[i]);
    held.push_back(key);
  }
  view.series->Keep(name, held);
  return held;
}

Result<Batch> ReadDataFile(Store& store, const TableSpec& spec, const DataFile& file,
                           const std::optional<SeriesKey>& series) {
  std::vector<std::string> columns;
  for (const Field& field : spec.schema.fields) columns.push_back(field.name);
  TM_ASSIGN(Batch rows, ReadColumns(store, spec, file, columns, TimeRange::All(), series));
  if (!series || file.IsOnly(spec, *series)) return rows;
  return rows.Filter(RowsOfSeries(rows, spec, *series));
}

Result<std::shared_ptr<const Batch>> ReadForRewriting(const LakeView::Impl& view,
                                                      const TableSpec& spec, const DataFile& file) {
  const std::string key = spec.name + "/" + file.path;
  auto rows = view.recent.Find(key);
  if (rows != nullptr && rows->schema == spec.schema) return rows;
  TM_ASSIGN(Batch read, ReadDataFile(*view.store, spec, file));
  rows = std::make_shared<const Batch>(std::move(read));
  view.recent.Keep(key, rows);
  return rows;
}

}  // namespace tidemark

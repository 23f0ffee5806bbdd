// Prepare's first step: what was held back is put together with what stays of the files it touches,
// and with the small files of its partition once they have become many.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "tidemark/lake/lake_internals.h"
#include "tidemark/lake/row_order.h"
#include "tidemark/lake/untidy_files.h"

namespace tidemark {
namespace {

// Epochs of a few rows leave a small file each. As many as this in one partition are merged by the
// next epoch that writes there: their number stays bounded, and a row is copied rarely.
constexpr size_t kSmallFilesMax = 16;

std::vector<std::string> PartitionOf(const TableSpec& spec, const DataFile& file) {
  std::vector<std::string> key;
  for (const std::string& column : spec.partition_by) {
    const auto value = file.partition.find(column);
    key.push_back(value == file.partition.end() ? std::string() : value->second);
  }
  return key;
}

// The small files of one partition that are not as compaction leaves them. Those that it has left,
// one for each of many series, stay as they are: their rows would be copied again and again.
std::vector<const DataFile*> SmallFiles(const TableSpec& spec,
                                        const std::vector<const DataFile*>& files) {
  int64_t no_big_rows = 0;
  std::vector<const DataFile*> small = UntidyFiles(spec, files, Tidying::kEpoch, &no_big_rows);
  std::erase_if(small, [](const DataFile* file) {
    return file->rows >= static_cast<int64_t>(kBigBatchRows);
  });
  return small;
}

int64_t RowsOf(const PartitionWork& work) {
  int64_t rows = 0;
  for (const auto* files : {&work.files, &work.merged}) {
    for (const LiveFile& live : *files) rows += live.file.rows;
  }
  for (const Batch& held : work.held) rows += static_cast<int64_t>(held.rows);
  return rows;
}

// The same times as ranges that do not touch, in order.
std::vector<TimeRange> Disjoint(std::vector<TimeRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const TimeRange& a, const TimeRange& b) { return a.start < b.start; });
  std::vector<TimeRange> apart;
  for (const TimeRange& range : ranges) {
    if (!apart.empty() && range.start <= apart.back().end) {
      apart.back().end = std::max(apart.back().end, range.end);
    } else {
      apart.push_back(range);
    }
  }
  return apart;
}

// Mostly each is of one series and sorted: then all of them are, one after the other.
void SortPieces(const TableSpec& spec, std::vector<Batch>& pieces) {
  if (spec.series_by.empty() || spec.time_column.empty()) return;
  using Key = std::pair<std::vector<std::string>, int64_t>;  // of the first row
  std::vector<std::pair<Key, Batch>> keyed;
  for (Batch& piece : pieces) {
    Key key;
    if (piece.rows > 0) {
      for (const std::string& column : spec.series_by) {
        const StringColumn& texts = piece[column].strings;
        key.first.push_back(texts.IsNull(0) ? std::string() : texts.At(0));
      }
      key.second = piece[spec.time_column].ints.front();
    }
    keyed.emplace_back(std::move(key), std::move(piece));
  }
  std::ranges::stable_sort(keyed, {}, [](const auto& k) -> const Key& { return k.first; });
  for (size_t i = 0; i < keyed.size(); ++i) pieces[i] = std::move(keyed[i].second);
}

bool Contains(const std::vector<TimeRange>& apart, EventTime t) {
  const auto after =
      std::upper_bound(apart.begin(), apart.end(), t,
                       [](EventTime time, const TimeRange& range) { return time < range.start; });
  return after != apart.begin() && std::prev(after)->Contains(t);
}

}  // namespace

Batch WithoutDeleted(Batch rows, const TableSpec& spec,
                     std::span<const LiveFile::Deletion> deletions) {
  std::map<std::optional<SeriesKey>, std::vector<TimeRange>> gone;
  for (const LiveFile::Deletion& deletion : deletions) {
    gone[deletion.series].push_back(deletion.times);
  }
  std::vector<uint8_t> keep(rows.rows, 1);
  for (auto& [series, ranges] : gone) {
    const std::vector<uint8_t> mine =
        series ? RowsOfSeries(rows, spec, *series) : std::vector<uint8_t>(rows.rows, 1);
    const bool always = std::find(ranges.begin(), ranges.end(), TimeRange::All()) != ranges.end();
    if (always) {
      for (size_t i = 0; i < rows.rows; ++i) keep[i] &= mine[i] != 0 ? uint8_t{0} : uint8_t{1};
      continue;
    }
    const std::vector<TimeRange> apart = Disjoint(std::move(ranges));
    const std::vector<int64_t>& at = rows[spec.time_column].ints;
    for (size_t i = 0; i < rows.rows; ++i) {
      if (mine[i] != 0 && Contains(apart, EventTime{at[i]})) keep[i] = 0;
    }
  }
  if (std::find(keep.begin(), keep.end(), 0) == keep.end()) return rows;
  return rows.Filter(keep);
}

Status EpochWriter::Impl::Flush(WriterTable& table) {
  const TableSpec& spec = table.spec;
  std::map<std::vector<std::string>, PartitionWork> partitions;
  // Rewriting adds to table.files, which must not move the files being read: work has copies.
  for (const LiveFile& live : table.files) {
    if (live.removed || live.deletions.empty()) continue;
    partitions[PartitionOf(spec, live.file)].files.push_back(live);
  }
  for (auto& [rows, times, series] : table.held) {
    const auto groups = GroupByText(rows, spec.partition_by);
    for (const auto& [key, order] : groups) {
      partitions[key].held.push_back(groups.size() == 1 ? std::move(rows) : rows.Take(order));
      if (groups.size() == 1) break;
    }
  }
  table.held.clear();
  std::map<std::vector<std::string>, std::vector<const DataFile*>> stored;
  for (const LiveFile& live : table.files) {
    if (live.is_new || live.removed || !live.deletions.empty()) continue;
    stored[PartitionOf(spec, live.file)].push_back(&live.file);
  }
  for (auto& [key, work] : partitions) {
    const std::vector<const DataFile*> small = SmallFiles(spec, stored[key]);
    if (small.size() < kSmallFilesMax) continue;
    for (const DataFile* file : small) work.merged.push_back({.file = *file});
  }
  std::vector<PartitionWork*> works;
  for (auto& [key, work] : partitions) works.push_back(&work);
  // The most work first: threads then end at about the same time.
  std::stable_sort(works.begin(), works.end(), [](const PartitionWork* a, const PartitionWork* b) {
    return RowsOf(*a) > RowsOf(*b);
  });
  TM_TRY(ForEach(works.size(), [&](size_t i) { return RewritePartition(table, *works[i]); }));
  std::set<std::string> gone;
  for (const PartitionWork* work : works) {
    for (const std::vector<LiveFile>* files : {&work->files, &work->merged}) {
      for (const LiveFile& live : *files) {
        if (live.removed) gone.insert(live.file.path);
      }
    }
  }
  for (LiveFile& live : table.files) {
    live.deletions.clear();
    live.removed = live.removed || gone.contains(live.file.path);
  }
  return {};
}

Status EpochWriter::Impl::RewritePartition(WriterTable& table, PartitionWork& work) {
  const TableSpec& spec = table.spec;
  struct Target {
    TimeRange times;
    std::vector<Batch> added;
  };
  std::vector<Target> targets;  // as work.files
  for (const LiveFile& live : work.files) {
    targets.push_back(
        {spec.time_column.empty() ? TimeRange() : live.file.TimesOf(spec.time_column), {}});
  }
  for (LiveFile& live : work.merged) {
    TM_ASSIGN(work.held.emplace_back(), ReadDataFile(*store, spec, live.file));
    live.removed = true;
  }
  // New rows go into the file whose time they share; the rest together into one.
  const auto target_of = [&](EventTime t, size_t last) {
    if (last < targets.size() && targets[last].times.Contains(t)) return last;
    size_t f = 0;
    while (f < targets.size() && !targets[f].times.Contains(t)) ++f;
    return f;
  };
  SortPieces(spec, work.held);
  std::vector<Batch> pieces;  // of the rest
  for (Batch& rows : work.held) {
    std::vector<uint32_t> left;
    std::map<size_t, std::vector<uint32_t>> into;
    size_t target = targets.size();
    for (size_t i = 0; i < rows.rows; ++i) {
      if (!targets.empty() && !spec.time_column.empty()) {
        target = target_of(EventTime{rows[spec.time_column].ints[i]}, target);
      }
      (target == targets.size() ? left : into[target]).push_back(static_cast<uint32_t>(i));
    }
    for (const auto& [file, order] : into) targets[file].added.push_back(rows.Take(order));
    pieces.push_back(left.size() == rows.rows ? std::move(rows) : rows.Take(left));
    rows = Batch();
  }
  Batch rest = Concatenated(spec.schema, std::move(pieces));
  // One file after the other: together they may hold much more than what the epoch adds.
  for (size_t f = 0; f < targets.size(); ++f) {
    LiveFile& live = work.files[f];
    TM_ASSIGN(auto stored, ReadForRewriting(base.impl(), spec, live.file));
    Batch rows = WithoutDeleted(*stored, spec, live.deletions);
    bool changed = rows.rows != stored->rows;
    stored.reset();
    for (const Batch& added : std::exchange(targets[f].added, {})) {
      rows.Append(added);
      changed = true;
    }
    if (rest.rows > 0 && rows.rows + rest.rows < kBigBatchRows) {
      rows.Append(rest);
      rest = Batch(spec.schema);
      changed = true;
    }
    if (!changed) continue;
    live.removed = true;
    TM_TRY(WriteRows(table, Sorted(std::move(rows), spec.sort_by)));
  }
  return WriteRest(table, Sorted(std::move(rest), spec.sort_by));
}

// Small pieces may add up: a series that has become big gets files of its own.
Status EpochWriter::Impl::WriteRest(WriterTable& table, Batch rest) {
  const TableSpec& spec = table.spec;
  if (rest.rows < kBigBatchRows || spec.series_by.empty() || spec.partition_by.empty()) {
    return WriteRows(table, rest);
  }
  std::vector<uint8_t> small(rest.rows, 1);
  for (const auto& [series, order] : GroupByText(rest, spec.series_by)) {
    if (order.size() < kBigBatchRows) continue;
    TM_TRY(WriteRows(table, rest.Take(order)));
    for (const uint32_t row : order) small[row] = 0;
  }
  const bool all = std::find(small.begin(), small.end(), 0) == small.end();
  return all ? WriteRows(table, rest) : WriteRows(table, rest.Filter(small));
}

}  // namespace tidemark

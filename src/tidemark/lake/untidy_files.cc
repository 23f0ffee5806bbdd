#include "tidemark/lake/untidy_files.h"

#include <algorithm>
#include <functional>
#include <map>

namespace tidemark {
namespace {

int64_t RowsOf(const std::vector<const DataFile*>& files) {
  int64_t rows = 0;
  for (const DataFile* file : files) rows += file->rows;
  return rows;
}

}  // namespace

std::optional<TimeRange> BucketOf(const TableSpec& spec, const DataFile& file) {
  const auto interval = file.partition.find("interval");
  const FileSplit split =
      SplitFor(spec, interval == file.partition.end() ? std::string() : interval->second);
  if (split == FileSplit::kNone) return TimeRange::All();
  const TimeRange times = file.TimesOf(spec.time_column);
  if (times == TimeRange::All()) return std::nullopt;
  const TimeRange bucket = FileBucket(spec, split, times.start);
  return bucket.Contains(times.end - 1) ? std::optional(bucket) : std::nullopt;
}

std::vector<const DataFile*> UntidyFiles(const TableSpec& spec,
                                         const std::vector<const DataFile*>& files, Tidying tidying,
                                         int64_t* big_rows) {
  const bool by_series = !spec.series_by.empty() && !spec.partition_by.empty();
  struct Group {
    TimeRange bucket;
    std::vector<const DataFile*> small, big;
  };
  std::map<std::vector<std::string>, std::map<EventTime, Group>> tidy;  // by series, then bucket
  std::vector<const DataFile*> untidy;
  for (const DataFile* file : files) {
    const std::optional<TimeRange> bucket = BucketOf(spec, *file);
    std::vector<std::string> series;
    bool is_tidy = bucket.has_value();
    for (const std::string& column : spec.series_by) {
      if (!by_series) break;
      const std::string* text = file->ConstantText(column);
      is_tidy = is_tidy && text != nullptr;
      if (text != nullptr) series.push_back(*text);
    }
    if (is_tidy && by_series && file->rows >= kFullRows) continue;
    if (!is_tidy) {
      untidy.push_back(file);
      continue;
    }
    Group& group = tidy[series][bucket->start];
    group.bucket = *bucket;
    const bool big = by_series && tidying != Tidying::kWhole && file->rows >= kBigRows;
    (big ? group.big : group.small).push_back(file);
  }
  const std::vector<const DataFile*> mixed = untidy;
  std::vector<const Group*> full;
  for (const auto& [series, buckets] : tidy) {
    for (const auto& [start, group] : buckets) {
      const bool joins = tidying != Tidying::kEpoch &&
                         std::any_of(mixed.begin(), mixed.end(), [&](const DataFile* file) {
                           return group.bucket == TimeRange::All() ||
                                  file->TimesOf(spec.time_column).Overlaps(group.bucket);
                         });
      if (joins || group.small.size() > 1) {
        untidy.insert(untidy.end(), group.small.begin(), group.small.end());
      }
      if (RowsOf(group.big) >= kFullRows) full.push_back(&group);
    }
  }
  std::ranges::stable_sort(full, std::greater(), [](const Group* g) { return RowsOf(g->big); });
  for (const Group* group : full) {
    if (*big_rows <= 0) break;
    untidy.insert(untidy.end(), group->big.begin(), group->big.end());
    *big_rows -= RowsOf(group->big);
  }
  return untidy;
}

}  // namespace tidemark

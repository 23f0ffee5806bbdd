#include "tidemark/lake/untidy_files.h"

#include <algorithm>
#include <map>
#include <optional>

namespace tidemark {
namespace {

// Files with so many rows are merged only when there are more than so many of them.
constexpr int64_t kBigRows = 1 << 17;
constexpr size_t kBigFilesMax = 8;

// The times of the month or year that all rows of the file lie in, if they do.
std::optional<TimeRange> BucketOf(const TableSpec& spec, const DataFile& file, FileSplit split) {
  if (split == FileSplit::kNone) return TimeRange::All();
  const TimeRange times = file.TimesOf(spec.time_column);
  if (times == TimeRange::All()) return std::nullopt;
  const TimeRange bucket = FileBucket(spec, split, times.start);
  return bucket.Contains(times.end - 1) ? std::optional(bucket) : std::nullopt;
}

}  // namespace

std::vector<const DataFile*> UntidyFiles(const TableSpec& spec,
                                         const std::vector<const DataFile*>& files,
                                         Tidying tidying) {
  if (files.empty()) return {};
  const auto interval = files[0]->partition.find("interval");
  const FileSplit split =
      SplitFor(spec, interval == files[0]->partition.end() ? std::string() : interval->second);
  const bool by_series = !spec.series_by.empty() && !spec.partition_by.empty();
  struct Group {
    TimeRange bucket;
    std::vector<const DataFile*> small, big;
  };
  std::map<std::vector<std::string>, std::map<EventTime, Group>> tidy;  // by series, then bucket
  std::vector<const DataFile*> untidy;
  for (const DataFile* file : files) {
    const std::optional<TimeRange> bucket = BucketOf(spec, *file, split);
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
  for (const auto& [series, buckets] : tidy) {
    for (const auto& [start, group] : buckets) {
      const bool joins = tidying != Tidying::kEpoch &&
                         std::any_of(mixed.begin(), mixed.end(), [&](const DataFile* file) {
                           return split == FileSplit::kNone ||
                                  file->TimesOf(spec.time_column).Overlaps(group.bucket);
                         });
      const bool too_many = group.big.size() > kBigFilesMax;
      if (joins || too_many || group.small.size() > 1) {
        untidy.insert(untidy.end(), group.small.begin(), group.small.end());
      }
      if (too_many) untidy.insert(untidy.end(), group.big.begin(), group.big.end());
    }
  }
  return untidy;
}

}  // namespace tidemark

#include "tidemark/lake/untidy_files.h"

#include <algorithm>
#include <map>
#include <optional>

namespace tidemark {
namespace {

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
                                         const std::vector<const DataFile*>& files, bool joined) {
  if (files.empty()) return {};
  const auto interval = files[0]->partition.find("interval");
  const FileSplit split =
      SplitFor(spec, interval == files[0]->partition.end() ? std::string() : interval->second);
  const bool by_series = !spec.series_by.empty() && !spec.partition_by.empty();
  struct Group {
    TimeRange bucket;
    std::vector<const DataFile*> files;
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
    if (is_tidy) {
      Group& group = tidy[series][bucket->start];
      group.bucket = *bucket;
      group.files.push_back(file);
    } else {
      untidy.push_back(file);
    }
  }
  const std::vector<const DataFile*> mixed = untidy;
  for (const auto& [series, buckets] : tidy) {
    for (const auto& [start, group] : buckets) {
      const bool joins =
          joined && std::any_of(mixed.begin(), mixed.end(), [&](const DataFile* file) {
            return split == FileSplit::kNone ||
                   file->TimesOf(spec.time_column).Overlaps(group.bucket);
          });
      if (group.files.size() > 1 || joins) {
        untidy.insert(untidy.end(), group.files.begin(), group.files.end());
      }
    }
  }
  return untidy;
}

}  // namespace tidemark

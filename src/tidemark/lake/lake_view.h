// A reader's side of the lake: one epoch, as it will stay.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/lake/data_file.h"
#include "tidemark/market/tables.h"

namespace tidemark {

struct ReadFilter {
  std::optional<SeriesKey> series;     // only this series; needs a table with series columns
  TimeRange times = TimeRange::All();  // by the table's time column
  std::vector<std::string> columns;    // in this order; empty = all of the spec
  bool for_rewriting = false;  // a writer based on this view may soon rewrite the files read
};

// A pinned epoch: immutable, cheap to copy, safe from several threads. While one lives, vacuum
// keeps the epoch's files; on S3, where readers cannot be seen, it keeps a day of them.
class LakeView {
 public:
  int64_t epoch() const;
  // Table names, sorted.
  std::vector<std::string> Tables() const;
  bool HasTable(const std::string& table) const;
  // REQUIRES HasTable(table) for these five.
  int64_t VersionOf(const std::string& table) const;
  const Schema& SchemaOf(const std::string& table) const;
  const std::vector<std::string>& PartitionColumnsOf(const std::string& table) const;
  std::map<std::string, std::string> PropertiesOf(const std::string& table) const;
  // Sorted by path.
  std::vector<DataFile> Files(const std::string& table) const;

  // The file's absolute path; on S3 where Fetch puts its copy.
  std::string Uri(const std::string& table, const DataFile& file) const;
  // A local file with its bytes: the file itself, or a copy kept in the cache folder.
  Result<std::string> Fetch(const std::string& table, const DataFile& file) const;

  // Rows sorted by spec.sort_by. A table that does not exist is empty; columns the stored table
  // does not have read as null; partition columns are filled in. Errors: kCorrupt, file errors.
  Result<Batch> Read(const TableSpec& spec, const ReadFilter& filter = {}) const;
  // The series that have rows, sorted. REQUIRES spec.series_by not empty.
  Result<std::vector<SeriesKey>> SeriesOf(const TableSpec& spec) const;

  struct Impl;  // known inside the room only
  explicit LakeView(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace tidemark

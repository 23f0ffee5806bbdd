#include "tidemark/lake/recent_files.h"

#include <utility>

namespace tidemark {
namespace {

constexpr size_t kCellsMax = (size_t{32} << 20) / sizeof(double);
constexpr size_t kSeriesListsMax = 2'000;

size_t CellsOf(const Batch& rows) { return rows.rows * rows.columns.size(); }

}  // namespace

void RecentFiles::Keep(const std::string& key, std::shared_ptr<const Batch> rows) {
  const std::lock_guard lock(mutex_);
  cells_ += CellsOf(*rows);
  held_.push_back({key, std::move(rows)});
  while (cells_ > kCellsMax) {
    cells_ -= CellsOf(*held_.front().rows);
    held_.pop_front();
  }
}

std::shared_ptr<const Batch> RecentFiles::Find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  for (const Held& held : held_) {
    if (held.key == key) return held.rows;
  }
  return nullptr;
}

void SeriesLists::Keep(const std::string& key, std::vector<SeriesKey> series) {
  const std::lock_guard lock(mutex_);
  if (lists_.size() >= kSeriesListsMax) lists_.clear();
  lists_.insert_or_assign(key, std::move(series));
}

std::optional<std::vector<SeriesKey>> SeriesLists::Find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = lists_.find(key);
  return found == lists_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace tidemark

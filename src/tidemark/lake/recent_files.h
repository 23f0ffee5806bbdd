// Data files as they were last decoded, for an epoch that rewrites what it has just compared with,
// and which series they hold.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/lake/data_file.h"
#include "tidemark/market/batch.h"

namespace tidemark {

// Holds at most 32 MiB of cells and forgets the oldest first. Safe from several threads.
class RecentFiles {
 public:
  void Keep(const std::string& key, std::shared_ptr<const Batch> rows);
  // Null when it is not held.
  std::shared_ptr<const Batch> Find(const std::string& key) const;

  // Of at most a few thousand files.
  void KeepSeries(const std::string& key, std::vector<SeriesKey> series);
  std::optional<std::vector<SeriesKey>> FindSeries(const std::string& key) const;

 private:
  struct Held {
    std::string key;
    std::shared_ptr<const Batch> rows;
  };
  mutable std::mutex mutex_;
  std::deque<Held> held_;
  size_t cells_ = 0;
  std::map<std::string, std::vector<SeriesKey>> series_;
};

}  // namespace tidemark

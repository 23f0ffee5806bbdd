// What has been read of data files: their rows, for an epoch that rewrites what it has just
// compared with, and which series they hold.
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

 private:
  struct Held {
    std::string key;
    std::shared_ptr<const Batch> rows;
  };
  mutable std::mutex mutex_;
  std::deque<Held> held_;
  size_t cells_ = 0;
};

// A file never changes, so views of later epochs share this. Holds those of at most a few thousand
// files. Safe from several threads.
class SeriesLists {
 public:
  void Keep(const std::string& key, std::vector<SeriesKey> series);
  std::optional<std::vector<SeriesKey>> Find(const std::string& key) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<SeriesKey>> lists_;
};

}  // namespace tidemark

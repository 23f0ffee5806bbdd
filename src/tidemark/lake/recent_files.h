// Data files as they were last decoded, for an epoch that rewrites what it has just compared with.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>

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

}  // namespace tidemark

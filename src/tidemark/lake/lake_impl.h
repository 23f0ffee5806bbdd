// Lake's own state; see lake_internals.h.
#pragma once

#include <functional>

#include "tidemark/base/parallel.h"
#include "tidemark/lake/lake_internals.h"
#include "tidemark/lake/writer_lock.h"

namespace tidemark {

constexpr char kPinFolder[] = "_tidemark/pins";

struct Lake::Impl {
  std::shared_ptr<Store> store;
  const std::shared_ptr<SeriesLists> series = std::make_shared<SeriesLists>();
  Clock* clock = nullptr;
  std::unique_ptr<WriterLock> lock;

  std::mutex mutex;  // guards states and pool
  std::unique_ptr<ThreadPool> pool;
  std::map<std::string, std::shared_ptr<const TableState>> states;  // the latest known
  std::map<std::string, int64_t> checkpoints;  // the writer's: the last one of each table

  // task(i) for every i < count, side by side as far as waiting for the store makes that worth it;
  // the first error by i.
  Status ForEach(size_t count, const std::function<Status(size_t)>& task);
  Result<std::shared_ptr<const TableState>> StateAt(const std::string& table, int64_t version);
  Result<LakeView> View(int64_t epoch);
  Status PutOnce(const std::string& key, std::string_view bytes);
  void WriteCheckpoints(const PreparedEpoch& prepared);
  Result<std::vector<std::string>> LoggedAfterRecord(const std::string& table, int64_t epoch);
};

}  // namespace tidemark

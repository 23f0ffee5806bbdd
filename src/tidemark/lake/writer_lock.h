// The one writer's place: flock on a local lake, a lease on S3.
//
// A lease is an object _tidemark/lease/<token>.json, put if absent; the greatest token holds the
// place until it expires or is given back. Its holder alone rewrites it to prolong it. What makes
// a late writer harmless is not the lease but that every commit is put if absent.
#pragma once

#include <memory>
#include <string_view>

#include "tidemark/base/clock.h"
#include "tidemark/base/result.h"
#include "tidemark/lake/store.h"

namespace tidemark {

constexpr int64_t kLeaseMicros = 120 * kMicrosPerSecond;

class WriterLock {
 public:
  // Errors: kLocked, naming the holder.
  static Result<std::unique_ptr<WriterLock>> Acquire(std::shared_ptr<Store> store, Clock& clock,
                                                     std::string_view holder);
  virtual ~WriterLock() = default;
  // Prolongs the place where it runs out. kConflict when another writer has taken it.
  virtual Status Keep() = 0;
};

}  // namespace tidemark

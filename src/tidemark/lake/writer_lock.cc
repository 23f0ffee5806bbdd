#include "tidemark/lake/writer_lock.h"

#include <fmt/format.h>

#include <mutex>
#include <string>

#include "tidemark/base/file.h"
#include "tidemark/base/json.h"
#include "tidemark/base/utf8.h"

namespace tidemark {
namespace {

constexpr char kLeaseFolder[] = "_tidemark/lease";

class LocalLock : public WriterLock {
 public:
  explicit LocalLock(FileLock lock) : lock_(std::move(lock)) {}
  Status Keep() override { return {}; }

 private:
  FileLock lock_;
};

struct Lease {
  int64_t token = 0;
  std::string holder;
  int64_t expires_us = 0;
  bool released = false;

  std::string Key() const { return fmt::format("{}/{:020}.json", kLeaseFolder, token); }
  std::string ToJson() const {
    return Json::Object()
        .Set("holder", Json::String(IsUtf8(holder) ? holder : "?"))
        .Set("expires_us", Json::Int(expires_us))
        .Set("released", Json::Bool(released))
        .Dump();
  }
};

// The greatest token's lease; token 0 when there was never one.
Result<Lease> CurrentLease(Store& store) {
  TM_ASSIGN(const auto objects, store.List(kLeaseFolder));
  Lease lease;
  if (objects.empty()) return lease;
  const std::string& key = objects.back().key;
  const size_t slash = key.rfind('/');
  lease.token = std::strtoll(key.c_str() + slash + 1, nullptr, 10);
  TM_ASSIGN(const std::string text, store.Get(key));
  const auto parsed = Json::Parse(text);
  if (!parsed) return Fail(ErrorCode::kCorrupt, key + ": " + parsed.error().message());
  const Json& json = *parsed;
  lease.holder = json["holder"].AsString();
  lease.expires_us = json["expires_us"].AsInt(0);
  lease.released = json["released"].AsBool(false);
  return lease;
}

class LeaseLock : public WriterLock {
 public:
  LeaseLock(std::shared_ptr<Store> store, Clock& clock, Lease lease)
      : store_(std::move(store)), clock_(clock), lease_(std::move(lease)) {}

  ~LeaseLock() override {
    lease_.released = true;
    (void)store_->Put(lease_.Key(), lease_.ToJson());  // else it expires by itself
  }

  Status Keep() override {
    const std::lock_guard lock(mutex_);
    const int64_t now = clock_.Now().us;
    if (now < lease_.expires_us - kLeaseMicros / 2) return {};
    TM_ASSIGN(const Lease current, CurrentLease(*store_));
    if (current.token != lease_.token) {
      return Fail(ErrorCode::kConflict,
                  fmt::format("{}: the writer's lease ran out and {} has taken it", store_->uri(),
                              current.holder));
    }
    lease_.expires_us = now + kLeaseMicros;
    return store_->Put(lease_.Key(), lease_.ToJson());
  }

 private:
  std::shared_ptr<Store> store_;
  Clock& clock_;
  std::mutex mutex_;
  Lease lease_;
};

std::unexpected<Error> Held(const Store& store, const std::string& holder) {
  return Fail(ErrorCode::kLocked,
              fmt::format("{} is held by another writer ({})", store.uri(), holder));
}

Result<std::unique_ptr<WriterLock>> AcquireLease(std::shared_ptr<Store> store, Clock& clock,
                                                 std::string_view holder) {
  TM_ASSIGN(const Lease current, CurrentLease(*store));
  const int64_t now = clock.Now().us;
  if (current.token > 0 && !current.released && now < current.expires_us) {
    return Held(*store, current.holder);
  }
  Lease mine{current.token + 1, std::string(holder), now + kLeaseMicros, false};
  const auto put = store->PutIfAbsent(mine.Key(), mine.ToJson());
  if (!put && put.error().code() == ErrorCode::kConflict) return Held(*store, "just now");
  if (!put) return Fail(put.error());
  if (current.token > 0) (void)store->Delete(current.Key());
  return std::make_unique<LeaseLock>(std::move(store), clock, std::move(mine));
}

}  // namespace

Result<std::unique_ptr<WriterLock>> WriterLock::Acquire(std::shared_ptr<Store> store, Clock& clock,
                                                        std::string_view holder) {
  if (!store->local()) return AcquireLease(std::move(store), clock, holder);
  TM_TRY(MakeDirectories(store->LocalPath("_tidemark")));
  TM_ASSIGN(FileLock lock, FileLock::Acquire(store->LocalPath("_tidemark/lock"), holder));
  return std::make_unique<LocalLock>(std::move(lock));
}

}  // namespace tidemark

// Where a lake's objects live: a local folder or a prefix of an S3 bucket, behind one small
// interface. Keys are '/'-separated, relative to the lake.
//
// Threads: every method from any thread. Errors: those of base/file.h and base/s3.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/s3.h"

namespace tidemark {

struct StoredObject {
  std::string key;
  int64_t size = 0;
};

class Store {
 public:
  // Does no I/O. `uri` is a folder or s3://bucket/prefix. Errors: kInvalidArgument.
  static Result<std::unique_ptr<Store>> Open(const std::string& uri, const S3Options& s3);
  virtual ~Store() = default;

  virtual bool local() const = 0;
  // The folder's absolute path or s3://bucket/prefix; no slash at the end.
  const std::string& uri() const { return uri_; }
  // A folder of this machine that belongs to this lake and holds its journal and caches.
  virtual std::string state_folder() const = 0;

  virtual Result<std::string> Get(const std::string& key) = 0;
  // Writes a data file under a name nobody else uses; durable after MakeDurable.
  virtual Status WriteData(const std::string& key, std::string_view bytes) = 0;
  virtual Status MakeDurable(const std::vector<std::string>& keys) = 0;
  // Durable when it returns. kConflict: exists already.
  virtual Status PutIfAbsent(const std::string& key, std::string_view bytes) = 0;
  // Replaces whole; a reader sees the old or the new bytes.
  virtual Status Put(const std::string& key, std::string_view bytes) = 0;
  virtual Status Delete(const std::string& key) = 0;  // ok when it is not there
  // Everything below the folder ("" = the lake), sorted by key, keys relative to the lake; those
  // that sort after `start_after` when it is given. A missing folder is empty.
  virtual Result<std::vector<StoredObject>> List(const std::string& folder,
                                                 const std::string& start_after = "") = 0;
  // A local file with the object's bytes: the file itself, or a copy of an object that never
  // changes under its key, fetched once.
  virtual Result<std::string> LocalCopy(const std::string& key, int64_t size) = 0;
  // As LocalCopy, but touches nothing: where the local file is or would be.
  virtual std::string LocalPath(const std::string& key) const = 0;

 protected:
  explicit Store(std::string uri) : uri_(std::move(uri)) {}

 private:
  std::string uri_;
};

}  // namespace tidemark

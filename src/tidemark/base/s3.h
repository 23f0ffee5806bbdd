// The S3 seam: a small client for S3 and everything that speaks its protocol (MinIO, moto, R2).
//
// Addresses are s3://bucket/key. Requests are signed (SigV4) when there is an access key, else sent
// unsigned. A key source is asked before each request, so its keys may run out meanwhile. Each call
// retries by itself on 5xx, throttling, timeouts and broken connections, with a growing pause, so
// what it returns is final.
//
// Errors: kNotFound (no such key or bucket), kPermission (401, 403), kConflict (412, 409),
// kUnavailable (no usable answer after all attempts), kInvalidArgument (wrong region, bad request).
// Threads: every method may be called from any thread; connections are kept and reused.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"

namespace tidemark {

class S3KeySource;

struct S3Options {
  std::string endpoint;  // "" = Amazon's for the region; else a URL, http:// or https://
  std::string region = "us-east-1";
  std::string access_key;
  std::string secret_key;
  std::string session_token;
  std::shared_ptr<S3KeySource> key_source = nullptr;  // when there is one, the keys are its own
  bool path_style = true;    // https://host/bucket/key; false: https://bucket.host/key
  int attempts = 5;          // >= 1
  int first_pause_ms = 100;  // doubles with every attempt
};

struct S3Location {
  std::string bucket;
  std::string key;  // may be empty
  std::string ToString() const { return "s3://" + bucket + "/" + key; }
};
bool IsS3Uri(std::string_view uri);
// Errors: kInvalidArgument.
Result<S3Location> ParseS3Uri(std::string_view uri);

struct S3Object {
  std::string key;
  int64_t size = 0;
  std::string etag;  // without quotes
};

class S3Client {
 public:
  explicit S3Client(S3Options options);  // does no I/O
  ~S3Client();
  S3Client(S3Client&&) noexcept;
  S3Client& operator=(S3Client&&) noexcept;

  Result<std::string> Get(const S3Location& object) const;
  // Bytes [offset, offset + length); fewer when the object ends before. Empty past its end.
  // kConflict when `if_match` is given and is not the object's ETag.
  Result<std::string> GetRange(const S3Location& object, int64_t offset, int64_t length,
                               const std::string& if_match = "") const;
  Result<S3Object> Head(const S3Location& object) const;

  // Both return the ETag. PutIfAbsent: exactly one of several racing callers succeeds, the others
  // get kConflict; an attempt whose answer was lost counts as ours when exactly our bytes are
  // there.
  Result<std::string> Put(const S3Location& object, std::string_view bytes) const;
  Result<std::string> PutIfAbsent(const S3Location& object, std::string_view bytes) const;
  // ok when it is not there.
  Status Delete(const S3Location& object) const;
  // All keys that start with prefix.key and, when `start_after` is given, sort after it; ascending.
  Result<std::vector<S3Object>> List(const S3Location& prefix,
                                     const std::string& start_after = "") const;
  // Creates a bucket; ok when it is ours already.
  Status CreateBucket(const std::string& bucket) const;

  const S3Options& options() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark

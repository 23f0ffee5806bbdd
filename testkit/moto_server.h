// A local S3 server for tests: moto_server of the test environment, started on a free port with an
// empty store and ended with the object. endpoint() is "" where it is not installed: tests skip
// then.
#pragma once

#include <sys/types.h>
#include <string>

namespace tidemark {

class MotoServer {
 public:
  MotoServer();  // waits until it answers
  ~MotoServer();
  MotoServer(const MotoServer&) = delete;
  MotoServer& operator=(const MotoServer&) = delete;
  const std::string& endpoint() const { return endpoint_; }  // "http://127.0.0.1:40123"

 private:
  pid_t pid_ = -1;
  std::string endpoint_;
};

}  // namespace tidemark

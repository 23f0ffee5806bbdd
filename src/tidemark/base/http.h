// The HTTP seam: one exchange at a time over connections that are kept and reused. What S3, and the
// services that hand out its keys, are asked with. Redirects are not followed.
//
// Threads: Send may be called from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"

namespace tidemark {

struct HttpRequest {
  std::string method = "GET";  // GET, HEAD, PUT, POST, DELETE
  std::string url;
  std::map<std::string, std::string> headers = {};  // lower-case names
  std::string_view body = {};                       // of PUT and POST
  long connect_timeout_ms = 10'000;
  long timeout_ms = 0;  // of the whole; 0: none, but half a minute without a byte ends it
  bool direct = false;  // past any proxy of the environment
};

struct HttpAnswer {
  long status = 0;
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;

  // "" when there is no such header.
  std::string Header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? "" : it->second;
  }
  // Asking again may help: too many requests, a time-out, the server's own trouble.
  bool retryable() const { return status == 429 || status == 408 || status >= 500; }
};

class HttpClient {
 public:
  HttpClient();  // does no I/O
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  // One attempt. Errors: kUnavailable when there was no complete answer.
  Result<HttpAnswer> Send(const HttpRequest& request) const;

 private:
  struct Connections;
  std::unique_ptr<Connections> connections_;
};

}  // namespace tidemark

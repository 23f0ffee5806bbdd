// GET over http and https: one request, one reply, one connection, from the event loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/source/net/event_loop.h"

namespace tidemark {

struct HttpGet {
  std::string url = {};
  std::string secret = {};          // the end of the query, which no error names
  std::string ca_file = {};         // "": the system's certificates
  int64_t timeout_us = 30'000'000;  // of the whole
  size_t body_bytes_max = 64 << 20;
};

struct HttpReply {
  int status = 0;
  std::string reason;       // "Too Many Requests"
  std::string retry_after;  // the header, "" when there is none
  // What time it was at the server: Date, and Age where a cache replied; nullopt: it does not say.
  std::optional<EventTime> date;
  std::string body;
};

// A request under way; when it goes, the request is given up and `done` is not called.
class HttpFetch {
 public:
  // `done` is called once from the loop, and may delete the fetch. Redirects are not followed: any
  // whole reply is one. Errors: kUnavailable with host and cause; kParse for an address that is
  // none; those of the CA file.
  HttpFetch(EventLoop& loop, HttpGet get, std::function<void(Result<HttpReply>)> done);
  ~HttpFetch();
  HttpFetch(const HttpFetch&) = delete;
  HttpFetch& operator=(const HttpFetch&) = delete;

  // What stands behind it.
  class Exchange {
   public:
    virtual ~Exchange() = default;
    virtual void GiveUp() = 0;  // `done` is not called any more
  };

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace tidemark

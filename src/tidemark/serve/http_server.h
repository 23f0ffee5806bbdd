// A small HTTP/1.1 server: GET and HEAD of what a handler says, in one thread of its own, so that
// it answers whatever the rest of the program is doing. Clients that are slow, silent or send
// something else are cut off after a while and hold up nobody; when there are too many, the one
// that has been here longest goes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tidemark/base/listen_address.h"
#include "tidemark/base/result.h"

namespace tidemark {

struct PageAnswer {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body = {};
};

struct HttpServerLimits {
  int64_t wait_us = 30'000'000;  // for a whole request, and for an answer to be taken
  size_t header_bytes = 8192;
  size_t body_bytes = 8192;  // read and not looked at
  size_t connections = 64;
};

class HttpServer {
 public:
  // Called in the server's thread, one request at a time, with the target's path: "/metrics". It
  // must not throw.
  using Handler = std::function<PageAnswer(std::string_view path)>;

  // Listens when it returns. Errors: kUnavailable (the port is in use), kPermission,
  // kInvalidArgument (not an address of this machine), kIo.
  static Result<std::unique_ptr<HttpServer>> Start(const ListenAddress& address, Handler handler,
                                                   const HttpServerLimits& limits = {});
  ~HttpServer();  // what is being answered is given up
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // With the port that was chosen.
  const ListenAddress& address() const { return address_; }

 private:
  class Context;
  class Connection;
  HttpServer();

  ListenAddress address_;
  std::unique_ptr<Context> context_;
};

}  // namespace tidemark

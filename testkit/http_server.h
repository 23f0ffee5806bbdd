// An HTTP server on a free loopback port for tests: answers every request with what its handler
// says, one connection after the other, in a thread of its own.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <thread>

namespace tidemark {

class LocalHttpServer {
 public:
  struct Asked {
    std::string method, target;                  // "GET", "/path?query"
    std::map<std::string, std::string> headers;  // lower-case names
    std::string body;
  };
  struct Answer {
    int status = 200;
    std::string body = {};
  };
  // Called in the server's thread.
  using Handler = std::function<Answer(const Asked&)>;

  explicit LocalHttpServer(Handler handler);
  ~LocalHttpServer();  // waits for the answer under way
  LocalHttpServer(const LocalHttpServer&) = delete;
  LocalHttpServer& operator=(const LocalHttpServer&) = delete;
  const std::string& endpoint() const { return endpoint_; }  // "http://127.0.0.1:40123"

 private:
  void Serve(int connection) const;

  Handler handler_;
  int listening_;
  std::string endpoint_;
  std::thread thread_;
};

}  // namespace tidemark

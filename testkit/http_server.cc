#include "testkit/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "tidemark/base/check.h"

namespace tidemark {

LocalHttpServer::LocalHttpServer(Handler handler) : handler_(std::move(handler)) {
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  CHECK(::bind(listening_, generic, size) == 0);
  CHECK(::getsockname(listening_, generic, &size) == 0);
  CHECK(::listen(listening_, 16) == 0);
  endpoint_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::thread([this] {
    for (;;) {
      const int connection = ::accept(listening_, nullptr, nullptr);
      if (connection < 0) return;
      Serve(connection);
      ::close(connection);
    }
  });
}

LocalHttpServer::~LocalHttpServer() {
  ::shutdown(listening_, SHUT_RDWR);  // wakes accept
  thread_.join();
  ::close(listening_);
}

void LocalHttpServer::Serve(int connection) const {
  std::string bytes;
  const auto read_until = [&](const auto& done) {
    char buffer[4096];
    while (!done()) {
      const ssize_t got = ::recv(connection, buffer, sizeof(buffer), 0);
      if (got <= 0) return false;
      bytes.append(buffer, static_cast<size_t>(got));
    }
    return true;
  };
  size_t head = std::string::npos;
  if (!read_until([&] { return (head = bytes.find("\r\n\r\n")) != std::string::npos; })) return;
  std::istringstream lines(bytes.substr(0, head));
  Asked asked;
  lines >> asked.method >> asked.target;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), ::tolower);
    const size_t begin = line.find_first_not_of(' ', colon + 1);
    const size_t end = line.find_last_not_of("\r ");
    asked.headers[name] = begin <= end ? line.substr(begin, end + 1 - begin) : "";
  }
  const size_t length = std::strtoul(asked.headers["content-length"].c_str(), nullptr, 10);
  if (!read_until([&] { return bytes.size() >= head + 4 + length; })) return;
  asked.body = bytes.substr(head + 4, length);
  const Answer answer = handler_(asked);
  const std::string text =
      "HTTP/1.1 " + std::to_string(answer.status) +
      " Said\r\nConnection: close\r\nContent-Length: " + std::to_string(answer.body.size()) +
      "\r\n\r\n" + answer.body;
  (void)::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
}

}  // namespace tidemark

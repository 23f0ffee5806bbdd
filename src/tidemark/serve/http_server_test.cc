#include "tidemark/serve/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tidemark/base/clock.h"
#include "tidemark/base/random.h"

namespace tidemark {
namespace {

// A client that sends bytes as they are and waits five seconds for others.
class Client {
 public:
  explicit Client(const ListenAddress& server) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience = {.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port);
    ::inet_pton(AF_INET, server.host.c_str(), &address.sin_addr);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  bool Send(std::string_view bytes) const {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  // All until the server ends the connection; `ended` is false when it does not.
  std::string ReadAll() {
    std::string all;
    char buffer[4096];
    for (;;) {
      const ssize_t got = ::recv(fd_, buffer, sizeof(buffer), 0);
      if (got <= 0) {
        ended = got == 0 || errno == ECONNRESET;
        return all;
      }
      all.append(buffer, static_cast<size_t>(got));
    }
  }
  // One answer with its body, which has a length.
  std::string ReadAnswer() {
    std::string answer;
    char c = 0;
    while (!answer.ends_with("\r\n\r\n")) {
      if (::recv(fd_, &c, 1, 0) != 1) return answer;
      answer += c;
    }
    const size_t length = answer.find("Content-Length: ");
    if (length == std::string::npos) return answer;
    for (int left = std::atoi(answer.c_str() + length + 16); left > 0; --left) {
      if (::recv(fd_, &c, 1, 0) != 1) return answer;
      answer += c;
    }
    return answer;
  }
  bool ended = false;

 private:
  int fd_;
  bool connected_ = false;
};

std::unique_ptr<HttpServer> Serve(const HttpServerLimits& limits = {}) {
  auto server = HttpServer::Start(
      {},
      [](std::string_view path) -> PageAnswer {
        if (path == "/word") return {.body = "a word\n"};
        if (path == "/long") return {.body = std::string(1 << 20, 'x')};
        return {.status = 404, .body = "nothing is here\n"};
      },
      limits);
  EXPECT_TRUE(server) << server.error().message();
  return server ? *std::move(server) : nullptr;
}

std::string Ask(const HttpServer& server, std::string_view request) {
  Client client(server.address());
  EXPECT_TRUE(client.Send(request));
  return client.ReadAll();
}

std::string Line(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }
std::string Body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

TEST(HttpServer, AnswersWhatIsAskedFor) {
  const auto server = Serve();
  const std::string word =
      Ask(*server, "GET /word HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(Line(word), "HTTP/1.1 200 OK");
  EXPECT_EQ(Body(word), "a word\n");
  EXPECT_EQ(Line(Ask(*server, "GET /word?x=/y HTTP/1.0\r\n\r\n")), "HTTP/1.0 200 OK");
  EXPECT_EQ(Line(Ask(*server, "GET / HTTP/1.0\r\n\r\n")), "HTTP/1.0 404 Not Found");
  EXPECT_EQ(Body(Ask(*server, "GET /long HTTP/1.0\r\n\r\n")).size(), size_t{1} << 20);
}

TEST(HttpServer, AHeadIsTheAnswerWithoutItsBody) {
  const auto server = Serve();
  const std::string head =
      Ask(*server, "HEAD /word HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(Line(head), "HTTP/1.1 200 OK");
  EXPECT_NE(head.find("Content-Length: 7\r\n"), std::string::npos);
  EXPECT_EQ(Body(head), "");
}

TEST(HttpServer, OtherMethodsAreRefusedWhateverTheyBring) {
  const auto server = Serve();
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "NONSENSE"}) {
    const std::string answer = Ask(
        *server, method + " /word HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    EXPECT_EQ(Line(answer), "HTTP/1.1 405 Method Not Allowed") << method;
    EXPECT_NE(answer.find("Allow: GET, HEAD\r\n"), std::string::npos);
  }
}

TEST(HttpServer, AConnectionMayAskAgain) {
  const auto server = Serve();
  Client client(server->address());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send("GET /word HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_EQ(Body(client.ReadAnswer()), "a word\n");
  }
  // Two at once.
  ASSERT_TRUE(client.Send("GET /word HTTP/1.1\r\n\r\nPOST /word HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(Line(client.ReadAnswer()), "HTTP/1.1 200 OK");
  EXPECT_EQ(Line(client.ReadAnswer()), "HTTP/1.1 405 Method Not Allowed");
}

TEST(HttpServer, WhatIsTooLongIsToldSo) {
  const auto server = Serve();
  const std::string many(size_t{1} << 20, 'a');
  EXPECT_EQ(Line(Ask(*server, "GET /word HTTP/1.1\r\nX: " + many.substr(0, 9000) + "\r\n\r\n")),
            "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(Line(Ask(*server, "GET /" + many.substr(0, 60000) + " HTTP/1.1\r\n\r\n")),
            "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(Line(Ask(*server, "POST /word HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + many)),
            "HTTP/1.1 413 Payload Too Large");
}

TEST(HttpServer, GarbageEndsItsConnectionAndNoOther) {
  const auto server = Serve();
  EXPECT_EQ(Line(Ask(*server, "what is this?\r\n\r\n")), "HTTP/1.1 400 Bad Request");
  constexpr uint64_t kSeed = 11;
  Random random(kSeed);
  for (int i = 0; i < 200; ++i) {
    Client client(server->address());
    ASSERT_TRUE(client.connected());
    std::string bytes = i % 2 == 0 ? "GET /word HTTP/1.1\r\n" : "";
    for (uint64_t n = random.Below(3000); n > 0; --n) {
      bytes += static_cast<char>(random.Below(256));
    }
    (void)client.Send(bytes);
    if (i % 3 == 0) continue;  // leaves in the middle
    (void)client.Send("\r\n\r\n");
  }
  EXPECT_EQ(Body(Ask(*server, "GET /word HTTP/1.0\r\n\r\n")), "a word\n") << "seed " << kSeed;
}

TEST(HttpServer, ASlowClientIsCutOffAndHoldsUpNobody) {
  const auto server = Serve({.wait_us = 300'000});
  Client silent(server->address()), slow(server->address()), deaf(server->address());
  ASSERT_TRUE(slow.Send("GET /word HT"));
  ASSERT_TRUE(deaf.Send("GET /long HTTP/1.1\r\n\r\n"));  // and does not read it
  const int64_t begin = SystemClock().MonotonicNanos();
  EXPECT_EQ(Body(Ask(*server, "GET /word HTTP/1.0\r\n\r\n")), "a word\n");
  EXPECT_LT(SystemClock().MonotonicNanos() - begin, 250'000'000);
  EXPECT_EQ(silent.ReadAll(), "");
  EXPECT_TRUE(silent.ended);
  EXPECT_EQ(slow.ReadAll(), "");
  EXPECT_TRUE(slow.ended);
}

TEST(HttpServer, TooManyClientsPushOutTheOldest) {
  const auto server = Serve({.connections = 4});
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(std::make_unique<Client>(server->address()));
  EXPECT_EQ(Body(Ask(*server, "GET /word HTTP/1.0\r\n\r\n")), "a word\n");
  idle.front()->ReadAll();
  EXPECT_TRUE(idle.front()->ended);
  ASSERT_TRUE(idle.back()->Send("GET /word HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(Body(idle.back()->ReadAll()), "a word\n");
}

TEST(HttpServer, ManyClientsAtOnceAreAllAnswered) {
  const auto server = Serve();
  std::atomic<int> answered = 0;
  std::vector<std::thread> clients;
  for (int t = 0; t < 16; ++t) {
    clients.emplace_back([&] {
      Client client(server->address());
      for (int i = 0; i < 50; ++i) {
        if (!client.Send("GET /word HTTP/1.1\r\n\r\n")) return;
        answered += Body(client.ReadAnswer()) == "a word\n" ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, 16 * 50);
}

TEST(HttpServer, EndsWithClientsInTheMiddle) {
  auto server = Serve();
  Client silent(server->address()), slow(server->address()), deaf(server->address());
  ASSERT_TRUE(slow.Send("GET /wo"));
  ASSERT_TRUE(deaf.Send("GET /long HTTP/1.1\r\n\r\n"));
  server.reset();
  silent.ReadAll();
  EXPECT_TRUE(silent.ended);
}

TEST(HttpServer, APortInUseIsAnErrorAtOnce) {
  const auto server = Serve();
  const auto second = HttpServer::Start(server->address(), [](auto) { return PageAnswer{}; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
  const auto elsewhere = HttpServer::Start({"203.0.113.7", 0}, [](auto) { return PageAnswer{}; });
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace tidemark

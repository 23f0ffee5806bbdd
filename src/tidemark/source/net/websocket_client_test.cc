#include "tidemark/source/net/websocket_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <vector>

#include "testkit/scripted_venue.h"
#include "tidemark/base/file.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

// Remembers what it is told; the loop runs until something is true, ten seconds at most.
struct Heard : WebSocketClient::Listener {
  explicit Heard(EventLoop& the_loop) : loop(the_loop) {}
  EventLoop& loop;
  bool open = false;
  int alive = 0;
  std::vector<std::string> messages;
  std::optional<WebSocketClosed> closed;
  std::function<void()> on_open, on_message;

  void OnOpen() override {
    open = true;
    if (on_open) on_open();
  }
  void OnMessage(std::string_view message) override {
    messages.emplace_back(message);
    if (on_message) on_message();
  }
  void OnAlive() override { ++alive; }
  void OnClosed(const WebSocketClosed& end) override { closed = end; }

  bool Until(const std::function<bool()>& done) const {
    for (int i = 0; i < 1000 && !done(); ++i) loop.RunFor(10'000);
    return done();
  }
  std::string Reason() {
    EXPECT_TRUE(Until([&] { return closed.has_value(); }));
    return closed ? closed->reason : "";
  }
};

void Nothing(ScriptedVenue::Peer& peer) { peer.Stay(); }

struct TemporaryFile {
  explicit TemporaryFile(const std::string& bytes) : folder(*MakeTemporaryDirectory("net")) {
    EXPECT_TRUE(WriteFileSynced(path(), bytes));
  }
  ~TemporaryFile() { (void)RemoveTree(folder); }
  std::string path() const { return folder + "/ca.pem"; }
  std::string folder;
};

TEST(WebSocketClient, TextsGoBothWays) {
  EventLoop loop;
  Heard heard(loop);
  ScriptedVenue server(
      [](ScriptedVenue::Peer& peer) {
        peer.Send("you said " + peer.Receive() + " at " + peer.target());
        peer.Stay();
      },
      nullptr);
  WebSocketClient client(loop, {.url = server.ws_url() + "stream?x=1"}, heard);
  EXPECT_FALSE(client.Send("too early"));
  heard.on_open = [&] { EXPECT_TRUE(client.Send("hello")); };
  ASSERT_TRUE(heard.Until([&] { return !heard.messages.empty(); }));
  EXPECT_EQ(heard.messages[0], "you said hello at /stream?x=1");
}

TEST(WebSocketClient, LargeMessagesPackedOrNotArriveWhole) {
  for (const bool deflate : {true, false}) {
    EventLoop loop;
    Heard heard(loop);
    std::string large;
    for (int64_t i = 0; large.size() < 3'000'000; ++i) large += std::to_string(i * 7919) + ",";
    ScriptedVenue server(
        [&](ScriptedVenue::Peer& peer) {
          peer.Send(large);
          peer.Stay();
        },
        nullptr);
    WebSocketClient client(loop, {.url = server.ws_url(), .deflate = deflate}, heard);
    ASSERT_TRUE(heard.Until([&] { return !heard.messages.empty(); }));
    EXPECT_EQ(heard.messages[0], large);
  }
}

TEST(WebSocketClient, AMessageThatIsTooLongEndsTheConnection) {
  for (const bool deflate : {true, false}) {  // a few packed bytes may hold a lot
    EventLoop loop;
    Heard heard(loop);
    ScriptedVenue server(
        [](ScriptedVenue::Peer& peer) {
          peer.Send(std::string(2'000'000, 'a'));
          peer.Stay();
        },
        nullptr);
    WebSocketClient client(
        loop, {.url = server.ws_url(), .message_bytes_max = 1'000'000, .deflate = deflate}, heard);
    EXPECT_THAT(heard.Reason(), HasSubstr("a message of more than 1000000 bytes"));
    EXPECT_TRUE(heard.messages.empty());
  }
}

TEST(WebSocketClient, PingsAreAnsweredAndTold) {
  EventLoop loop;
  Heard heard(loop);
  ScriptedVenue server(
      [](ScriptedVenue::Peer& peer) {
        peer.Ping();
        peer.Stay();
      },
      nullptr);
  WebSocketClient client(loop, {.url = server.ws_url()}, heard);
  ASSERT_TRUE(heard.Until([&] { return heard.alive == 1; }));
  client.Ping();
  ASSERT_TRUE(heard.Until([&] { return heard.alive == 2; }));
}

TEST(WebSocketClient, TheEndIsToldOnceWithItsCause) {
  EventLoop loop;
  ScriptedVenue server(
      [](ScriptedVenue::Peer& peer) {
        if (peer.number() == 1) return peer.Close();
        peer.Drop();
      },
      nullptr);
  for (const char* cause :
       {"the server closed with code 1001", "the server ended the connection"}) {
    Heard heard(loop);
    WebSocketClient client(loop, {.url = server.ws_url()}, heard);
    EXPECT_THAT(heard.Reason(), HasSubstr(cause));
    EXPECT_THAT(heard.Reason(), HasSubstr(server.ws_url()));
    EXPECT_FALSE(client.Send("more"));
  }
}

TEST(WebSocketClient, WhatCannotBeOpenedSaysWhy) {
  EventLoop loop;
  const auto reason_of = [&](const WebSocketOptions& options) {
    Heard heard(loop);
    WebSocketClient client(loop, options, heard);
    EXPECT_FALSE(heard.closed) << "not inside the constructor";
    return heard.Reason();
  };
  EXPECT_THAT(reason_of({.url = "ws://127.0.0.1:1/"}), HasSubstr("connecting: Connection refused"));
  EXPECT_THAT(reason_of({.url = "ws://no-such-host.invalid/"}), HasSubstr("looking up the host"));
  EXPECT_THAT(reason_of({.url = "http://127.0.0.1/"}), HasSubstr("not a websocket address"));
  EXPECT_THAT(reason_of({.url = "wss://127.0.0.1/", .ca_file = "/nowhere.pem"}),
              HasSubstr("/nowhere.pem"));
  ScriptedVenue mute(Nothing, nullptr, {.mute = true});
  EXPECT_THAT(reason_of({.url = mute.ws_url(), .open_timeout_us = 100'000}),
              HasSubstr("not open after 100 ms"));
}

TEST(WebSocketClient, ARefusedHandshakeTellsStatusAndWhenToComeBack) {
  EventLoop loop;
  Heard heard(loop);
  ScriptedVenue server(Nothing, nullptr, {.refuse_with = 429});
  WebSocketClient client(loop, {.url = server.ws_url()}, heard);
  EXPECT_THAT(heard.Reason(), HasSubstr("the server answered 429 Too Many Requests"));
  EXPECT_EQ(heard.closed->http_status, 429);
  EXPECT_EQ(heard.closed->retry_after, "7");
}

TEST(WebSocketClient, CertificatesAreVerified) {
  EventLoop loop;
  const TestCertificate certificate = TestCertificate::Make(), other = TestCertificate::Make();
  const TemporaryFile trusted(certificate.certificate), stranger(other.certificate);
  ScriptedVenue server(
      [](ScriptedVenue::Peer& peer) {
        peer.Send("safe");
        peer.Stay();
      },
      nullptr, {.tls = &certificate});
  {
    Heard heard(loop);
    WebSocketClient client(loop, {.url = server.ws_url(), .ca_file = trusted.path()}, heard);
    ASSERT_TRUE(heard.Until([&] { return !heard.messages.empty(); })) << heard.Reason();
    EXPECT_EQ(heard.messages[0], "safe");
  }
  for (const std::string& ca : {std::string(), stranger.path()}) {
    Heard heard(loop);
    WebSocketClient client(loop, {.url = server.ws_url(), .ca_file = ca}, heard);
    EXPECT_THAT(heard.Reason(), HasSubstr("certificate verify failed"));
    EXPECT_FALSE(heard.open);
  }
}

TEST(WebSocketClient, ACertificateMustNameTheHost) {
  EventLoop loop;
  struct Case {
    const char *names, *host;
    bool good;
  };
  for (const Case& c :
       {Case{"DNS:localhost", "localhost", true}, Case{"DNS:localhost", "127.0.0.1", false},
        Case{"IP:127.0.0.1", "localhost", false},
        Case{"DNS:elsewhere.example,IP:127.0.0.9", "127.0.0.1", false}}) {
    SCOPED_TRACE(std::string(c.names) + " asked for as " + c.host);
    const TestCertificate certificate = TestCertificate::Make(c.names);
    const TemporaryFile trusted(certificate.certificate);
    ScriptedVenue server(Nothing, nullptr, {.tls = &certificate});
    std::string url = server.ws_url();
    url.replace(url.find("127.0.0.1"), 9, c.host);
    Heard heard(loop);
    WebSocketClient client(loop, {.url = url, .ca_file = trusted.path()}, heard);
    if (c.good) {
      EXPECT_TRUE(heard.Until([&] { return heard.open; })) << heard.Reason();
    } else {
      EXPECT_THAT(heard.Reason(), HasSubstr("mismatch"));
      EXPECT_FALSE(heard.open);
    }
  }
}

TEST(WebSocketClient, PausedNothingComesAndNothingIsLost) {
  EventLoop loop;
  Heard heard(loop);
  constexpr int kMessages = 20'000;
  ScriptedVenue server(
      [](ScriptedVenue::Peer& peer) {
        for (int i = 0; i < kMessages; ++i) peer.Send(std::to_string(i) + std::string(1000, '.'));
        peer.Stay();
      },
      nullptr);
  WebSocketClient client(loop, {.url = server.ws_url(), .deflate = false}, heard);
  int until_pause = 100;
  heard.on_message = [&] {
    if (--until_pause == 0) client.PauseReading(true);
  };
  ASSERT_TRUE(heard.Until([&] { return until_pause == 0; }));
  loop.RunFor(100'000);
  EXPECT_EQ(heard.messages.size(), 100u);
  client.PauseReading(false);
  client.PauseReading(true);
  client.PauseReading(false);
  ASSERT_TRUE(heard.Until([&] { return heard.messages.size() == kMessages; }));
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_EQ(heard.messages[i].substr(0, heard.messages[i].find('.')), std::to_string(i));
  }
}

TEST(WebSocketClient, TheQueueOfWhatWaitsIsBounded) {
  EventLoop loop;
  Heard heard(loop);
  ScriptedVenue server([](ScriptedVenue::Peer& peer) { peer.Stay(); }, nullptr);
  WebSocketClient client(loop, {.url = server.ws_url(), .queue_messages_max = 3}, heard);
  ASSERT_TRUE(heard.Until([&] { return heard.open; }));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.Send("x"));
  const Status fourth = client.Send("x");
  ASSERT_FALSE(fourth);
  EXPECT_EQ(fourth.error().code(), ErrorCode::kUnavailable);
  loop.RunFor(50'000);
  EXPECT_TRUE(client.Send("x"));
}

TEST(WebSocketClient, MayBeDeletedInItsOwnCalls) {
  EventLoop loop;
  ScriptedVenue server(
      [](ScriptedVenue::Peer& peer) {
        peer.Send("a");
        peer.Send("b");
        peer.Stay();
      },
      nullptr);
  for (const bool at_open : {true, false}) {
    Heard heard(loop);
    std::optional<WebSocketClient> client;
    client.emplace(loop, WebSocketOptions{.url = server.ws_url()}, heard);
    bool gone = false;
    (at_open ? heard.on_open : heard.on_message) = [&] {
      client.reset();
      gone = true;
    };
    ASSERT_TRUE(heard.Until([&] { return gone; }));
    loop.RunFor(50'000);
    EXPECT_EQ(heard.messages.size(), at_open ? 0u : 1u);
    EXPECT_FALSE(heard.closed);
  }
}

}  // namespace
}  // namespace tidemark

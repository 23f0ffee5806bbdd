#include "tidemark/source/net/http_fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "testkit/scripted_venue.h"
#include "tidemark/base/file.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

Result<HttpReply> Fetch(HttpGet get) {
  EventLoop loop;
  std::optional<Result<HttpReply>> reply;
  std::optional<HttpFetch> fetch;
  fetch.emplace(loop, std::move(get), [&](Result<HttpReply> got) {
    fetch.reset();  // it may be deleted in its own call
    reply = std::move(got);
    loop.Stop();
  });
  EXPECT_FALSE(reply) << "not inside the constructor";
  loop.RunFor(20'000'000);
  if (!reply) return Fail(ErrorCode::kInternal, "no reply at all");
  return *reply;
}

TEST(HttpFetch, GivesTheWholeReply) {
  ScriptedVenue server(nullptr, [](const std::string& target) {
    if (target == "/busy") return ScriptedVenue::Answer{429, "slow down", "12"};
    return ScriptedVenue::Answer{200, "asked " + target + std::string(100'000, '.')};
  });
  const auto good = Fetch({.url = server.http_url() + "/v1?x=1"});
  ASSERT_TRUE(good) << good.error().message();
  EXPECT_EQ(good->status, 200);
  EXPECT_TRUE(good->body.starts_with("asked /v1?x=1.."));
  EXPECT_EQ(good->body.size(), 13 + 100'000u);
  EXPECT_EQ(good->retry_after, "");
  const auto busy = Fetch({.url = server.http_url() + "/busy"});
  ASSERT_TRUE(busy);
  EXPECT_EQ(busy->status, 429);
  EXPECT_EQ(busy->retry_after, "12");
}

TEST(HttpFetch, FailuresNameHostAndCause) {
  ScriptedVenue server(nullptr, [](const std::string&) {
    return ScriptedVenue::Answer{200, std::string(5000, 'x')};
  });
  const auto large = Fetch({.url = server.http_url() + "/", .body_bytes_max = 1000});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(large.error().message(), HasSubstr("a reply of more than 1000 bytes"));
  EXPECT_THAT(large.error().message(), HasSubstr(server.http_url()));
  ScriptedVenue mute(nullptr, nullptr, {.mute = true});
  const auto late = Fetch({.url = mute.http_url() + "/", .timeout_us = 100'000});
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message(), HasSubstr("no reply after 100 ms"));
  const auto nobody = Fetch({.url = "http://127.0.0.1:1/"});
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().message(), HasSubstr("connecting: Connection refused"));
  const auto wrong = Fetch({.url = "wss://127.0.0.1/"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), ErrorCode::kParse);
}

TEST(HttpFetch, CertificatesAreVerified) {
  const TestCertificate certificate = TestCertificate::Make();
  const std::string folder = *MakeTemporaryDirectory("net");
  ASSERT_TRUE(WriteFileSynced(folder + "/ca.pem", certificate.certificate));
  ScriptedVenue server(nullptr,
                       [](const std::string&) { return ScriptedVenue::Answer{200, "safe"}; },
                       {.tls = &certificate});
  const auto good = Fetch({.url = server.http_url() + "/", .ca_file = folder + "/ca.pem"});
  ASSERT_TRUE(good) << good.error().message();
  EXPECT_EQ(good->body, "safe");
  const auto bad = Fetch({.url = server.http_url() + "/"});
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message(), HasSubstr("certificate verify failed"));
  EXPECT_TRUE(RemoveTree(folder));
}

TEST(HttpFetch, GivenUpItCallsNoMore) {
  EventLoop loop;
  ScriptedVenue server(nullptr, [](const std::string&) { return ScriptedVenue::Answer{200, "x"}; });
  bool called = false;
  {
    HttpFetch fetch(loop, {.url = server.http_url() + "/"},
                    [&](const Result<HttpReply>&) { called = true; });
    loop.RunOne(1'000);
  }
  loop.RunFor(50'000);
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace tidemark

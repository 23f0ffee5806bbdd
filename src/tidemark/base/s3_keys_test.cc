#include "tidemark/base/s3_keys.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "testkit/http_server.h"
#include "tidemark/base/file.h"
#include "tidemark/base/parallel.h"
#include "tidemark/base/s3.h"

namespace tidemark {
namespace {

using testing::HasSubstr;
using Asked = LocalHttpServer::Asked;
using Answer = LocalHttpServer::Answer;

constexpr ReceiveTime kNow{1'700'000'000 * kMicrosPerSecond};

// A service on loopback that hands out key 1, key 2, … which live for `life`, and the environment
// that names it.
class S3KeysTest : public testing::Test {
 protected:
  S3KeysTest() : clock_(kNow), server_([this](const Asked& asked) { return Say(asked); }) {}

  Answer Say(const Asked& asked) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(asked);
    if (status_ != 200) return {status_, "no"};
    if (asked.target == "/latest/api/token") {
      EXPECT_EQ(asked.method, "PUT");
      EXPECT_TRUE(asked.headers.contains("x-aws-ec2-metadata-token-ttl-seconds"));
      return {200, "a-token"};
    }
    if (asked.target.starts_with("/latest/")) {
      EXPECT_EQ(asked.headers.at("x-aws-ec2-metadata-token"), "a-token");
      if (asked.target.ends_with("/security-credentials/")) {
        return role_.empty() ? Answer{404, ""} : Answer{200, role_ + "\n"};
      }
      EXPECT_TRUE(asked.target.ends_with("/security-credentials/" + role_));
    }
    const int n = ++given_;
    const std::string expires = FormatTime({clock_.Now().us + life_});
    if (asked.method == "POST") {
      return {200, fmt::format("<R><Credentials><AccessKeyId>key {0}</AccessKeyId>"
                               "<SecretAccessKey>secret {0}</SecretAccessKey>"
                               "<SessionToken>token {0}</SessionToken>"
                               "<Expiration>{1}</Expiration></Credentials></R>",
                               n, expires)};
    }
    return {200, fmt::format(R"({{"Code": "Success", "AccessKeyId": "key {0}", "SecretAccessKey": )"
                             R"("secret {0}", "Token": "token {0}", "Expiration": "{1}"}})",
                             n, expires)};
  }

  Environment environment() {
    return [this](const std::string& name) { return variables_[name]; };
  }
  std::shared_ptr<S3KeySource> Container(const std::string& path = "/keys") {
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server_.endpoint() + path;
    auto source = ContainerKeys(environment(), clock_);
    EXPECT_TRUE(source) << (source ? "" : source.error().message());
    return source ? *source : nullptr;
  }
  std::shared_ptr<S3KeySource> Instance() {
    variables_["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = server_.endpoint();
    return InstanceKeys(environment(), clock_);
  }

  // What the server's thread uses is changed and read under its lock.
  void Advance(int64_t micros) {
    const std::lock_guard lock(mutex_);
    clock_.Advance(micros);
  }
  template <typename T, typename U>
  void Set(T& member, const U& value) {
    const std::lock_guard lock(mutex_);
    member = value;
  }
  std::vector<Asked> asked() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  ManualClock clock_;
  std::mutex mutex_;
  int status_ = 200;
  int given_ = 0;
  int64_t life_ = kMicrosPerHour;
  std::string role_ = "a-role";
  std::vector<Asked> requests_;
  std::map<std::string, std::string> variables_;
  LocalHttpServer server_;
};

TEST_F(S3KeysTest, ContainerIsAskedOnceWhileItsKeysHold) {
  const auto source = Container();
  const auto keys = source->Keys();
  ASSERT_TRUE(keys) << keys.error().message();
  EXPECT_EQ(keys->access_key, "key 1");
  EXPECT_EQ(keys->secret_key, "secret 1");
  EXPECT_EQ(keys->session_token, "token 1");
  Advance(54 * kMicrosPerMinute);
  EXPECT_EQ(source->Keys()->access_key, "key 1");
  EXPECT_EQ(asked().size(), 1u);
  EXPECT_EQ(asked()[0].target, "/keys");
}

TEST_F(S3KeysTest, KeysAreRenewedBeforeTheyRunOut) {
  const auto source = Container();
  EXPECT_EQ(source->Keys()->access_key, "key 1");
  Advance(55 * kMicrosPerMinute);
  EXPECT_EQ(source->Keys()->access_key, "key 2");
  Set(life_, kMicrosPerMinute);
  Advance(55 * kMicrosPerMinute);
  EXPECT_EQ(source->Keys()->access_key, "key 3");
  Advance(29 * kMicrosPerSecond);
  EXPECT_EQ(source->Keys()->access_key, "key 3");
  Advance(kMicrosPerSecond);
  EXPECT_EQ(source->Keys()->access_key, "key 4") << "short-lived keys are renewed halfway";
}

TEST_F(S3KeysTest, AServiceThatFailsIsNoErrorWhileTheOldKeysHold) {
  const auto source = Container();
  EXPECT_EQ(source->Keys()->access_key, "key 1");
  Set(status_, 403);
  Advance(56 * kMicrosPerMinute);
  EXPECT_EQ(source->Keys()->access_key, "key 1");
  Advance(4 * kMicrosPerMinute);
  const auto keys = source->Keys();
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code(), ErrorCode::kPermission);
  EXPECT_THAT(keys.error().message(), HasSubstr("container"));
  Set(status_, 200);
  EXPECT_EQ(source->Keys()->access_key, "key 2");
}

TEST_F(S3KeysTest, ContainerTokenIsSentAndItsFileReadAnew) {
  variables_["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "from the environment";
  EXPECT_TRUE(Container()->Keys());
  const std::string folder = *MakeTemporaryDirectory("tidemark-test-");
  variables_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = folder + "/token";
  ASSERT_TRUE(WriteFileSynced(folder + "/token", "one\n"));
  const auto source = Container();
  EXPECT_TRUE(source->Keys());
  ASSERT_TRUE(WriteFileSynced(folder + "/token", "two\n"));
  Advance(kMicrosPerHour);
  EXPECT_TRUE(source->Keys());
  ASSERT_EQ(asked().size(), 3u);
  EXPECT_EQ(asked()[0].headers["authorization"], "from the environment");
  EXPECT_EQ(asked()[1].headers["authorization"], "one");
  EXPECT_EQ(asked()[2].headers["authorization"], "two");
  (void)RemoveTree(folder);
}

TEST_F(S3KeysTest, KeysAreNotAskedForFromAnywhereInPlainText) {
  const auto refused = [&](const std::string& url) {
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    return !ContainerKeys(environment(), clock_);
  };
  for (const char* url : {"http://example.com/keys", "http://127.0.0.1.example.com/", "ftp://x/",
                          "http://127.0.0.1@example.com/", "http://[::2]/", "http://10.0.0.1/"}) {
    EXPECT_TRUE(refused(url)) << url;
  }
  for (const char* url : {"https://example.com/keys", "http://localhost:80/keys", "http://[::1]/",
                          "http://169.254.170.23/v1/credentials", "http://127.1.2.3:8080"}) {
    EXPECT_FALSE(refused(url)) << url;
  }
}

TEST_F(S3KeysTest, InstanceGivesTheKeysOfItsRole) {
  const auto source = Instance();
  const auto keys = source->Keys();
  ASSERT_TRUE(keys) << keys.error().message();
  EXPECT_EQ(keys->access_key, "key 1");
  EXPECT_EQ(keys->session_token, "token 1");
  Advance(kMicrosPerHour);
  EXPECT_EQ(source->Keys()->access_key, "key 2");
  EXPECT_EQ(asked().size(), 6u);
}

TEST_F(S3KeysTest, MachinesWithoutAServiceOrARoleHaveNoKeys) {
  Set(role_, "");
  EXPECT_EQ(Instance()->Keys()->access_key, "");
  Set(status_, 403);
  EXPECT_EQ(Instance()->Keys()->access_key, "");
  variables_["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1";
  const auto nowhere = InstanceKeys(environment(), clock_);
  EXPECT_EQ(nowhere->Keys()->access_key, "");
  variables_["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_EQ(InstanceKeys(environment(), clock_), nullptr);
}

TEST_F(S3KeysTest, WebIdentityIsChangedForKeys) {
  EXPECT_EQ(*WebIdentityKeys(environment(), clock_), nullptr);
  const std::string folder = *MakeTemporaryDirectory("tidemark-test-");
  ASSERT_TRUE(WriteFileSynced(folder + "/token", "a.b+c\n"));
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = folder + "/token";
  variables_["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
  variables_["AWS_ENDPOINT_URL_STS"] = server_.endpoint();
  const auto keys = (*WebIdentityKeys(environment(), clock_))->Keys();
  ASSERT_TRUE(keys) << keys.error().message();
  EXPECT_EQ(keys->access_key, "key 1");
  EXPECT_EQ(keys->session_token, "token 1");
  EXPECT_THAT(asked()[0].body, HasSubstr("WebIdentityToken=a.b%2Bc"));
  EXPECT_THAT(asked()[0].body, HasSubstr("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"));
  (void)RemoveTree(folder);
}

TEST_F(S3KeysTest, AnswersWithoutKeysAreErrors) {
  LocalHttpServer other([](const Asked& asked) -> Answer {
    if (asked.target == "/failed") return {200, R"({"Code": "Failed", "Message": "no role"})"};
    if (asked.target == "/empty") return {200, "{}"};
    return {200, "<html>"};
  });
  const auto code_of = [&](const std::string& path) {
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = other.endpoint() + path;
    return (*ContainerKeys(environment(), clock_))->Keys().error().code();
  };
  EXPECT_EQ(code_of("/failed"), ErrorCode::kPermission);
  EXPECT_EQ(code_of("/empty"), ErrorCode::kParse);
  EXPECT_EQ(code_of("/html"), ErrorCode::kParse);
}

TEST_F(S3KeysTest, ThreadsShareOneAnswer) {
  const auto source = Container();
  ThreadPool pool(4);
  pool.ParallelFor(32, [&](size_t) { EXPECT_EQ(source->Keys()->access_key, "key 1"); });
  EXPECT_EQ(asked().size(), 1u);
}

// A client that lives for longer than its keys signs with the new ones, token and all.
TEST_F(S3KeysTest, S3RequestsAreSignedWithTheKeysOfTheTime) {
  std::vector<Asked> requests;
  LocalHttpServer s3([&](const Asked& asked) -> Answer {
    const std::lock_guard lock(mutex_);
    requests.push_back(asked);
    return {200, "bytes"};
  });
  S3Options options;
  options.endpoint = s3.endpoint();
  options.key_source = Container();
  const S3Client client(options);
  EXPECT_EQ(*client.Get({"bucket", "key"}), "bytes");
  Advance(kMicrosPerHour);
  EXPECT_EQ(*client.Get({"bucket", "key"}), "bytes");
  const std::lock_guard lock(mutex_);
  ASSERT_EQ(requests.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(requests[i].headers["x-amz-security-token"], fmt::format("token {}", i + 1));
    EXPECT_THAT(requests[i].headers["authorization"],
                HasSubstr(fmt::format("Credential=key {}/", i + 1)));
    EXPECT_THAT(requests[i].headers["authorization"], HasSubstr(";x-amz-security-token,"));
  }
}

}  // namespace
}  // namespace tidemark

#include "tidemark/base/s3_credentials.h"

#include <gtest/gtest.h>

#include "tidemark/base/file.h"

namespace tidemark {
namespace {

class S3Credentials : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = *MakeTemporaryDirectory("tidemark-test-");
    variables_["HOME"] = folder_;
  }
  void TearDown() override { (void)RemoveTree(folder_); }
  std::string Write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(MakeDirectories(folder_ + "/.aws"));
    EXPECT_TRUE(WriteFileSynced(folder_ + "/" + name, text));
    return folder_ + "/" + name;
  }
  Result<S3Options> Resolve(S3Options overrides = {}, const std::string& ini = "") {
    return ResolveS3(std::move(overrides), ini,
                     [this](const std::string& name) { return variables_[name]; });
  }
  std::string folder_;
  std::map<std::string, std::string> variables_;
};

TEST_F(S3Credentials, WithoutAnyPlaceRequestsAreUnsigned) {
  const auto options = Resolve();
  ASSERT_TRUE(options);
  EXPECT_EQ(options->access_key, "");
  EXPECT_EQ(options->region, "us-east-1");
}

TEST_F(S3Credentials, IniSectionIsReadInBothSpellings) {
  for (const std::string text : {"[AWS]\nKEY=abc\nSECRET = d=e/f \n",
                                 "; c\n[AWS]\nAWS_ACCESS_KEY_ID='abc'\r\n"
                                 "AWS_SECRET_ACCESS_KEY=d=e/f\r\n"}) {
    const auto options = Resolve({}, Write("dl.cfg", text));
    ASSERT_TRUE(options);
    EXPECT_EQ(options->access_key, "abc");
    EXPECT_EQ(options->secret_key, "d=e/f");
  }
}

TEST_F(S3Credentials, HalfAPairInTheIniFileIsRefused) {
  EXPECT_EQ(Resolve({}, Write("dl.cfg", "[AWS]\nKEY=abc\n")).error().code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Resolve({}, folder_ + "/none.cfg").error().code(), ErrorCode::kNotFound);
}

TEST_F(S3Credentials, EarlierPlacesWinAndKeysAreNeverMixed) {
  Write(".aws/credentials",
        "[default]\naws_access_key_id=p\naws_secret_access_key=ps\naws_session_token=pt\n");
  Write(".aws/config", "[default]\nregion=eu-central-1\n[profile two]\nregion=eu-west-3\n");
  EXPECT_EQ(Resolve()->access_key, "p");
  EXPECT_EQ(Resolve()->session_token, "pt");
  EXPECT_EQ(Resolve()->region, "eu-central-1");
  variables_["AWS_ACCESS_KEY_ID"] = "e";
  EXPECT_EQ(Resolve()->access_key, "p") << "half a pair in the environment does not count";
  variables_["AWS_SECRET_ACCESS_KEY"] = "es";
  EXPECT_EQ(Resolve()->access_key, "e");
  EXPECT_EQ(Resolve()->session_token, "") << "the profile's token belongs to the profile's keys";
  S3Options mine;
  mine.access_key = "given";
  mine.secret_key = "given too";
  EXPECT_EQ(Resolve(mine)->secret_key, "given too");
  variables_["AWS_PROFILE"] = "two";
  EXPECT_EQ(Resolve()->region, "eu-west-3");
}

TEST_F(S3Credentials, ServicesAreAskedOnlyWhereNothingElseGivesKeys) {
  variables_["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_EQ(Resolve()->key_source, nullptr);
  variables_["AWS_EC2_METADATA_DISABLED"] = "";
  EXPECT_EQ(Resolve()->key_source->name(), "instance");
  variables_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/x";
  EXPECT_EQ(Resolve()->key_source->name(), "container");
  Write(".aws/credentials", "[default]\naws_access_key_id=p\naws_secret_access_key=ps\n");
  EXPECT_EQ(Resolve()->key_source, nullptr);
  EXPECT_EQ(Resolve()->access_key, "p");
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = "token";
  variables_["AWS_ROLE_ARN"] = "arn";
  const auto options = Resolve();
  EXPECT_EQ(options->key_source->name(), "web identity");
  EXPECT_EQ(options->access_key, "") << "keys come from one place";
  const auto again = Resolve(*options);
  EXPECT_EQ(again->key_source, options->key_source) << "a source once found stays";
}

}  // namespace
}  // namespace tidemark

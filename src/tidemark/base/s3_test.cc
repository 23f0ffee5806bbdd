#include "tidemark/base/s3.h"

#include <gtest/gtest.h>

#include <atomic>

#include "testkit/moto_server.h"
#include "tidemark/base/hash.h"
#include "tidemark/base/parallel.h"
#include "tidemark/base/s3_sign.h"
#include "tidemark/base/s3_xml.h"

namespace tidemark {
namespace {

// The worked examples of Amazon's S3 signature documentation ("Examples: signature calculations").
constexpr char kAccessKey[] = "AKIAIOSFODNN7EXAMPLE";
constexpr char kSecretKey[] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr char kRegion[] = "us-east-1";
S3Keys ExampleKeys() { return {kAccessKey, kSecretKey, ""}; }
S3Options ExampleOptions() {
  S3Options options;
  options.access_key = kAccessKey;
  options.secret_key = kSecretKey;
  return options;
}
constexpr ReceiveTime kExampleTime{1369353600 * kMicrosPerSecond};  // 2013-05-24T00:00:00Z

TEST(S3Sign, MatchesTheDocumentedGetObject) {
  S3Request request{"GET", "examplebucket.s3.amazonaws.com", "/test.txt",
                    {},    {{"range", "bytes=0-9"}},         Sha256::Of("")};
  SignS3Request(ExampleKeys(), kRegion, kExampleTime, request);
  EXPECT_TRUE(request.headers["authorization"].ends_with(
      "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST(S3Sign, MatchesTheDocumentedPutObject) {
  S3Request request{
      "PUT",
      "examplebucket.s3.amazonaws.com",
      "/test$file.text",
      {},
      {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
      Sha256::Of("Welcome to Amazon S3.")};
  SignS3Request(ExampleKeys(), kRegion, kExampleTime, request);
  EXPECT_TRUE(request.headers["authorization"].ends_with(
      "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(S3Sign, MatchesTheDocumentedListObjects) {
  S3Request request{"GET", "examplebucket.s3.amazonaws.com",
                    "/",   {{"max-keys", "2"}, {"prefix", "J"}},
                    {},    Sha256::Of("")};
  SignS3Request(ExampleKeys(), kRegion, kExampleTime, request);
  EXPECT_TRUE(request.headers["authorization"].ends_with(
      "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(S3Xml, DecodesEntitiesAndSkipsLongerNames) {
  const std::string xml =
      "<L><KeyCount>2</KeyCount><Contents><Key>a&amp;b&#x41;</Key></Contents><Contents/></L>";
  EXPECT_EQ(XmlText(xml, "Key"), "a&bA");
  EXPECT_EQ(XmlElements(xml, "Contents").size(), 1u);
  EXPECT_EQ(XmlText(xml, "None"), "");
}

TEST(S3Xml, ListingsAreReadWhateverTheirEntriesSay) {
  const S3Listing listing = ParseListing(
      "<R><IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>"
      "<Contents><Key>a/&#98;.csv</Key><ETag>&quot;9f86&quot;</ETag><Size>12</Size></Contents>"
      "<Contents><Key>c</Key><Size>-5</Size></Contents><Contents><Size>x</Size></Contents></R>");
  ASSERT_EQ(listing.objects.size(), 3u);
  EXPECT_EQ(listing.objects[0].key, "a/b.csv");
  EXPECT_EQ(listing.objects[0].etag, "9f86");
  EXPECT_EQ(listing.objects[0].size, 12);
  EXPECT_EQ(listing.objects[1].size, 0);
  EXPECT_EQ(listing.objects[2].key, "");
  EXPECT_EQ(listing.next, "t&1");
  EXPECT_EQ(ParseListing("<R><NextContinuationToken>t</NextContinuationToken></R>").next, "");
}

TEST(S3Uri, SplitsBucketAndKey) {
  const auto at = ParseS3Uri("s3://bucket/a/b.csv");
  ASSERT_TRUE(at);
  EXPECT_EQ(at->bucket, "bucket");
  EXPECT_EQ(at->key, "a/b.csv");
  EXPECT_EQ(ParseS3Uri("s3://bucket")->key, "");
  EXPECT_EQ(ParseS3Uri("s3:///x").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ParseS3Uri("/tmp/x").error().code(), ErrorCode::kInvalidArgument);
}

TEST(S3Client, UnreachableEndpointIsUnavailable) {
  S3Options options = ExampleOptions();
  options.endpoint = "http://127.0.0.1:1";
  options.attempts = 2;
  options.first_pause_ms = 1;
  EXPECT_EQ(S3Client(options).Get({"b", "k"}).error().code(), ErrorCode::kUnavailable);
}

class S3Server : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new MotoServer(); }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  void SetUp() override {
    if (server_->endpoint().empty()) GTEST_SKIP() << "moto_server is not installed";
    S3Options options = ExampleOptions();
    options.endpoint = server_->endpoint();
    options.first_pause_ms = 1;
    client_ = std::make_unique<S3Client>(options);
    ASSERT_TRUE(client_->CreateBucket("lake"));
  }
  static MotoServer* server_;
  std::unique_ptr<S3Client> client_;
};
MotoServer* S3Server::server_ = nullptr;

TEST_F(S3Server, WhatIsPutComesBack) {
  const S3Location at{"lake", "a folder/x+y=ä.bin"};
  std::string bytes(300'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  const auto etag = client_->Put(at, bytes);
  ASSERT_TRUE(etag) << etag.error().message();
  EXPECT_EQ(*client_->Get(at), bytes);
  EXPECT_EQ(*client_->GetRange(at, 299'990, 100), bytes.substr(299'990));
  EXPECT_EQ(*client_->GetRange(at, 10, 5), bytes.substr(10, 5));
  EXPECT_EQ(*client_->GetRange(at, 300'000, 5), "");
  const auto head = client_->Head(at);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->size, 300'000);
  EXPECT_EQ(head->etag, *etag);
}

TEST_F(S3Server, MissingObjectsAndBucketsAreNotFound) {
  EXPECT_EQ(client_->Get({"lake", "none"}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(client_->Head({"lake", "none"}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(client_->Get({"nobucket", "none"}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(client_->List({"nobucket", ""}).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(client_->Delete({"lake", "none"}));
}

TEST_F(S3Server, PutIfAbsentSucceedsOnceAmongRacers) {
  std::atomic<int> wins{0}, conflicts{0};
  ThreadPool pool(4);
  pool.ParallelFor(4, [&](size_t i) {
    const auto put = client_->PutIfAbsent({"lake", "log/1.json"}, std::string(1, 'a' + char(i)));
    if (put) ++wins;
    if (!put && put.error().code() == ErrorCode::kConflict) ++conflicts;
  });
  EXPECT_EQ(wins, 1);
  EXPECT_EQ(conflicts, 3);
}

TEST_F(S3Server, ListFollowsContinuationInKeyOrder) {
  ThreadPool pool(4);
  pool.ParallelFor(1005, [&](size_t i) {
    ASSERT_TRUE(client_->Put({"lake", "many/" + std::to_string(10000 + i) + "&.json"}, "x"));
  });
  const auto all = client_->List({"lake", "many/"});
  ASSERT_TRUE(all) << all.error().message();
  ASSERT_EQ(all->size(), 1005u);
  EXPECT_EQ(all->front().key, "many/10000&.json");
  EXPECT_EQ(all->back().key, "many/11004&.json");
  EXPECT_EQ(all->front().size, 1);
  EXPECT_EQ(client_->List({"lake", "many/"}, "many/11000&.json")->size(), 4u);
}

TEST_F(S3Server, DeletedObjectsAreGone) {
  ASSERT_TRUE(client_->Put({"lake", "gone"}, ""));
  ASSERT_TRUE(client_->Delete({"lake", "gone"}));
  EXPECT_EQ(client_->Head({"lake", "gone"}).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tidemark

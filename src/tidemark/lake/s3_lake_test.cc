// A lake on an S3 server (moto) behaves as one in a folder.
#include <algorithm>
#include <cstdlib>

#include "testkit/moto_server.h"
#include "tidemark/lake/test_rows.h"

namespace tidemark {
namespace {

using lake_test::At;
using lake_test::Candles;
using lake_test::kEth;
using lake_test::kLtc;
using lake_test::SameBits;
using lake_test::Why;

class S3Lake : public lake_test::LakeTest {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<MotoServer>(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    LakeTest::SetUp();
    if (server_->endpoint().empty()) GTEST_SKIP() << "moto_server is not installed";
    ::setenv("XDG_CACHE_HOME", (folder_ + "/cache").c_str(), 1);
    ::setenv("XDG_STATE_HOME", (folder_ + "/state").c_str(), 1);
    options_.endpoint = server_->endpoint();
    options_.access_key = "test";
    options_.secret_key = "secret";
    options_.first_pause_ms = 1;
    bucket_ = "lake-" + std::to_string(next_++);
    ASSERT_TRUE(S3Client(options_).CreateBucket(bucket_));
  }
  std::unique_ptr<Lake> Open() {
    return *Lake::Open("s3://" + bucket_ + "/some/prefix", options_, clock_);
  }

  static inline std::unique_ptr<MotoServer> server_;
  static inline int next_ = 0;
  S3Options options_;
  std::string bucket_;
};

TEST_F(S3Lake, EpochsAreWrittenReadRepairedAndVacuumed) {
  auto lake = Open();
  EXPECT_EQ(lake->Pin()->epoch(), 0);
  ASSERT_TRUE(lake->LockForWriting("first"));
  const Batch rows = Candles(kLtc, At("2020-01-20"), 30'000, 1);
  auto written = WriteCandles(*lake, kLtc, rows);
  ASSERT_TRUE(written) << Why(written);
  const Batch fix = Candles(kLtc, At("2020-01-25"), 10, 2);
  written = WriteCandles(*lake, kLtc, fix);
  ASSERT_TRUE(written) << Why(written);
  Batch expected(rows.schema);
  expected.Append(rows, 0, 5 * 1440);
  expected.Append(fix);
  expected.Append(rows, 5 * 1440 + 10, rows.rows);

  auto reader = Open();
  const auto view = reader->Pin();
  ASSERT_TRUE(view) << Why(view);
  EXPECT_EQ(view->epoch(), 2);
  const auto read = view->Read(VendorCandlesTable());
  ASSERT_TRUE(read) << Why(read);
  EXPECT_TRUE(SameBits(*read, expected));
  EXPECT_TRUE(SameBits(*reader->PinEpoch(1)->Read(VendorCandlesTable()), rows));
  const auto findings = lake->CheckIntegrity(*view, {.statistics = true});
  ASSERT_TRUE(findings);
  EXPECT_TRUE(findings->empty());
  const auto path = view->Fetch("vendor_candles", view->Files("vendor_candles")[0]);
  ASSERT_TRUE(path);
  EXPECT_TRUE(FileExists(*path));

  // A writer that died before Prepare.
  {
    const auto writer = lake->Begin(*lake->Pin());
    ASSERT_TRUE((*writer)->DeclareTable(VendorCandlesTable(), {}));
    ASSERT_TRUE((*writer)->Replace(VendorCandlesTable(), kEth, TimeRange::All(),
                                   Candles(kEth, At("2020-01-01"), 21'000, 3)));
  }
  const auto listed = [&] {
    const auto objects = S3Client(options_).List({bucket_, "some/prefix/vendor_candles/venue"});
    return objects->size();
  };
  const size_t before = listed();
  ASSERT_TRUE(lake->RemoveUnprepared(2, std::nullopt));
  EXPECT_EQ(listed(), before - 1);
  clock_.Advance(3 * kMicrosPerDay);
  const auto vacuumed = lake->Vacuum(0, false);
  ASSERT_TRUE(vacuumed) << Why(vacuumed);
  EXPECT_EQ(vacuumed->oldest_epoch, 2);
  EXPECT_EQ(listed(), before - 2);
  EXPECT_TRUE(SameBits(*Open()->Pin()->Read(VendorCandlesTable()), expected));
}

TEST_F(S3Lake, SecondWriterIsRefusedUntilTheLeaseRunsOut) {
  auto first = Open();
  ASSERT_TRUE(first->LockForWriting("tidemark run, process 42"));
  ASSERT_TRUE(WriteCandles(*first, kLtc, Candles(kLtc, At("2020-01-01"), 10, 1)));
  auto second = Open();
  const auto locked = second->LockForWriting("another");
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code(), ErrorCode::kLocked);
  EXPECT_NE(locked.error().message().find("process 42"), std::string::npos);

  // The first one stalls with an epoch prepared; the second takes over.
  const auto writer = first->Begin(*first->Pin());
  ASSERT_TRUE((*writer)->DeclareTable(VendorCandlesTable(), {}));
  const Batch rows = Candles(kLtc, At("2020-01-01"), 10, 2);
  ASSERT_TRUE((*writer)->Replace(VendorCandlesTable(), kLtc, RangeOf(rows), rows));
  const auto prepared = (*writer)->Prepare();
  ASSERT_TRUE(prepared) << Why(prepared);
  clock_.Advance(kMicrosPerHour);
  ASSERT_TRUE(second->LockForWriting("another"));
  const Batch winner = Candles(kLtc, At("2020-01-01"), 10, 3);
  ASSERT_TRUE(WriteCandles(*second, kLtc, winner));
  const auto late = first->Commit(*prepared);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(SameBits(*Open()->Pin()->Read(VendorCandlesTable()), winner));
}

TEST_F(S3Lake, GivenBackLeaseIsTakenAtOnce) {
  {
    auto first = Open();
    ASSERT_TRUE(first->LockForWriting("first"));
  }
  EXPECT_TRUE(Open()->LockForWriting("second"));
}

TEST_F(S3Lake, JournalAndCacheAreFoldersOfThisMachine) {
  const auto lake = Open();
  EXPECT_TRUE(lake->journal_path().starts_with(folder_ + "/state/tidemark/"));
  EXPECT_TRUE(lake->journal_path().ends_with("/journal"));
  S3Options elsewhere = options_;
  elsewhere.endpoint = "http://other.example";
  EXPECT_NE((*Lake::Open(lake->uri(), elsewhere))->journal_path(), lake->journal_path());
}

}  // namespace
}  // namespace tidemark

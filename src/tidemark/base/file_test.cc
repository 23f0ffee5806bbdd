#include "tidemark/base/file.h"

#include <gtest/gtest.h>

#include "tidemark/base/fault.h"

namespace tidemark {
namespace {

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override { folder_ = MakeTemporaryDirectory("tidemark-file-test-").value(); }
  void TearDown() override {
    ArmFault(FaultMode::kNone, 0);
    EXPECT_TRUE(RemoveTree(folder_));
  }
  std::string folder_;
};

TEST_F(FileTest, OnlyTheFirstPutIfAbsentSucceeds) {
  const std::string path = folder_ + "/a";
  EXPECT_TRUE(PutIfAbsent(path, "first"));
  const Status second = PutIfAbsent(path, "second");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(ReadFile(path).value(), "first");
  EXPECT_EQ(ListDirectory(folder_).value(), std::vector<std::string>{"a"});
}

TEST_F(FileTest, AFailedPutIfAbsentLeavesNoFileOfThatName) {
  for (uint64_t n = 1; n <= 3; ++n) {
    const std::string path = folder_ + "/b" + std::to_string(n);
    ArmFault(FaultMode::kFail, n);
    EXPECT_FALSE(PutIfAbsent(path, "bytes"));
    ArmFault(FaultMode::kNone, 0);
    EXPECT_FALSE(FileExists(path));
    EXPECT_TRUE(PutIfAbsent(path, "bytes"));
  }
}

TEST_F(FileTest, AMissingFileIsNotFound) {
  EXPECT_EQ(ReadFile(folder_ + "/none").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(MappedFile::Open(folder_ + "/none").error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(RemoveFile(folder_ + "/none"));
}

TEST_F(FileTest, AppendedBytesFollowEachOther) {
  const std::string path = folder_ + "/log";
  for (const char* part : {"one ", "two"}) {
    AppendFile file = AppendFile::Open(path).value();
    EXPECT_TRUE(file.Append(part));
    EXPECT_TRUE(file.Sync());
  }
  EXPECT_EQ(MappedFile::Open(path).value().bytes(), "one two");
}

TEST_F(FileTest, ALockHasOneHolderAndSaysWho) {
  const std::string path = folder_ + "/lock";
  {
    const auto first = FileLock::Acquire(path, "the first");
    ASSERT_TRUE(first);
    const auto second = FileLock::Acquire(path, "the second");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::kLocked);
    EXPECT_NE(second.error().message().find("the first"), std::string::npos);
  }
  EXPECT_TRUE(FileLock::Acquire(path, "the second"));
}

}  // namespace
}  // namespace tidemark

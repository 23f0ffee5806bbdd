#include "tidemark/base/file.h"

#include <gtest/gtest.h>

#include <filesystem>

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

// The fourth step syncs the folder: the file is there, and its name may not be.
TEST_F(FileTest, AFileWhoseNameMayBeLostIsMadeDurableBeforeAnybodyGoesOnFromIt) {
  const std::string path = folder_ + "/once";
  ArmFault(FaultMode::kFail, 4);
  EXPECT_FALSE(PutIfAbsent(path, "bytes"));
  ArmFault(FaultMode::kNone, 0);
  ASSERT_TRUE(FileExists(path));
  const uint64_t before = FaultPointsPassed();
  EXPECT_EQ(PutIfAbsent(path, "bytes").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(FaultPointsPassed(), before + 1) << "the sync of the folder";
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

TEST_F(FileTest, AFileIsCreatedOnceAndCut) {
  const std::string path = folder_ + "/log";
  AppendFile file = AppendFile::Create(path).value();
  EXPECT_EQ(AppendFile::Create(path).error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(file.Append("one two"));
  EXPECT_TRUE(file.Truncate(3));
  EXPECT_TRUE(file.Append(", three"));
  EXPECT_EQ(ReadFile(path).value(), "one, three");
}

TEST_F(FileTest, PiecesOfAFileAreReadOrItEndsTooEarly) {
  const std::string path = folder_ + "/pieces";
  EXPECT_TRUE(WriteFileSynced(path, "0123456789"));
  const ReadableFile file = ReadableFile::Open(path).value();
  EXPECT_EQ(file.size(), 10);
  std::string bytes = "before";
  EXPECT_TRUE(file.ReadAt(3, 4, &bytes));
  EXPECT_EQ(bytes, "3456");
  EXPECT_TRUE(file.ReadAt(10, 0, &bytes));
  EXPECT_EQ(bytes, "");
  EXPECT_EQ(file.ReadAt(8, 3, &bytes).error().code(), ErrorCode::kIo);
  EXPECT_EQ(ReadableFile::Open(folder_).error().code(), ErrorCode::kIo);
}

TEST_F(FileTest, AFileMovesWithinAndBetweenFileSystemsAndReplacesNone) {
  std::vector<std::string> folders = {folder_ + "/other"};
  ASSERT_TRUE(MakeDirectories(folders[0]));
  // Where there is a file system in memory it is another one.
  if (IsDirectory("/dev/shm")) {
    folders.push_back("/dev/shm/" + std::filesystem::path(folder_).filename().string());
    ASSERT_TRUE(MakeDirectories(folders[1]));
  }
  const std::string bytes(3'000'000, 'x');
  for (const std::string& folder : folders) {
    const std::string from = folder_ + "/from", to = folder + "/to";
    ASSERT_TRUE(WriteFileSynced(from, bytes));
    const uint64_t before = FaultPointsPassed();
    ASSERT_TRUE(MoveFile(from, to));
    const uint64_t points = FaultPointsPassed() - before;
    EXPECT_FALSE(FileExists(from));
    EXPECT_TRUE(ReadFile(to).value() == bytes);
    ASSERT_TRUE(WriteFileSynced(from, "another"));
    EXPECT_EQ(MoveFile(from, to).error().code(), ErrorCode::kConflict);
    for (uint64_t n = 1; n <= points; ++n) {
      ASSERT_TRUE(RemoveFile(to));
      ASSERT_TRUE(WriteFileSynced(from, bytes));
      ArmFault(FaultMode::kFail, n);
      EXPECT_FALSE(MoveFile(from, to));
      ArmFault(FaultMode::kNone, 0);
      EXPECT_TRUE(FileExists(from) || ReadFile(to).value() == bytes);
    }
  }
  EXPECT_TRUE(RemoveTree(folders.back()));
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

TEST_F(FileTest, TheHolderOfALockIsHeardWhileItLives) {
  const std::string path = folder_ + "/live";
  EXPECT_EQ(FileLock::ReadHolder(path).error().code(), ErrorCode::kNotFound);
  {
    const auto lock = FileLock::Acquire(path, "all is well");
    ASSERT_TRUE(lock);
    EXPECT_EQ(FileLock::ReadHolder(path), "all is well");
    ASSERT_TRUE(lock->Rewrite("nothing can be\nwritten"));
    EXPECT_EQ(FileLock::ReadHolder(path), "nothing can be\nwritten");
    ASSERT_TRUE(lock->Rewrite("well"));
    EXPECT_EQ(FileLock::ReadHolder(path), "well");
    EXPECT_EQ(lock->Rewrite(std::string(4097, 'x')).error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(FileLock::ReadHolder(path).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tidemark

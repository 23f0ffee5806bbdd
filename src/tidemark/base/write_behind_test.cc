#include "tidemark/base/write_behind.h"

#include <gtest/gtest.h>

#include "tidemark/base/fault.h"
#include "tidemark/base/file.h"

namespace tidemark {
namespace {

class WriteBehind : public testing::Test {
 protected:
  void SetUp() override { root_ = *MakeTemporaryDirectory("tidemark-behind-"); }
  void TearDown() override {
    ArmFault(FaultMode::kNone, 0);
    ASSERT_TRUE(RemoveTree(root_));
  }
  std::string root_;
};

TEST_F(WriteBehind, FilesHoldTheirBytesAndSyncEveryFolderOnce) {
  ASSERT_TRUE(MakeDirectories(root_ + "/a/b"));
  std::vector<std::string> paths;
  for (int i = 0; i < 9; ++i) {
    paths.push_back(root_ + "/a/b/" + std::to_string(i));
    ASSERT_TRUE(WriteFileBehind(paths.back(), std::string(static_cast<size_t>(i) * 1000, 'x')));
  }
  const uint64_t before = FaultPointsPassed();
  ASSERT_TRUE(SyncFiles(root_, paths));
  EXPECT_EQ(FaultPointsPassed() - before, 9 + 3);  // root, a, b
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(ReadFile(paths[static_cast<size_t>(i)])->size(), static_cast<size_t>(i) * 1000);
  }
}

TEST_F(WriteBehind, MissingFolderAndMissingFileAreErrors) {
  const auto written = WriteFileBehind(root_ + "/none/x", "1");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(SyncFiles(root_, {root_ + "/absent"}));
}

TEST_F(WriteBehind, InjectedFaultStopsTheSync) {
  ASSERT_TRUE(WriteFileBehind(root_ + "/x", "1"));
  ArmFault(FaultMode::kFail, 2);
  const auto synced = SyncFiles(root_, {root_ + "/x"});
  ASSERT_FALSE(synced);
  EXPECT_EQ(synced.error().code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace tidemark

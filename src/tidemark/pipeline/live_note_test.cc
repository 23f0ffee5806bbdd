#include "tidemark/pipeline/live_note.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

class LiveNoteTest : public testing::Test {
 protected:
  void SetUp() override { folder_ = *MakeTemporaryDirectory("live_note"); }
  void TearDown() override { ASSERT_TRUE(RemoveTree(folder_)); }
  std::string folder_;
};

TEST_F(LiveNoteTest, IsReadWhileItsProcessLives) {
  const std::string path = LiveNotePath(folder_);
  EXPECT_FALSE(LiveNote::Read(path));
  const LiveNote note = {42, {1'700'000'000'000'000}, {{"log_full", "it is \"full\"\n"}}};
  {
    const auto lock = FileLock::Acquire(path, "");
    ASSERT_TRUE(lock);
    EXPECT_FALSE(LiveNote::Read(path)) << "nothing was written yet";
    ASSERT_TRUE(lock->Rewrite(note.ToJson()));
    const auto read = LiveNote::Read(path);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->process, 42);
    EXPECT_EQ(read->started, note.started);
    EXPECT_EQ(read->problems, note.problems);
  }
  EXPECT_FALSE(LiveNote::Read(path));
}

TEST_F(LiveNoteTest, HasRoomForAnyTrouble) {
  LiveNote note = {1, {1}, {}};
  for (int i = 0; i < 1000; ++i) note.problems.push_back({"feed_down", std::string(9999, '\x01')});
  const auto lock = FileLock::Acquire(LiveNotePath(folder_), "");
  ASSERT_TRUE(lock);
  ASSERT_TRUE(lock->Rewrite(note.ToJson()));
  const auto read = LiveNote::Read(LiveNotePath(folder_));
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->problems.empty());
}

}  // namespace
}  // namespace tidemark

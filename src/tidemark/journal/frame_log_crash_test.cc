// What a crash and damage leave of a frame log.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "tidemark/base/fault.h"
#include "tidemark/journal/frame_testing.h"

namespace tidemark {
namespace {

Frames Held(const FrameLog& log) {
  auto [frames, read] =
      CollectFrames([&](const OnFrame& on_frame) { return log.Read(1, on_frame); });
  EXPECT_TRUE(read) << read.error().message();
  return std::move(frames);
}

bool IsPrefix(const Frames& part, const Frames& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

class FrameLogCrashTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = *MakeTemporaryDirectory("tidemark-frames-");
    frames_ = folder_ + "/frames";
  }
  void TearDown() override {
    ArmFault(FaultMode::kNone, 0);
    (void)RemoveTree(folder_);
  }
  std::unique_ptr<FrameLog> Open(const FrameLog::Options& options = {}) {
    auto log = FrameLog::Open(frames_, 1, options);
    EXPECT_TRUE(log) << (log ? "" : log.error().message());
    return log ? *std::move(log) : nullptr;
  }
  std::string LastFile() const { return frames_ + "/" + ListDirectory(frames_)->back(); }

  std::string folder_, frames_;
};

// A log of several groups in two segments; where in the last file each group ends.
struct Example {
  Frames given;
  std::string path, bytes;        // of the last segment
  size_t in_first = 0;            // frames in the segment before
  std::vector<size_t> ends;       // of its groups
  std::vector<size_t> frames_at;  // frames in the log up to each end
};

Example MakeExample(FrameLog& log, const std::string& folder, uint64_t seed) {
  Random random(seed);
  Example made;
  for (int group = 0; group < 8; ++group) {
    for (uint64_t i = 0; i <= random.Below(30); ++i) {
      made.given.push_back(RandomFrame(random));
      made.given.back().index = *log.Append(made.given.back().View());
    }
    EXPECT_TRUE(group == 1 ? log.StartSegment() : log.Sync());
    if (group == 1) made.in_first = made.given.size();
    if (group < 2) continue;
    made.path = folder + "/" + ListDirectory(folder)->back();
    made.ends.push_back(static_cast<size_t>(*FileSize(made.path)));
    made.frames_at.push_back(made.given.size());
  }
  made.bytes = *ReadFile(made.path);
  return made;
}

TEST_F(FrameLogCrashTest, AFileCutAnywhereKeepsTheWholeGroupsBeforeTheCut) {
  const Example made = MakeExample(*Open(), frames_, 1);
  const size_t in_first = made.in_first;
  std::vector<size_t> cuts = {0, 1, 15, 16, 43, 44, 60};
  for (const size_t end : made.ends) {
    for (const size_t more : {0, 1, 4, 44, 47, 48, 49}) cuts.push_back(end + more);
    cuts.push_back(end - 1);
  }
  Random random(1);
  while (cuts.size() < 150) cuts.push_back(random.Below(made.bytes.size()));
  for (size_t cut : cuts) {
    cut = std::min(cut, made.bytes.size());
    SCOPED_TRACE(cut);
    for (const bool zeros : {false, true}) {
      std::string bytes = made.bytes.substr(0, cut);
      if (zeros) bytes.resize(made.bytes.size() + 100);
      ASSERT_TRUE(WriteFileSynced(made.path, bytes));
      const auto log = Open();
      ASSERT_TRUE(log);
      size_t expected = in_first;
      bool whole = false;
      for (size_t g = 0; g < made.ends.size(); ++g) {
        if (made.ends[g] <= cut) expected = made.frames_at[g];
        whole |= !zeros && made.ends[g] == cut;
      }
      const Frames held = Held(*log);
      ASSERT_EQ(held.size(), expected);
      ASSERT_TRUE(IsPrefix(held, made.given));
      ASSERT_EQ(log->next_index(), static_cast<int64_t>(expected) + 1);
      if (whole) {
        ASSERT_EQ(log->recovered(), "");
      }
      if (!whole && cut > made.ends[0]) {
        ASSERT_NE(log->recovered(), "");
      }
      // Recovery is done once.
      ASSERT_EQ(Open()->recovered(), "");
    }
  }
}

TEST_F(FrameLogCrashTest, DamageBeforeWhatWasSyncedLaterIsNeverPassedOver) {
  for (const uint64_t seed : {1, 2, 3}) {
    ASSERT_TRUE(RemoveTree(frames_));
    const Example made = MakeExample(*Open(), frames_, seed);
    const size_t last_group = made.ends[made.ends.size() - 2];
    Random random(seed);
    for (int round = 0; round < 150; ++round) {
      std::string bytes = made.bytes;
      const size_t at = random.Below(bytes.size());
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.Below(8));
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", byte " << at);
      ASSERT_TRUE(WriteFileSynced(made.path, bytes));
      const Status read = ReadFrames(made.path, [](const LoggedFrame&) { return Status(); });
      ASSERT_FALSE(read);
      EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt);
      auto log = FrameLog::Open(frames_, 1, {});
      if (at < last_group) {
        ASSERT_FALSE(log);
        EXPECT_EQ(log.error().code(), ErrorCode::kCorrupt);
        EXPECT_NE(log.error().message().find(made.path), std::string::npos);
      } else {
        ASSERT_TRUE(log);
        EXPECT_NE((*log)->recovered(), "");
        EXPECT_EQ(Held(**log).size(), made.frames_at[made.frames_at.size() - 2]);
      }
    }
  }
}

TEST_F(FrameLogCrashTest, DamageInEarlierSegmentsIsFoundByReading) {
  const Example made = MakeExample(*Open(), frames_, 5);
  const std::string path = frames_ + "/" + ListDirectory(frames_)->front();
  const std::string good = *ReadFile(path);
  for (size_t at = 0; at < good.size(); at += 7) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] + 1);
    ASSERT_TRUE(WriteFileSynced(path, bytes));
    const auto log = FrameLog::Open(frames_, 1, {});
    Status read = log ? Status() : Fail(log.error());
    Frames held;
    if (log) {
      std::tie(held, read) =
          CollectFrames([&](const OnFrame& on_frame) { return (*log)->Read(1, on_frame); });
    }
    ASSERT_FALSE(read) << at;
    EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt);
    EXPECT_TRUE(IsPrefix(held, made.given));
  }
  ASSERT_TRUE(RemoveFile(path));  // as if it had been released
  const Frames held = Held(*Open());
  EXPECT_EQ(held, Frames(made.given.end() - static_cast<int64_t>(held.size()), made.given.end()));
}

// Pages of one write may reach the disk in any order.
TEST_F(FrameLogCrashTest, AHoleInWhatWasNotSyncedIsATornTail) {
  Random random(3);
  Frames given;
  size_t synced = 0;
  {
    const auto log = Open();
    for (int i = 0; i < 60; ++i) {
      if (i == 20) {
        ASSERT_TRUE(log->Sync());
      }
      if (i == 20) synced = given.size();
      OwnedFrame frame = RandomFrame(random);
      frame.bytes.resize(150'000, 'x');
      given.push_back(frame);
      given.back().index = *log->Append(frame.View());
    }
  }
  const std::string path = LastFile();
  std::string bytes = *ReadFile(path);
  ASSERT_GT(bytes.size(), 6'000'000u);
  std::fill_n(bytes.begin() + 3'200'000, 4096, '\0');
  ASSERT_TRUE(WriteFileSynced(path, bytes));
  const auto log = Open();
  ASSERT_TRUE(log);
  const Frames held = Held(*log);
  EXPECT_GE(held.size(), synced);
  EXPECT_LT(held.size(), given.size());
  EXPECT_TRUE(IsPrefix(held, given));
  EXPECT_NE(log->recovered(), "");
}

// Everything a log does, always the same; `on_synced` after each sync.
Status LifeOfALog(const std::string& folder, const std::string& keep_in, Frames* given,
                  const std::function<Status(int64_t durable)>& on_synced) {
  FrameLog::Options options;
  options.keep_in = keep_in;
  options.segment_bytes = 20'000;
  TM_ASSIGN(const auto log, FrameLog::Open(folder, 1, options));
  Random random(11);
  for (int i = 1; i <= 60; ++i) {
    given->push_back(RandomFrame(random));
    if (i % 20 == 0) given->back().bytes.resize(1'200'000);
    TM_ASSIGN(given->back().index, log->Append(given->back().View()));
    if (i % 6 == 0) {
      TM_TRY(log->Sync());
      TM_TRY(on_synced(log->durable_index()));
    }
    if (i % 15 == 0) TM_TRY(log->StartSegment());
    if (i == 40) TM_TRY(log->Release(31));
  }
  return {};
}

TEST_F(FrameLogCrashTest, AProcessKilledAnywhereLosesNothingSynced) {
  Frames given;
  const std::string progress = folder_ + "/progress", kept = folder_ + "/kept";
  const uint64_t before = FaultPointsPassed();
  ASSERT_TRUE(LifeOfALog(frames_, kept, &given, [](int64_t) { return Status(); }));
  const uint64_t points = FaultPointsPassed() - before;
  EXPECT_GT(points, 30u);
  for (uint64_t n = 1; n <= points + 10; ++n) {
    SCOPED_TRACE(n);
    ASSERT_TRUE(RemoveTree(folder_) && MakeDirectories(folder_));
    const pid_t child = fork();
    if (child == 0) {
      ArmFault(FaultMode::kCrash, n);
      Frames ignored;
      const Status lived = LifeOfALog(frames_, kept, &ignored, [&](int64_t durable) {
        return WriteFileSynced(progress, std::to_string(durable));
      });
      _exit(lived ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    const int64_t durable = FileExists(progress) ? std::stoll(*ReadFile(progress)) : 1;
    FrameLog::Options options;
    options.keep_in = kept;
    const auto log = FrameLog::Open(frames_, 1, options);
    ASSERT_TRUE(log) << log.error().message();
    EXPECT_GE((*log)->durable_index(), durable);
    ASSERT_TRUE((*log)->Release((*log)->next_index()));
    if (ListDirectory(kept)->empty()) continue;
    const auto [recorded, read] =
        CollectFrames([&](const OnFrame& on_frame) { return ReadFrames(kept, on_frame); });
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_GE(static_cast<int64_t>(recorded.size()), durable - 1);
    EXPECT_TRUE(IsPrefix(recorded, given));
  }
}

}  // namespace
}  // namespace tidemark

// What writes that fail leave of a frame log.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>

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

// Files no longer than a size, as on a disk that gets full within a write.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(uint64_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const struct rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  struct rlimit before_{};
};

class FrameLogFaultsTest : public testing::Test {
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

TEST_F(FrameLogFaultsTest, BytesWhoseSyncFailedAreWrittenToANewSegment) {
  const auto log = Open();
  Frames given;
  const auto add = [&] {
    given.emplace_back().bytes = "frame " + std::to_string(given.size());
    given.back().index = *log->Append(given.back().View());
  };
  add();
  ASSERT_TRUE(log->Sync());
  const std::string first = LastFile();
  const std::string durable = *ReadFile(first);
  add();
  ArmFault(FaultMode::kFail, 2);  // the sync behind the write
  ASSERT_FALSE(log->Sync());
  EXPECT_EQ(log->durable_index(), 2);
  EXPECT_EQ(Held(*log).size(), 1u);
  EXPECT_EQ(*ReadFile(first), durable);
  add();
  ASSERT_TRUE(log->Sync());
  EXPECT_EQ(Held(*log), given);
  EXPECT_EQ(*ReadFile(first), durable);
  EXPECT_NE(LastFile(), first);

  // Had the system not let it be cut: what is left there is void, whole or torn.
  std::string group;
  GroupWriter writer;
  FeedNames feeds;
  OwnedFrame other;
  other.feed = "another";
  writer.Add(other.View(), 2, &feeds, &group);
  writer.Seal(2, &group);
  for (const std::string& left : {group, group.substr(0, 60), std::string(500, 'x')}) {
    ASSERT_TRUE(WriteFileSynced(first, durable + left));
    const auto again = Open();
    EXPECT_EQ(again->recovered(), "");
    EXPECT_EQ(Held(*again), given);
    const auto [read, status] =
        CollectFrames([&](const OnFrame& on_frame) { return ReadFrames(frames_, on_frame); });
    EXPECT_TRUE(status && read == given);
  }
}

TEST_F(FrameLogFaultsTest, ASegmentThatCouldNotBeBegunIsReplaced) {
  std::string left;
  {
    const auto log = Open();
    OwnedFrame frame;
    ASSERT_TRUE(log->Append(frame.View()) && log->Sync());
    left = LastFile();
  }
  // As if neither cutting nor removing it had been possible.
  const std::string begun = frames_ + "/0000000000000000001.1.frames";
  ASSERT_TRUE(RenameFile(left, begun));
  ASSERT_TRUE(WriteFileSynced(left, "TMFRAM"));
  {
    const auto log = Open();
    EXPECT_EQ(log->recovered(), "");
    EXPECT_EQ(Held(*log).size(), 1u);
    EXPECT_EQ(ListDirectory(frames_)->size(), 1u);
  }
  // The name is taken by something that is no segment of ours.
  ASSERT_TRUE(RemoveFile(begun) && MakeDirectories(left + "/x"));
  const auto log = FrameLog::Open(frames_, 1, {});
  EXPECT_FALSE(log);
}

// A log under test beside what it was given.
struct Model {
  Frames given;
  int64_t released = 1;  // indexes below it may be gone

  // One random operation; `log` may fail it.
  void Step(FrameLog& log, Random& random) {
    const uint64_t what = random.Below(20);
    if (what < 14) {
      OwnedFrame frame = RandomFrame(random);
      if (random.Below(20) == 0) frame.bytes.resize(400'000, 'x');
      if (const auto index = log.Append(frame.View())) {
        frame.index = *index;
        given.push_back(std::move(frame));
      }
    } else if (what < 18) {
      const bool synced = log.Sync().has_value();
      EXPECT_EQ(log.durable_index() == log.next_index(), synced || given.empty());
    } else if (what == 18) {
      (void)log.StartSegment();
    } else if (log.durable_index() > 1) {
      released = std::max<int64_t>(
          released,
          1 + static_cast<int64_t>(random.Below(static_cast<uint64_t>(log.durable_index()))));
      (void)log.Release(released);
    }
  }
  // All that is durable and not released is there, in order and as given.
  void Check(const FrameLog& log) const {
    ASSERT_EQ(log.next_index(), static_cast<int64_t>(given.size()) + 1);
    const Frames held = Held(log);
    const int64_t first = held.empty() ? log.durable_index() : held.front().index;
    ASSERT_LE(first, std::max(released, log.durable_index()));
    if (released < log.durable_index()) {
      ASSERT_LE(first, released);
    }
    ASSERT_TRUE(std::equal(held.begin(), held.end(), given.begin() + (first - 1),
                           given.begin() + (log.durable_index() - 1)));
  }
};

TEST_F(FrameLogFaultsTest, AfterFailedOperationsTheLogIsAsItWas) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    ASSERT_TRUE(RemoveTree(folder_));
    ASSERT_TRUE(MakeDirectories(folder_));
    Random random(seed);
    FrameLog::Options options;
    options.segment_bytes = static_cast<int64_t>(1 + random.Below(1'000'000));
    if (random.Below(2) == 0) options.keep_in = folder_ + "/kept";
    Model model;
    int64_t durable = 1;
    for (int run = 0; run < 3; ++run) {
      auto log = FrameLog::Open(frames_, model.released, options);
      ASSERT_TRUE(log) << log.error().message();
      ASSERT_GE((*log)->durable_index(), durable);
      model.given.resize(static_cast<size_t>((*log)->next_index() - 1));
      model.Check(**log);
      for (int step = 0; step < 120; ++step) {
        if (random.Below(3) == 0) ArmFault(FaultMode::kFail, 1 + random.Below(6));
        {
          const bool limited = random.Below(10) == 0;
          const FileSizeLimit limit(limited ? random.Below(1'500'000) : uint64_t{1} << 40);
          model.Step(**log, random);
        }
        ArmFault(FaultMode::kNone, 0);
        ASSERT_NO_FATAL_FAILURE(model.Check(**log));
      }
      if (random.Below(2) == 0) {
        ASSERT_TRUE((*log)->Sync());
      }
      durable = (*log)->durable_index();
    }
    if (options.keep_in.empty()) continue;
    const auto log = FrameLog::Open(frames_, model.released, options);
    ASSERT_TRUE(log) << log.error().message();
    model.given.resize(static_cast<size_t>((*log)->next_index() - 1));
    ASSERT_TRUE((*log)->Release((*log)->next_index()));
    const auto [recorded, read] = CollectFrames(
        [&](const OnFrame& on_frame) { return ReadFrames(options.keep_in, on_frame); });
    ASSERT_TRUE(read) << read.error().message();
    ASSERT_EQ(recorded, model.given);
  }
}

}  // namespace
}  // namespace tidemark

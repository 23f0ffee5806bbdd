#include "tidemark/journal/frame_log.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tidemark/base/hash.h"
#include "tidemark/journal/frame_testing.h"

namespace tidemark {
namespace {

class FrameLogTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = *MakeTemporaryDirectory("tidemark-frames-");
    frames_ = folder_ + "/frames";
  }
  void TearDown() override { (void)RemoveTree(folder_); }

  std::unique_ptr<FrameLog> Open(int64_t first_index = 1, const FrameLog::Options& options = {}) {
    auto log = FrameLog::Open(frames_, first_index, options);
    EXPECT_TRUE(log) << (log ? "" : log.error().message());
    return log ? *std::move(log) : nullptr;
  }
  // Appends and adds to `given` with the index it got.
  static void Add(FrameLog& log, OwnedFrame frame, Frames* given) {
    const auto index = log.Append(frame.View());
    ASSERT_TRUE(index) << index.error().message();
    frame.index = *index;
    given->push_back(std::move(frame));
  }
  static Frames Held(const FrameLog& log, int64_t from = 1) {
    auto [frames, status] =
        CollectFrames([&](const OnFrame& on_frame) { return log.Read(from, on_frame); });
    EXPECT_TRUE(status) << status.error().message();
    return std::move(frames);
  }
  static Frames Recorded(const std::string& path) {
    auto [frames, status] =
        CollectFrames([&](const OnFrame& on_frame) { return ReadFrames(path, on_frame); });
    EXPECT_TRUE(status) << status.error().message();
    return std::move(frames);
  }
  std::vector<std::string> Files() const { return *ListDirectory(frames_); }

  std::string folder_, frames_;
};

OwnedFrame FrameOf(std::string bytes) {
  OwnedFrame frame;
  frame.bytes = std::move(bytes);
  return frame;
}

TEST_F(FrameLogTest, FramesComeBackAsTheyWereAppended) {
  for (const uint64_t seed : {1, 2, 3, 4}) {
    SCOPED_TRACE(seed);
    ASSERT_TRUE(RemoveTree(frames_));
    Random random(seed);
    Frames given;
    FrameLog::Options options;
    options.segment_bytes = static_cast<int64_t>(1 + random.Below(100'000));
    {
      const auto log = Open(1, options);
      while (given.size() < 3000) {
        Add(*log, RandomFrame(random), &given);
        if (random.Below(40) == 0) {
          ASSERT_TRUE(log->Sync());
        }
        if (random.Below(400) == 0) {
          ASSERT_TRUE(log->StartSegment());
        }
      }
      ASSERT_TRUE(log->Sync());
      EXPECT_EQ(Held(*log), given);
      EXPECT_EQ(given.back().index, 3000);
      EXPECT_EQ(log->next_index(), 3001);
      EXPECT_EQ(log->durable_index(), 3001);
    }
    const auto log = Open(1, options);
    EXPECT_EQ(log->recovered(), "");
    EXPECT_EQ(log->next_index(), 3001);
    EXPECT_EQ(Held(*log), given);
    EXPECT_EQ(Held(*log, 2500), std::vector(given.begin() + 2499, given.end()));
    EXPECT_EQ(Recorded(frames_), given);
  }
}

TEST_F(FrameLogTest, ExtremesFit) {
  const auto log = Open();
  Frames given;
  OwnedFrame frame;
  frame.feed = std::string(kFeedNameMax, 'f');
  for (const int64_t extreme : {INT64_MAX, INT64_MIN, int64_t{0}, INT64_MIN, INT64_MAX}) {
    frame.at.us = frame.connection = extreme;
    Add(*log, frame, &given);
  }
  frame.feed.clear();
  frame.about = std::string(kFrameAboutMax, 'a');
  frame.bytes = std::string(kFrameBytesMax, 'b');
  Add(*log, frame, &given);
  Add(*log, OwnedFrame(), &given);
  ASSERT_TRUE(log->Sync());
  EXPECT_TRUE(Held(*log) == given);
  EXPECT_TRUE(Held(*Open()) == given);
}

TEST_F(FrameLogTest, WhatIsTooLongIsRefused) {
  const auto log = Open();
  OwnedFrame name, about, bytes;
  name.feed = std::string(kFeedNameMax + 1, 'f');
  about.about = std::string(kFrameAboutMax + 1, 'a');
  bytes.bytes = std::string(kFrameBytesMax + 1, 'b');
  for (const OwnedFrame* frame : {&name, &about, &bytes}) {
    const auto index = log->Append(frame->View());
    ASSERT_FALSE(index);
    EXPECT_EQ(index.error().code(), ErrorCode::kInvalidArgument);
  }
  Frames given;
  OwnedFrame frame;
  for (size_t feed = 0; feed < kFeedsMax; ++feed) {
    frame.feed = "feed " + std::to_string(feed);
    Add(*log, frame, &given);
  }
  EXPECT_EQ(log->Append(OwnedFrame().View()).error().code(), ErrorCode::kInvalidArgument);
  frame.feed = "feed 0";
  ASSERT_TRUE(log->StartSegment());
  Add(*log, frame, &given);
  ASSERT_TRUE(log->Sync());
  EXPECT_EQ(Held(*log), given);
  EXPECT_EQ(Recorded(frames_ + "/" + Files().back()), std::vector{given.back()});
}

TEST_F(FrameLogTest, FramesAreReadOnceTheyAreDurable) {
  const auto log = Open();
  Frames given;
  Add(*log, FrameOf("a"), &given);
  EXPECT_EQ(log->durable_index(), 1);
  EXPECT_TRUE(Held(*log).empty());
  ASSERT_TRUE(log->Sync());
  Add(*log, FrameOf("b"), &given);
  EXPECT_EQ(log->durable_index(), 2);
  EXPECT_EQ(Held(*log), std::vector{given[0]});
  EXPECT_TRUE(Held(*log, 2).empty());
}

TEST_F(FrameLogTest, IndexesGoOnBehindWhatTheLakeKnows) {
  Frames given;
  {
    const auto log = Open();
    Add(*log, FrameOf("a"), &given);
    ASSERT_TRUE(log->Sync());
  }
  for (const int64_t first_index : {10, 1}) {
    const auto log = Open(first_index);
    EXPECT_EQ(log->next_index(), first_index == 10 ? 10 : 11);
    Add(*log, FrameOf("b"), &given);
    ASSERT_TRUE(log->Sync());
    EXPECT_EQ(Held(*log), given);
  }
  EXPECT_EQ(Recorded(frames_), given);
  EXPECT_EQ(given[1].index, 10);
}

TEST_F(FrameLogTest, SegmentsGoWhenAllTheirFramesAreDone) {
  const auto log = Open();
  Frames given;
  for (int segment = 0; segment < 4; ++segment) {
    for (int i = 0; i < 10; ++i) Add(*log, FrameOf("frame"), &given);
    ASSERT_TRUE(log->StartSegment());
  }
  EXPECT_EQ(Files().size(), 4u);
  ASSERT_TRUE(log->Release(20));
  EXPECT_EQ(Files().size(), 3u);
  ASSERT_TRUE(log->Release(21));
  EXPECT_EQ(Files().size(), 2u);
  EXPECT_EQ(Held(*log), std::vector(given.begin() + 20, given.end()));
  Add(*log, FrameOf("not durable"), &given);
  ASSERT_TRUE(log->Release(42));
  EXPECT_TRUE(Files().empty());
  ASSERT_TRUE(log->Sync());
  EXPECT_EQ(Held(*log), std::vector{given.back()});
  ASSERT_TRUE(log->Release(42));
  EXPECT_TRUE(Files().empty());
  EXPECT_EQ(log->bytes(), 0);
  Add(*log, FrameOf("after all"), &given);
  ASSERT_TRUE(log->Sync());
  EXPECT_EQ(given.back().index, 42);
  EXPECT_EQ(Held(*Open(42)), std::vector{given.back()});
}

TEST_F(FrameLogTest, KeptSegmentsAreARecording) {
  FrameLog::Options options;
  options.keep_in = folder_ + "/recording";
  Frames given;
  for (int run = 0; run < 3; ++run) {
    const auto log = Open(static_cast<int64_t>(given.size()) + 1, options);
    for (int segment = 0; segment < 3; ++segment) {
      for (int i = 0; i < 10; ++i) Add(*log, FrameOf("frame"), &given);
      ASSERT_TRUE(log->StartSegment());
    }
    ASSERT_TRUE(log->Release(log->next_index()));
    EXPECT_TRUE(Files().empty());
  }
  EXPECT_EQ(Recorded(options.keep_in), given);
  const auto kept = *ListDirectory(options.keep_in);
  ASSERT_EQ(kept.size(), 9u);
  EXPECT_EQ(Recorded(options.keep_in + "/" + kept[8]), std::vector(given.end() - 10, given.end()));
  ASSERT_TRUE(RemoveFile(options.keep_in + "/" + kept[4]));
  const Status read = ReadFrames(options.keep_in, [](const LoggedFrame&) { return Status(); });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt);
}

TEST_F(FrameLogTest, ARecordingIsNeverOverwritten) {
  FrameLog::Options options;
  options.keep_in = folder_ + "/recording";
  for (const char* bytes : {"first", "second"}) {
    const auto log = Open(1, options);
    Frames given;
    Add(*log, FrameOf(bytes), &given);
    ASSERT_TRUE(log->Sync());
    ASSERT_TRUE(log->Release(2));
  }
  EXPECT_EQ(ListDirectory(options.keep_in)->size(), 2u);
}

TEST_F(FrameLogTest, AFullLogTakesNothingUntilItIsReleased) {
  FrameLog::Options options;
  options.bytes_max = 100'000;
  const auto log = Open(1, options);
  Frames given;
  for (int round = 0; round < 3; ++round) {
    const int64_t before = log->next_index();
    Result<int64_t> index = 0;
    while (index) {
      if (log->next_index() % 7 == 0) {
        ASSERT_TRUE(log->Sync());
      }
      index = log->Append(FrameOf(std::string(1000, 'x')).View());
      ASSERT_LE(log->bytes(), options.bytes_max);
    }
    EXPECT_EQ(index.error().code(), ErrorCode::kFull);
    EXPECT_GT(log->next_index(), before + 90);
    ASSERT_TRUE(log->StartSegment());
    EXPECT_FALSE(log->Append(FrameOf(std::string(1000, 'x')).View()));
    int64_t on_disk = 0;
    for (const std::string& name : Files()) on_disk += *FileSize(frames_ + "/" + name);
    EXPECT_EQ(log->bytes(), on_disk);
    EXPECT_LE(on_disk, options.bytes_max);
    EXPECT_EQ(static_cast<int64_t>(Held(*log).size()), log->next_index() - before);
    ASSERT_TRUE(log->Release(log->next_index()));
  }
}

TEST_F(FrameLogTest, SmallFramesCostFewBytes) {
  const auto log = Open();
  OwnedFrame frame = FrameOf(std::string(100, 'x'));
  frame.feed = std::string(200, 'f');
  for (int i = 0; i < 10'000; ++i) {
    frame.at.us += 50;
    ASSERT_TRUE(log->Append(frame.View()));
    if (i % 1000 == 0) {
      ASSERT_TRUE(log->Sync());
    }
  }
  ASSERT_TRUE(log->Sync());
  EXPECT_LT(log->bytes(), 10'000 * 104 + 1000);
}

TEST_F(FrameLogTest, AReadEndsWithTheErrorOfItsCaller) {
  const auto log = Open();
  Frames given;
  for (int i = 0; i < 10; ++i) Add(*log, FrameOf("x"), &given);
  ASSERT_TRUE(log->Sync());
  int calls = 0;
  const Status read = log->Read(3, [&](const LoggedFrame& frame) -> Status {
    ++calls;
    return frame.index == 5 ? Fail(ErrorCode::kParse, "no such symbol") : Status();
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::kParse);
  EXPECT_EQ(calls, 3);
}

TEST_F(FrameLogTest, OtherFilesInTheFolderAreLeftAlone) {
  ASSERT_TRUE(MakeDirectories(frames_));
  const std::vector<std::string> others = {"0000000000000000001.0.frames", "1.frames",
                                           "0000000000000000000.frames", "notes.txt"};
  for (const std::string& name : others) {
    ASSERT_TRUE(WriteFileSynced(frames_ + "/" + name, "x"));
  }
  Frames given;
  Add(*Open(), FrameOf("lost"), &given);
  EXPECT_EQ(Files().size(), others.size());
  EXPECT_EQ(Open()->recovered(), "");
}

TEST_F(FrameLogTest, ASegmentOfAnotherVersionIsNamed) {
  ASSERT_TRUE(MakeDirectories(frames_));
  std::string header = EncodeSegmentHeader({});
  header[8] = 2;
  const uint64_t hash = Hash64(std::string_view(header).substr(0, header.size() - 8));
  std::memcpy(header.data() + header.size() - 8, &hash, 8);
  ASSERT_TRUE(WriteFileSynced(frames_ + "/0000000000000000001.frames", header));
  EXPECT_EQ(FrameLog::Open(frames_, 1, {}).error().code(), ErrorCode::kVersion);
}

}  // namespace
}  // namespace tidemark

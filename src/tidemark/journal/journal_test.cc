#include "tidemark/journal/journal.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "tidemark/base/fault.h"
#include "tidemark/base/file.h"
#include "tidemark/base/parallel.h"
#include "tidemark/base/random.h"
#include "tidemark/journal/sqlite.h"

namespace tidemark {
namespace {

class JournalTest : public testing::Test {
 protected:
  void SetUp() override { folder_ = *MakeTemporaryDirectory("tidemark-journal-"); }
  void TearDown() override {
    ArmFault(FaultMode::kNone, 0);
    (void)RemoveTree(folder_);
  }
  std::unique_ptr<Journal> Open() {
    auto journal = Journal::Open(folder_);
    EXPECT_TRUE(journal) << (journal ? "" : journal.error().message());
    return journal ? *std::move(journal) : nullptr;
  }
  static Journal::Changes Put(const SnapshotKey& key, Bytes state) {
    Journal::Changes changes;
    changes.put.emplace_back(key, std::move(state));
    return changes;
  }
  std::string folder_;
};

const SnapshotKey kKey{"ema@1", "bitfinex LTC-USD 1m", 1000};

TEST_F(JournalTest, NewJournalIsEmpty) {
  const auto journal = Open();
  EXPECT_EQ(*journal->LastEpoch(), 0);
  EXPECT_FALSE(journal->PendingEpoch()->has_value());
  EXPECT_FALSE(journal->GetSnapshot(kKey)->has_value());
  EXPECT_TRUE(journal->CheckIntegrity());
}

TEST_F(JournalTest, PreparedEpochSurvivesReopeningUntilDone) {
  const Bytes prepared("bytes\0with zero", 15);
  ASSERT_TRUE(Open()->Prepare(7, prepared, Put(kKey, "state")));
  {
    const auto journal = Open();
    const auto pending = journal->PendingEpoch();
    ASSERT_TRUE(pending && *pending);
    EXPECT_EQ((*pending)->epoch, 7);
    EXPECT_EQ((*pending)->prepared, prepared);
    ASSERT_TRUE(journal->MarkDone(7));
    ASSERT_TRUE(journal->MarkDone(7));
  }
  const auto journal = Open();
  EXPECT_FALSE(journal->PendingEpoch()->has_value());
  EXPECT_EQ(*journal->LastEpoch(), 7);
  EXPECT_EQ(**journal->GetSnapshot(kKey), "state");
}

TEST_F(JournalTest, IsReadBesideItsWriter) {
  const auto code = [&] { return Journal::OpenForReading(folder_).error().code(); };
  EXPECT_EQ(code(), ErrorCode::kNotFound);
  const auto writer = Open();
  ASSERT_TRUE(writer->Prepare(7, "bytes", Put(kKey, "state")));
  const auto reader = Journal::OpenForReading(folder_);
  ASSERT_TRUE(reader);
  EXPECT_EQ(*(*reader)->LastEpoch(), 7);
  EXPECT_EQ(**(*reader)->GetSnapshot(kKey), "state");
  ASSERT_TRUE(writer->MarkDone(7));
  ASSERT_TRUE(writer->Prepare(8, "more", Put({kKey.op, kKey.series, 2000}, "later")));
  EXPECT_EQ(*(*reader)->LastEpoch(), 8);
  EXPECT_EQ(*(*reader)->SnapshotBoundaries(kKey.op, kKey.series),
            (std::vector<int64_t>{1000, 2000}));
  EXPECT_FALSE((*reader)->MarkDone(8));
  EXPECT_FALSE((*reader)->Prepare(9, "", {}));
  EXPECT_EQ((*writer->PendingEpoch())->epoch, 8);
  EXPECT_TRUE(writer->MarkDone(8));
}

TEST_F(JournalTest, WhatIsNoJournalIsNotRead) {
  ASSERT_TRUE(MakeDirectories(folder_));
  const auto code = [&] { return Journal::OpenForReading(folder_).error().code(); };
  ASSERT_TRUE(WriteFileSynced(folder_ + "/journal.sqlite", ""));
  EXPECT_EQ(code(), ErrorCode::kCorrupt);
  ASSERT_TRUE(WriteFileSynced(folder_ + "/journal.sqlite", std::string(8192, 'x')));
  EXPECT_EQ(code(), ErrorCode::kCorrupt);
  ASSERT_TRUE(RemoveTree(folder_));
  ASSERT_TRUE(Open());
  ASSERT_TRUE(
      SqliteDatabase::Open(folder_ + "/journal.sqlite")->Execute("PRAGMA user_version = 3"));
  EXPECT_EQ(code(), ErrorCode::kVersion);
}

TEST_F(JournalTest, SnapshotsAreFoundByBoundary) {
  const auto journal = Open();
  Journal::Changes changes;
  for (const int64_t boundary : {-5, 10, 20, 30}) {
    changes.put.push_back({{"op", "s", boundary}, std::to_string(boundary)});
  }
  changes.put.push_back({{"op", "other", 15}, "other"});
  changes.put.push_back({{"op2", "s", 15}, ""});
  ASSERT_TRUE(journal->Prepare(1, "", changes));
  EXPECT_EQ(*journal->SnapshotBoundaries("op", "s"), (std::vector<int64_t>{-5, 10, 20, 30}));
  EXPECT_EQ(**journal->GetSnapshot({"op", "s", 20}), "20");
  EXPECT_FALSE(journal->GetSnapshot({"op", "s", 15})->has_value());
  EXPECT_EQ(**journal->GetSnapshot({"op2", "s", 15}), "");
}

TEST_F(JournalTest, ErasuresComeBeforePuts) {
  const auto journal = Open();
  Journal::Changes first;
  first.put = {{{"a", "s", 1}, "1"}, {{"a", "s", 2}, "2"}, {{"b", "s", 1}, "3"}};
  ASSERT_TRUE(journal->Prepare(1, "x", first));
  Journal::Changes second;
  second.put = {{{"a", "s", 2}, "4"}, {{"a", "s", 9}, "9"}};
  second.erase = {{"a", "s", 1}, {"a", "s", 2}, {"b", "s", 1}};
  ASSERT_TRUE(journal->Prepare(2, "y", second));
  EXPECT_EQ(*journal->SnapshotBoundaries("a", "s"), (std::vector<int64_t>{2, 9}));
  EXPECT_EQ(**journal->GetSnapshot({"a", "s", 2}), "4");
  EXPECT_TRUE(journal->SnapshotBoundaries("b", "s")->empty());
}

TEST_F(JournalTest, DropSnapshotsForgetsThemAndTheirEpoch) {
  const auto journal = Open();
  ASSERT_TRUE(journal->Prepare(3, "x", Put(kKey, "state")));
  ASSERT_TRUE(journal->DropSnapshots());
  EXPECT_EQ(*journal->LastEpoch(), 0);
  EXPECT_FALSE(journal->PendingEpoch()->has_value());
  EXPECT_FALSE(journal->GetSnapshot(kKey)->has_value());
}

TEST_F(JournalTest, ThreadsReadWhileAnEpochIsPrepared) {
  const auto journal = Open();
  ASSERT_TRUE(journal->Prepare(1, "", Put(kKey, "1")));
  std::atomic<int> wrong{0};
  ThreadPool pool(4);
  pool.ParallelFor(4, [&](size_t i) {
    for (int64_t epoch = 2; epoch <= 20; ++epoch) {
      if (i == 0) {
        if (!journal->Prepare(epoch, "", Put(kKey, std::to_string(epoch)))) ++wrong;
        continue;
      }
      const int64_t before = *journal->LastEpoch();
      const auto state = journal->GetSnapshot(kKey);
      const int64_t after = *journal->LastEpoch();
      const int64_t held = state && *state ? std::stoll(**state) : 0;
      if (held < before || held > after) ++wrong;
      if (journal->SnapshotBoundaries(kKey.op, kKey.series)->size() != 1) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST_F(JournalTest, FailureAtAnyPointLeavesTheOldEpochOrTheNew) {
  ASSERT_TRUE(Open()->Prepare(1, "one", Put(kKey, "old")));
  for (uint64_t n = 1;; ++n) {
    bool failed = false;
    {
      const auto journal = Open();
      ArmFault(FaultMode::kFail, n);
      failed = !journal->Prepare(2, "two", Put(kKey, "new"));
      ArmFault(FaultMode::kNone, 0);
    }
    const auto journal = Open();
    const bool is_new = *journal->LastEpoch() == 2;
    EXPECT_EQ(**journal->GetSnapshot(kKey), is_new ? "new" : "old");
    EXPECT_EQ((*journal->PendingEpoch())->prepared, is_new ? "two" : "one");
    EXPECT_EQ(is_new, !failed);
    if (!failed) {
      EXPECT_GT(n, 2u);
      break;
    }
  }
}

TEST_F(JournalTest, KilledProcessLeavesTheOldEpochOrTheNew) {
  ASSERT_TRUE(Open()->Prepare(1, "one", Put(kKey, "old")));
  for (uint64_t n = 1;; ++n) {
    const pid_t child = fork();
    if (child == 0) {
      auto journal = Journal::Open(folder_);
      ArmFault(FaultMode::kCrash, n);
      const bool prepared = journal && (*journal)->Prepare(2, "two", Put(kKey, "new"));
      _exit(prepared ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    const auto journal = Open();
    const bool is_new = *journal->LastEpoch() == 2;
    EXPECT_EQ(**journal->GetSnapshot(kKey), is_new ? "new" : "old");
    EXPECT_EQ((*journal->PendingEpoch())->prepared, is_new ? "two" : "one");
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      EXPECT_TRUE(is_new);
      break;
    }
  }
}

TEST_F(JournalTest, FirstVersionKeepsItsEpochAndLosesItsSnapshots) {
  ASSERT_TRUE(Open()->Prepare(5, "prepared", Put(kKey, "state")));
  ASSERT_TRUE(
      SqliteDatabase::Open(folder_ + "/journal.sqlite")->Execute("PRAGMA user_version = 1"));
  for (int opened = 0; opened < 2; ++opened) {
    const auto journal = Open();
    EXPECT_EQ((*journal->PendingEpoch())->prepared, "prepared");
    EXPECT_EQ(*journal->LastEpoch(), 5);
    EXPECT_EQ(journal->GetSnapshot(kKey)->has_value(), opened > 0);
    ASSERT_TRUE(journal->Prepare(5, "prepared", Put(kKey, "state")));
  }
}

TEST_F(JournalTest, AnotherVersionAndForeignFilesAreNamed) {
  ASSERT_TRUE(WriteFileSynced(folder_ + "/journal.sqlite", std::string(8192, 'x')));
  auto journal = Journal::Open(folder_);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code(), ErrorCode::kCorrupt);
}

// Flipped bytes are either harmless (free space) or reported; a wrong state is never returned.
TEST_F(JournalTest, FlippedBytesNeverYieldAWrongState) {
  const std::string path = folder_ + "/journal.sqlite";
  {
    const auto journal = Open();
    Journal::Changes changes;
    for (int i = 0; i < 50; ++i) {
      changes.put.push_back({{"op", "s", i}, std::string(300, static_cast<char>('a' + i % 20))});
    }
    ASSERT_TRUE(journal->Prepare(1, "prepared", changes));
  }
  const Bytes good = *ReadFile(path);
  Random random(1);
  int reported = 0;
  for (int round = 0; round < 300; ++round) {
    Bytes bad = good;
    char& byte = bad[random.Below(bad.size())];
    byte = static_cast<char>(byte ^ (1 << random.Below(8)));
    ASSERT_TRUE(RemoveTree(folder_));
    ASSERT_TRUE(MakeDirectories(folder_));
    ASSERT_TRUE(WriteFileSynced(path, bad));
    auto journal = Journal::Open(folder_);
    if (!journal) {
      ++reported;
      continue;
    }
    if (!(*journal)->CheckIntegrity()) ++reported;
    for (int i = 0; i < 50; ++i) {
      const auto state = (*journal)->GetSnapshot({"op", "s", i});
      if (!state || !*state) continue;
      EXPECT_EQ(**state, std::string(300, static_cast<char>('a' + i % 20)));
    }
  }
  EXPECT_GT(reported, 100);
}

// SQLite takes it for a file of a later version, which it may read and not write.
TEST_F(JournalTest, AHeaderThatAsksForALaterSqliteIsDamage) {
  const std::string path = folder_ + "/journal.sqlite";
  ASSERT_TRUE(Open()->Prepare(1, "prepared", {}));
  Bytes bytes = *ReadFile(path);
  bytes[18] = 3;  // the version that may write
  ASSERT_TRUE(WriteFileSynced(path, bytes));
  const auto journal = Journal::Open(folder_);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code(), ErrorCode::kCorrupt) << journal.error().message();
}

}  // namespace
}  // namespace tidemark

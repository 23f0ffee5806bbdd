// Dies or fails at every fault point of an epoch; what recovery finds is the old epoch or the new.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>

#include "tidemark/base/fault.h"
#include "tidemark/lake/test_rows.h"

namespace tidemark {
namespace {

using lake_test::At;
using lake_test::Candles;
using lake_test::kEth;
using lake_test::kLtc;
using lake_test::SameBits;
using lake_test::Why;

Batch Ledger(int64_t epoch) {
  Batch rows(LedgerTable().schema);
  for (size_t c = 0; c < rows.columns.size(); ++c) {
    if (rows.schema.fields[c].type == ColumnType::kString) {
      rows.columns[c].strings.Append("file:ltcusd.csv");
    } else {
      rows.columns[c].ints.push_back(epoch);
    }
  }
  rows.SetRows(1);
  return rows;
}

class EpochCrash : public lake_test::LakeTest {
 protected:
  void TearDown() override {
    ArmFault(FaultMode::kNone, 0);
    LakeTest::TearDown();
  }

  static Status First(EpochWriter& writer) {
    TM_TRY(writer.DeclareTable(VendorCandlesTable(), {}));
    TM_TRY(writer.DeclareTable(LedgerTable(), {}));
    TM_TRY(writer.Append(LedgerTable(), Ledger(1)));
    const Batch rows = Candles(kLtc, At("2020-01-20"), 30'000, 1);
    return writer.Replace(VendorCandlesTable(), kLtc, RangeOf(rows), rows);
  }

  // Rewrites a file, adds big and small ones, creates a table, leaves a file as it is.
  static Status Second(EpochWriter& writer) {
    TM_TRY(writer.DeclareTable(VendorCandlesTable(), {{"tidemark.spec_hash", "2"}}));
    TM_TRY(writer.DeclareTable(LedgerTable(), {}));
    TM_TRY(writer.DeclareTable(GapsTable(), {}));
    TM_TRY(writer.Append(LedgerTable(), Ledger(2)));
    const Batch fix = Candles(kLtc, At("2020-02-01T10:00:00Z"), 5, 2);
    TM_TRY(writer.Replace(VendorCandlesTable(), kLtc, RangeOf(fix), fix));
    const Batch more = Candles(kEth, At("2020-01-20"), 20'000, 3);
    return writer.Replace(VendorCandlesTable(), kEth, TimeRange::All(), more);
  }

  struct Content {
    Batch candles, ledger;
    bool operator==(const Content& other) const {
      return SameBits(candles, other.candles) && SameBits(ledger, other.ledger);
    }
  };
  static Content Read(const LakeView& view) {
    return {*view.Read(VendorCandlesTable()), *view.Read(LedgerTable())};
  }

  std::string journal() const { return folder_ + "/prepared"; }

  // A whole epoch as the pipeline runs it, the prepared bytes in a file.
  Status RunSecond() {
    TM_ASSIGN(const auto lake, Lake::Open(root(), S3Options(), clock_));
    TM_TRY(lake->LockForWriting("test"));
    TM_ASSIGN(const LakeView base, lake->Pin());
    TM_ASSIGN(const auto writer, lake->Begin(base));
    TM_TRY(Second(*writer));
    TM_ASSIGN(const PreparedEpoch prepared, writer->Prepare());
    TM_TRY(PutIfAbsent(journal(), prepared.Serialize()));
    return lake->Commit(prepared);
  }

  // What the next run does first.
  Status Recover(Lake& lake) {
    std::optional<PreparedEpoch> prepared;
    if (FileExists(journal())) {
      TM_ASSIGN(const Bytes bytes, ReadFile(journal()));
      TM_ASSIGN(prepared, PreparedEpoch::Parse(bytes));
      TM_TRY(lake.Commit(*prepared));
    }
    TM_ASSIGN(const LakeView view, lake.Pin());
    return lake.RemoveUnprepared(view.epoch(), prepared);
  }

  // Sets up epoch 1 in root() and keeps a copy of it.
  void Prepare() {
    {
      auto lake = OpenWriter();
      const auto written = Write(*lake, First);
      ASSERT_TRUE(written) << Why(written);
      old_ = Read(*lake->Pin());
    }
    std::filesystem::copy(root(), root() + ".1", std::filesystem::copy_options::recursive);
    ASSERT_TRUE(RunSecond());
    new_ = Read(*(*Lake::Open(root(), S3Options()))->Pin());
    ASSERT_FALSE(old_ == new_);
  }
  void Restore() {
    ASSERT_TRUE(RemoveTree(root()));
    ASSERT_TRUE(RemoveFile(journal()));
    std::filesystem::copy(root() + ".1", root(), std::filesystem::copy_options::recursive);
  }

  // Recovers, finds one of the two, and goes on to the new one. `lost`: the journal is lost.
  void ExpectRecovery(uint64_t n, bool lost) {
    if (lost) {
      ASSERT_TRUE(RemoveFile(journal()));
    }
    {
      auto lake = OpenWriter();
      const auto recovered = Recover(*lake);
      ASSERT_TRUE(recovered) << n << ": " << Why(recovered);
      const auto view = lake->Pin();
      ASSERT_TRUE(view) << n << ": " << Why(view);
      const Content content = Read(*view);
      EXPECT_TRUE(content == (view->epoch() == 1 ? old_ : new_)) << n;
      if (view->epoch() == 2) return ExpectTidy(*lake, n);
      if (lost) {
        ASSERT_TRUE(RemoveFile(journal()));
      }
    }
    const auto again = RunSecond();
    ASSERT_TRUE(again) << n << ": " << Why(again);
    auto lake = OpenWriter();
    EXPECT_TRUE(Read(*lake->Pin()) == new_) << n;
    ExpectTidy(*lake, n);
  }

  void ExpectTidy(Lake& lake, uint64_t n) {
    const auto findings = lake.CheckIntegrity(*lake.Pin(), {.statistics = true});
    ASSERT_TRUE(findings) << n << ": " << Why(findings);
    for (const Finding& finding : *findings) {
      ADD_FAILURE() << n << ": " << finding.object << ": " << finding.message;
    }
    const auto paths = ListFilesBelow(root());
    for (const std::string& path : *paths) EXPECT_FALSE(path.ends_with(".tmp")) << n << path;
  }

  Content old_, new_;
};

TEST_F(EpochCrash, FailureAtEveryPointRecoversToOneEpochOrTheOther) {
  Prepare();
  for (const bool lost : {false, true}) {
    for (uint64_t n = 1;; ++n) {
      Restore();
      ArmFault(FaultMode::kFail, n);
      const bool done = RunSecond().has_value();
      ArmFault(FaultMode::kNone, 0);
      ExpectRecovery(n, lost);
      if (done || HasFatalFailure()) {
        EXPECT_GT(n, 25u);
        break;
      }
    }
  }
}

TEST_F(EpochCrash, DeathAtEveryPointRecoversToOneEpochOrTheOther) {
  Prepare();
  for (const bool lost : {false, true}) {
    for (uint64_t n = 1;; ++n) {
      Restore();
      const pid_t child = fork();
      if (child == 0) {
        ArmFault(FaultMode::kCrash, n);
        _exit(RunSecond() ? 0 : 1);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      ExpectRecovery(n, lost);
      if (WIFEXITED(status) || HasFatalFailure()) {
        EXPECT_EQ(WEXITSTATUS(status), 0);
        break;
      }
    }
  }
}

// A death, or a failure, between a name and its folder's sync: the name is there, and a power cut
// would take it, when the journal has gone on to the next epoch.
TEST_F(EpochCrash, WhatIsThereAlreadyIsMadeDurable) {
  struct Synced : FaultHandler {
    Status At(std::string_view what, std::string_view object) override {
      const std::scoped_lock lock(mutex);  // tables are committed side by side
      if (what.starts_with("sync")) objects.emplace_back(object);
      return {};
    }
    bool Has(std::string_view part) const {
      return std::ranges::any_of(
          objects, [&](const std::string& object) { return object.find(part) != object.npos; });
    }
    std::mutex mutex;
    std::vector<std::string> objects;
  };
  Prepare();
  const std::string record = root() + "/_tidemark/epochs/" + fmt::format("{:020}.json", 2);
  for (const bool recorded : {true, false}) {
    if (!recorded) {
      ASSERT_TRUE(RemoveFile(record));
    }
    const pid_t child = fork();
    if (child == 0) {
      auto lake = OpenWriter();
      Synced synced;
      HandleFaults(synced);
      const bool recovered = Recover(*lake).has_value();
      _exit(recovered && synced.Has(recorded ? "/_tidemark/epochs" : "/_delta_log") ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << recorded;
  }
}

TEST_F(EpochCrash, DeathDuringRecoveryIsRecoveredToo) {
  Prepare();
  // Prepared, and nothing of it visible yet.
  Restore();
  {
    auto lake = OpenWriter();
    const auto writer = lake->Begin(*lake->Pin());
    ASSERT_TRUE(Second(**writer));
    ASSERT_TRUE(PutIfAbsent(journal(), (*writer)->Prepare()->Serialize()));
  }
  std::filesystem::copy(root(), root() + ".prepared", std::filesystem::copy_options::recursive);
  for (uint64_t n = 1;; ++n) {
    ASSERT_TRUE(RemoveTree(root()));
    std::filesystem::copy(root() + ".prepared", root(), std::filesystem::copy_options::recursive);
    const pid_t child = fork();
    if (child == 0) {
      auto lake = OpenWriter();
      ArmFault(FaultMode::kCrash, n);
      _exit(Recover(*lake) ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    auto lake = OpenWriter();
    const auto recovered = Recover(*lake);
    ASSERT_TRUE(recovered) << n << ": " << Why(recovered);
    EXPECT_TRUE(Read(*lake->Pin()) == new_) << n;
    ExpectTidy(*lake, n);
    if (WIFEXITED(status)) break;
  }
}

}  // namespace
}  // namespace tidemark

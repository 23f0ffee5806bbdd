#include "tidemark/lake/upkeep.h"

#include <algorithm>
#include <map>
#include <set>

#include "tidemark/lake/prepared_epoch.h"
#include "tidemark/lake/test_rows.h"
#include "tidemark/lake/untidy_files.h"

namespace tidemark {
namespace {

using lake_test::At;
using lake_test::Candles;
using lake_test::kEth;
using lake_test::kLtc;
using lake_test::SameBits;
using lake_test::Why;

class LakeUpkeep : public lake_test::LakeTest {
 protected:
  // Twelve epochs of an hour each across the end of January, two series in each.
  void WriteHours(Lake& lake) {
    for (int i = 0; i < 12; ++i) {
      const auto written = Write(lake, [&](EpochWriter& writer) -> Status {
        TM_TRY(writer.DeclareTable(VendorCandlesTable(), {}));
        for (const SeriesKey& series : {kLtc, kEth}) {
          const Batch rows = Candles(series, At("2020-01-31T18:00:00Z") + i * kMicrosPerHour, 60,
                                     static_cast<uint64_t>(i));
          TM_TRY(writer.Replace(VendorCandlesTable(), series, RangeOf(rows), rows));
        }
        return {};
      });
      ASSERT_TRUE(written) << Why(written);
    }
  }
  static std::vector<std::string> DataFiles(const std::string& folder) {
    auto paths = *ListFilesBelow(folder);
    std::erase_if(paths, [](const std::string& path) {
      return !path.ends_with(".parquet") || path.find("_delta_log") != std::string::npos;
    });
    return paths;
  }
};

TEST_F(LakeUpkeep, CompactionMakesOneFilePerSeriesAndMonthAndKeepsRows) {
  auto lake = OpenWriter();
  WriteHours(*lake);
  const Batch before = *lake->Pin()->Read(VendorCandlesTable());
  EXPECT_EQ(lake->Pin()->Files("vendor_candles").size(), 12u);
  CompactionReport report;
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_ASSIGN(report, lake->Compact(*lake->Pin(), writer));
    return {};
  }));
  EXPECT_EQ(report.files_before, 12);
  EXPECT_EQ(report.files_after, 4);  // two series, two months
  EXPECT_EQ(report.rows, static_cast<int64_t>(before.rows));
  const auto view = lake->Pin();
  EXPECT_EQ(view->Files("vendor_candles").size(), 4u);
  EXPECT_TRUE(SameBits(*view->Read(VendorCandlesTable()), before));
  // Tidy now: nothing is left to do.
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_ASSIGN(report, lake->Compact(*lake->Pin(), writer));
    return {};
  }));
  EXPECT_EQ(report.files_before, 0);
  EXPECT_EQ(lake->Pin()->VersionOf("vendor_candles"), view->VersionOf("vendor_candles"));
}

TEST_F(LakeUpkeep, EpochsAfterCompactionLeaveItsFilesAlone) {
  constexpr size_t kSeriesCount = 20;
  auto lake = OpenWriter();
  const auto write = [&](int hour) {
    return Write(*lake, [&](EpochWriter& writer) -> Status {
      TM_TRY(writer.DeclareTable(VendorCandlesTable(), {}));
      for (size_t n = 0; n < kSeriesCount; ++n) {
        const SeriesKey series{"bitfinex", std::string{char('A' + n), 'Q'} + "-USD", "1m"};
        const Batch rows = Candles(series, At("2020-01-10") + hour * kMicrosPerHour, 60, n);
        TM_TRY(writer.Replace(VendorCandlesTable(), series, RangeOf(rows), rows));
      }
      return {};
    });
  };
  for (int hour = 0; hour < 3; ++hour) ASSERT_TRUE(write(hour));
  ASSERT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
    TM_TRY(lake->Compact(*lake->Pin(), writer));
    return {};
  }));
  std::set<std::string> compacted;
  for (const DataFile& file : lake->Pin()->Files("vendor_candles")) compacted.insert(file.path);
  ASSERT_EQ(compacted.size(), kSeriesCount);
  for (int hour = 3; hour < 6; ++hour) ASSERT_TRUE(write(hour));
  const auto view = lake->Pin();
  size_t left = 0;
  for (const DataFile& file : view->Files("vendor_candles")) left += compacted.count(file.path);
  EXPECT_EQ(left, kSeriesCount);
  EXPECT_EQ(view->Files("vendor_candles").size(), kSeriesCount + 3);
  EXPECT_EQ(view->Read(VendorCandlesTable())->rows, kSeriesCount * 6 * 60);
}

// A row is copied a few times, however many come after it.
TEST_F(LakeUpkeep, BigFilesStandBesideEachOtherUntilTheyMakeAFullOneAndFullOnesForEver) {
  constexpr size_t kRows = 1 << 17;  // big
  auto lake = OpenWriter();
  size_t written = 0;
  int64_t start = At("2020-01-10").us;
  const auto write = [&](size_t rows) {
    Batch batch(TradesTable().schema);
    for (const auto& [name, text] : {std::pair{"venue", kLtc.venue},
                                     {"symbol", kLtc.symbol},
                                     {"source", std::string("feed")}}) {
      batch[name].strings.AppendRepeated(text, rows);
    }
    batch["side"].strings.codes.assign(rows, -1);
    for (size_t i = 0; i < rows; ++i, ++written) {
      batch["time"].ints.push_back(start + static_cast<int64_t>(written));
      batch["trade_id"].strings.Append(std::to_string(written));
      batch["price"].doubles.push_back(static_cast<double>(written));
    }
    batch["size"].doubles.assign(rows, 1);
    for (const char* name : {"sequence", "cancelled", "received_at", "revision"}) {
      batch[name].ints.assign(rows, 0);
    }
    batch.SetRows(rows);
    return Write(*lake, [&](EpochWriter& writer) -> Status {
      TM_TRY(writer.DeclareTable(TradesTable(), {}));
      return writer.Append(TradesTable(), {kLtc.venue, kLtc.symbol, "", ""}, batch);
    });
  };
  const auto files_after = [&](Tidying tidying) {
    EXPECT_TRUE(Write(*lake, [&](EpochWriter& writer) -> Status {
      TM_TRY(lake->Compact(*lake->Pin(), writer, {.tables = {}, .tidying = tidying}));
      return {};
    }));
    return lake->Pin()->Files("trades").size();
  };
  for (size_t i = 1; i <= 7; ++i) {
    ASSERT_TRUE(write(kRows));
    ASSERT_TRUE(write(1'000));
    ASSERT_TRUE(write(1'000));
    EXPECT_EQ(files_after(Tidying::kOften), i + 1) << "the small ones are one";
  }
  ASSERT_TRUE(write(kRows));
  EXPECT_EQ(files_after(Tidying::kOften), 2u);
  ASSERT_TRUE(write(kRows));
  ASSERT_TRUE(write(1'000));
  EXPECT_EQ(files_after(Tidying::kOften), 3u);
  EXPECT_EQ(files_after(Tidying::kWhole), 2u) << "one is full, the others are one";
  EXPECT_EQ(files_after(Tidying::kWhole), 2u);
  // What makes two full files is not held at once, in this month or the next.
  for (size_t i = 0; i < 18; ++i) ASSERT_TRUE(write(kRows));
  start = At("2020-02-10").us;
  for (size_t i = 0; i < 18; ++i) ASSERT_TRUE(write(kRows));
  EXPECT_EQ(files_after(Tidying::kWhole), 7u);
  EXPECT_EQ(files_after(Tidying::kWhole), 7u);
  std::vector<int64_t> sizes;
  for (const DataFile& file : lake->Pin()->Files("trades")) sizes.push_back(file.rows);
  EXPECT_LT(*std::ranges::max_element(sizes), 2 * kFullRows);
  const Batch rows = *lake->Pin()->Read(TradesTable());
  ASSERT_EQ(rows.rows, written);
  for (size_t i = 0; i < written; ++i) ASSERT_EQ(rows["price"].doubles[i], static_cast<double>(i));
}

// Series as busy as each other become full together, and take turns.
TEST(UntidyFiles, MergesOnlySoManyRowsAtOnce) {
  constexpr int64_t kSeries = 40, kFilesEach = 8, kRows = kFullRows / kFilesEach;
  std::vector<DataFile> stored;
  for (int64_t series = 0; series < kSeries; ++series) {
    for (int64_t i = 0; i < kFilesEach; ++i) {
      DataFile& file = stored.emplace_back();
      file.partition["venue"] = "binance";
      file.rows = kRows + (series == 17 ? 1 : 0);  // one is busier than the others
      ColumnStats& symbol = file.stats["symbol"];
      symbol.has_range = symbol.is_text = true;
      symbol.min_text = symbol.max_text = "S" + std::to_string(series);
      ColumnStats& time = file.stats["time"];
      time.has_range = true;
      time.min_int = At("2020-01-10").us + i * 1'000;
      time.max_int = time.min_int + 999;
    }
  }
  std::vector<const DataFile*> files;
  for (const DataFile& file : stored) files.push_back(&file);
  const auto taken = [&](int64_t* big_rows) {
    std::map<std::string, int64_t> files_of;
    for (const DataFile* file : UntidyFiles(TradesTable(), files, Tidying::kOften, big_rows)) {
      ++files_of[*file->ConstantText("symbol")];
      std::erase(files, file);
    }
    for (const auto& [symbol, count] : files_of) EXPECT_EQ(count, kFilesEach) << symbol;
    return files_of;
  };
  int64_t rows = kBigRowsAtOnce;
  const auto first = taken(&rows);
  EXPECT_EQ(first.size(), 16u);
  EXPECT_TRUE(first.contains("S17")) << "the most rows come first";
  EXPECT_EQ(rows, -kFilesEach);
  EXPECT_TRUE(taken(&rows).empty()) << "of another partition of the table";
  for (const size_t left : {16u, 8u, 0u}) {
    rows = kBigRowsAtOnce;
    EXPECT_EQ(taken(&rows).size(), left);
  }
}

TEST_F(LakeUpkeep, VacuumRemovesWhatNoKeptEpochNeeds) {
  auto lake = OpenWriter();
  const Batch first = Candles(kLtc, At("2020-01-01"), 100, 1);
  const Batch second = Candles(kLtc, At("2020-01-01"), 100, 2);
  ASSERT_TRUE(WriteCandles(*lake, kLtc, first));
  ASSERT_TRUE(WriteCandles(*lake, kLtc, second));
  ASSERT_EQ(DataFiles(root()).size(), 2u);
  // Epoch 1 was in use until an hour ago.
  const auto kept = lake->Vacuum(2 * kMicrosPerHour, true);
  ASSERT_TRUE(kept) << Why(kept);
  EXPECT_TRUE(kept->keys.empty());
  EXPECT_EQ(kept->oldest_epoch, 1);
  const auto listed = lake->Vacuum(kMicrosPerMinute, true);
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->keys.size(), 2u);  // the file and the record of epoch 1
  EXPECT_EQ(DataFiles(root()).size(), 2u);
  const auto done = lake->Vacuum(kMicrosPerMinute, false);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->keys, listed->keys);
  EXPECT_EQ(DataFiles(root()).size(), 1u);
  EXPECT_EQ(lake->PinEpoch(1).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(SameBits(*lake->Pin()->Read(VendorCandlesTable()), second));
}

TEST_F(LakeUpkeep, VacuumKeepsWhatAReaderHasPinned) {
  auto lake = OpenWriter();
  const Batch first = Candles(kLtc, At("2020-01-01"), 100, 1);
  ASSERT_TRUE(WriteCandles(*lake, kLtc, first));
  auto reader = Lake::Open(root(), S3Options());
  {
    const auto pinned = (*reader)->Pin();
    ASSERT_TRUE(WriteCandles(*lake, kLtc, Candles(kLtc, At("2020-01-01"), 100, 2)));
    const auto vacuumed = lake->Vacuum(0, false);
    ASSERT_TRUE(vacuumed) << Why(vacuumed);
    EXPECT_EQ(vacuumed->pinned_readers, 1);
    EXPECT_TRUE(SameBits(*pinned->Read(VendorCandlesTable()), first));
  }
  ASSERT_TRUE(lake->Vacuum(0, false));
  EXPECT_EQ(DataFiles(root()).size(), 1u);
}

TEST_F(LakeUpkeep, VacuumCutsTheLogAtACheckpoint) {
  auto lake = OpenWriter();
  WriteHours(*lake);
  const Batch before = *lake->Pin()->Read(VendorCandlesTable());
  ASSERT_TRUE(lake->Vacuum(0, false));
  const std::string log = root() + "/vendor_candles/_delta_log";
  EXPECT_FALSE(FileExists(log + "/00000000000000000009.json"));
  EXPECT_TRUE(FileExists(log + "/00000000000000000010.checkpoint.parquet"));
  EXPECT_TRUE(FileExists(log + "/00000000000000000011.json"));
  auto fresh = Lake::Open(root(), S3Options());
  EXPECT_TRUE(SameBits(*(*fresh)->Pin()->Read(VendorCandlesTable()), before));
  EXPECT_TRUE(WriteCandles(*lake, kLtc, Candles(kLtc, At("2020-03-01"), 5, 1)));
}

class LakeIntegrity : public LakeUpkeep {
 protected:
  static void Flip(const std::string& path, size_t at) {
    Bytes bytes = *ReadFile(path);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    ASSERT_TRUE(WriteFileSynced(path, bytes));
  }
  static std::vector<Finding> Check(Lake& lake, bool statistics = false) {
    const auto view = lake.Pin();
    EXPECT_TRUE(view) << Why(view);
    const auto findings = lake.CheckIntegrity(*view, {.statistics = statistics});
    EXPECT_TRUE(findings) << Why(findings);
    return *findings;
  }
};

TEST_F(LakeIntegrity, SoundLakeHasNoFindings) {
  auto lake = OpenWriter();
  WriteHours(*lake);
  EXPECT_TRUE(Check(*lake, true).empty());
}

TEST_F(LakeIntegrity, FlippedByteInADataFileIsFound) {
  auto lake = OpenWriter();
  WriteHours(*lake);
  const std::string path = DataFiles(root())[3];
  Flip(path, 700);
  const auto findings = Check(*lake);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_TRUE(path.ends_with(findings[0].object));
}

TEST_F(LakeIntegrity, MissingAndShortFilesAreFound) {
  auto lake = OpenWriter();
  WriteHours(*lake);
  const auto paths = DataFiles(root());
  ASSERT_TRUE(RemoveFile(paths[0]));
  ASSERT_TRUE(WriteFileSynced(paths[1], "PAR1"));
  EXPECT_EQ(Check(*lake).size(), 2u);
}

TEST_F(LakeIntegrity, FlippedByteInTheLogIsFoundOrReported) {
  auto lake = OpenWriter();
  WriteHours(*lake);
  const std::string log = root() + "/vendor_candles/_delta_log/0000000000000000000";
  // Inside the text of a number: still JSON.
  const Bytes commit = *ReadFile(log + "4.json");
  Flip(log + "4.json", commit.find("\"numRecords") == Bytes::npos
                           ? commit.find("modificationTime") + 20
                           : commit.find("numRecords") + 13);
  auto fresh = Lake::Open(root(), S3Options());
  EXPECT_FALSE(Check(**fresh).empty());
  // Not JSON any more: reading through it is an error that names the file.
  Flip(log + "4.json", 0);
  ASSERT_TRUE(RemoveFile(log + "10.checkpoint.parquet"));
  const auto view = (*Lake::Open(root(), S3Options()))->PinEpoch(7);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code(), ErrorCode::kCorrupt);
  EXPECT_NE(view.error().message().find("00000000000000000004.json"), std::string::npos);
}

TEST_F(LakeIntegrity, DamagedEpochRecordIsCorrupt) {
  auto lake = OpenWriter();
  ASSERT_TRUE(WriteCandles(*lake, kLtc, Candles(kLtc, At("2020-01-01"), 5, 1)));
  Flip(root() + "/_tidemark/epochs/00000000000000000001.json", 0);
  const auto view = lake->Pin();
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code(), ErrorCode::kCorrupt);
}

class LakeWriters : public LakeUpkeep {};

TEST_F(LakeWriters, SecondWriterIsRefusedByName) {
  auto lake = Lake::Open(root(), S3Options());
  ASSERT_TRUE((*lake)->LockForWriting("tidemark run, process 42"));
  auto other = Lake::Open(root(), S3Options());
  const auto locked = (*other)->LockForWriting("another");
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code(), ErrorCode::kLocked);
  EXPECT_NE(locked.error().message().find("process 42"), std::string::npos);
}

TEST_F(LakeWriters, PreparedEpochOfAnOvertakenWriterIsAConflict) {
  auto lake = OpenWriter();
  const auto prepare = [&](uint64_t seed) {
    const auto writer = lake->Begin(*lake->Pin());
    EXPECT_TRUE((*writer)->DeclareTable(VendorCandlesTable(), {}));
    const Batch rows = Candles(kLtc, At("2020-01-01"), 10, seed);
    EXPECT_TRUE((*writer)->Replace(VendorCandlesTable(), kLtc, RangeOf(rows), rows));
    return *(*writer)->Prepare();
  };
  const PreparedEpoch slow = prepare(1), fast = prepare(2);
  ASSERT_TRUE(lake->Commit(fast));
  ASSERT_TRUE(lake->Commit(fast));
  const auto late = lake->Commit(slow);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(
      SameBits(*lake->Pin()->Read(VendorCandlesTable()), Candles(kLtc, At("2020-01-01"), 10, 2)));
}

TEST_F(LakeWriters, ForeignCommitStopsTheNextEpoch) {
  auto lake = OpenWriter();
  ASSERT_TRUE(WriteCandles(*lake, kLtc, Candles(kLtc, At("2020-01-01"), 5, 1)));
  const LakeView base = *lake->Pin();
  const std::string log = root() + "/vendor_candles/_delta_log/";
  ASSERT_TRUE(PutIfAbsent(log + "00000000000000000001.json",
                          "{\"commitInfo\":{\"operation\":\"OPTIMIZE\"}}\n"));
  const auto writer = lake->Begin(base);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(lake->Pin());  // reading goes on
}

TEST_F(LakeWriters, PreparedBytesAreChecked) {
  PreparedEpoch prepared{7, {{"candles", 3, "commit"}}, "record", {"candles/x.parquet"}};
  const Bytes bytes = prepared.Serialize();
  const auto again = PreparedEpoch::Parse(bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->Serialize(), bytes);
  EXPECT_EQ(again->commits[0].version, 3);
  for (size_t i = 0; i < bytes.size(); ++i) {
    Bytes bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_FALSE(PreparedEpoch::Parse(bad)) << i;
    EXPECT_FALSE(PreparedEpoch::Parse(std::string_view(bytes).substr(0, i))) << i;
  }
}

}  // namespace
}  // namespace tidemark

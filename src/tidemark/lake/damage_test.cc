// Damage in what the lake stores: refused as damage, never read as something else.
#include <gtest/gtest.h>

#include "tidemark/lake/delta_log.h"
#include "tidemark/lake/lake_internals.h"
#include "tidemark/lake/parquet_io.h"
#include "tidemark/lake/test_rows.h"

namespace tidemark {
namespace {

using namespace lake_test;

TableState StateWithSchema() {
  TableState state;
  state.table = "vendor_candles";
  EXPECT_TRUE(state.Apply(ProtocolAction().Dump() + "\n" +
                          MetaDataAction(VendorCandlesTable(), {}, "id", 0).Dump() + "\n"));
  return state;
}

TEST(LakeDamage, LogsThatAreNotWhatTheyShouldBeAreCorrupt) {
  for (const char* commit : {
           "{\"add\":",
           "not json",
           R"({"metaData":{"schemaString":"{\"fields\":["}})",
           R"({"add":{"path":"a.parquet","size":1,"stats":"{\"numRecords\""}})",
           R"({"add":{"path":"a.parquet"}})",
           R"({"add":{"path":"a%2","size":1}})",
       }) {
    TableState state = StateWithSchema();
    const auto applied = state.Apply(commit);
    ASSERT_FALSE(applied) << commit;
    EXPECT_EQ(applied.error().code(), ErrorCode::kCorrupt) << commit;
  }
}

TEST(LakeDamage, BoundsAtTheEndOfTimeStayBounds) {
  DataFile file;
  ColumnStats stats;
  stats.has_range = true;
  stats.max_int = INT64_MAX;
  file.stats["open_time"] = stats;
  EXPECT_EQ(file.TimesOf("open_time").end.us, INT64_MAX);
}

TEST(LakeDamage, EpochsAndVersionsThatCannotGoOnAreCorrupt) {
  EpochRecord record;
  record.epoch = INT64_MAX;
  EXPECT_EQ(EpochRecord::Parse(record.ToJson()).error().code(), ErrorCode::kCorrupt);
  record.epoch = 1;
  record.tables["candles"].version = INT64_MAX;
  EXPECT_EQ(EpochRecord::Parse(record.ToJson()).error().code(), ErrorCode::kCorrupt);
}

class DataFileDamage : public LakeTest {
 protected:
  void SetUp() override {
    LakeTest::SetUp();
    path_ = folder_ + "/file.parquet";
    rows_ = Candles(kLtc, At("2024-01-01"), 50, 7);
    bytes_ = std::string(EncodeParquet(rows_, 0, rows_.rows, {})->bytes);
    selection_.fields = rows_.schema.fields;
  }
  Result<Batch> Decode(std::string_view bytes) {
    EXPECT_TRUE(WriteFileSynced(path_, bytes));
    return DecodeParquet(path_, selection_);
  }
  void ExpectCorrupt(const Result<Batch>& rows) {
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code(), ErrorCode::kCorrupt) << rows.error().message();
    EXPECT_NE(rows.error().message().find(path_), std::string::npos);
  }
  std::string path_, bytes_;
  Batch rows_;
  ParquetSelection selection_;
};

TEST_F(DataFileDamage, AFlippedBitOfAPageIsFound) {
  ASSERT_TRUE(SameBits(*Decode(bytes_), rows_));
  uint32_t footer = 0;
  std::memcpy(&footer, bytes_.data() + bytes_.size() - 8, sizeof(footer));
  const size_t pages_end = bytes_.size() - 8 - footer;
  for (size_t at = 0; at < pages_end; ++at) {
    std::string bad = bytes_;
    bad[at] = static_cast<char>(bad[at] ^ 1 << at % 8);
    const auto rows = Decode(bad);
    if (!rows) {
      ExpectCorrupt(rows);
    } else {
      EXPECT_TRUE(SameBits(*rows, rows_)) << "byte " << at;
    }
  }
}

TEST_F(DataFileDamage, ACutFileIsFound) {
  for (size_t size = 0; size < bytes_.size(); size += 7)
    ExpectCorrupt(Decode(bytes_.substr(0, size)));
}

TEST_F(DataFileDamage, AnotherNumberOfRowsThanTheLogsIsFound) {
  selection_.rows = 50;
  EXPECT_TRUE(Decode(bytes_));
  selection_.rows = 51;
  ExpectCorrupt(Decode(bytes_));
}

TEST_F(DataFileDamage, WhatMustHaveAValueAndLacksItIsFound) {
  selection_.fields = {{"epoch", ColumnType::kInt, false}};
  ExpectCorrupt(Decode(bytes_));
  selection_.fields = {{"epoch", ColumnType::kInt, true}};
  EXPECT_EQ((*Decode(bytes_))["epoch"].ints[49], kNullInt);
  // A column whose values may be null in the file, and must not be here.
  selection_.fields = {{"note", ColumnType::kString, false}};
  Batch batch(Schema{{{"note", ColumnType::kString, true}}});
  batch["note"].strings.Append("x");
  batch["note"].strings.AppendNull();
  batch.SetRows(2);
  ExpectCorrupt(Decode(EncodeParquet(batch, 0, 2, {})->bytes));
}

TEST_F(DataFileDamage, TimesThatAreNoneAreFound) {
  rows_["open_time"].ints[3] = INT64_MAX - 5;
  ExpectCorrupt(Decode(EncodeParquet(rows_, 0, rows_.rows, {})->bytes));
}

}  // namespace
}  // namespace tidemark

#include <gtest/gtest.h>

#include <filesystem>

#include "tidemark/base/file.h"
#include "tidemark/lake/parquet_io.h"

namespace tidemark {
namespace {

TEST(Parquet, TextsThatHardlyRepeatStandOnceInAllRowGroupsTogether) {
  const Schema schema{{{"few", ColumnType::kString, true}, {"id", ColumnType::kString, true}}};
  Batch rows(schema);
  const size_t count = 3 * static_cast<size_t>(kRowGroupRows) + 17;
  for (size_t i = 0; i < count; ++i) {
    rows["few"].strings.Append(i % 3 == 0 ? "buy" : "sell");
    if (i % 1000 == 7) {
      rows["id"].strings.AppendNull();
    } else {
      rows["id"].strings.Append(std::to_string(1'000'000'000 + 7 * i));
    }
  }
  rows.SetRows(count);
  const auto encoded = EncodeParquet(rows, 0, count, {});
  ASSERT_TRUE(encoded);
  EXPECT_LT(encoded->bytes.size(), 16 * count);
  EXPECT_EQ(encoded->stats.at("id").null_count, 99);
  EXPECT_EQ(encoded->stats.at("id").min_text, "1000000000");
  const std::string path = std::filesystem::temp_directory_path() / "tidemark_parquet_test.parquet";
  ASSERT_TRUE(WriteFileSynced(path, encoded->bytes));
  const auto read = DecodeParquet(path, {.fields = schema.fields, .time_column = {}, .texts = {}});
  ASSERT_TRUE(RemoveFile(path));
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->rows, count);
  for (size_t i = 0; i < count; ++i) {
    ASSERT_TRUE(Batch::CellsEqual(*read, i, rows, i, 0) && Batch::CellsEqual(*read, i, rows, i, 1));
  }
}

}  // namespace
}  // namespace tidemark

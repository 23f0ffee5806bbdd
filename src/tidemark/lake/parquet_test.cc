#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/lake/parquet_io.h"

namespace tidemark {
namespace {

std::string Path() {
  return std::filesystem::temp_directory_path() / "tidemark_parquet_test.parquet";
}

// Of each symbol rows with the times 0, 1, … and an id of their own.
Batch OfSymbols(const std::vector<std::pair<std::string, int64_t>>& symbols) {
  Batch rows(Schema{{{"symbol", ColumnType::kString, true},
                     {"time", ColumnType::kTime, false},
                     {"id", ColumnType::kString, true},
                     {"price", ColumnType::kDouble, true}}});
  for (const auto& [symbol, count] : symbols) {
    for (int64_t i = 0; i < count; ++i) {
      symbol.empty() ? rows["symbol"].strings.AppendNull() : rows["symbol"].strings.Append(symbol);
      rows["time"].ints.push_back(i);
      rows["id"].strings.AppendNew(symbol + std::to_string(i));
      rows["price"].doubles.push_back(static_cast<double>(i) / 8);
    }
  }
  rows.SetRows(rows["time"].ints.size());
  return rows;
}

Batch ReadBack(const Batch& rows, ParquetSelection selection) {
  const auto encoded = EncodeParquet(rows, 0, rows.rows, {});
  CHECK(encoded && WriteFileSynced(Path(), encoded->bytes));
  selection.fields = rows.schema.fields;
  auto read = DecodeParquet(Path(), selection);
  CHECK(read && RemoveFile(Path()));
  return *std::move(read);
}

// What a selection may leave out is what it does not want: looked at row by row, over groups of
// rows that begin and end within a symbol and at its ends.
TEST(Parquet, RowsBeforeAndBehindTheWantedOnesAreLeftOut) {
  const Batch rows = OfSymbols({{"", 3},
                                {"A", 2 * kRowGroupRows - 3},
                                {"B", 40},
                                {"C", 40'000},
                                {"B", 8},
                                {"D", 9},
                                {"", 2}});
  for (const std::string symbol : {"A", "B", "C", "D", "E", ""}) {
    for (const TimeRange times : {TimeRange::All(), TimeRange{{5}, {30}}, TimeRange{{7}, {8}},
                                  TimeRange{{30'000}, {36'000}}, TimeRange{{900'000}, {900'001}}}) {
      const Batch read =
          ReadBack(rows, {.time_column = "time", .times = times, .texts = {{"symbol", symbol}}});
      const auto wanted = [&](const Batch& all, size_t i) {
        const StringColumn& symbols = all["symbol"].strings;
        return !symbols.IsNull(i) && symbols.At(i) == symbol &&
               times.Contains({all["time"].ints[i]});
      };
      std::vector<std::string> expected, found;
      for (size_t i = 0; i < rows.rows; ++i) {
        if (wanted(rows, i)) expected.push_back(rows["id"].strings.At(i));
      }
      for (size_t i = 0; i < read.rows; ++i) {
        if (wanted(read, i)) found.push_back(read["id"].strings.At(i));
      }
      EXPECT_EQ(found, expected) << symbol;
      // Between rows of a symbol that stands in two places there may be others of these times.
      if (read.rows == 0 || symbol == "B") continue;
      EXPECT_TRUE(wanted(read, 0) && wanted(read, read.rows - 1)) << symbol;
    }
  }
  EXPECT_EQ(ReadBack(rows, {}).rows, rows.rows);
}

TEST(Parquet, TextThatIsNoneIsRefusedAlsoAmongManyWords) {
  Batch rows = OfSymbols({{"A", 5'000}});
  EXPECT_TRUE(EncodeParquet(rows, 0, rows.rows, {}));
  rows["id"].strings.dictionary.back() = "12\xFF";
  const auto encoded = EncodeParquet(rows, 0, rows.rows, {});
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().message(), "column id: a value is not UTF-8 text");
}

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
  ASSERT_TRUE(WriteFileSynced(Path(), encoded->bytes));
  const auto read =
      DecodeParquet(Path(), {.fields = schema.fields, .time_column = {}, .texts = {}});
  ASSERT_TRUE(RemoveFile(Path()));
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->rows, count);
  for (size_t i = 0; i < count; ++i) {
    ASSERT_TRUE(Batch::CellsEqual(*read, i, rows, i, 0) && Batch::CellsEqual(*read, i, rows, i, 1));
  }
}

}  // namespace
}  // namespace tidemark

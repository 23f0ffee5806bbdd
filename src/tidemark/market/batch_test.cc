#include "tidemark/market/batch.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tidemark/base/random.h"
#include "tidemark/market/candle.h"

namespace tidemark {
namespace {

Batch Sample() {
  Batch batch(Schema{{{"name", ColumnType::kString, true},
                      {"time", ColumnType::kTime, false},
                      {"value", ColumnType::kDouble, true}}});
  batch["name"].strings.Append("b");
  batch["name"].strings.AppendNull();
  batch["name"].strings.Append("a");
  batch["time"].ints = {1, 2, 3};
  batch["value"].doubles = {0.5, kNull, -0.0};
  batch.SetRows(3);
  return batch;
}

TEST(Batch, AppendMapsDictionaries) {
  Batch a = Sample();
  Batch b(a.schema);
  b["name"].strings.Append("a");
  b["time"].ints = {9};
  b["value"].doubles = {1};
  b.SetRows(1);
  b.Append(a);
  ASSERT_EQ(b.rows, 4u);
  EXPECT_EQ(b["name"].strings.At(1), "b");
  EXPECT_TRUE(b["name"].strings.IsNull(2));
  EXPECT_EQ(b["name"].strings.At(3), "a");
  EXPECT_EQ(b["name"].strings.dictionary.size(), 2u);
}

// Also where the dictionary was filled without it, and through copies.
TEST(StringColumn, CodesAreThoseOfAMap) {
  Random random(11);
  StringColumn column;
  std::map<std::string, int32_t> codes;
  std::vector<std::string> texts;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = std::to_string(random.Below(i % 2 == 0 ? 50 : 5'000));
    if (i % 4'000 == 0 && !codes.contains(text)) {
      codes[text] = static_cast<int32_t>(column.dictionary.size());
      column.dictionary.push_back(text);
    }
    const auto next = static_cast<int32_t>(column.dictionary.size());
    ASSERT_EQ(column.CodeOf(text), codes.try_emplace(text, next).first->second);
    column.Append(text);
    texts.push_back(text);
    if (i % 1'000 == 0) column = StringColumn(column);
    if (i % 3'000 == 0) column = StringColumn(std::move(column));
  }
  EXPECT_EQ(column.dictionary.size(), codes.size());
  for (size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(column.At(i), texts[i]);
}

TEST(Batch, TakeReordersEveryColumn) {
  const Batch taken = Sample().Take({2, 0});
  ASSERT_EQ(taken.rows, 2u);
  EXPECT_EQ(taken["name"].strings.At(0), "a");
  EXPECT_EQ(taken["time"].ints[1], 1);
  EXPECT_TRUE(Batch::CellsEqual(taken, 1, Sample(), 0, 0));
}

// Long runs of rows are copied whole, scattered rows one by one.
TEST(Batch, TakeOfRunsIsTakeOfRows) {
  Batch rows(Sample().schema);
  for (int i = 0; i < 40; ++i) rows.Append(Sample());
  for (size_t i = 0; i < rows.rows; ++i) rows["time"].ints[i] = static_cast<int64_t>(i);
  std::vector<uint32_t> order;
  for (uint32_t i = 70; i < 120; ++i) order.push_back(i);
  for (uint32_t i = 0; i < 50; ++i) order.push_back(i);
  for (const uint32_t i : {60u, 60u, 61u, 5u}) order.push_back(i);
  const Batch taken = rows.Take(order);
  ASSERT_EQ(taken.rows, order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    for (size_t c = 0; c < rows.columns.size(); ++c) {
      EXPECT_TRUE(Batch::CellsEqual(taken, i, rows, order[i], c)) << i;
    }
  }
}

TEST(StringColumn, WordsThatStandTwiceAreOneText) {
  StringColumn column;
  for (const char* text : {"a", "b", "a"}) column.AppendNew(text);
  column.AppendNull();
  EXPECT_EQ(column.dictionary.size(), 3u);
  StringColumn more = column;
  more.Append(column, 1, 4);  // looks words up: the first of those that are equal
  EXPECT_EQ(more.codes, (std::vector<int32_t>{0, 1, 2, -1, 1, 0, -1}));
  more.AppendNew(column);
  EXPECT_EQ(more.codes, (std::vector<int32_t>{0, 1, 2, -1, 1, 0, -1, 3, 4, 5, -1}));
  EXPECT_EQ(more.At(9), "a");
  EXPECT_EQ(more.CodeOf("b"), 1);
}

TEST(Batch, NullsEqualNullsAndMinusZeroEqualsZero) {
  const Batch a = Sample();
  EXPECT_TRUE(Batch::CellsEqual(a, 1, a, 1, 2));
  EXPECT_FALSE(Batch::CellsEqual(a, 0, a, 1, 2));
  Batch b = Sample();
  b["value"].doubles[2] = 0.0;
  EXPECT_TRUE(Batch::CellsEqual(a, 2, b, 2, 2));
}

}  // namespace
}  // namespace tidemark

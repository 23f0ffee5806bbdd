#include "tidemark/market/trade.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(IdNumber, IsOnlyWhatItsDigitsGiveBack) {
  EXPECT_EQ(IdNumber("0"), 0);
  EXPECT_EQ(IdNumber("123456789012345678"), 123456789012345678);
  for (const char* text : {"", "01", "-1", "1e3", "1234567890123456789", "a", "1 "}) {
    EXPECT_EQ(IdNumber(text), std::nullopt) << text;
  }
}

TEST(TradeColumns, KeepIdsAsTheVenueSpellsThem) {
  TradeColumns rows;
  for (const char* id : {"17", "", "00000000-0000-0000-066d-0001a4e2b3f0", "007"}) {
    rows.Append(Trade{.time = {5}, .id = id, .price = 2, .size = 1});
  }
  TradeColumns copy;
  copy.Append(Trade{.time = {1}, .id = "3", .price = 2, .size = 1});
  copy.Append(rows, 1, 4);
  copy.Append(rows, 0, 1);
  ASSERT_EQ(copy.rows(), 5u);
  EXPECT_EQ(copy.IdText(0), "3");
  EXPECT_EQ(copy.IdText(1), "");
  EXPECT_EQ(copy.IdText(2), "00000000-0000-0000-066d-0001a4e2b3f0");
  EXPECT_EQ(copy.IdText(3), "007");
  EXPECT_EQ(copy.IdText(4), "17");
  EXPECT_EQ(rows.id_text.size(), rows.rows());
}

}  // namespace
}  // namespace tidemark

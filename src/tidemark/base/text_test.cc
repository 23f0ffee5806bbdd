#include "tidemark/base/text.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Text, OnlyLettersOfAsciiChangeCase) { EXPECT_EQ(ToLower("LTC-Usd 1Ä"), "ltc-usd 1Ä"); }

TEST(Text, EditDistanceIsTheTextbookOne) {
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("horizons", "horizon"), 1u);
  EXPECT_EQ(EditDistance("same", "same"), 0u);
}

TEST(Text, QuotesInsideCsvAreDoubled) { EXPECT_EQ(QuoteCsv("a \"b\",\n"), "\"a \"\"b\"\",\n\""); }

TEST(Text, WidthCountsCharacters) { EXPECT_EQ(DisplayWidth("ä–1"), 3u); }

}  // namespace
}  // namespace tidemark

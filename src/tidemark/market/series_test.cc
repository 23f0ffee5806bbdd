#include "tidemark/market/series.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(SeriesId, IsReadBackFromItsText) {
  const SeriesId id{"bitfinex", *Symbol::Parse("LTC-USD"), *Interval::Parse("1m")};
  EXPECT_EQ(id.ToString(), "bitfinex LTC-USD 1m");
  EXPECT_EQ(*SeriesId::Parse(id.ToString()), id);
  EXPECT_EQ(*SeriesId::Parse("bitfinex", "ltcusd", "1m"), id);
}

TEST(SeriesId, TextThatIsNoSeriesIsRefused) {
  for (const char* text : {"", "bitfinex", "bitfinex LTC-USD", "bitfinex  1m", "bitfinex LTC-USD x",
                           "bitfinex LTC USD 1m"}) {
    const auto series = SeriesId::Parse(text);
    ASSERT_FALSE(series) << text;
    EXPECT_EQ(series.error().code(), ErrorCode::kParse) << text;
  }
}

}  // namespace
}  // namespace tidemark

#include "tidemark/market/interval.h"

#include <gtest/gtest.h>

#include "tidemark/market/series.h"

namespace tidemark {
namespace {

EventTime At(const char* text) { return ParseTime(text).value(); }

TEST(Interval, TextRoundTrips) {
  for (const char* text : {"1m", "5m", "15m", "1h", "4h", "1d", "1w", "1mo", "30s"}) {
    EXPECT_EQ(Interval::Parse(text).value().ToString(), text);
  }
}

TEST(Interval, LengthsThatDoNotDivideADayAreRefused) {
  for (const char* text : {"7m", "2d", "", "1y", "1.5h"}) {
    EXPECT_FALSE(Interval::Parse(text).has_value()) << text;
  }
}

TEST(Interval, BucketsAreHalfOpen) {
  const Interval hour = Interval::Parse("1h").value();
  EXPECT_EQ(hour.OpenOf(At("2019-12-31T23:59")), At("2019-12-31T23:00"));
  EXPECT_EQ(hour.OpenOf(At("2020-01-01T00:00")), At("2020-01-01T00:00"));
  EXPECT_EQ(hour.OpenOf(At("1969-12-31T23:59")), At("1969-12-31T23:00"));
  EXPECT_EQ(Interval::Month().CloseOf(At("2016-02-01")), At("2016-03-01"));
  EXPECT_EQ(Interval::Week().CloseOf(At("2019-12-30")), At("2020-01-06"));
}

TEST(Symbol, SpellingsOfTheVenuesAreOneSymbol) {
  for (const char* text : {"LTC-USD", "ltc/usd", "LTCUSD", "ltcusd", "tLTCUSD", "LTC_USD"}) {
    EXPECT_EQ(Symbol::Parse(text).value().text(), "LTC-USD") << text;
  }
  EXPECT_EQ(Symbol::Parse("BTCUSDT").value().text(), "BTC-USDT");
  EXPECT_EQ(Symbol::Parse("trxusd").value().text(), "TRX-USD");
  EXPECT_EQ(Symbol::Parse("XBTUSD").value().text(), "XBT-USD") << "no XB-TUSD";
  EXPECT_EQ(Symbol::Parse("BTCTUSD").value().text(), "BTC-TUSD");
  EXPECT_EQ(Symbol::Parse("ethbtc").value().base(), "ETH");
  for (const char* text : {"", "USD", "LTC-", "LTC USD", "-USD", "hello world.csv"}) {
    EXPECT_FALSE(Symbol::Parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tidemark

#include "tidemark/source/alphavantage/alphavantage_request.h"

#include <gtest/gtest.h>

#include "tidemark/source/feed/backfill_range.h"

namespace tidemark {
namespace {

const Symbol kEthUsd = *Symbol::Parse("ETH-USD");

std::string PathOf(std::string_view interval) {
  const auto request = AlphaVantageCandles(kEthUsd, *Interval::Parse(interval));
  return request ? request->Path() : request.error().message();
}

TEST(AlphaVantageRequest, SaysFunctionPairAndShape) {
  EXPECT_EQ(PathOf("5m"),
            "/query?function=CRYPTO_INTRADAY&symbol=ETH&market=USD&interval=5min"
            "&outputsize=compact&datatype=json");
  EXPECT_EQ(PathOf("1h"),
            "/query?function=CRYPTO_INTRADAY&symbol=ETH&market=USD&interval=60min"
            "&outputsize=compact&datatype=json");
  EXPECT_EQ(PathOf("1d"),
            "/query?function=DIGITAL_CURRENCY_DAILY&symbol=ETH&market=USD&datatype=json");
  EXPECT_EQ(PathOf("1w"),
            "/query?function=DIGITAL_CURRENCY_WEEKLY&symbol=ETH&market=USD&datatype=json");
  EXPECT_EQ(PathOf("1mo"),
            "/query?function=DIGITAL_CURRENCY_MONTHLY&symbol=ETH&market=USD&datatype=json");
  EXPECT_EQ(AlphaVantageRate(kEthUsd).Path(),
            "/query?function=CURRENCY_EXCHANGE_RATE&from_currency=ETH&to_currency=USD");
  AlphaVantageRequest full = *AlphaVantageCandles(kEthUsd, Interval());
  full.full = full.csv = true;
  EXPECT_EQ(full.Path(),
            "/query?function=CRYPTO_INTRADAY&symbol=ETH&market=USD&interval=1min"
            "&outputsize=full&datatype=csv");
  for (const char* interval : {"3m", "2h", "4h"}) {
    const auto none = AlphaVantageCandles(kEthUsd, *Interval::Parse(interval));
    ASSERT_FALSE(none) << interval;
    EXPECT_EQ(none.error().code(), ErrorCode::kUnsupported);
  }
}

TEST(AlphaVantageRequest, QueriesAreReadBackFromTheirText) {
  for (const AlphaVantageRequest& request :
       {AlphaVantageRate(kEthUsd), *AlphaVantageCandles(kEthUsd, Interval::Week())}) {
    const auto parsed = ParseQueryText(QueryText(request.query()));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->kind, request.kind);
    EXPECT_EQ(parsed->symbol, "ETH-USD");
    EXPECT_EQ(parsed->interval, request.interval);
  }
}

TEST(AlphaVantageRequest, KeysAreWordsThatNoNumberHolds) {
  EXPECT_TRUE(CheckAlphaVantageKey("demo"));
  EXPECT_TRUE(CheckAlphaVantageKey("0123456789ABCDEF"));
  EXPECT_FALSE(CheckAlphaVantageKey(""));
  for (const char* key : {"xyz", "12345678", "a b c d", "abcd&x=1", "abcd\n"}) {
    const auto wrong = CheckAlphaVantageKey(key);
    ASSERT_FALSE(wrong) << key;
    EXPECT_EQ(wrong.error().message().find(key), std::string::npos);
  }
}

TEST(AlphaVantageRequest, TheKeyIsTakenOutOfWhatIsSaid) {
  EXPECT_EQ(WithoutAlphaVantageKey("key as AB12 and AB12.", "AB12"), "key as **** and ****.");
  EXPECT_EQ(WithoutAlphaVantageKey("AB12", "AB12"), "****");
  EXPECT_EQ(WithoutAlphaVantageKey("XAB12 AB123 AB-12", "AB12"), "XAB12 AB123 AB-12");
  EXPECT_EQ(WithoutAlphaVantageKey("nothing", ""), "nothing");
}

}  // namespace
}  // namespace tidemark

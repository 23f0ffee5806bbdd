#include "tidemark/source/alphavantage/alphavantage_decoder.h"

#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_testing.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

constexpr char kFolder[] = "../shared/data/alphavantage/";
const RestQuery kDaily{RestQuery::Kind::kCandles, "BTC-EUR", Interval::Fixed(kMicrosPerDay)};
const RestQuery kWeekly{RestQuery::Kind::kCandles, "BTC-EUR", Interval::Week()};
const RestQuery kMonthly{RestQuery::Kind::kCandles, "BTC-EUR", Interval::Month()};
const RestQuery kFive{RestQuery::Kind::kCandles, "ETH-USD", Interval::Fixed(5 * kMicrosPerMinute)};
const RestQuery kRate{RestQuery::Kind::kRates, "USD-JPY", Interval()};

ReceiveTime At(std::string_view text) { return {ParseTime(text)->us}; }

// A reply in the new shape, about BTC-EUR; `rows` as JSON members.
std::string SeriesOf(std::string_view name, std::string_view rows,
                     std::string_view refreshed = "2023-11-12 00:00:00",
                     std::string_view zone = "UTC") {
  return fmt::format(R"j({{"Meta Data":{{"1. Information":"x","2. Digital Currency Code":"BTC",)j"
                     R"j("4. Market Code":"EUR","6. Last Refreshed":"{}","7. Time Zone":"{}"}},)j"
                     R"j("Time Series (Digital Currency {})":{{{}}}}})j",
                     refreshed, zone, name, rows);
}
std::string Row(std::string_view time, double close = 2) {
  return fmt::format(R"j("{}":{{"1. open":"1.5","2. high":"9","3. low":"1","4. close":"{}",)j"
                     R"j("5. volume":"10"}})j",
                     time, close);
}

class AlphaVantageDecoderTest : public testing::Test {
 protected:
  Strings Decoded(const RestQuery& query, std::string_view body, ReceiveTime at = kTestReceipt) {
    return EventsOf(decoder_, query, body, at);
  }
  AlphaVantageDecoder decoder_;
};

TEST_F(AlphaVantageDecoderTest, TheNewestDayIsOpenAndTheOthersAreClosed) {
  EXPECT_EQ(Decoded(kDaily, SeriesOf("Daily", Row("2023-11-14") + "," + Row("2023-11-13", 3))),
            (Strings{"candle BTC-EUR 1d 2023-11-14T00:00:00Z o 1.5 h 9 l 1 c 2 v 10 open history",
                     "candle BTC-EUR 1d 2023-11-13T00:00:00Z o 1.5 h 9 l 1 c 3 v 10 closed "
                     "history"}));
  EXPECT_EQ(decoder_.reply().kind, AlphaVantageReply::Kind::kCandles);
  EXPECT_EQ(decoder_.reply().closed_until, *ParseTime("2023-11-14"));
  // In whatever order they come.
  Decoded(kDaily, SeriesOf("Daily", Row("2023-11-13") + "," + Row("2023-11-14", 3)));
  EXPECT_EQ(decoder_.reply().open, 1);
  EXPECT_EQ(decoder_.reply().closed_until, *ParseTime("2023-11-14"));
}

TEST_F(AlphaVantageDecoderTest, TheNewestIsClosedWhenTimeHasSettledIt) {
  const auto closed = [&](std::string_view at, std::string_view refreshed) {
    Decoded(kDaily, SeriesOf("Daily", Row("2023-11-12"), refreshed), At(at));
    return decoder_.reply().closed == 1;
  };
  EXPECT_FALSE(closed("2023-11-13T00:59:59Z", "2023-11-12 00:00:00"));
  EXPECT_TRUE(closed("2023-11-13T01:00:00Z", "2023-11-12 00:00:00"));
  // The service says that it has looked at the market since.
  EXPECT_FALSE(closed("2023-11-13T00:01:00Z", "2023-11-12 23:59:59"));
  EXPECT_TRUE(closed("2023-11-13T00:01:00Z", "2023-11-13 00:00:00"));
  // ...but not in the future.
  EXPECT_FALSE(closed("2023-11-12T23:00:00Z", "2023-11-13 00:00:00"));
}

TEST_F(AlphaVantageDecoderTest, AWeekAndAMonthAreNamedByTheirLastDayOrTheDayOfTheReply) {
  EXPECT_EQ(Decoded(kWeekly, SeriesOf("Weekly", Row("2023-11-14") + "," + Row("2023-11-12"))),
            (Strings{"candle BTC-EUR 1w 2023-11-13T00:00:00Z o 1.5 h 9 l 1 c 2 v 10 open history",
                     "candle BTC-EUR 1w 2023-11-06T00:00:00Z o 1.5 h 9 l 1 c 2 v 10 closed "
                     "history"}));
  EXPECT_EQ(Decoded(kMonthly, SeriesOf("Monthly", Row("2023-11-14") + "," + Row("2023-10-31"))),
            (Strings{"candle BTC-EUR 1mo 2023-11-01T00:00:00Z o 1.5 h 9 l 1 c 2 v 10 open history",
                     "candle BTC-EUR 1mo 2023-10-01T00:00:00Z o 1.5 h 9 l 1 c 2 v 10 closed "
                     "history"}));
  // A reply made within the period never has the whole of it, however late it is read.
  Decoded(kMonthly, SeriesOf("Monthly", Row("2023-10-30")), At("2024-01-01T00:00:00Z"));
  EXPECT_EQ(decoder_.reply().open, 1);
  Decoded(kMonthly, SeriesOf("Monthly", Row("2023-10-31")), At("2024-01-01T00:00:00Z"));
  EXPECT_EQ(decoder_.reply().closed, 1);
}

TEST_F(AlphaVantageDecoderTest, TheMarketsOwnPricesAreTakenFromTheOldShape) {
  const std::string row =
      R"j("2023-11-13":{"1a. open (EUR)":"2","1b. open (USD)":"20","2a. high (EUR)":"4",)j"
      R"j("2b. high (USD)":"40","3a. low (EUR)":"1","3b. low (USD)":"10","4a. close (EUR)":"3",)j"
      R"j("4b. close (USD)":"30","5. volume":"7","6. market cap (USD)":"7"})j";
  EXPECT_EQ(Decoded(kDaily, SeriesOf("Daily", row)),
            Strings{"candle BTC-EUR 1d 2023-11-13T00:00:00Z o 2 h 4 l 1 c 3 v 7 closed history"});
}

TEST_F(AlphaVantageDecoderTest, TimesAreOfTheReplysZone) {
  const std::string body =
      R"j({"Meta Data":{"6. Last Refreshed":"2023-07-03 09:05:00","7. Interval":"5min",)j"
      R"j("9. Time Zone":"US/Eastern"},"Time Series Crypto (5min)":{"2023-07-03 09:05:00":)j"
      R"j({"1. open":"2","2. high":"2","3. low":"2","4. close":"2","5. volume":3}}})j";
  EXPECT_EQ(Decoded(kFive, body),
            Strings{"candle ETH-USD 5m 2023-07-03T13:05:00Z o 2 h 2 l 2 c 2 v 3 closed history"});
  EXPECT_EQ(Decoded(kDaily, SeriesOf("Daily", Row("2023-11-13"), "", "Mars/Olympus")),
            Strings{"reject bad_time -1 no time zone 'Mars/Olympus' (use an IANA name as "
                    "Europe/Berlin)"});
}

TEST_F(AlphaVantageDecoderTest, ABadRowCostsItself) {
  const std::string rows =
      Row("2023-11-14") + R"j(,"2023-11-13":{"1. open":"1.5","2. high":"0.5","3. low":"1",)j" +
      R"j("4. close":"2","5. volume":"1"},"yesterday":{},"2023-11-11":{"1. open":"x"},)j" +
      R"j("2023-11-10":{"1. open":"1","2. high":"1","3. low":"1","4. close":"1"},)j" +
      R"j("2023-11-09":7,)j" + Row("2023-11-08");
  const Strings got = Decoded(kDaily, SeriesOf("Daily", rows));
  ASSERT_EQ(got.size(), 7u);
  EXPECT_EQ(got[1], "reject high_below_body 1 high 0.5 is below open 1.5 or close 2");
  EXPECT_EQ(got[2], "reject bad_time 2 'yesterday' is not a time in iso");
  EXPECT_EQ(got[3], "reject bad_number 3 open 'x' is not a number");
  EXPECT_EQ(got[4], "reject missing_value 4 volume is missing");
  EXPECT_EQ(got[5], "reject bad_record 5 a row that is no object");
  EXPECT_EQ(decoder_.reply().rejected, 5);
  EXPECT_EQ(decoder_.reply().open, 1);
  EXPECT_EQ(decoder_.reply().closed, 1);
}

TEST_F(AlphaVantageDecoderTest, AReplyAboutSomethingElseIsRejectedWhole) {
  const std::string body = SeriesOf("Daily", Row("2023-11-13"));
  const RestQuery other{RestQuery::Kind::kCandles, "BTC-USD", Interval::Fixed(kMicrosPerDay)};
  EXPECT_EQ(Decoded(other, body), Strings{"reject bad_symbol -1 a reply about BTC-EUR"});
  EXPECT_EQ(Decoded(kWeekly, body),
            Strings{"reject bad_interval -1 'Time Series (Digital Currency Daily)' is not of 1w"});
  EXPECT_EQ(Decoded(kRate, body), Strings{"reject unknown_message -1 a reply of no known kind"});
  EXPECT_EQ(decoder_.reply().kind, AlphaVantageReply::Kind::kUnreadable);
}

TEST_F(AlphaVantageDecoderTest, CsvOfBothShapesIsRead) {
  EXPECT_EQ(Decoded(kFive,
                    "timestamp,open,high,low,close,volume\r\n2023-11-14 20:05:00,2,3,1,2,5\r\n"
                    "2023-11-14 20:00:00,2,3,1,2.5,0\r\n"),
            (Strings{"candle ETH-USD 5m 2023-11-14T20:05:00Z o 2 h 3 l 1 c 2 v 5 closed history",
                     "candle ETH-USD 5m 2023-11-14T20:00:00Z o 2 h 3 l 1 c 2.5 v 0 closed "
                     "history"}));
  EXPECT_EQ(Decoded(kDaily,
                    "timestamp,open (EUR),high (EUR),low (EUR),close (EUR),open (USD),high (USD),"
                    "low (USD),close (USD),volume,market cap (USD)\n"
                    "2023-11-13,2,4,1,3,20,40,10,30,7,7\n"),
            Strings{"candle BTC-EUR 1d 2023-11-13T00:00:00Z o 2 h 4 l 1 c 3 v 7 closed history"});
  EXPECT_EQ(Decoded(kDaily, "timestamp,open,high,low,close,volume\n"),
            Strings{"control status none [rest] [BTC-EUR] no rows"});
}

TEST_F(AlphaVantageDecoderTest, DamagedCsvCostsItsLines) {
  const Strings got = Decoded(kDaily,
                              "timestamp,open,high,low,close,volume\n2023-11-13,2,3,1,2\n"
                              "2023-11-12,2,3,1,,5\n2023-11-11,2,3,1,2,5x\n2023-11-10,2,3,1,2,1");
  EXPECT_EQ(got, (Strings{"reject field_count 0 5 fields, the header has 6",
                          "reject missing_value 1 close is missing",
                          "reject bad_number 2 volume '5x' is not a number",
                          "reject truncated 3 the reply ends inside this line"}));
  EXPECT_EQ(Decoded(kDaily, "timestamp,price\n1,2\n"),
            Strings{"reject bad_record -1 a header without the columns of candles"});
}

TEST_F(AlphaVantageDecoderTest, RatesMayLackBidAndAsk) {
  const auto rate = [&](std::string_view more) {
    return Decoded(kRate,
                   fmt::format(R"j({{"Realtime Currency Exchange Rate":{{)j"
                               R"j("1. From_Currency Code":"USD","3. To_Currency Code":"JPY",)j"
                               R"j("5. Exchange Rate":"106.89","6. Last Refreshed":)j"
                               R"j("2020-05-03 20:50:48","7. Time Zone":"UTC"{}}}}})j",
                               more));
  };
  EXPECT_EQ(rate(""), Strings{"book exchange_rate USD-JPY"});
  ASSERT_TRUE(decoder_.reply().rate);
  EXPECT_EQ(decoder_.reply().rate->rate, 106.89);
  EXPECT_EQ(FormatTime(decoder_.reply().rate->time), "2020-05-03T20:50:48Z");
  rate(R"j(,"8. Bid Price":"-","9. Ask Price":"107")j");
  EXPECT_NE(decoder_.reply().rate->bid, decoder_.reply().rate->bid);
  EXPECT_EQ(decoder_.reply().rate->ask, 107);
  EXPECT_EQ(rate(R"j(,"8. Bid Price":"0")j"),
            Strings{"reject not_positive -1 Bid Price 0 is not above 0"});
  EXPECT_EQ(decoder_.reply().kind, AlphaVantageReply::Kind::kUnreadable);
}

TEST_F(AlphaVantageDecoderTest, RefusalsAreToldByTheirWords) {
  const auto problem = [&](std::string_view member, std::string_view words) {
    Decoded(kDaily, fmt::format(R"j({{"{}":"{}"}})j", member, words));
    EXPECT_EQ(decoder_.reply().kind, AlphaVantageReply::Kind::kRefused);
    EXPECT_EQ(decoder_.reply().words, words);
    return decoder_.reply().problem;
  };
  EXPECT_EQ(problem("Information",
                    "Please consider 1 request per second. Premium plans lift the "
                    "limit of 25 requests per day and unlock all premium endpoints"),
            AlphaVantageProblem::kRateLimit);
  EXPECT_EQ(problem("Information",
                    "We have detected your API key as ABC and our standard API rate "
                    "limit is 25 requests per day."),
            AlphaVantageProblem::kDailyLimit);
  EXPECT_EQ(problem("Information", "The **demo** API key is for demo purposes only."),
            AlphaVantageProblem::kBadKey);
  EXPECT_EQ(problem("Information", "The site is being painted"), AlphaVantageProblem::kOther);
  EXPECT_EQ(problem("Error Message", "No"), AlphaVantageProblem::kInvalidCall);
  EXPECT_EQ(Decoded(kDaily, R"j({"Error Message":"No"})j"),
            Strings{"control error drop_symbol [rest] [BTC-EUR] No"});
}

TEST_F(AlphaVantageDecoderTest, WhatIsNoReplyIsRejected) {
  for (const std::string_view body : {"", "<html>", "[]", "{}", "7",
                                      R"j({"Time Series (Digi)":"x"})j", R"j({"Meta Data":{}})j"}) {
    const Strings got = Decoded(kDaily, body);
    ASSERT_EQ(got.size(), 1u) << body;
    EXPECT_TRUE(got[0].starts_with("reject ")) << got[0];
    EXPECT_EQ(decoder_.reply().kind, AlphaVantageReply::Kind::kUnreadable);
  }
  EXPECT_EQ(Decoded(kDaily, SeriesOf("Daily", "")),
            Strings{"control status none [rest] [BTC-EUR] no rows"});
}

struct Recorded {
  const char* file;
  const char* symbol;
  Interval interval;
  const char* at;  // about when it was made
  int64_t closed, open;
};

TEST_F(AlphaVantageDecoderTest, RecordedSeriesAreTakenWhole) {
  const Interval five = Interval::Fixed(5 * kMicrosPerMinute), day = kDaily.interval;
  const Recorded all[] = {
      {"crypto_intraday.eth_usd.5min.csv", "ETH-USD", five, "2026-05-17T17:13:00Z", 99, 1},
      {"crypto_intraday.new.json", "ETH-USD", five, "2025-08-24T15:41:00Z", 2, 1},
      {"digital_currency_intraday.old.json", "BTC-CNY", five, "2017-12-20T19:31:00Z", 922, 1},
      {"digital_currency_daily.btc_eur.csv", "BTC-EUR", day, "2026-05-17T17:13:00Z", 349, 1},
      {"digital_currency_daily.new.json", "BTC-EUR", day, "2025-08-24T15:41:00Z", 2, 1},
      {"digital_currency_daily.old.json", "BTC-CNY", day, "2020-05-04T12:00:00Z", 1, 1},
      {"digital_currency_weekly.btc_eur.csv", "BTC-EUR", Interval::Week(), "2026-05-17T17:13:00Z",
       48, 1},
      {"digital_currency_weekly.new.json", "BTC-EUR", Interval::Week(), "2025-08-24T15:41:00Z", 2,
       1},
      {"digital_currency_weekly.old.json", "BTC-CNY", Interval::Week(), "2020-05-04T12:00:00Z", 1,
       1},
      {"digital_currency_monthly.btc_eur.csv", "BTC-EUR", Interval::Month(), "2026-05-17T17:13:00Z",
       10, 1},
      {"digital_currency_monthly.new.json", "BTC-EUR", Interval::Month(), "2025-08-24T15:41:00Z", 2,
       1},
      {"digital_currency_monthly.old.json", "BTC-CNY", Interval::Month(), "2020-05-04T12:00:00Z", 1,
       1},
  };
  for (const Recorded& r : all) {
    const auto body = ReadFile(kFolder + std::string(r.file));
    if (!body) GTEST_SKIP() << "needs the recorded replies in " << kFolder;
    EventCounts sink;
    decoder_.Decode({RestQuery::Kind::kCandles, r.symbol, r.interval}, *body, At(r.at), sink);
    const std::map<std::string, int> expected = {{"candle closed", static_cast<int>(r.closed)},
                                                 {"candle open", static_cast<int>(r.open)}};
    EXPECT_EQ(sink.counts, expected) << r.file << ": " << sink.first_reject;
    EXPECT_EQ(decoder_.reply().closed, r.closed) << r.file;
    EXPECT_EQ(decoder_.reply().rejected, 0) << r.file;
  }
}

TEST_F(AlphaVantageDecoderTest, RecordedRatesAndRefusalsAreKnown) {
  const std::tuple<const char*, const char*, double, bool> rates[] = {
      {"btc_cny.2017", "BTC-CNY", 109631.430607, false},
      {"btc_cny.2020", "BTC-CNY", 62423.68125, true},
      {"no_bid_ask", "USD-JPY", 106.89, false},
      {"usd_jpy", "USD-JPY", 158.73166867, true}};
  for (const auto& [name, symbol, rate, quoted] : rates) {
    const auto body = ReadFile(fmt::format("{}currency_exchange_rate.{}.json", kFolder, name));
    if (!body) GTEST_SKIP() << "needs the recorded replies in " << kFolder;
    EXPECT_EQ(
        Decoded({RestQuery::Kind::kRates, symbol, Interval()}, *body, At("2026-06-01T00:00:00Z")),
        Strings{fmt::format("book exchange_rate {}", symbol)});
    ASSERT_TRUE(decoder_.reply().rate) << name;
    EXPECT_EQ(decoder_.reply().rate->rate, rate);
    EXPECT_EQ(decoder_.reply().rate->bid == decoder_.reply().rate->bid, quoted);
  }
  const std::tuple<const char*, AlphaVantageProblem, ErrorCode> refusals[] = {
      {"note_rate_limit", AlphaVantageProblem::kRateLimit, ErrorCode::kUnavailable},
      {"information_call_volume", AlphaVantageProblem::kRateLimit, ErrorCode::kUnavailable},
      {"information_daily_limit", AlphaVantageProblem::kDailyLimit, ErrorCode::kFull},
      {"information_premium_endpoint", AlphaVantageProblem::kPremium, ErrorCode::kPermission},
      {"message_bad_apikey", AlphaVantageProblem::kBadKey, ErrorCode::kPermission},
      {"message_invalid_call", AlphaVantageProblem::kInvalidCall, ErrorCode::kInvalidArgument}};
  for (const auto& [name, problem, code] : refusals) {
    const auto body = ReadFile(fmt::format("{}error.{}.json", kFolder, name));
    ASSERT_TRUE(body);
    for (const RestQuery& query : {kDaily, kRate}) {
      Decoded(query, *body);
      EXPECT_EQ(decoder_.reply().kind, AlphaVantageReply::Kind::kRefused) << name;
      EXPECT_EQ(NameOf(decoder_.reply().problem), NameOf(problem)) << name;
      EXPECT_EQ(CodeOf(decoder_.reply().problem), code) << name;
    }
  }
}

}  // namespace
}  // namespace tidemark

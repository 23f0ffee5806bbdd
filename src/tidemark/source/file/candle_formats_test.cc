// Every layout a file of candles may have, small: the rows and what was said about them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tidemark/source/file/reader_testing.h"

namespace tidemark {
namespace {

using testing_support::Read;
using testing_support::ReadResult;
using testing_support::TestOptions;

// Two rows a minute apart in every layout: 2014-05-13T16:54:00Z, o 10.5 h 11 l 10 c 10.75 v 3; then
// o 10.75 h 12 l 10.5 c 11.25 v 0.5.
void ExpectTheTwoRows(const ReadResult& got, const std::string& series = "unknown LTC-USD 1m") {
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  ASSERT_EQ(got.rows.size(), 2u) << (got.rejects.empty() ? "" : got.rejects[0].message);
  const Candle& a = got.rows[0].candle;
  const Candle& b = got.rows[1].candle;
  EXPECT_EQ(got.rows[0].series.ToString(), series);
  EXPECT_EQ(FormatTime(a.open_time), "2014-05-13T16:54:00Z");
  EXPECT_EQ(FormatTime(b.open_time), "2014-05-13T16:55:00Z");
  EXPECT_EQ(std::vector<double>({a.open, a.high, a.low, a.close, a.volume}),
            std::vector<double>({10.5, 11, 10, 10.75, 3.0}));
  EXPECT_EQ(std::vector<double>({b.open, b.high, b.low, b.close, b.volume}),
            std::vector<double>({10.75, 12, 10.5, 11.25, 0.5}));
  EXPECT_EQ(got.rejects.size(), 0u);
}

TEST(CandleFormats, CsvHeaderOrderAndAliases) {
  ExpectTheTwoRows(Read("ltcusd.csv",
                        "Timestamp,Low,High,Open,Close,Volume\n1400000040,10,11,10.5,10.75,3\n"
                        "1400000100,10.5,12,10.75,11.25,.5\n"));
}

TEST(CandleFormats, TimeUnitsAreToldByMagnitude) {
  for (const std::string zeros : {"", "000", "000000", "000000000"}) {
    ExpectTheTwoRows(
        Read("ltcusd.csv",
             fmt::format("time,open,high,low,close,volume\n1400000040{},10.5,11,10,10.75,3\n"
                         "1400000100{},10.75,12,10.5,11.25,0.5\n",
                         zeros, zeros)));
  }
}

TEST(CandleFormats, IsoTimesWithAndWithoutOffsets) {
  for (const std::string shape :
       {"2014-05-13 16:5{}:00", "2014-05-13T16:5{}:00Z", "2014-05-13T18:5{}:00+02:00",
        "2014/05/13 16:5{}", "2014-05-13 16:5{}:00 UTC", "2014-05-13T16:5{}:00.000Z",
        "20140513165{}00", "201405131654"}) {
    const auto row = [&](int minute) {
      if (shape == "201405131654") return fmt::format("20140513165{}", minute);
      if (shape == "20140513165{}00") return fmt::format("20140513165{}00", minute);
      return fmt::format(fmt::runtime(shape), minute);
    };
    ExpectTheTwoRows(
        Read("ltcusd.csv", fmt::format("date,open,high,low,close,volume\n{},10.5,11,10,10.75,3\n"
                                       "{},10.75,12,10.5,11.25,0.5\n",
                                       row(4), row(5))));
  }
}

TEST(CandleFormats, NaiveTimesAreInTheGivenZone) {
  CandleFileOptions options = TestOptions();
  options.timezone = "America/New_York";
  ExpectTheTwoRows(Read("ltcusd.csv",
                        "date,open,high,low,close,volume\n2014-05-13 12:54,10.5,11,10,10.75,3\n"
                        "2014-05-13 12:55,10.75,12,10.5,11.25,0.5\n",
                        options));
}

TEST(CandleFormats, TimeOfTheSkippedHourIsRejectedByName) {
  CandleFileOptions options = TestOptions();
  options.timezone = "Europe/Berlin";
  const ReadResult got = Read("ltcusd.csv",
                              "date,open,high,low,close,volume\n2014-03-30 01:59,1,1,1,1,1\n"
                              "2014-03-30 02:30,1,1,1,1,1\n2014-03-30 03:00,1,1,1,1,1\n",
                              options);
  EXPECT_EQ(got.Reasons(), std::vector<std::string>{"time_nonexistent@3"});
  ASSERT_EQ(got.rows.size(), 2u);
  EXPECT_EQ(got.rows[1].candle.open_time - got.rows[0].candle.open_time, kMicrosPerMinute);
}

TEST(CandleFormats, CloseTimesBecomeOpenTimes) {
  CandleFileOptions options = TestOptions();
  options.time_is = TimeIs::kClose;
  ExpectTheTwoRows(Read("ltcusd.csv",
                        "time,open,high,low,close,volume\n1400000100,10.5,11,10,10.75,3\n"
                        "1400000160,10.75,12,10.5,11.25,0.5\n",
                        options));
  // A close time as the last millisecond inside the candle, and a header that says so by itself.
  ExpectTheTwoRows(Read("ltcusd.csv",
                        "close_time,open,high,low,close,volume\n1400000099999,10.5,11,10,10.75,3\n"
                        "1400000159999,10.75,12,10.5,11.25,0.5\n"));
}

TEST(CandleFormats, SemicolonsWithDecimalCommas) {
  ExpectTheTwoRows(Read("ltcusd.csv",
                        "time;open;high;low;close;volume\n1400000040;10,5;11;10;10,75;3\n"
                        "1400000100;10,75;12;10,5;11,25;0,5\n"));
}

TEST(CandleFormats, TabsQuotesCarriageReturnsAndByteOrderMark) {
  ExpectTheTwoRows(Read(
      "ltcusd.csv",
      "\xEF\xBB\xBFtime\topen\thigh\tlow\tclose\tvolume\r\n1400000040\t10.5\t11\t10\t10.75\t3\r\n"
      "1400000100\t10.75\t12\t10.5\t11.25\t0.5"));
  ExpectTheTwoRows(Read("ltcusd.csv",
                        "\"time\",\"open\",\"high\",\"low\",\"close\",\"volume\"\n"
                        "\"1400000040\",\"10.5\",\"11\",\"10\",\"10.75\",\"3\"\n"
                        "1400000100,\"10.75\",12,10.5,11.25,0.5\n"));
}

TEST(CandleFormats, Utf16InBothByteOrders) {
  const std::string text =
      "time,open,high,low,close,volume\n1400000040,10.5,11,10,10.75,3\n1400000100,10.75,12,10.5,11."
      "25,0.5\n";
  std::string little = "\xFF\xFE", big = "\xFE\xFF", bare;
  for (const char c : text) {
    little += {c, '\0'};
    big += {'\0', c};
    bare += {c, '\0'};
  }
  for (const std::string& bytes : {little, big, bare}) ExpectTheTwoRows(Read("ltcusd.csv", bytes));
}

TEST(CandleFormats, RepeatedHeadersCommentsAndBlankLinesAreNotRows) {
  const ReadResult got =
      Read("ltcusd.csv",
           "# from somewhere\ntime,open,high,low,close,volume\n1400000040,10.5,11,10,10.75,3\n\n"
           "time,open,high,low,close,volume\n// more\n1400000100,10.75,12,10.5,11.25,0.5\n");
  ExpectTheTwoRows(got);
  EXPECT_EQ(got.summary->read, 2);
}

TEST(CandleFormats, HeaderlessBinanceKlines) {
  for (const std::string zeros : {"000", "000000"}) {
    const std::string nines = zeros.size() == 3 ? "999" : "999999";
    ExpectTheTwoRows(Read("LTCUSD-1m-2014-05.csv",
                          fmt::format("1400000040{0},10.50000000,11.00000000,10.00000000,10."
                                      "75000000,3.00000000,1400000099{1},31.5,7,1.5,15.75,0\n"
                                      "1400000100{0},10.75000000,12.00000000,10.50000000,11."
                                      "25000000,0.50000000,1400000159{1},5.5,2,0.5,5.5,0\n",
                                      zeros, nines)));
  }
}

TEST(CandleFormats, HeaderlessKraken) {
  ExpectTheTwoRows(Read(
      "LTCUSD_1.csv", "1400000040,10.5,11,10,10.75,3,17\n1400000100,10.75,12,10.5,11.25,0.5,2\n"));
}

TEST(CandleFormats, HeaderlessInTheStudysOrderIsToldByHighAndLow) {
  const ReadResult got =
      Read("ltcusd.csv", "1400000040,10.5,10.75,11,10,3\n1400000100,10.75,11.25,12,10.5,0.5\n");
  ExpectTheTwoRows(got);
}

TEST(CandleFormats, CryptoDataDownload) {
  const ReadResult got = Read("Bitstamp_LTCUSD_minute.csv",
                              "https://www.CryptoDataDownload.com\n"
                              "unix,date,symbol,open,high,low,close,Volume LTC,Volume USD\n"
                              "1400000100,2014-05-13 16:55:00,LTC/USD,10.75,12,10.5,11.25,0.5,5.5\n"
                              "1400000040,2014-05-13 16:54:00,LTC/USD,10.5,11,10,10.75,3,32\n");
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  ASSERT_EQ(got.rows.size(), 2u);
  EXPECT_EQ(got.rows[0].candle.volume, 0.5);
  EXPECT_EQ(got.rows[0].series.ToString(), "bitstamp LTC-USD 1m");
  EXPECT_LT(got.rows[1].candle.open_time, got.rows[0].candle.open_time) << "file order is kept";
}

TEST(CandleFormats, HeaderlessCryptoDataDownload) {
  for (const std::string trades : {"", ",17"}) {
    const ReadResult got =
        Read("minute.csv",
             fmt::format("1400000100,2014-05-13 16:55:00,LTC/USD,11,12,10.5,11.25,0.5,5.5{0}\n"
                         "1400000040,2014-05-13 16:54:00,LTC/USD,10.5,11,10,11,3,32{0}\n",
                         trades));
    ASSERT_TRUE(got.summary) << got.summary.error().message();
    ASSERT_EQ(got.rows.size(), 2u);
    EXPECT_EQ(got.rows[0].candle.volume, 0.5);
    EXPECT_EQ(got.rows[1].candle.high, 11);
    EXPECT_EQ(got.rows[1].series.ToString(), "unknown LTC-USD 1m");
  }
}

TEST(CandleFormats, OldCryptoDataDownloadHours) {
  const ReadResult got = Read(
      "Coinbase_LTCUSD_1h.csv",
      "Date,Symbol,Open,High,Low,Close,Volume LTC,Volume USD\n"
      "2019-12-31 11-PM,LTCUSD,1,2,0.5,1.5,10,20\n2019-12-31 12-AM,LTCUSD,1,2,0.5,1.5,10,20\n");
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  ASSERT_EQ(got.rows.size(), 2u);
  EXPECT_EQ(FormatTime(got.rows[0].candle.open_time), "2019-12-31T23:00:00Z");
  EXPECT_EQ(FormatTime(got.rows[1].candle.open_time), "2019-12-31T00:00:00Z");
}

TEST(CandleFormats, KaggleBitstampPlaceholdersAreCountedApart) {
  const ReadResult got =
      Read("bitstampUSD_1-min_data_2012-01-01_to_2021-03-31.csv",
           "Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency),Weighted_Price\n"
           "1325317920,4.39,4.39,4.39,4.39,0.45558087,2.0000000193,4.39\n"
           "1325317980,NaN,NaN,NaN,NaN,NaN,NaN,NaN\n1325318040,,,,,,,\n");
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  EXPECT_EQ(got.rows.size(), 1u);
  EXPECT_EQ(got.rows[0].series.ToString(), "bitstamp BTC-USD 1m");
  EXPECT_EQ(got.rows[0].candle.volume, 0.45558087);
  EXPECT_EQ(got.summary->placeholder, 2);
  EXPECT_EQ(got.summary->read, 3);
}

constexpr char kObjectA[] =
    R"({"time": 1400000040000, "open": 10.5, "close": 10.75, "high": 11, "low": 10, "volume": 3})";
constexpr char kObjectB[] =
    R"({"time": 1400000100000, "open": 10.75, "close": 11.25, "high": 12, "low": 10.5, "volume": 0.5})";

TEST(CandleFormats, JsonLinesArrayAndDocument) {
  for (const std::string shape :
       {"{}\n{}\n", "{}\r\n{}", "[{},{}]", "[\n{},\n{}\n]\n",
        "{{\"count\": 2, \"results\":[{}, {}], \"next\": null}}",
        "{{\"data\":{{\"Data\":[{},{}],\"TimeTo\":1}},\"Response\":\"ok\"}}"}) {
    SCOPED_TRACE(shape);
    ExpectTheTwoRows(Read("ltcusd.json", fmt::format(fmt::runtime(shape), kObjectA, kObjectB)));
  }
}

TEST(CandleFormats, JsonKeysInAnyOrderStringsAndNulls) {
  ExpectTheTwoRows(Read(
      "ltcusd.json",
      R"({"t":"2014-05-13T16:54:00Z","o":"10.5","h":"11","l":"10","c":"10.75","v":"3","x":[1,{"y":2}]}
{"v":5e-1,"c":1125e-2,"l":10.5,"h":12,"o":10.75,"t":1400000100000,"extra":null}
)"));
  const ReadResult got =
      Read("ltcusd.json",
           R"({"time":1400000040,"open":null,"high":null,"low":null,"close":null,"volume":null}
{"time":1400000100,"open":1,"high":1,"low":1,"close":1,"volume":null}
{"time":1400000160,"open":NaN,"high":NaN,"low":NaN,"close":NaN,"volume":0}
)");
  ASSERT_TRUE(got.summary);
  EXPECT_EQ(got.summary->placeholder, 2);
  ASSERT_EQ(got.rows.size(), 1u);
  EXPECT_TRUE(std::isnan(got.rows[0].candle.volume));
}

TEST(CandleFormats, ArraysOfArrays) {
  constexpr char kA[] = "[1400000040000,10.5,11,10,10.75,3]",
                 kB[] = "[1400000100000, 10.75, 12, 10.5, 11.25, 0.5]";
  for (const std::string shape :
       {"[{},{}]", "[\n  {},\n  {}\n]", "{}\n{}\n",
        "{{\"result\":{{\"XLTCZUSD\":[{},{}],\"last\":1}},\"error\":[]}}"}) {
    SCOPED_TRACE(shape);
    ExpectTheTwoRows(Read("LTC_USD-1m.json", fmt::format(fmt::runtime(shape), kA, kB)));
  }
  ExpectTheTwoRows(Read(
      "ltcusd.json",
      R"([[1400000040000,"10.50000000","11.0","10.0","10.75","3",1400000099999,"31.5",7,"1","2","0"],
[1400000100000,"10.75","12.0","10.50","11.25","0.5",1400000159999,"5.5",2,"1","2","0"]])"));
}

TEST(CandleFormats, PandasColumnsSplitAndLists) {
  for (
      const std::string text :
      {R"({"time":{"0":1400000040000,"1":1400000100000},"open":{"0":10.5,"1":10.75},"close":{"0":10.75,"1":11.25},"high":{"0":11.0,"1":12.0},"low":{"0":10.0,"1":10.5},"volume":{"0":3.0,"1":0.5}})",
       R"({"open":{"1400000040000":10.5,"1400000100000":10.75},"close":{"1400000040000":10.75,"1400000100000":11.25},"high":{"1400000040000":11.0,"1400000100000":12.0},"low":{"1400000040000":10.0,"1400000100000":10.5},"volume":{"1400000040000":3.0,"1400000100000":0.5}})",
       R"({"columns":["time","open","close","high","low","volume"],"index":[0,1],"data":[[1400000040000,10.5,10.75,11.0,10.0,3.0],[1400000100000,10.75,11.25,12.0,10.5,0.5]]})",
       R"({"columns":["open","close","high","low","volume"],"index":[1400000040000,1400000100000],"data":[[10.5,10.75,11.0,10.0,3.0],[10.75,11.25,12.0,10.5,0.5]]})",
       R"({"s":"ok","t":[1400000040,1400000100],"o":[10.5,10.75],"h":[11,12],"l":[10,10.5],"c":[10.75,11.25],"v":[3,0.5]})"}) {
    SCOPED_TRACE(text);
    const ReadResult got = Read("ltcusd.json", text);
    ExpectTheTwoRows(got);
    ASSERT_TRUE(got.summary);
    EXPECT_EQ(got.summary->content_bytes, static_cast<int64_t>(text.size()));
  }
}

TEST(CandleFormats, SymbolColumnMakesSeveralSeries) {
  const ReadResult got = Read("candles.csv",
                              "symbol,time,open,high,low,close,volume\nLTCUSD,1400000040,1,1,1,1,"
                              "1\nETH/BTC,1400000040,2,2,2,2,2\n"
                              "LTCUSD,1400000100,3,3,3,3,3\n???,1400000100,3,3,3,3,3\n");
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  ASSERT_EQ(got.rows.size(), 3u);
  EXPECT_EQ(got.rows[0].series.symbol.text(), "LTC-USD");
  EXPECT_EQ(got.rows[1].candle.open, 3);
  EXPECT_EQ(got.rows[2].series.symbol.text(), "ETH-BTC");
  EXPECT_EQ(got.Reasons(), std::vector<std::string>{"bad_symbol@5"});
}

TEST(CandleFormats, VolumeIsOptionalAndTheQuoteVolumeIsNotIt) {
  const ReadResult none = Read("ltcusd.csv", "time,open,high,low,close\n1400000040,1,1,1,1\n");
  ASSERT_EQ(none.rows.size(), 1u);
  EXPECT_TRUE(std::isnan(none.rows[0].candle.volume));
  const ReadResult quote =
      Read("ltcusd.csv", "time,open,high,low,close,volume_usd\n1400000040,1,1,1,1,5\n");
  ASSERT_EQ(quote.rows.size(), 1u);
  EXPECT_TRUE(std::isnan(quote.rows[0].candle.volume));
}

TEST(CandleFormats, ColumnsCanBeNamed) {
  CandleFileOptions options = TestOptions();
  options.columns = {{"time", "Zeit"}, {"close", "Schluss"}};
  ExpectTheTwoRows(Read("ltcusd.csv",
                        "Zeit,Open,High,Low,Schluss,Volume\n1400000040,10.5,11,10,10.75,"
                        "3\n1400000100,10.75,12,10.5,11.25,0.5\n",
                        options));
  options.columns["close"] = "Ende";
  const ReadResult got = Read(
      "ltcusd.csv", "Zeit,Open,High,Low,Schluss,Volume\n1400000040,10.5,11,10,10.75,3\n", options);
  ASSERT_FALSE(got.summary);
  EXPECT_EQ(got.summary.error().code(), ErrorCode::kInvalidArgument);
}

TEST(CandleFormats, RejectReasonsAreNamed) {
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"1400000040,1,1,1,1,1", ""},
      {"1.369E+12,1,1,1,1,1", "damaged_time"},
      {"41413.640972,1,1,1,1,1", "damaged_time"},
      {"hello,1,1,1,1,1", "bad_time"},
      {"1200000000,1,1,1,1,1", "time_out_of_range"},
      {"1900000000,1,1,1,1,1", "time_out_of_range"},
      {"1400000041,1,1,1,1,1", "time_misaligned"},
      {"1400000100,1x,1,1,1,1", "bad_number"},
      {"1400000100,,1,1,1,1", "missing_value"},
      {"1400000100,1,1,1,1", "field_count"},
      {"1400000100,1,1,1,1,1,9", "field_count"},
      {"1400000100,1,20000000000000,1,1,1", "out_of_range"},
      {"1400000100,1,1e999,1,1,1", "out_of_range"},
      {"1400000100,0,1,0,1,1", "not_positive"},
      {"1400000100,-1,1,-1,1,1", "not_positive"},
      {"1400000100,2,1,1,1,1", "high_below_body"},
      {"1400000100,1,2,1.5,1,1", "low_above_body"},
      {"1400000100,1,1,1,1,-1", "negative_volume"},
      {"\"1400000100,1,1,1,1,1", "bad_record"},
      {"1400000160,3e-7,3E-7,+3e-07,0.0000003,1", ""},
  };
  std::string text = "time,open,high,low,close,volume\n";
  std::vector<std::string> expected;
  CandleFileOptions options = TestOptions();
  options.interval = Interval();
  for (size_t i = 0; i < lines.size(); ++i) {
    text += lines[i].first + "\n";
    if (!lines[i].second.empty()) expected.push_back(fmt::format("{}@{}", lines[i].second, i + 2));
  }
  const ReadResult got = Read("ltcusd.csv", text, options);
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  EXPECT_EQ(got.Reasons(), expected);
  ASSERT_EQ(got.rows.size(), 2u);
  EXPECT_EQ(got.rows[1].candle.open, 3e-7);
  for (const RejectedRow& reject : got.rejects) {
    EXPECT_EQ(text.substr(static_cast<size_t>(reject.position), reject.bytes.size()), reject.bytes);
  }
}

TEST(CandleFormats, DamagedJsonCostsOnlyTheDamagedRecords) {
  std::vector<std::string> records;
  for (int i = 0; i < 6; ++i) {
    records.push_back(fmt::format(
        "{{\"time\": {}, \"open\": 1, \"close\": 1, \"high\": 1, \"low\": 1, \"volume\": 1}}",
        1400000040000 + i * 60000));
  }
  const std::vector<std::string> damages = {
      "{\"time\": 1400000160000, \"open\": , \"close\": 1}",
      "{\"time: 1400000160000, \"open\": 1, \"close\": 1, \"high\": 1}",
      "{\"time\": 1400000160000, \"open\": 1, \"clo",
      "\"time\": 1400000160000, \"open\": 1}",
      "null",
      "}}}",
      "{{{",
      "\"\"\""};
  for (const std::string& damage : damages) {
    SCOPED_TRACE(damage);
    const std::string array = fmt::format("{{\"results\":[{},{},{},{},{}]}}", records[0],
                                          records[1], damage, records[3], records[4]);
    const ReadResult in_array = Read("ltcusd.json", array);
    ASSERT_TRUE(in_array.summary) << in_array.summary.error().message();
    EXPECT_EQ(in_array.rows.size(), 4u);
    EXPECT_GE(in_array.rejects.size(), 1u);
    EXPECT_EQ(in_array.summary->content_bytes, static_cast<int64_t>(array.size()));
    const ReadResult in_lines =
        Read("ltcusd.json", records[0] + "\n" + damage + "\n" + records[1] + "\n");
    ASSERT_TRUE(in_lines.summary);
    EXPECT_EQ(in_lines.rows.size(), 2u);
    EXPECT_EQ(in_lines.rejects.size(), 1u);
  }
}

TEST(CandleFormats, WhatIsNotCandlesIsAnErrorThatSaysSo) {
  for (const std::string text : {"hello\nworld\n", "{\"a\":1}", "[1,2,3]", "\x01\x02\x03",
                                 "a,b,c,d,e\n1,2,3,4,5\n", "{\"results\":[]}"}) {
    const ReadResult got = Read("ltcusd.csv", text);
    ASSERT_FALSE(got.summary) << text;
    EXPECT_EQ(got.summary.error().code(), ErrorCode::kParse) << got.summary.error().message();
  }
  const ReadResult no_symbol =
      Read("candles.csv", "time,open,high,low,close\n1400000040,1,1,1,1\n");
  ASSERT_FALSE(no_symbol.summary);
  EXPECT_EQ(no_symbol.summary.error().code(), ErrorCode::kInvalidArgument);
}

TEST(CandleFormats, StatedUnitAndIntervalAreCheckedAgainstTheFile) {
  const std::string text =
      "time,open,high,low,close,volume\n1400000040000,1,1,1,1,1\n1400000100000,1,1,1,1,"
      "1\n1400000160000,1,1,1,1,1\n";
  CandleFileOptions seconds = TestOptions();
  seconds.time_unit = "s";
  EXPECT_EQ(Read("ltcusd.csv", text, seconds).summary.error().code(), ErrorCode::kInvalidArgument);
  CandleFileOptions hours = TestOptions();
  hours.interval = Interval::Fixed(kMicrosPerHour);
  EXPECT_EQ(Read("ltcusd.csv", text, hours).summary.error().code(), ErrorCode::kInvalidArgument);
  CandleFileOptions millis = TestOptions();
  millis.time_unit = "ms";
  EXPECT_EQ(Read("ltcusd.csv", text, millis).rows.size(), 3u);
}

TEST(CandleFormats, EmptyFilesAreReadAndHoldNothing) {
  for (const std::string text : {"", "\n\n", "\xEF\xBB\xBF"}) {
    const ReadResult got = Read("ltcusd.csv", text);
    ASSERT_TRUE(got.summary);
    EXPECT_EQ(got.summary->read, 0);
    EXPECT_EQ(got.summary->content_bytes, static_cast<int64_t>(text.size()));
  }
  const ReadResult header = Read("ltcusd.csv", "time,open,high,low,close,volume\n");
  ASSERT_TRUE(header.summary) << header.summary.error().message();
  EXPECT_EQ(header.summary->read, 0);
}

TEST(CandleFormats, AnIntervalInTheNameGivesWayToTheRows) {
  std::string minutes = "time,open,close,high,low,volume\n", quarters = minutes;
  for (int64_t i = 0; i < 50; ++i) {
    const int64_t start = 1368976980000 / 900'000 * 900'000;
    minutes += fmt::format("{},1,1,1,1,1\n", start + i * 60'000);
    quarters += fmt::format("{},1,1,1,1,1\n", start + i * 900'000);
  }
  const ReadResult piece = Read("ltcusd_15.csv", minutes);
  ASSERT_TRUE(piece.summary.has_value());
  EXPECT_EQ(piece.rows.size(), 50u);
  EXPECT_EQ(piece.rows[0].series.interval.ToString(), "1m");
  EXPECT_EQ(Read("LTCUSD_15.csv", quarters).rows.at(0).series.interval.ToString(), "15m");
}

}  // namespace
}  // namespace tidemark

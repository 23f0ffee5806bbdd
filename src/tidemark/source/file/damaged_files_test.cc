// What damaged files must not cost: each test is a file that once did.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "tidemark/base/utf8.h"
#include "tidemark/source/file/reader_testing.h"

namespace tidemark {
namespace {

using testing_support::Read;
using testing_support::ReadResult;

constexpr int kRows = 40;

std::string Time(int i) { return std::to_string(1400000040 + i * 60); }
std::string CsvLine(int i) { return fmt::format("{},1,3,1,2,{}\n", Time(i), i); }
std::string CsvLines(int from) {
  std::string text;
  for (int i = from; i < kRows; ++i) text += CsvLine(i);
  return text;
}
std::string Record(int i) {
  return fmt::format(R"({{"time": {}, "open": 1, "high": 3, "low": 1, "close": 2, "volume": {}}})",
                     Time(i), i);
}
std::string Array(int i) { return fmt::format("[{}, 1, 3, 1, 2, {}]", Time(i), i); }
template <typename Make>
std::string Joined(const Make& make, int from, const std::string& separator) {
  std::string text;
  for (int i = from; i < kRows; ++i) text += (i > from ? separator : "") + make(i);
  return text;
}

// All rows from `from` on, with their volumes.
void ExpectRows(const ReadResult& got, int from) {
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  ASSERT_EQ(got.rows.size(), static_cast<size_t>(kRows - from));
  for (const auto& row : got.rows) EXPECT_EQ(row.candle.volume, from++);
}

TEST(DamagedFiles, WhatMessagesQuoteIsText) {
  const ReadResult got =
      Read("ltcusd.csv", "time,open,high,low,close,volume\n" + CsvLines(2) +
                             "1400000040,1\xFF,3,1,2,0\n\x1B[2J\xC3,1,3,1,2,0\n");
  ExpectRows(got, 2);
  ASSERT_EQ(got.rejects.size(), 2u);
  EXPECT_EQ(got.rejects[0].message, "open '1\\xff' is not a number");
  EXPECT_EQ(got.rejects[0].bytes, "1400000040,1\xFF,3,1,2,0");
  EXPECT_EQ(got.rejects[1].message, "'\\x1b[2J\\xc3' is not a time");
  const ReadResult named =
      Read("ltcusd.json", "{\"r\xC3\": [" + Joined(Record, 0, ", ") + "], \"x\": \"\xFF\"}");
  ExpectRows(named, 0);
  EXPECT_TRUE(IsUtf8(named.summary->layout)) << named.summary->layout;
}

TEST(DamagedFiles, AHeaderThatLostItsLineEndCostsOneRow) {
  ExpectRows(Read("ltcusd.csv", "time,open,high,low,close,volume" + CsvLines(0)), 1);
  // Of eight columns others would be taken without it.
  std::string text = "time,open,high,low,close,volume,turnover,mean";
  for (int i = 0; i < kRows; ++i) text += fmt::format("{},1,3,1,2,{},700,8\n", Time(i), i);
  ExpectRows(Read("ltcusd.csv", text), 1);
}

TEST(DamagedFiles, AHeaderOfAnotherWidthThanTheRowsIsAnErrorThatSaysSo) {
  for (const char* header : {"x,time,open,high,low,close,volume\n", "time,open,high,low,close\n"}) {
    const ReadResult got = Read("ltcusd.csv", header + CsvLines(0));
    ASSERT_FALSE(got.summary);
    EXPECT_EQ(got.summary.error().code(), ErrorCode::kParse);
    EXPECT_NE(got.summary.error().message().find("line 1: the header has"), std::string::npos);
    // Another one, whole, is as good.
    ExpectRows(
        Read("ltcusd.csv", header + CsvLine(0) + "time,open,high,low,close,volume\n" + CsvLines(1)),
        0);
  }
}

TEST(DamagedFiles, TheUsualIntervalGivesWayToASingleRow) {
  CandleFileOptions options = testing_support::TestOptions();
  options.usual_interval = Interval::Fixed(kMicrosPerHour);
  const std::string text = "time,open,high,low,close,volume\n" + CsvLine(0);
  const ReadResult got = Read("ltcusd.csv", text, options);
  ASSERT_EQ(got.rows.size(), 1u);
  EXPECT_EQ(got.rows[0].series.interval, Interval());
  EXPECT_EQ(Read("ltcusd_1h.csv", text).rows.size(), 1u);
}

// A minute that happens to open an hour does not make hours of two rows.
TEST(DamagedFiles, TheUsualIntervalGivesWayToRowsBetween) {
  CandleFileOptions options = testing_support::TestOptions();
  options.usual_interval = Interval::Fixed(kMicrosPerHour);
  const ReadResult got = Read("ltcusd.csv",
                              "time,open,high,low,close,volume\n1546300740000,1,1,1,1,1\n"
                              "1546300800000,1,1,1,1,1\n",
                              options);
  ASSERT_EQ(got.rows.size(), 2u);
  EXPECT_EQ(got.rows[0].series.interval, Interval());
}

TEST(DamagedFiles, TimesThatAreNoWholeMinutesDoNotMakeOtherCandles) {
  const int odd[] = {5, 11, 26};
  std::string text = "time,open,high,low,close,volume\n";
  for (int i = 0; i < kRows; ++i) {
    const bool damaged = std::count(std::begin(odd), std::end(odd), i) > 0;
    text += damaged ? fmt::format("{},1,3,1,2,0\n", 1400000040 + i * 60 + 7 * i) : CsvLine(i);
  }
  const ReadResult got = Read("ltcusd.csv", text);
  ASSERT_TRUE(got.summary);
  EXPECT_EQ(got.rows.size(), kRows - std::size(odd));
  EXPECT_EQ(got.rejects.size(), std::size(odd));
  for (const auto& row : got.rows) EXPECT_EQ(row.series.interval.ToString(), "1m");
}

TEST(DamagedFiles, ALoneCarriageReturnMayEndTheLastLine) {
  std::string text = "time,open,high,low,close,volume\n" + CsvLines(0);
  text.back() = '\r';
  ExpectRows(Read("ltcusd.csv", text), 0);
}

TEST(DamagedFiles, OfShapesThatAreMetAsOftenTheOneThatSaysMoreIsTaken) {
  std::string other = Record(0);
  other.insert(other.find("volume"), "x");
  ExpectRows(Read("ltcusd.json", other + "\n" + Record(kRows - 1) + "\n"), kRows - 1);
}

TEST(DamagedFiles, OfHeadersThatDifferTheOneOfMostRowsIsTaken) {
  const std::string good = "time,open,high,low,close,volume\n";
  ExpectRows(Read("ltcusd.csv", "time,close,low,open,high,volume\n" + good + CsvLines(0)), 0);
  ExpectRows(Read("ltcusd.csv", "volume,open,high,low,close,time\n" + CsvLines(0) + good), 0);
  ExpectRows(Read("ltcusd.csv", "time,open,high,low,close,vo1ume\n" + good + CsvLines(0)), 0);
  const std::string bad_volume = "1399999980,1,3,1,2,x\n";
  ExpectRows(
      Read("ltcusd.csv", good + bad_volume + "time,open,high,low,close,vo1ume\n" + CsvLines(0)), 0);
}

TEST(DamagedFiles, ABlankNameAtTheEndOfAHeaderIsNoColumnOfItsOwn) {
  const std::string header = "time,open,high,low,close,volume, \n";
  ExpectRows(Read("ltcusd.csv", header + CsvLines(0)), 0);
  std::string damaged = header + CsvLines(0);
  for (int i = 0; i < kRows; ++i) damaged += "1,2,3,4,5,6,7,8\n";
  ExpectRows(Read("ltcusd.csv", damaged), 0);
  std::string wide = header;
  for (int i = 0; i < kRows; ++i) wide += CsvLine(i).insert(CsvLine(i).size() - 1, ",7");
  ExpectRows(Read("ltcusd.csv", wide), 0);
}

TEST(DamagedFiles, AShapeThatHasRowsGoesBeforeOneThatHasNone) {
  // The first record has swallowed the start of the document.
  const std::string text =
      R"({"ticker": "X", "count": 7, "time": 1400000040, "open": 1, "high": 3, "low": 1, "close": 2}, )" +
      Record(kRows - 1) + ", {\"volume\": 1]}\n";
  ExpectRows(Read("ltcusd.json", text), kRows - 1);
}

TEST(DamagedFiles, ATextMayBeginLikeParquet) {
  ExpectRows(Read("ltcusd.csv", "PAR1x\ntime,open,high,low,close,volume\n" + CsvLines(0)), 0);
}

TEST(DamagedFiles, MostTimesMakeTheInterval) {
  std::string text = "time,open,high,low,close,volume\n";
  for (int i = 0; i < kRows; ++i) text += i % 3 == 0 ? "1400000047123,1,3,1,2,0\n" : CsvLine(i);
  const ReadResult got = Read("ltcusd.csv", text);
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  EXPECT_EQ(got.rows.size(), kRows - (kRows + 2) / 3);
  EXPECT_EQ(got.rows[0].series.interval.ToString(), "1m");
}

TEST(DamagedFiles, BlanksAroundASymbolAndOtherSpellingsDoNotMakeAnother) {
  const ReadResult got = Read("candles.csv",
                              "time,symbol,open,high,low,close,volume\n"
                              "1546300740000,LTC/USD,1,1,1,1,1\n"
                              "1546300800000, LTC/USD ,1,1,1,1,1\n"
                              "1546300800000,ltcusd,2,2,2,2,1\n"
                              "1546300800000,LTC/USD,3,3,3,3,1\n");
  ASSERT_EQ(got.rows.size(), 4u);
  EXPECT_EQ(got.rejects.size(), 0u);
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(got.rows[i].series.symbol.text(), "LTC-USD");
    EXPECT_EQ(got.rows[i].candle.open, static_cast<double>(i));  // in the order of the file
  }
}

TEST(DamagedFiles, RowsBeforeTheHeaderAreRows) {
  ExpectRows(Read("ltcusd.csv",
                  CsvLine(0) + CsvLine(1) + "time,open,high,low,close,volume\n" + CsvLines(2)),
             0);
  const ReadResult got =
      Read("ltcusd.csv", "https://example.com/x\ntime,open,high,low,close,volume\n" + CsvLines(0));
  ExpectRows(got, 0);
  EXPECT_EQ(got.rejects.size(), 0u);
}

TEST(DamagedFiles, RecordsOnOneLineAreToldApart) {
  std::string text = Joined(Record, 0, " ");
  text.insert(text.find(Record(3)), "\xEF\xBB\xBF");
  const ReadResult got = Read("ltcusd.json", text);
  ExpectRows(got, 0);
  EXPECT_EQ(got.rejects.size(), 1u);
}

TEST(DamagedFiles, LinesThatEndWithCrAloneAreAnErrorThatSaysSo) {
  std::string text = "time,open,high,low,close,volume\n" + CsvLines(0);
  std::replace(text.begin(), text.end(), '\n', '\r');
  const ReadResult got = Read("ltcusd.csv", text);
  ASSERT_FALSE(got.summary);
  EXPECT_NE(got.summary.error().message().find("CR alone"), std::string::npos);
}

TEST(DamagedFiles, OneLineDoesNotDecideTheShapeOfAll) {
  ExpectRows(Read("ltcusd.csv", "1400000040,1,3,1,2\n" + CsvLines(1)), 1);
  ExpectRows(Read("ltcusd.csv", "1400000040,1,3,1,2,3,4\n" + CsvLines(1)), 1);
}

TEST(DamagedFiles, OneRecordDoesNotDecideTheShapeOfAll) {
  const std::string no_volume =
      R"({"time": 1400000040, "open": 1, "high": 3, "low": 1, "close": 2, "volome": 0})";
  ExpectRows(Read("ltcusd.json", no_volume + "\n" + Joined(Record, 1, "\n")), 1);
  ExpectRows(Read("ltcusd.json", "[" + no_volume + ", " + Joined(Record, 1, ", ") + "]"), 1);
  ExpectRows(Read("ltcusd.json", "[1400000040, 1, 3, 1, 2]\n" + Joined(Array, 1, "\n")), 1);
  ExpectRows(Read("ltcusd.json", "[[1400000040, 1, 3, 1, 2], " + Joined(Array, 1, ", ") + "]"), 1);
}

TEST(DamagedFiles, WhatStandsAroundTheRecordsCostsNone) {
  for (const std::string head :
       {"{\"results: [", "{\"results\" [", "x\"results\": [", "[,", "]["}) {
    SCOPED_TRACE(head);
    const ReadResult objects = Read("ltcusd.json", head + Joined(Record, 0, ", ") + "]}");
    ExpectRows(objects, 0);
    ExpectRows(Read("ltcusd.json", head + Joined(Array, 0, ", ") + "]}"), 0);
  }
  const std::string lines = Joined(Record, 0, "\n");
  ExpectRows(Read("ltcusd.json", "x" + lines.substr(1)), 1);
  ExpectRows(Read("ltcusd.csv", "{ime,open,high,low,close,volume\n" + CsvLines(0)), 0);
}

TEST(DamagedFiles, LinesAreCountedInsideRecords) {
  const auto pretty = [](int i) {
    return fmt::format(
        "{{\n \"time\": {},\n \"open\": 1,\n \"high\": 3,\n \"low\": 1,\n \"close\": 2\n}}",
        Time(i));
  };
  const ReadResult got =
      Read("ltcusd.json", "[\n" + Joined(pretty, 0, ",\n") + ",\noops\n" + pretty(kRows) + "]\n");
  ASSERT_TRUE(got.summary);
  ASSERT_EQ(got.rejects.size(), 1u);
  EXPECT_EQ(got.rejects[0].line, 2 + 7 * kRows);
}

TEST(DamagedFiles, ALineWithoutAnEndIsNotTakenApart) {
  std::string comma_sea;
  for (int i = 0; i < 2'000'000; ++i) comma_sea += "1,";
  for (const std::string end : {"", "\n"}) {
    const ReadResult got =
        Read("ltcusd.csv", "time,open,high,low,close,volume\n" + CsvLines(0) + comma_sea + end);
    ExpectRows(got, 0);
    ASSERT_EQ(got.rejects.size(), 1u);
    EXPECT_EQ(got.rejects[0].line, kRows + 2);
    EXPECT_EQ(got.rejects[0].reason, end.empty() ? "truncated" : "bad_record");
  }
}

// Quadratic work on these would take hours.
TEST(DamagedFiles, LongDamagedStretchesAreReadInTime) {
  const size_t size = 2 << 20;
  std::string stretches[] = {std::string(size, ']'), std::string(size, '}'), std::string(size, '['),
                             std::string(size, '{'), std::string(size, '"')};
  for (std::string& stretch : stretches) {
    SCOPED_TRACE(stretch[0]);
    stretch += '!';  // not the end of a document
    ExpectRows(Read("ltcusd.json", "[" + Joined(Record, 0, ",") + stretch), 0);
    ExpectRows(Read("ltcusd.json", "[" + Joined(Array, 0, ",") + stretch), 0);
  }
}

}  // namespace
}  // namespace tidemark

// The small parts: numbers, times, zones, names, globs.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <simdjson.h>

#include <bit>
#include <cmath>
#include <cstdlib>

#include "tidemark/base/file.h"
#include "tidemark/source/file/header.h"
#include "tidemark/source/file/input.h"
#include "tidemark/source/file/interval_finder.h"
#include "tidemark/source/file/json_scan.h"
#include "tidemark/source/file/name_hints.h"
#include "tidemark/source/file/number.h"
#include "tidemark/source/file/time_text.h"
#include "tidemark/source/file/zone.h"

namespace tidemark {
namespace {

// The C library's strtod rounds correctly too and shares nothing with our path.
RC_GTEST_PROP(Number, PlainDecimalsAreRoundedCorrectly, ()) {
  const auto whole = *rc::gen::inRange<uint64_t>(0, 1'000'000'000'000);
  const auto digits = *rc::gen::container<std::string>(rc::gen::inRange<char>('0', '9' + 1));
  const std::string text = std::to_string(whole) + (digits.empty() ? "" : "." + digits) + ",";
  double value = 0;
  const char* const end = ParsePlainDecimal(text.data(), &value);
  RC_ASSERT(end == text.data() + text.size() - 1);
  RC_ASSERT(std::bit_cast<uint64_t>(value) ==
            std::bit_cast<uint64_t>(std::strtod(text.c_str(), nullptr)));
}

RC_GTEST_PROP(Number, DigitsAreTakenAsFarAsTheyGo, ()) {
  const auto digits = *rc::gen::container<std::string>(rc::gen::inRange<char>('0', '9' + 1));
  const auto rest = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("09/:,. e\n")));
  const std::string text = digits + rest + "\n";
  uint64_t value = 0, slow = 0;
  const char* p = text.data();
  while (IsDigit(*p)) slow = slow * 10 + static_cast<uint64_t>(*p++ - '0');
  RC_ASSERT(TakeDigits(text.data(), text.data() + text.size(), &value) == p);
  RC_ASSERT(value == slow);
}

TEST(Number, FormsOfNumbers) {
  double value = 0;
  for (const auto& [text, expected] : {std::pair{"3e-7", 3e-7},
                                       {" +1.5 ", 1.5},
                                       {"-2.5E+3", -2500.0},
                                       {".5", 0.5},
                                       {"5.", 5.0},
                                       {"25.129574650000002", 25.129574650000002},
                                       {"0.1e-400", 0.0},
                                       {"1e400", HUGE_VAL}}) {
    EXPECT_EQ(ParseNumberText(text, false, &value), NumberKind::kValue) << text;
    EXPECT_EQ(value, expected) << text;
  }
  for (const char* text : {"", "NaN", "null", "None", " ", "N/A", "-"})
    EXPECT_EQ(ParseNumberText(text, false, &value), NumberKind::kEmpty) << text;
  for (const char* text : {"1,5", "0x10", "1e", "e5", ".", "1.2.3", "inf", "1 2", "--1", "1e5x"})
    EXPECT_EQ(ParseNumberText(text, false, &value), NumberKind::kBad) << text;
  EXPECT_EQ(ParseNumberText("1,5", true, &value), NumberKind::kValue);
  EXPECT_EQ(value, 1.5);
}

TEST(TimeText, FloatingTimesCountOnlyWhenNoDigitIsLost) {
  const TimeFormat any;
  EXPECT_EQ(ParseTimeText("1368976980000.0", any).us, 1368976980000000);
  EXPECT_EQ(ParseTimeText("1.368976980000000000e+12", any).us, 1368976980000000);
  EXPECT_EQ(ParseTimeText("1368976980.5", any).us, 1368976980500000);
  EXPECT_EQ(ParseTimeText("1.369E+12", any).problem, TimeProblem::kDamaged);
  EXPECT_EQ(ParseTimeText("1.36897698E+12", any).problem, TimeProblem::kDamaged);
  EXPECT_EQ(ParseTimeText("41413.64", any).problem, TimeProblem::kDamaged);
  EXPECT_EQ(ParseTimeText("1368976980001.5", any).problem, TimeProblem::kBad);
  EXPECT_EQ(ParseTimeText("99999999999999999999999", any).problem, TimeProblem::kBad);
}

RC_GTEST_PROP(TimeText, PlainIsoAgreesWithTheCalendar, ()) {
  const int64_t second = *rc::gen::inRange<int64_t>(0, 4'000'000'000);
  std::string text = FormatTime({second * kMicrosPerSecond}).substr(0, 19);
  int64_t us = 0;
  const bool late_in_month = CivilOf({second * kMicrosPerSecond}).day > 28;
  const char* const end = ParsePlainIso(text.data(), &us);
  RC_ASSERT((end == nullptr) == late_in_month);
  if (end != nullptr) RC_ASSERT(us == second * kMicrosPerSecond);
}

TEST(Zone, KnowsDaylightSavingThroughRulesAndTables) {
  const auto zone = Zone::Load("Europe/Berlin");
  ASSERT_TRUE(zone) << zone.error().message();
  const auto utc = [&](const char* local) { return (*zone)->ToUtc(ParseTime(local)->us); };
  EXPECT_EQ(*utc("2014-01-01T12:00"), ParseTime("2014-01-01T11:00")->us);
  EXPECT_EQ(*utc("2014-07-01T12:00"), ParseTime("2014-07-01T10:00")->us);
  EXPECT_EQ(*utc("2090-07-01T12:00"), ParseTime("2090-07-01T10:00")->us);
  EXPECT_FALSE(utc("2014-03-30T02:30"));
  EXPECT_EQ(*utc("2014-10-26T02:30"), ParseTime("2014-10-26T00:30")->us) << "the earlier of two";
  EXPECT_EQ(Zone::Load("Mars/Base").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Zone::Load("../../etc/passwd").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(*Zone::Load("UTC"), nullptr);
}

TEST(NameHints, SayVenueSymbolAndInterval) {
  const auto words = [](const char* name) {
    const NameHints h = HintsFromName(name);
    return h.venue + "|" + (h.symbol ? h.symbol->text() : "") + "|" +
           (h.interval ? h.interval->ToString() : "");
  };
  EXPECT_EQ(words("/data/ltcusd.csv"), "|LTC-USD|");
  EXPECT_EQ(words("s3://b/ethusd.results.json"), "|ETH-USD|");
  EXPECT_EQ(words("Binance_BTCUSDT_1h.csv"), "binance|BTC-USDT|1h");
  EXPECT_EQ(words("BTCUSDT-1m-2024-01.zip"), "|BTC-USDT|1m");
  EXPECT_EQ(words("BTC_USDT-5m.json"), "|BTC-USDT|5m");
  EXPECT_EQ(words("XBTUSD_60.csv"), "|XBT-USD|1h");
  EXPECT_EQ(words("Bitstamp_ETHUSD_d.csv"), "bitstamp|ETH-USD|1d");
  EXPECT_EQ(words("gemini_BTCUSD_2019_1min.csv"), "gemini|BTC-USD|1m");
  EXPECT_EQ(words("bitstampUSD_1-min_data_2012-01-01_to_2021-03-31.csv"), "bitstamp|BTC-USD|1m");
  EXPECT_EQ(words("LTC-USD_2020.parquet"), "|LTC-USD|");
  EXPECT_EQ(words("trades_august.csv"), "||");
  EXPECT_EQ(words("BTCUSDT-trades-2025-01-01.csv"), "binance|BTC-USDT|");
  EXPECT_EQ(words("ETHBTC-aggTrades-2024-05.zip"), "binance|ETH-BTC|");
  EXPECT_EQ(words("BTCUSDT_24h-trades_2020_11_16.csv"), "|BTC-USDT|1d");
  EXPECT_EQ(words("XRP_ETH-trades.json.gz"), "|XRP-ETH|");
  EXPECT_EQ(words("industry.csv"), "||");
  EXPECT_EQ(words("candles.csv"), "||");
}

TEST(Header, NormalNames) {
  EXPECT_EQ(NormalHeader(" Open Time "), "open_time");
  EXPECT_EQ(NormalHeader("Volume_(BTC)"), "volume_btc");
  EXPECT_EQ(NormalHeader("1a. open (USD)"), "open");
}

TEST(Header, BaseVolumeIsChosenByAsset) {
  const std::vector<std::string> names = {"date",  "open",        "high",      "low",
                                          "close", "Volume USDT", "Volume LTC"};
  ColumnHints hints;
  hints.base = "LTC";
  EXPECT_EQ(MapColumns(names, hints)->Find(Role::kVolume), 6);
}

TEST(FindInterval, IsTheUsualLengthAllTimesAreMultiplesOf) {
  const auto find = [](std::vector<int64_t> minutes) {
    for (int64_t& m : minutes)
      m = m * kMicrosPerMinute + 1'399'852'800LL * kMicrosPerSecond;  // midnight
    return FindInterval(minutes)->interval.ToString();
  };
  EXPECT_EQ(find({0, 21, 42, 84}), "3m");
  EXPECT_EQ(find({0, 21, 43}), "1m");
  EXPECT_EQ(find({60, 0, 180}), "1h");
  EXPECT_EQ(find({0, 1440, 4320}), "1d");
  std::vector<int64_t> mostly(200, 0);
  for (size_t i = 0; i < mostly.size(); ++i) mostly[i] = static_cast<int64_t>(i) * kMicrosPerMinute;
  mostly[77] += 1000;
  EXPECT_EQ(FindInterval(mostly)->interval.ToString(), "1m") << "one damaged time does not decide";
  std::vector<int64_t> hours(200, 0);
  for (size_t i = 0; i < hours.size(); ++i) {
    hours[i] = (1'399'852'800 + static_cast<int64_t>(i) * 3600) * kMicrosPerSecond;
  }
  std::vector<int64_t> finer = hours;
  for (const size_t damaged : {77, 140}) hours[damaged] += 7 * kMicrosPerMinute;
  EXPECT_EQ(FindInterval(hours)->interval.ToString(), "1h") << "nor do two of hours";
  for (const size_t later : {198, 199}) finer[later] += kMicrosPerMinute;
  EXPECT_EQ(FindInterval(finer)->interval.ToString(), "1m") << "two in a row are other candles";
  EXPECT_TRUE(CheckStatedInterval(Interval(), hours)) << "who says minutes means the odd ones";
  EXPECT_TRUE(FindInterval({1'400'000'040'000'000})->assumed);
  EXPECT_FALSE(FindInterval({1, 3, 1'000'003}));
  EXPECT_EQ(FindInterval({ParseTime("2014-01-01")->us, ParseTime("2014-02-01")->us,
                          ParseTime("2014-03-01")->us})
                ->interval.ToString(),
            "1mo");
  EXPECT_EQ(
      FindInterval({ParseTime("2014-01-06")->us, ParseTime("2014-01-13")->us})->interval.ToString(),
      "1w");
}

TEST(Glob, Matches) {
  EXPECT_TRUE(GlobMatches("data/*.csv", "data/a.csv"));
  EXPECT_FALSE(GlobMatches("data/*.csv", "data/x/a.csv"));
  EXPECT_TRUE(GlobMatches("data/**/*.csv", "data/x/y/a.csv"));
  EXPECT_TRUE(GlobMatches("data/**/*.csv", "data/a.csv"));
  EXPECT_TRUE(GlobMatches("[a-c]?*.json*", "bx.json.gz"));
  EXPECT_FALSE(GlobMatches("[!a-c]x", "bx"));
  EXPECT_TRUE(GlobMatches("a\\*b", "a*b"));
  EXPECT_FALSE(GlobMatches("a*b*c", "aXbXd"));
  EXPECT_TRUE(GlobMatches("a*b*c", "aXbbXc"));
}

TEST(ListInputs, FilesFoldersAndGlobsSortedOnce) {
  const std::string folder = *MakeTemporaryDirectory("tidemark-test-");
  ASSERT_TRUE(MakeDirectories(folder + "/sub/.hidden"));
  for (const char* name : {"/b.csv", "/a.csv", "/sub/c.json", "/sub/.hidden/d.csv", "/.e.csv"}) {
    ASSERT_TRUE(WriteFileSynced(folder + name, "x"));
  }
  const auto files = ListInputs({folder + "/*.csv", folder, folder + "/a.csv"}, {});
  ASSERT_TRUE(files) << files.error().message();
  std::vector<std::string> uris;
  for (const InputFile& file : *files) uris.push_back(file.uri.substr(folder.size()));
  EXPECT_EQ(uris, (std::vector<std::string>{"/.e.csv", "/a.csv", "/b.csv", "/sub/c.json"}));
  EXPECT_EQ((*files)[1].size, 1);
  EXPECT_EQ(ListInputs({folder + "/none*"}, {}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(ListInputs({folder + "/none"}, {}).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(RemoveTree(folder));
}

// simdjson decides what is JSON; ours must agree on flat objects with a byte changed anywhere.
RC_GTEST_PROP(JsonScan, AgreesWithSimdjsonOnDamagedObjects, ()) {
  std::string text =
      R"({"time": 1457539440000, "open": 10.297, "close": -1e-5, "s": "a\u00e9\n", "n": null, "b": true, "z": [1, {"k": 0}]})";
  const auto damages = *rc::gen::inRange(0, 3);
  for (int i = 0; i < damages; ++i) {
    const auto at = *rc::gen::inRange<size_t>(0, text.size());
    const auto how = *rc::gen::inRange(0, 3);
    const char byte = *rc::gen::elementOf(std::string("{}[]\",:0159-+.eEntfx \n\\"));
    if (how == 0) text[at] = byte;
    if (how == 1) text.insert(at, 1, byte);
    if (how == 2) text.erase(at, 1);
  }
  std::vector<JsonMember> members;
  text.erase(0, SkipJsonSpace(text, 0));
  const size_t size = ScanJsonRecord(text, false, &members);
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const bool valid = parser.parse(text).get(element) == simdjson::SUCCESS &&
                     (element.is_object() || element.is_array());
  const bool ours = size < kJsonCut && SkipJsonSpace(text, size) == text.size();
  // Escapes are not checked while scanning: only then may ours accept more.
  if (valid) RC_ASSERT(ours);
  if (ours && text.find('\\') == std::string::npos) RC_ASSERT(valid);
}

}  // namespace
}  // namespace tidemark

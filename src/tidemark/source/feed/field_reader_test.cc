#include "tidemark/source/feed/field_reader.h"

#include <gtest/gtest.h>

#include <charconv>
#include <string>

#include "tidemark/base/random.h"
#include "tidemark/source/feed/feed_testing.h"

namespace tidemark {
namespace {

class FieldReaderTest : public testing::Test {
 protected:
  JsonField Parsed(std::string_view json) { return parser_.parse(json.data(), json.size()); }
  FieldReader Reader() { return FieldReader(FeedMessage("", kTestReceipt, sink_)); }

  simdjson::dom::parser parser_;
  EventText sink_;
};

TEST_F(FieldReaderTest, NumbersAsTextAndAsJsonAreTheDoubleNearestToTheirDecimal) {
  Random random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (uint64_t n = 1 + random.Below(12); n > 0; --n) {
      text += static_cast<char>('0' + random.Below(text.empty() ? 9 : 10) + (text.empty() ? 1 : 0));
    }
    if (random.Below(4) != 0) {
      text += '.';
      for (uint64_t n = 1 + random.Below(18); n > 0; --n) {
        text += static_cast<char>('0' + random.Below(10));
      }
    }
    double expected = 0;
    std::from_chars(text.data(), text.data() + text.size(), expected);
    FieldReader fields = Reader();
    EXPECT_EQ(fields.Number(Parsed("\"" + text + "\""), "x"), expected) << text;
    EXPECT_EQ(fields.Number(Parsed(text), "x"), expected) << text;
    EXPECT_TRUE(fields.ok()) << text << " " << fields.message();
  }
}

TEST_F(FieldReaderTest, OnlyNumbersAreNumbers) {
  for (const char* good : {"\"1e-7\"", "\"-0.5\"", "\"0007.5\"", "1e-7", "\"0.00000000\""}) {
    FieldReader fields = Reader();
    fields.Number(Parsed(good), "x");
    EXPECT_TRUE(fields.ok()) << good << " " << fields.message();
  }
  for (const char* bad :
       {"\"\"", "\"nan\"", "\"inf\"", "\" 1\"", "\"+1\"", "\"1 \\u0000\"", "\"1,5\"", "true",
        "null", "[1]", "\"17592186044416\"", "-1e300", "\"1e999\"", "\"1\\u00002\""}) {
    FieldReader fields = Reader();
    fields.Number(Parsed(bad), "x");
    EXPECT_FALSE(fields.ok()) << bad;
  }
}

TEST_F(FieldReaderTest, TheFirstThingThatIsWrongIsKept) {
  FieldReader fields = Reader();
  fields.Price(Parsed("0"), "a");
  fields.Price(Parsed("\"x\""), "b");
  EXPECT_EQ(fields.reason(), RejectReason::kNotPositive);
  EXPECT_EQ(fields.message(), "a 0 is not above 0");
}

TEST_F(FieldReaderTest, TimesOfEachUnit) {
  const auto time = [&](std::string_view json, TimeUnit unit) {
    FieldReader fields = Reader();
    const EventTime t = fields.Time(Parsed(json), unit);
    return fields.ok() ? FormatTime(t) : std::string(CodeOf(fields.reason()));
  };
  EXPECT_EQ(time("1618678142557", TimeUnit::kAuto), "2021-04-17T16:49:02.557Z");
  EXPECT_EQ(time("1618678142557535", TimeUnit::kAuto), "2021-04-17T16:49:02.557535Z");
  EXPECT_EQ(time("\"1618678142557\"", TimeUnit::kMilli), "2021-04-17T16:49:02.557Z");
  EXPECT_EQ(time("1618678142557535123", TimeUnit::kNano), "2021-04-17T16:49:02.557535Z");
  EXPECT_EQ(time("\"1618678142.557535\"", TimeUnit::kSecond), "2021-04-17T16:49:02.557535Z");
  EXPECT_EQ(time("1618678142.557535", TimeUnit::kSecond), "2021-04-17T16:49:02.557535Z");
  EXPECT_EQ(time("\"2021-04-17T16:49:02Z\"", TimeUnit::kIso), "2021-04-17T16:49:02Z");
  EXPECT_EQ(time("\"2021-04-30T16:49:02.5575357Z\"", TimeUnit::kIso),
            "2021-04-30T16:49:02.557535Z");
  EXPECT_EQ(time("\"2021-04-17T18:49:02.5+02:00\"", TimeUnit::kIso), "2021-04-17T16:49:02.500Z");
  for (const char* bad : {"\"2021-04-17T16:49:02\"", "\"2021-04-17T16:49:02.Z\"", "\"\"", "{}",
                          "\"2021-13-17T16:49:02Z\"", "1618678142", "\"2021-04-17T16:49:02.5\""}) {
    EXPECT_EQ(time(bad, TimeUnit::kIso), "bad_time") << bad;
  }
  EXPECT_EQ(time("-5", TimeUnit::kMilli), "bad_time");
  EXPECT_EQ(time("9223372036854775807", TimeUnit::kMilli), "bad_time");
  EXPECT_EQ(time("null", TimeUnit::kMilli), "missing_value");
  EXPECT_EQ(time("1230000000000", TimeUnit::kMilli), "time_out_of_range");
  EXPECT_EQ(time("1700086400000", TimeUnit::kMilli), "2023-11-15T22:13:20Z");
  EXPECT_EQ(time("1700086400001", TimeUnit::kMilli), "time_out_of_range");
}

TEST(FieldReaderIntervals, VenuesNamesOfIntervals) {
  const std::pair<std::string_view, std::string_view> names[] = {
      {"1m", "1m"},    {"15m", "15m"}, {"60", "1h"},   {"1h", "1h"},  {"4H", "4h"},
      {"1hr", "1h"},   {"1D", "1d"},   {"1day", "1d"}, {"D", "1d"},   {"W", "1w"},
      {"1w", "1w"},    {"7D", "1w"},   {"M", "1mo"},   {"1M", "1mo"}, {"1Mutc", "1mo"},
      {"6Hutc", "6h"}, {"1s", "1s"},   {"10080", "1w"}};
  for (const auto& [name, expected] : names) {
    const auto interval = IntervalOfName(name);
    ASSERT_TRUE(interval) << name;
    EXPECT_EQ(interval->ToString(), expected) << name;
  }
  for (const char* bad : {"", "3d", "0m", "-1m", "7m", "2w", "3M", "14D", "1x", "m1", "21600",
                          "99999999999999999999m", "utc"}) {
    EXPECT_FALSE(IntervalOfName(bad)) << bad;
  }
}

}  // namespace
}  // namespace tidemark

#include "tidemark/base/time.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Time, CivilDatesRoundTripOverFiveCenturies) {
  for (int64_t day = DaysFromCivil({1700, 1, 1}); day < DaysFromCivil({2200, 1, 1}); ++day) {
    ASSERT_EQ(DaysFromCivil(CivilFromDays(day)), day);
  }
  EXPECT_EQ(DaysFromCivil({1970, 1, 1}), 0);
  EXPECT_EQ(DaysFromCivil({2000, 3, 1}), 11017);
}

TEST(Time, TextRoundTrips) {
  for (const char* text : {"2019-12-31T23:59:00Z", "1969-12-31T00:00:01Z",
                           "2013-05-19T15:23:00.123Z", "2024-02-29T00:00:00.000001Z"}) {
    EXPECT_EQ(FormatTime(ParseTime(text).value()), text);
  }
}

TEST(Time, OffsetsAndShortFormsAreRead) {
  EXPECT_EQ(ParseTime("2019-12-31 23:59+02:00"), ParseTime("2019-12-31T21:59:00Z"));
  EXPECT_EQ(ParseTime("2019-12"), ParseTime("2019-12-01T00:00:00Z"));
  EXPECT_EQ(ParseTime("2019-12-31"), ParseTime("2019-12-31 00:00 UTC"));
}

TEST(Time, ImpossibleTimesAreRefused) {
  for (const char* text :
       {"", "2019", "2019-13-01", "2019-02-29", "2019-01-01T24:00", "2019-01-01T00:00:60",
        "2019-01-01T00:00:00+", "2019-01-01x", "2019-01-01T00:00:00.Z"}) {
    const auto time = ParseTime(text);
    ASSERT_FALSE(time.has_value()) << text;
    EXPECT_EQ(time.error().code(), ErrorCode::kParse);
  }
}

TEST(Time, WeeksStartOnMonday) {
  EXPECT_EQ(FloorToWeek(ParseTime("2019-12-31").value()), ParseTime("2019-12-30").value());
  EXPECT_EQ(FloorToWeek(ParseTime("2019-12-30").value()), ParseTime("2019-12-30").value());
  EXPECT_EQ(FloorToWeek(ParseTime("1969-12-31").value()), ParseTime("1969-12-29").value());
}

TEST(Time, MonthsAreCalendarMonths) {
  EXPECT_EQ(AddMonths(ParseTime("2019-12-31").value(), 1), ParseTime("2020-01-01").value());
  EXPECT_EQ(AddMonths(ParseTime("2019-01-31").value(), -1), ParseTime("2018-12-01").value());
  EXPECT_EQ(FloorToMonth(ParseTime("1969-12-31T23:59").value()), ParseTime("1969-12-01").value());
}

TEST(Time, DurationsRoundTrip) {
  for (const char* text : {"90s", "30m", "4h", "1d", "5ms", "7us"}) {
    EXPECT_EQ(FormatDuration(ParseDuration(text).value()), text);
  }
  EXPECT_EQ(FormatDuration(ParseDuration("2w").value()), "14d");
  for (const char* text : {"", "m", "-5m", "0h", "5", "5y", "9223372036854775807w"}) {
    EXPECT_FALSE(ParseDuration(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tidemark

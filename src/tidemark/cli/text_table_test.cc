#include "tidemark/cli/text_table.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tidemark/base/time.h"

namespace tidemark {
namespace {

TEST(TextTable, ColumnsAreAlignedByWhatIsSeen) {
  TextTable table({{"name"}, {"rows", TextTable::Align::kRight}, {"note"}});
  table.AddRow({"é", "1", "x"});
  table.AddRow({"longer", "1,000", ""});
  EXPECT_EQ(table.ToString(2),
            "  name     rows  note\n"
            "  ──────  ─────  ────\n"
            "  é           1  x\n"
            "  longer  1,000  –\n");
}

TEST(TextTable, LongTextIsBrokenAtSpaces) {
  EXPECT_EQ(WrapText("one two three four", 9, 2), "one two\n  three\n  four");
  EXPECT_EQ(WrapText("unbreakable", 5), "unbreakable");
  EXPECT_EQ(WrapText("", 5), "");
}

TEST(TextTable, NumbersForPeople) {
  EXPECT_EQ(GroupDigits(0), "0");
  EXPECT_EQ(GroupDigits(999), "999");
  EXPECT_EQ(GroupDigits(-1486860), "-1,486,860");
  EXPECT_EQ(ShortNumber(41.62345678, 6), "41.6235");
  EXPECT_EQ(ShortNumber(894.81, 6), "894.810");
  EXPECT_EQ(ShortNumber(1234567, 6), "1234567");
  EXPECT_EQ(ShortNumber(3e-7, 3), "0.000000300");
  EXPECT_EQ(ShortNumber(0, 4), "0");
  EXPECT_EQ(ShortNumber(std::nan(""), 4), "–");
  EXPECT_EQ(Percent(0.0512), "5.1 %");
  EXPECT_EQ(ByteCount(75'300'000), "75.3 MB");
  EXPECT_EQ(ByteCount(999), "999 B");
}

TEST(TextTable, TimesForPeople) {
  EXPECT_EQ(ShortTime(1'577'836'740'000'000), "2019-12-31 23:59");
  EXPECT_EQ(ShortTime(1'577'836'741'000'000), "2019-12-31 23:59:01");
  EXPECT_EQ(ShortTime(kMinTime.us), "–");
  EXPECT_EQ(LongDuration(59 * kMicrosPerSecond), "59 s");
  EXPECT_EQ(LongDuration(61 * kMicrosPerMinute), "1 h 1 min");
  EXPECT_EQ(LongDuration(49 * kMicrosPerHour), "2 d 1 h");
}

}  // namespace
}  // namespace tidemark

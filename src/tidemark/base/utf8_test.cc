#include "tidemark/base/utf8.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, WellFormedTextOfEveryLengthIsTaken) {
  for (const auto text : {""sv, "plain"sv, "\0"sv, "\xC3\xA9"sv, "\xE2\x82\xAC"sv,
                          "\xF0\x9F\x93\x88"sv, "\xED\x9F\xBF"sv, "\xF4\x8F\xBF\xBF"sv}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
}

TEST(Utf8, CutOverlongSurrogateAndTooLargeSequencesAreNot) {
  for (const auto text : {"\xC3"sv, "\x80"sv, "\xC0\x80"sv, "\xE0\x80\x80"sv, "\xED\xA0\x80"sv,
                          "\xF4\x90\x80\x80"sv, "\xFF"sv, "a\xE2\x82"sv}) {
    EXPECT_FALSE(IsUtf8(text));
    EXPECT_TRUE(IsUtf8(Printable(text)));
  }
}

TEST(Utf8, PrintableSpellsOutWhatCannotBeShown) {
  EXPECT_EQ(Printable("10\xFF\xC3\xA9"), "10\\xff\xC3\xA9");
  EXPECT_EQ(Printable("a\x1B[2J\0\x7F"sv), "a\\x1b[2J\\x00\\x7f");
  EXPECT_EQ(Printable("\xE2\x82"), "\\xe2\\x82");
}

}  // namespace
}  // namespace tidemark

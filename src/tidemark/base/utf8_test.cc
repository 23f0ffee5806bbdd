#include "tidemark/base/utf8.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, EveryCharacterIsWrittenAsOneWellFormedSequence) {
  for (uint32_t code = 0; code <= 0x10FFFF; ++code) {
    if (code >= 0xD800 && code < 0xE000) continue;
    std::string text;
    AppendUtf8(code, text);
    ASSERT_EQ(Utf8Length(text), text.size()) << code;
  }
}

TEST(Utf8, CharactersAreTheBytesOfTheStandard) {
  std::string text;
  for (const uint32_t code : {0x41, 0xE9, 0x20AC, 0x1F600}) AppendUtf8(code, text);
  EXPECT_EQ(text, "Aé€😀");
  std::string none;
  AppendUtf8(0x110000, none);
  EXPECT_EQ(none, "\uFFFD");
}

TEST(Utf8, OnlyWellFormedSequencesPass) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("ascii ü 日本 😀"));
  for (const char* bad : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                          "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

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

TEST(Utf8, AByteThatIsNoneIsFoundAnywhereInATextOfAnyLength) {
  for (size_t length = 1; length < 40; ++length) {
    for (size_t at = 0; at < length; ++at) {
      std::string text(length, 'x');
      text[at] = '\xFF';
      EXPECT_FALSE(IsUtf8(text)) << length << " " << at;
      EXPECT_TRUE(IsUtf8(text.replace(at, 1, "\xE2\x82\xAC"))) << length << " " << at;
    }
  }
}

TEST(Utf8, PrintableSpellsOutWhatCannotBeShown) {
  EXPECT_EQ(Printable("10\xFF\xC3\xA9"), "10\\xff\xC3\xA9");
  EXPECT_EQ(Printable("a\x1B[2J\0\x7F"sv), "a\\x1b[2J\\x00\\x7f");
  EXPECT_EQ(Printable("\xE2\x82"), "\\xe2\\x82");
}

}  // namespace
}  // namespace tidemark

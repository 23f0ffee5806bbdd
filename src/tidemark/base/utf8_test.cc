#include "tidemark/base/utf8.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

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

}  // namespace
}  // namespace tidemark

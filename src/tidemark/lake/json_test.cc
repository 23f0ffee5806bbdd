#include "tidemark/lake/json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace tidemark {
namespace {

TEST(Json, WhatIsWrittenReadsBackTheSame) {
  const std::string text =
      R"({"a":[1,-2,3.5,1e-300,true,false,null],"b":{"c":"x\"\\\n\u0001ü"},"d":{},"e":[]})";
  const auto json = Json::Parse(text);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->Dump(), text);
  EXPECT_EQ((*json)["a"].items()[1].AsInt(0), -2);
  EXPECT_EQ((*json)["b"]["c"].AsString(), "x\"\\\n\x01ü");
  EXPECT_TRUE((*json)["nothing"]["below"].is_null());
}

TEST(Json, EscapesAndSurrogatePairsAreDecoded) {
  const auto json = Json::Parse(R"( "\u00e4\/\b\f\ud83d\ude00" )");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->AsString(), "ä/\b\f😀");
}

TEST(Json, MalformedTextIsAnError) {
  for (const char* text : {"",
                           "{",
                           "[1,]",
                           "{\"a\"}",
                           "{\"a\":1,}",
                           "01",
                           "1.",
                           ".5",
                           "1e",
                           "+1",
                           "nul",
                           "\"\\x\"",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"tab\t\"",
                           "1 2",
                           "\"open",
                           "\"\xff\"",
                           "{1:2}",
                           "NaN"}) {
    EXPECT_FALSE(Json::Parse(text)) << text;
  }
  EXPECT_FALSE(Json::Parse(std::string(1000, '[')));
}

TEST(Json, NumbersOutOfRangeGiveTheDefault) {
  EXPECT_EQ(Json::Parse("9223372036854775807")->AsInt(0), INT64_MAX);
  EXPECT_EQ(Json::Parse("9223372036854775808")->AsInt(-1), -1);
  EXPECT_EQ(Json::Parse("1.0")->AsInt(-1), -1);
  EXPECT_EQ(Json::Parse("\"1\"")->AsInt(-1), -1);
}

RC_GTEST_PROP(Json, DoublesKeepTheirBits, (uint64_t bits)) {
  const double value = std::bit_cast<double>(bits);
  RC_PRE(std::isfinite(value));
  const std::string text = Json::Double(value).Dump();
  RC_ASSERT(text.find_first_of(".e") != std::string::npos);
  RC_ASSERT(std::bit_cast<uint64_t>(Json::Parse(text)->AsDouble(1)) == bits);
}

RC_GTEST_PROP(Json, AnyBytesParseOrFailWithoutHarm, (std::string text)) {
  const auto json = Json::Parse(text);
  if (json) RC_ASSERT(Json::Parse(json->Dump())->Dump() == json->Dump());
}

}  // namespace
}  // namespace tidemark

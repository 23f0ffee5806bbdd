#include "tidemark/cli/json_value.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tidemark/cli/json_text.h"

namespace tidemark {
namespace {

TEST(JsonValue, PrintedTextParsesBackToTheSame) {
  const JsonValue value = JsonValue::Object{
      {"text", "a \"b\" \\ \n é \x01"},
      {"number", 0.1},
      {"big", int64_t{9'007'199'254'740'993}},
      {"none", std::nan("")},
      {"list", JsonValue::Array{1, true, JsonValue(), JsonValue::Array{}, JsonValue::Object{}}}};
  const auto again = JsonValue::Parse(value.ToString());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->ToString(), value.ToString());
  EXPECT_EQ(*again->Find("text")->as_string(), "a \"b\" \\ \n é \x01");
  EXPECT_EQ(again->Find("big")->as_number()->digits, "9007199254740993");
  EXPECT_TRUE(again->Find("none")->is_null());
  EXPECT_EQ(again->Find("absent"), nullptr);
}

TEST(JsonValue, EscapesAreDecoded) {
  const auto value = JsonValue::Parse(R"("\u00e9\ud83d\ude00\/\t")");
  ASSERT_TRUE(value);
  EXPECT_EQ(*value->as_string(), "é😀/\t");
}

TEST(JsonValue, DamagedTextsAreRefusedWithThePlace) {
  for (const char* text : {"", "{", "[1,", "{\"a\" 1}", "{a:1}", "\"x", "\"\\q\"", "\"\\u12\"",
                           "nul", "1 2", "[1}", "{\"a\":1]"}) {
    const auto value = JsonValue::Parse(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code(), ErrorCode::kParse);
    EXPECT_TRUE(value.error().message().contains(" at byte ")) << value.error().message();
  }
  EXPECT_FALSE(JsonValue::Parse(std::string(100'000, '[')));
}

TEST(JsonText, ListsOfObjectsBecomeTables) {
  const auto value = JsonValue::Parse(
      R"({"seed": 7, "passed": true, "rows": [{"model": "linear", "relative_mae": 1.00213},
                                               {"model": "tree", "relative_mae": null}]})");
  ASSERT_TRUE(value);
  EXPECT_EQ(JsonText(*value),
            "seed: 7\n"
            "passed: yes\n"
            "\n"
            "rows\n"
            "  model   relative mae\n"
            "  ──────  ────────────\n"
            "  linear        1.0021\n"
            "  tree               –\n");
}

}  // namespace
}  // namespace tidemark

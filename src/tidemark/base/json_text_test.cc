#include "tidemark/base/json_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

namespace tidemark {
namespace {

TEST(JsonString, EscapesWhatJsonAndTomlRefuse) {
  EXPECT_EQ(JsonString("a \"b\" \\ \n\r\t"), R"("a \"b\" \\ \n\r\t")");
  EXPECT_EQ(JsonString(std::string_view("\0\x01\x1f\x7f", 4)), R"("\u0000\u0001\u001f\u007f")");
  EXPECT_EQ(JsonString("é 日本 😀"), "\"é 日本 😀\"");
}

TEST(JsonString, BytesThatAreNoTextAreReplaced) {
  EXPECT_EQ(JsonString("a\xff\xc3z"), "\"a\uFFFD\uFFFDz\"");
}

TEST(JsonNumber, ReadsBackToTheSameBits) {
  for (const double x : {0.1, 1e-300, 5e-324, 1.7976931348623157e308, -0.0, 123456789.25}) {
    EXPECT_EQ(std::strtod(JsonNumber(x).c_str(), nullptr), x);
  }
  EXPECT_EQ(JsonNumber(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(JsonNumber(-std::numeric_limits<double>::infinity()), "null");
}

}  // namespace
}  // namespace tidemark

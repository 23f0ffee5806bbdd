#include "tidemark/base/log_event.h"

#include <gtest/gtest.h>

#include "tidemark/base/json.h"

namespace tidemark {
namespace {

TEST(LogEvent, IsOneLineOfJsonWhateverItSays) {
  const LogEvent event = {LogLevel::kWarning,
                          "log_full",
                          "a \"quoted\"\nword\x01 and \xff no UTF-8",
                          {{"venue", "kraken"}, {"epoch", int64_t{-7}}}};
  const std::string line = LogLine(event, {1577836740123456});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto read = Json::Parse(line);
  ASSERT_TRUE(read) << line;
  EXPECT_EQ((*read)["time"].AsString(), "2019-12-31T23:59:00.123456Z");
  EXPECT_EQ((*read)["level"].AsString(), "warning");
  EXPECT_EQ((*read)["event"].AsString(), "log_full");
  EXPECT_EQ((*read)["message"].AsString(), "a \"quoted\"\nword\x01 and \uFFFD no UTF-8");
  EXPECT_EQ((*read)["venue"].AsString(), "kraken");
  EXPECT_EQ((*read)["epoch"].AsInt(0), -7);
}

TEST(LogEvent, LevelsAreReadAsTheyAreNamed) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    EXPECT_EQ(ParseLogLevel(NameOf(level)), level);
  }
  EXPECT_EQ(ParseLogLevel("loud").error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace tidemark

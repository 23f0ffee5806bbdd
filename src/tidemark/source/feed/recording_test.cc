#include "tidemark/source/feed/recording.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tidemark/base/file.h"

namespace tidemark {
namespace {

using Kind = RecordedLine::Kind;

TEST(Recording, EachKindOfLineIsSplitAtItsArrow) {
  const auto opened = ParseRecordedLine("wss://a.example:9443/stream?streams=x@y/z <-> 1618.5");
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->kind, Kind::kOpened);
  EXPECT_EQ(opened->url, "wss://a.example:9443/stream?streams=x@y/z");
  EXPECT_EQ(opened->at.us, 1618'500'000);

  const auto sent = ParseRecordedLine("wss://a.example <- 1.25: {\"a\": \"b -> c\"}");
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->kind, Kind::kSent);
  EXPECT_EQ(sent->text, "{\"a\": \"b -> c\"}");

  const auto received = ParseRecordedLine("1618677543.1234567: [1,\"hb\"]");
  ASSERT_TRUE(received);
  EXPECT_EQ(received->kind, Kind::kReceived);
  EXPECT_EQ(received->at.us, 1'618'677'543'123'456);
  EXPECT_EQ(received->text, "[1,\"hb\"]");

  const auto reply = ParseRecordedLine("https://a.example/b?c=d -> 3: [");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->kind, Kind::kHttpReply);
  EXPECT_EQ(reply->url, "https://a.example/b?c=d");

  EXPECT_EQ(ParseRecordedLine("configuration: {}")->kind, Kind::kConfiguration);
  EXPECT_EQ(ParseRecordedLine("")->kind, Kind::kBlank);
}

TEST(Recording, AnyOtherLineIsAnError) {
  for (const char* line : {"x", "12", "12.5 {}", "wss://a <- x: {}", "wss://a <-> 1: {}",
                           " <- 1: ", "99999999999999999999: {}"}) {
    const auto parsed = ParseRecordedLine(line);
    ASSERT_FALSE(parsed) << line;
    EXPECT_EQ(parsed.error().code(), ErrorCode::kParse);
  }
}

TEST(Recording, AFileIsReadLineByLineAndADamagedLineIsNamed) {
  const std::string folder = *MakeTemporaryDirectory("tidemark-recording-");
  const std::string path = folder + "/A.ws.1.0";
  ASSERT_TRUE(WriteFileSynced(path, "wss://a <-> 1\n2: {}\n\n3: []"));
  std::vector<std::string> texts;
  const auto collect = [&](const RecordedLine& line) -> Status {
    texts.emplace_back(line.text);
    return {};
  };
  ASSERT_TRUE(ReadRecording(path, collect));
  EXPECT_EQ(texts, (std::vector<std::string>{"", "{}", "", "[]"}));
  ASSERT_TRUE(WriteFileSynced(path, "2: {}\nnonsense\n"));
  const auto damaged = ReadRecording(path, collect);
  ASSERT_FALSE(damaged);
  EXPECT_NE(damaged.error().message().find("line 2"), std::string::npos);
  (void)RemoveTree(folder);
}

}  // namespace
}  // namespace tidemark

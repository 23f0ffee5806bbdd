#include "tidemark/lake/data_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "tidemark/base/json.h"

namespace tidemark {
namespace {

const Schema kSchema{{{"text", ColumnType::kString},
                      {"time", ColumnType::kTime},
                      {"count", ColumnType::kInt},
                      {"value", ColumnType::kDouble},
                      {"flag", ColumnType::kBool}}};

DataFile RoundTrip(const std::map<std::string, ColumnStats>& stats) {
  DataFile file;
  EXPECT_TRUE(StatsFromJson(StatsToJson(7, stats, kSchema), kSchema, file));
  EXPECT_EQ(file.rows, 7);
  return file;
}

TEST(DataFileStats, BoundsReadBackExactly) {
  std::map<std::string, ColumnStats> stats;
  stats["text"] = {
      .null_count = 1, .has_range = true, .is_text = true, .min_text = "", .max_text = "ü"};
  stats["time"] = {.has_range = true,
                   .min_text = {},
                   .max_text = {},
                   .min_int = -1,
                   .max_int = 1'577'836'800'123'456};
  stats["count"] = {.has_range = true,
                    .min_text = {},
                    .max_text = {},
                    .min_int = INT64_MIN + 1,
                    .max_int = INT64_MAX};
  stats["value"] = {.has_range = true,
                    .min_text = {},
                    .max_text = {},
                    .min_double = -0.0,
                    .max_double = std::numeric_limits<double>::max()};
  const DataFile file = RoundTrip(stats);
  EXPECT_EQ(file.stats, stats);
  EXPECT_EQ(file.TimesOf("time").start.us, -1);
  EXPECT_EQ(file.TimesOf("time").end.us, 1'577'836'800'123'457);
}

TEST(DataFileStats, TimesAreSpelledWithThreeOrSixDecimals) {
  std::map<std::string, ColumnStats> stats;
  stats["time"] = {.has_range = true,
                   .min_text = {},
                   .max_text = {},
                   .min_int = ParseTime("2019-12-31T23:59:00Z")->us,
                   .max_int = ParseTime("2020-01-01T00:00:00.000001Z")->us};
  const auto json = Json::Parse(StatsToJson(1, stats, kSchema));
  EXPECT_EQ((*json)["minValues"]["time"].AsString(), "2019-12-31T23:59:00.000Z");
  EXPECT_EQ((*json)["maxValues"]["time"].AsString(), "2020-01-01T00:00:00.000001Z");
}

TEST(DataFileStats, InfiniteBoundsAreLeftOut) {
  std::map<std::string, ColumnStats> stats;
  stats["value"] = {.has_range = true,
                    .min_text = {},
                    .max_text = {},
                    .min_double = 0,
                    .max_double = std::numeric_limits<double>::infinity()};
  EXPECT_EQ(RoundTrip(stats).StatsOf("value"), nullptr);
}

RC_GTEST_PROP(DataFileStats, ShortenedTextStillBoundsTheWhole, ()) {
  // Characters of one to four bytes, up to 100 of them.
  const auto characters = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5));
  const char* const kAll[] = {"a", "z", "é", "日", "😀"};
  std::string text(60, 'x');
  for (const int c : characters) text += kAll[c];
  std::map<std::string, ColumnStats> stats;
  stats["text"] = {.has_range = true, .is_text = true, .min_text = text, .max_text = text};
  const DataFile file = RoundTrip(stats);
  RC_ASSERT(file.MayHoldText("text", text));
  if (text.size() > 64) {
    RC_ASSERT(file.ConstantText("text") == nullptr);
  } else {
    RC_ASSERT(*file.ConstantText("text") == text);
  }
}

TEST(DataFilePaths, PartitionFoldersHoldAnyValue) {
  const TableSpec& spec = VendorCandlesTable();
  EXPECT_EQ(PartitionFolder(spec, {{"venue", "bitfinex"}, {"interval", "1m"}}),
            "venue=bitfinex/interval=1m/");
  EXPECT_EQ(PartitionFolder(spec, {{"venue", "a/b ü"}, {"interval", ""}}),
            "venue=a%2Fb%20%C3%BC/interval=__HIVE_DEFAULT_PARTITION__/");
}

RC_GTEST_PROP(DataFilePaths, LogPathsDecodeToWhatWasEncoded, (std::string path)) {
  RC_PRE(!path.empty() && path[0] != '/' && path.find("..") == std::string::npos &&
         path.find("://") == std::string::npos && path.find('\0') == std::string::npos);
  RC_ASSERT(*DecodeLogPath(EncodeLogPath(path)) == path);
}

TEST(DataFilePaths, PathsOutOfTheTableAreRefused) {
  for (const char* path :
       {"/etc/passwd", "../x", "a/../../x", "a/..", "s3://b/k", "..", "", "a%00b"}) {
    EXPECT_FALSE(DecodeLogPath(path)) << path;
  }
  EXPECT_FALSE(DecodeLogPath("a%2"));
  EXPECT_FALSE(DecodeLogPath("a%zz"));
}

}  // namespace
}  // namespace tidemark

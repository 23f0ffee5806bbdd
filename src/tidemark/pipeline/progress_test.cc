#include "tidemark/pipeline/progress.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace {

using testing::HasSubstr;

struct Screen {
  ManualClock clock{ReceiveTime{0}};
  std::vector<std::string> lines;
  Progress progress{[this](std::string_view line) { lines.emplace_back(line); }, clock};
};

TEST(Progress, ShowsNothingForWorkUnderASecond) {
  Screen screen;
  screen.progress.Begin("reading", 100);
  screen.clock.Advance(900'000);
  screen.progress.Update(90, 9);
  screen.progress.End();
  EXPECT_TRUE(screen.lines.empty());
}

TEST(Progress, ShowsShareRowsSpeedAndTimeLeft) {
  Screen screen;
  screen.progress.Begin("reading a.csv", 200'000'000);
  screen.clock.Advance(2'000'000);
  screen.progress.Update(50'000'000, 1'000'000);
  ASSERT_EQ(screen.lines.size(), 1u);
  EXPECT_EQ(screen.lines[0], "\rreading a.csv  25 %  1000 k rows  25 MB/s  7 s left");
}

TEST(Progress, WritesAtMostTenTimesASecond) {
  Screen screen;
  screen.progress.Begin("reading", 1000);
  screen.clock.Advance(2'000'000);
  for (int i = 0; i < 1000; ++i) {
    screen.clock.Advance(1000);
    screen.progress.Add(1);
  }
  EXPECT_LE(screen.lines.size(), 11u);
  EXPECT_GE(screen.lines.size(), 9u);
}

TEST(Progress, ClearsItsLineAtTheEnd) {
  Screen screen;
  screen.progress.Begin("x");
  screen.clock.Advance(2'000'000);
  screen.progress.Update(5);
  screen.progress.End();
  ASSERT_EQ(screen.lines.size(), 2u);
  EXPECT_THAT(screen.lines[1], HasSubstr("\r "));
  EXPECT_TRUE(screen.lines[1].ends_with('\r'));
}

TEST(Progress, WithoutAWriterIsSilent) {
  Progress progress;
  progress.Begin("x", 10);
  progress.Update(5, 5);
  progress.End();
}

}  // namespace
}  // namespace tidemark

#include "tidemark/serve/live_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr int64_t kSecond = kMicrosPerSecond;
constexpr int64_t kLimit = 60 * kSecond;
constexpr ReceiveTime kNow = {1'700'000'000 * kSecond};

LiveState Good() {
  LiveState state;
  state.started = {kNow.us - 1000 * kSecond};
  state.at = kNow;
  state.feeds = {{.venue = "kraken",
                  .frames = 70,
                  .frame_bytes = 7000,
                  .connections = 1,
                  .heard = {kNow.us - 2 * kSecond},
                  .symbols = {{.symbol = "BTC-USD",
                               .subscribed = true,
                               .problem = "",
                               .changed = state.started,
                               .last_row = {kNow.us - 30 * kSecond}}}}};
  return state;
}

std::vector<std::string> Codes(const LiveState& state, ReceiveTime now = kNow) {
  std::vector<std::string> codes;
  for (const LiveProblem& problem : ProblemsOf(state, now, kLimit)) codes.push_back(problem.code);
  return codes;
}

TEST(LiveHealth, IsWellWhenNothingIsWrong) {
  const PageAnswer answer = LiveHealth(Good(), kNow, kLimit);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"status\":\"ok\",\"version\":\"" TIDEMARK_VERSION
                         "\",\"epoch\":0,\"problems\":[]}\n");
}

TEST(LiveHealth, SaysWhatIsWrong) {
  LiveState state = Good();
  state.commit_problem = "write \"lake\": No space left on device";
  state.failing_since = {kNow.us - 5 * kSecond};
  state.log_problem = "No space left on device";
  state.log_full = true;
  const PageAnswer answer = LiveHealth(state, kNow, kLimit);
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr(R"({"status":"failing",)"));
  EXPECT_THAT(answer.body, HasSubstr(R"([{"code":"epoch_failing","message":")"));
  EXPECT_THAT(answer.body, HasSubstr(R"(: write \"lake\": No space left on device"},{)"));
  EXPECT_THAT(Codes(state), ElementsAre("epoch_failing", "log_failing", "log_full"));
}

TEST(LiveHealth, AFeedMayBeSilentOrAwayForAWhile) {
  LiveState state = Good();
  state.feeds[0].heard = {kNow.us - kLimit};
  state.feeds[0].symbols[0].subscribed = false;
  state.feeds[0].symbols[0].changed = {kNow.us - kLimit};
  EXPECT_THAT(Codes(state), ElementsAre());
  state.feeds[0].heard.us -= 1;
  EXPECT_THAT(Codes(state), ElementsAre("feed_silent"));
  state.feeds[0].symbols[0].changed.us -= 1;
  EXPECT_THAT(Codes(state), ElementsAre("feed_silent", "feed_down"));
}

TEST(LiveHealth, AProgramThatHangsIsNotWell) {
  EXPECT_THAT(Codes(Good(), {kNow.us + kLimit}), ElementsAre());
  EXPECT_THAT(Codes(Good(), {kNow.us + kLimit + 1}), ElementsAre("stalled"));
  EXPECT_THAT(Codes(LiveState()), ElementsAre("starting"));
  EXPECT_THAT(LiveHealth(LiveState(), kNow, kLimit).body, HasSubstr("\"starting\""));
}

// What status shows has to be the same text as long as the trouble is the same.
TEST(LiveHealth, TheWordsStayTheSameWhileTheTroubleDoes) {
  LiveState state = Good();
  state.feeds[0].heard = {kNow.us - 3 * kLimit};
  const auto before = ProblemsOf(state, kNow, kLimit);
  state.at.us += 10 * kSecond;
  EXPECT_EQ(ProblemsOf(state, state.at, kLimit), before);
}

TEST(LiveMetrics, AreCountersAndAgesByVenueAndSymbol) {
  LiveState state = Good();
  state.ledger.rows["feed://kraken/trades"] = {
      .read = 12, .new_rows = 7, .revised = 1, .duplicate = 3, .rejected = 1};
  state.ledger.gaps[{"kraken", "BTC-USD", ""}] = {.opened = 3, .open = 1};
  const std::string source = "feed://kraken/trades";
  ASSERT_TRUE(state.ledger.watermarks.Add(
      {{{source, "kraken BTC-USD"}, {EventTime{kNow.us - 4 * kSecond}, "data"}},
       {{source, "kraken ETH-USD"}, {EventTime{1}, "data"}}}));
  state.epoch_times.Add(0.02);
  state.epoch_times.Add(0.03);
  state.epoch_times.Add(1000);
  const std::string text = LiveMetrics(state, kNow, kLimit);
  const auto has = [&](const char* line) {
    EXPECT_THAT(text, HasSubstr(std::string(line) + "\n"));
  };
  has("# TYPE tidemark_frames_total counter");
  has(R"(tidemark_frames_total{venue="kraken"} 70)");
  has(R"(tidemark_rows_total{venue="kraken",table="trades",result="new"} 7)");
  has(R"(tidemark_rows_total{venue="kraken",table="trades",result="duplicate"} 3)");
  has(R"(tidemark_gaps_open{venue="kraken",symbol="BTC-USD"} 1)");
  has(R"(tidemark_last_row_age_seconds{venue="kraken",symbol="BTC-USD"} 30)");
  has(R"(tidemark_watermark_lag_seconds{venue="kraken",symbol="BTC-USD",table="trades"} 4)");
  EXPECT_THAT(text, Not(HasSubstr("ETH-USD"))) << "nobody follows it";
  has(R"(tidemark_epoch_duration_seconds_bucket{le="0.01"} 0)");
  has(R"(tidemark_epoch_duration_seconds_bucket{le="0.03"} 2)");
  has(R"(tidemark_epoch_duration_seconds_bucket{le="300"} 2)");
  has(R"(tidemark_epoch_duration_seconds_bucket{le="+Inf"} 3)");
  has("tidemark_epoch_duration_seconds_count 3");
  has("tidemark_healthy 1");
}

TEST(LiveMetrics, BeforeTheStartThereIsTheProcess) {
  const std::string text = LiveMetrics(LiveState(), kNow, kLimit);
  EXPECT_THAT(text, HasSubstr("tidemark_healthy 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("tidemark_frames_total")));
  EXPECT_THAT(text, testing::ContainsRegex("process_resident_memory_bytes [1-9]"));
  EXPECT_THAT(text, testing::ContainsRegex("process_start_time_seconds [1-9]"));
  EXPECT_THAT(text, testing::ContainsRegex("process_open_fds [1-9]"));
}

}  // namespace
}  // namespace tidemark

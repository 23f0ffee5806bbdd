#include "tidemark/source/feed/feed_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_session_testing.h"

namespace tidemark {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Lines = std::vector<std::string>;
constexpr int64_t kSecond = kMicrosPerSecond;

ControlEvent Confirmed(std::string_view request) {
  return {ControlKind::kSubscribed, ControlAction::kNone, "", "", "", request};
}
ControlEvent Refused(ControlAction action, std::string_view words, std::string_view request = "",
                     std::string_view symbol = "") {
  return {ControlKind::kError, action, "", symbol, words, request};
}

Lines Matching(const Lines& lines, std::string_view start) {
  Lines found;
  for (const std::string& line : lines) {
    if (line.starts_with(start)) found.push_back(line);
  }
  return found;
}

TEST(FeedSession, ConnectsSubscribesStreams) {
  SessionByHand hand("binance", 2);
  EXPECT_EQ(hand.session.phase(), FeedPhase::kStopped);
  hand.session.Start(hand.now);
  EXPECT_THAT(hand.Actions(), ElementsAre("connect 1"));
  EXPECT_EQ(hand.session.phase(), FeedPhase::kConnecting);
  hand.Open(1);
  EXPECT_THAT(hand.Actions(),
              ElementsAre(R"(send 1 {"method":"SUBSCRIBE","params":["a0usd@aggTrade",)"
                          R"("a1usd@aggTrade"],"id":1})"));
  EXPECT_EQ(hand.session.phase(), FeedPhase::kSubscribing);
  hand.Control(1, Confirmed("1"));
  EXPECT_TRUE(hand.session.live(0));
  EXPECT_TRUE(hand.session.live(1));
  EXPECT_EQ(hand.session.phase(), FeedPhase::kStreaming);
  EXPECT_THAT(hand.Pass(15 * kSecond, 1), IsEmpty());
  EXPECT_THAT(hand.Pass(10 * kSecond, 1), ElementsAre("ping 1"));
}

TEST(FeedSession, ASymbolThatIsNotConfirmedFailsByNameAndOthersGoOn) {
  FeedTimings timings;
  timings.first_row_us = kMicrosPerDay;
  SessionByHand hand("coinbase", 3, timings);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Actions();
  for (const char* symbol : {"A0-USD", "A2-USD"}) {
    hand.Control(1, {ControlKind::kSubscribed, ControlAction::kNone, "matches", symbol, ""});
  }
  const Lines lines = hand.Pass(11 * kSecond, 1, true);
  EXPECT_THAT(lines, Contains("note A1-USD trades: not confirmed within 10 s"));
  EXPECT_TRUE(hand.session.live(0));
  EXPECT_FALSE(hand.session.live(1));
  EXPECT_THAT(hand.session.problem(1), HasSubstr("not confirmed"));
  // Asked for alone, later each time, for good.
  const Lines again = hand.Pass(kMicrosPerHour, 1);
  const size_t asked = Matching(again, "send 1 {\"type\":\"subscribe\"").size();
  EXPECT_GE(asked, 3u);
  EXPECT_LE(asked, 12u);
  for (const std::string& line : Matching(again, "send")) EXPECT_THAT(line, Not(HasSubstr("A0")));
}

TEST(FeedSession, ARefusalThatNamesItsSymbolCostsOnlyThat) {
  SessionByHand hand("coinbase", 3);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Actions();
  hand.Control(1,
               Refused(ControlAction::kDropSymbol, "A1-USD is not a valid product", "", "A1-USD"));
  // The venue took nothing of that message: the others are asked for again at once.
  const Lines lines = hand.Pass(kSecond, 1);
  ASSERT_THAT(lines, testing::SizeIs(1));
  EXPECT_THAT(lines[0], HasSubstr(R"(["A0-USD","A2-USD"])"));
}

TEST(FeedSession, ARefusalThatNamesNobodyIsTriedOneByOne) {
  FeedTimings timings;
  timings.first_row_us = kMicrosPerDay;
  SessionByHand hand("binance", 3, timings);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Actions();
  hand.Control(1, Refused(ControlAction::kDropSymbol, "2: Invalid request", "1"));
  const Lines lines = hand.Pass(2 * kSecond, 1);
  ASSERT_THAT(lines, testing::SizeIs(3));
  hand.Control(1, Confirmed("2"));
  hand.Control(1, Refused(ControlAction::kDropSymbol, "2: Invalid request", "3"));
  hand.Control(1, Confirmed("4"));
  EXPECT_TRUE(hand.session.live(0));
  EXPECT_FALSE(hand.session.live(1));
  EXPECT_TRUE(hand.session.live(2));
  EXPECT_THAT(hand.session.problem(1), HasSubstr("refused: 2: Invalid request"));
  // Asked once more after an hour: a venue may be wrong, or list it.
  EXPECT_THAT(Matching(hand.Pass(59 * kMicrosPerMinute, 1), "send"), IsEmpty());
  const Lines later = hand.Pass(65 * kSecond, 1);
  ASSERT_FALSE(Matching(later, "send").empty());
  EXPECT_THAT(Matching(later, "send")[0], HasSubstr(R"(["a1usd@aggTrade"])"));
}

TEST(FeedSession, WordsThatNameATopicFindTheGuilty) {
  SessionByHand hand("bybit", 3);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Actions();
  hand.Control(1, Refused(ControlAction::kDropSymbol, "Invalid symbol :[publicTrade.A1USD]", "1"));
  EXPECT_THAT(hand.session.problem(1), HasSubstr("refused"));
  const Lines lines = hand.Pass(2 * kSecond, 1);
  ASSERT_THAT(lines, testing::SizeIs(2));
  EXPECT_THAT(lines[0], HasSubstr("A0USD"));
  EXPECT_THAT(lines[1], HasSubstr("A2USD"));
}

TEST(FeedSession, ALongerSymbolIsNotTheGuilty) {
  SessionByHand hand("bybit", 3);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Actions();
  hand.Control(1, Refused(ControlAction::kDropSymbol,
                          "error:handler not found,topic:publicTrade.A1USDT", "1"));
  EXPECT_THAT(hand.session.problem(1), testing::Not(HasSubstr("refused")));
  EXPECT_THAT(hand.Pass(2 * kSecond, 1), testing::SizeIs(3)) << "each is asked for alone";
}

TEST(FeedSession, AlreadySubscribedIsAConfirmation) {
  SessionByHand hand("bitfinex", 1);
  hand.session.Start(hand.now);
  hand.Actions();
  hand.Open(1);
  EXPECT_THAT(hand.Pass(kSecond, 1), Contains(HasSubstr("subscribe")));
  hand.Control(1, {ControlKind::kError, ControlAction::kNone, "trades", "tA0USD", "10301: dup"});
  EXPECT_TRUE(hand.session.live(0));
}

TEST(FeedSession, GreetingComesFirstAndARowConfirms) {
  SessionByHand hand("bitfinex", 2);
  hand.session.Start(hand.now);
  hand.Actions();
  hand.Open(1);
  EXPECT_THAT(hand.Actions(), ElementsAre(R"(send 1 {"event":"conf","flags":65536})"));
  EXPECT_THAT(hand.Pass(kSecond, 1), testing::SizeIs(2));
  hand.Trade(1, 1);
  EXPECT_FALSE(hand.session.live(0));
  EXPECT_TRUE(hand.session.live(1));
}

TEST(FeedSession, GeminiIsConfirmedByTheFirstBook) {
  SessionByHand hand("gemini", 1);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.session.OnBook(1, "A0USD");
  EXPECT_TRUE(hand.session.live(0));
}

TEST(FeedSession, ASilentConnectionIsLeft) {
  SessionByHand hand("kraken", 1);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Trade(1, 0);
  hand.Actions();
  const Lines lines = hand.Pass(30 * kSecond, 0, true);
  EXPECT_THAT(lines, Contains("close 1 nothing was heard for 30 s"));
  EXPECT_EQ(hand.session.drops(), 1);
  const Lines later = hand.Pass(2 * kSecond, 0);
  ASSERT_THAT(Matching(later, "connect"), ElementsAre("connect 2"));
  hand.Open(2);
  hand.Actions();
  hand.Trade(2, 0);
  const Lines gap = hand.Actions(true);
  ASSERT_THAT(gap, testing::SizeIs(1));
  EXPECT_THAT(gap[0], testing::MatchesRegex("gap 0 3.* silence"));
  EXPECT_EQ(hand.session.reconnects(), 1);
}

TEST(FeedSession, WaitsLongerEachTimeAndForgetsAfterAHealthyMinute) {
  SessionByHand hand("binance", 1);
  hand.session.Start(hand.now);
  hand.Actions();
  std::vector<int64_t> waits;
  int64_t connection = 1;
  for (int i = 0; i < 12; ++i) {
    const int64_t begin = hand.now;
    hand.session.OnClosed(connection, "refused", 0, hand.now);
    while (Matching(hand.Pass(kSecond / 10, 0), "connect").empty())
      ASSERT_LT(hand.now, begin + 100 * kSecond);
    waits.push_back(hand.now - begin);
    ++connection;
  }
  EXPECT_LE(waits[0], 1'200'000);
  EXPECT_GT(waits[5], 10 * kSecond);
  for (const int64_t wait : waits) EXPECT_LE(wait, kMicrosPerMinute + kSecond);
  EXPECT_GE(waits[11], 30 * kSecond);
  hand.Open(connection);
  hand.Control(connection, Confirmed("1"));
  hand.Pass(61 * kSecond, connection);
  const int64_t begin = hand.now;
  hand.session.OnClosed(connection, "gone", 0, hand.now);
  while (Matching(hand.Pass(kSecond / 10, 0), "connect").empty()) continue;
  EXPECT_LE(hand.now - begin, 1'200'000);
}

TEST(FeedSession, AVenueThatWantsToBeLeftAloneIs) {
  SessionByHand hand("binance", 1);
  hand.session.Start(hand.now);
  hand.Actions();
  hand.session.OnClosed(1, "429", 77 * kSecond, hand.now);
  EXPECT_THAT(Matching(hand.Pass(76 * kSecond, 0), "connect"), IsEmpty());
  EXPECT_THAT(Matching(hand.Pass(2 * kSecond, 0), "connect"), testing::SizeIs(1));
}

TEST(FeedSession, RotatesBeforeTheVenueDoesTheNewOneFirst) {
  SessionByHand hand("binance", 2);
  hand.session.Start(hand.now);
  hand.Actions();
  hand.Open(1);
  hand.Control(1, Confirmed("1"));
  hand.Trade(1, 0);
  hand.Trade(1, 1);
  Lines lines;
  for (int minute = 0; minute < 23 * 60 - 1; ++minute) {
    lines = hand.Pass(kMicrosPerMinute, 1);
    ASSERT_THAT(Matching(lines, "connect"), IsEmpty()) << minute;
    hand.Trade(1, 0);
    hand.Trade(1, 1);
    hand.Actions();
  }
  lines = hand.Pass(2 * kMicrosPerMinute, 1);
  EXPECT_THAT(Matching(lines, "connect"), ElementsAre("connect 2"));
  EXPECT_THAT(Matching(lines, "close"), IsEmpty());
  hand.Open(2);
  hand.Actions();
  EXPECT_THAT(Matching(hand.Pass(kSecond, 1), "close"), IsEmpty());
  hand.Control(2, Confirmed("1"));
  lines = hand.Pass(kSecond, 2, true);
  EXPECT_THAT(lines, ElementsAre("close 1 another connection has taken its place"));
  EXPECT_TRUE(hand.session.live(0));
  EXPECT_EQ(hand.session.drops(), 0);
}

TEST(FeedSession, IfTheNextConnectionFailsTheOldOneStays) {
  SessionByHand hand("bitstamp", 1);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Trade(1, 0);
  hand.Pass(61 * kSecond, 1);
  hand.Control(1, {ControlKind::kNotice, ControlAction::kReconnect, "", "", "soon"});
  EXPECT_THAT(Matching(hand.Pass(kSecond, 1), "connect"), ElementsAre("connect 2"));
  hand.session.OnClosed(2, "refused", 0, hand.now);
  EXPECT_TRUE(hand.session.live(0));
  EXPECT_THAT(Matching(hand.Pass(3 * kSecond, 1), "connect"), ElementsAre("connect 3"));
  // And if the old one goes meanwhile, the next takes over as it is.
  hand.session.OnClosed(1, "gone", 0, hand.now);
  hand.Open(3);
  hand.Trade(3, 0);
  EXPECT_TRUE(hand.session.live(0));
  EXPECT_THAT(Matching(hand.Pass(5 * kSecond, 3), "connect"), IsEmpty());
}

TEST(FeedSession, AVenueThatAlwaysAsksForAnotherConnectionDoesNotGetOneAtOnce) {
  SessionByHand hand("coinbase", 1);
  hand.session.Start(hand.now);
  int connects = 1;
  for (int second = 0; second < 600; ++second) {
    hand.Open(hand.count);
    hand.Control(hand.count, Refused(ControlAction::kReconnect, "authentication failure"));
    connects += static_cast<int>(Matching(hand.Pass(kSecond, hand.count), "connect").size());
  }
  EXPECT_GT(connects, 5);
  EXPECT_LT(connects, 40);
}

TEST(FeedSession, SlowDownSendsNothingForAWhile) {
  SessionByHand hand("okx", 2);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Actions();
  hand.Control(1, Refused(ControlAction::kSlowDown, "60014: too many requests"));
  EXPECT_THAT(Matching(hand.Pass(9 * kSecond, 1), "send"), IsEmpty());
  EXPECT_THAT(Matching(hand.Pass(2 * kSecond, 1), "send"), ElementsAre(HasSubstr("subscribe")));
}

TEST(FeedSession, ASymbolIsSilentByItsOwnRhythm) {
  SessionByHand hand("binance", 2);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Control(1, Confirmed("1"));
  hand.Actions();
  // One trades every two seconds, one every five minutes.
  for (int second = 0; second < 3600; ++second) {
    if (second % 2 == 0) hand.Trade(1, 0);
    if (second % 300 == 0) hand.Trade(1, 1);
    const Lines lines = hand.Pass(kSecond, 1, true);
    ASSERT_THAT(Matching(lines, "note"), IsEmpty());
  }
  // Both stop: the quick one is missed after a minute, the slow one not within the hour.
  EXPECT_THAT(Matching(hand.Pass(55 * kSecond, 1, true), "note"), IsEmpty());
  Lines lines = hand.Pass(10 * kSecond, 1, true);
  EXPECT_THAT(lines, Contains("note A0-USD trades: silent for 60 s, subscribed to again"));
  EXPECT_THAT(Matching(lines, "send"), ElementsAre(HasSubstr(R"(["a0usd@aggTrade"])")));
  hand.Control(1, Confirmed("123456"));  // some other request
  EXPECT_FALSE(hand.session.live(0));
  hand.Trade(1, 0);
  EXPECT_TRUE(hand.session.live(0));
  lines = hand.Pass(20 * kMicrosPerMinute, 1, true);
  for (const std::string& line : lines) EXPECT_THAT(line, Not(HasSubstr("A1-USD")));
}

TEST(FeedSession, WhatIsAskedForAgainWasNotFollowedMeanwhile) {
  SessionByHand hand("kraken", 2);
  hand.session.Start(hand.now);
  hand.Open(1);
  // Both are busy, then the second falls silent; the connection is lost before the venue confirms
  // it anew.
  for (int second = 0; second < 663; ++second) {
    if (second % 2 == 0) hand.Trade(1, 0);
    if (second % 2 == 0 && second <= 600) hand.Trade(1, 1);
    hand.Pass(kSecond, 1);
  }
  EXPECT_FALSE(hand.session.live(1));
  hand.session.OnClosed(1, "reset", 0, hand.now);
  hand.Pass(2 * kSecond, 0);
  hand.Open(2);
  hand.Actions();
  hand.Trade(2, 1);
  const Lines gap = hand.Actions(true);
  ASSERT_THAT(gap, testing::SizeIs(1));
  EXPECT_THAT(gap[0], testing::MatchesRegex("gap 1 6.* silence"));
}

TEST(FeedSession, ASubscriptionThatTheVenueEndsIsAGapUntilItIsThereAgain) {
  SessionByHand hand("coinbase", 1);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Trade(1, 0);
  hand.Control(1, {ControlKind::kUnsubscribed, ControlAction::kNone, "matches", "A0-USD", ""});
  EXPECT_FALSE(hand.session.live(0));
  hand.Pass(3 * kSecond, 1);
  hand.Actions();
  hand.Trade(1, 0);
  const Lines gap = hand.Actions(true);
  ASSERT_THAT(Matching(gap, "gap"), testing::SizeIs(1));
  EXPECT_THAT(Matching(gap, "gap")[0], testing::MatchesRegex("gap 0 3.* disconnect"));
}

TEST(FeedSession, SilenceThatStaysIsTriedOnAnotherConnection) {
  SessionByHand hand("binance", 1);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Control(1, Confirmed("1"));
  for (int i = 0; i < 100; ++i) {
    hand.Trade(1, 0);
    hand.Pass(2 * kSecond, 1);
  }
  int connects = 0;
  for (int i = 0; i < 3600; ++i) {  // the venue confirms, and says nothing
    for (const std::string& line : hand.Pass(kSecond, 1)) {
      connects += line.starts_with("connect");
      const size_t id = line.find("\"id\":");
      if (!line.starts_with("send") || id == line.npos) continue;
      hand.Control(hand.count, Confirmed(line.substr(id + 5, line.size() - id - 6)));
    }
    hand.Open(hand.count);
    hand.session.OnMessage(hand.count, hand.now);
  }
  EXPECT_GE(connects, 1);
  EXPECT_LE(connects, 3);
}

TEST(FeedSession, WhilePausedSilenceMeansNothing) {
  SessionByHand hand("kraken", 1);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Trade(1, 0);
  hand.Actions();
  hand.session.SetPaused(true, hand.now);
  EXPECT_THAT(hand.Pass(kMicrosPerHour, 0), IsEmpty());
  hand.session.SetPaused(false, hand.now);
  EXPECT_THAT(Matching(hand.Pass(5 * kSecond, 1), "close"), IsEmpty());
  EXPECT_TRUE(hand.session.live(0));
}

TEST(FeedSession, StopClosesAndStartBeginsAnew) {
  SessionByHand hand("binance", 1);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Trade(1, 0);
  hand.Actions();
  hand.session.Stop(hand.now);
  EXPECT_THAT(hand.Actions(), ElementsAre("close 1 stopped"));
  EXPECT_THAT(hand.Pass(kMicrosPerHour, 0), IsEmpty());
  hand.session.Start(hand.now);
  EXPECT_THAT(hand.Actions(), ElementsAre("connect 2"));
  hand.Open(2);
  hand.Trade(2, 0);
  EXPECT_THAT(Matching(hand.Actions(true), "gap"), ElementsAre("gap 0 3600.0 disconnect"));
}

TEST(FeedSession, LostMessagesOfAConnectionAreAGapOfItsSymbols) {
  SessionByHand hand("bitfinex", 2);
  hand.session.Start(hand.now);
  hand.Open(1);
  hand.Pass(kSecond, 1);
  hand.Trade(1, 0);
  const int64_t numbered = hand.now;
  hand.Pass(4 * kSecond, 1);
  hand.Trade(1, 0);  // the message that shows it speaks of the symbol itself
  hand.Actions();
  hand.session.OnLoss(1, numbered, hand.now);
  EXPECT_THAT(hand.Actions(true), ElementsAre("gap 0 4.0 loss"));
}

}  // namespace
}  // namespace tidemark

#include "tidemark/source/simulator/venue_feed.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tidemark/source/feed/feed_testing.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

constexpr EventTime kStart{1'704'067'200'000'000};
constexpr ReceiveTime kReceipt{kStart.us + kMicrosPerDay};

// What a client makes of the messages.
class Client : public EventCounts {
 public:
  std::vector<int64_t> ids;
  std::vector<std::pair<int64_t, double>> closed;  // open time, volume, as told
  int64_t told_us = 0;                             // of the last candle

  void OnTrade(std::string_view symbol, const Trade& trade, TradeOrigin origin) override {
    EventCounts::OnTrade(symbol, trade, origin);
    if (symbol == "BTCUSDT") ids.push_back(*IdNumber(trade.id));
  }
  void OnCandle(const CandleUpdate& update) override {
    EventCounts::OnCandle(update);
    told_us = update.time.us;
    if (update.state != CandleState::kClosed) return;
    closed.emplace_back(update.candle.open_time.us, update.candle.volume);
  }
};

class VenueFeedTest : public testing::Test {
 protected:
  // Opens "/ws/<streams>" at `now`.
  void Open(const std::string& faults, const std::string& streams, const std::string& script = "",
            EventTime now = kStart, int64_t connection = 1) {
    Make("binance", faults, script, now, connection);
    const auto answer = venue_->OnOpen(HttpTarget::Parse("/ws/" + streams), now);
    for (const VenueStream& stream : answer->add) feed_->Add(stream, now);
  }
  void Make(const char* venue, const std::string& faults, const std::string& script, EventTime now,
            int64_t connection) {
    MarketOptions options{.seed = 17, .start = kStart};
    options.symbols = {*ParseMarketSymbol("BTC-USDT"), *ParseMarketSymbol("ETH-USDT")};
    market_ = std::make_unique<SimulatedMarket>(options);
    venue_ = *MakeSimulatedVenue(venue, *market_);
    plan_ = std::make_unique<FaultPlan>(17, kStart, *ParseVenueFaults(faults),
                                        *ParseFaultScript(script));
    counts_ = {};
    feed_ = std::make_unique<VenueFeed>(*market_, *venue_, *plan_, counts_, connection, now,
                                        kMicrosPerSecond);
  }
  std::vector<VenueMessage> Until(int64_t minutes) {
    std::vector<VenueMessage> messages;
    feed_->Collect(kStart + minutes * kMicrosPerMinute, &messages);
    return messages;
  }
  Client Read(const std::vector<VenueMessage>& messages) {
    Client client;
    const auto decoder = *MakeFeedDecoder("binance");
    for (const VenueMessage& message : messages) {
      if (message.kind <= VenueMessage::Kind::kSplitText) {
        decoder->Decode(message.text, kReceipt, client);
      }
    }
    return client;
  }
  int64_t TradesBefore(int64_t minutes) {
    return market_->FirstIdAt(0, kStart + minutes * kMicrosPerMinute) - 1;
  }

  std::unique_ptr<SimulatedMarket> market_;
  std::unique_ptr<SimulatedVenue> venue_;
  std::unique_ptr<FaultPlan> plan_;
  VenueCounts counts_;
  std::unique_ptr<VenueFeed> feed_;
};

TEST_F(VenueFeedTest, WithoutFaultsEverythingIsToldOnceAndInOrder) {
  Open("", "btcusdt@trade/ethusdt@aggTrade/btcusdt@kline_1m");
  Client client = Read(Until(20));
  EXPECT_EQ(client.counts["reject"], 0) << client.first_reject;
  EXPECT_EQ(client.continuity.gaps(), 0);
  EXPECT_EQ(client.continuity.repeats(), 0);
  EXPECT_EQ(static_cast<int64_t>(client.ids.size()), TradesBefore(20));
  EXPECT_EQ(client.counts["candle closed"], 20);
  // About every two seconds.
  EXPECT_GT(client.counts["candle open"], 20 * 20);
  for (const auto& [open, volume] : client.closed) {
    EXPECT_EQ(volume, static_cast<double>(market_->Bar(0, {open}).volume) / 1e8);
  }
  EXPECT_EQ(client.told_us, kStart.us + 20 * kMicrosPerMinute);
}

TEST_F(VenueFeedTest, ASubscriptionBeginsWhereItIsMade) {
  const EventTime now = kStart + 7 * kMicrosPerMinute + 12'345'678;
  Open("", "btcusdt@trade/btcusdt@kline_1m", "", now);
  Client client = Read(Until(9));
  EXPECT_EQ(client.ids.front(), market_->FirstIdAt(0, now));
  EXPECT_EQ(client.counts["candle closed"], 2);
  feed_->Remove(feed_->streams()[0]);
  client = Read(Until(10));
  EXPECT_TRUE(client.ids.empty());
  EXPECT_EQ(client.counts["candle closed"], 1);
}

TEST_F(VenueFeedTest, TheMessagesAreTheSameHoweverOftenTheyAreAskedFor) {
  const std::string faults =
      "duplicate=0.05,disorder=0.05,delay=0.05,drop=0.05,malformed=0.05,split=0.1,restate=0.5,"
      "skew=3";
  const std::string streams = "btcusdt@trade/ethusdt@trade/btcusdt@kline_1m";
  Open(faults, streams, "at 3m malformed for 10s");
  const std::vector<VenueMessage> whole = Until(10);
  Open(faults, streams, "at 3m malformed for 10s");
  std::vector<VenueMessage> parts;
  Random random(99);
  for (int64_t us = 0; us < 10 * kMicrosPerMinute;) {
    us = std::min<int64_t>(us + static_cast<int64_t>(random.Below(700'000)), 10 * kMicrosPerMinute);
    feed_->Collect(kStart + us, &parts);
  }
  ASSERT_EQ(parts.size(), whole.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    ASSERT_EQ(parts[i].text, whole[i].text) << i;
    ASSERT_EQ(parts[i].kind, whole[i].kind) << i;
  }
}

TEST_F(VenueFeedTest, DroppedTradesLeaveGaps) {
  Open("drop=0.02", "btcusdt@trade");
  const Client client = Read(Until(20));
  EXPECT_GT(counts_.Of(VenueFault::kDrop), 50);
  EXPECT_EQ(static_cast<int64_t>(client.ids.size()),
            TradesBefore(20) - counts_.Of(VenueFault::kDrop));
  EXPECT_GT(client.continuity.gaps(), 50);
}

// Bitfinex numbers all messages of a connection: in the order in which they go out, whatever
// happens to them, and those that do not arrive are missing.
TEST_F(VenueFeedTest, NumbersOfAConnectionShowWhatWasLostAndNothingElse) {
  const auto gaps = [&](const std::string& faults, VenueFault fault) {
    Make("bitfinex", faults, "", kStart, 1);
    std::vector<VenueMessage> messages;
    const auto say = [&](const std::string& text) {
      const VenueAnswer answer = venue_->OnText(text, feed_->streams(), kStart);
      for (const std::string& told : answer.texts) {
        messages.push_back({VenueMessage::Kind::kText, told});
      }
      for (const VenueStream& stream : answer.add) feed_->Add(stream, kStart);
    };
    say(R"({"event":"conf","flags":65536})");
    say(R"({"event":"subscribe","channel":"trades","symbol":"tBTCUST"})");
    say(R"({"event":"subscribe","channel":"candles","key":"trade:1m:tETHUST"})");
    for (int minute = 1; minute <= 10; ++minute) {
      feed_->Collect(kStart + minute * kMicrosPerMinute, &messages);
    }
    Client client;
    const auto decoder = *MakeFeedDecoder("bitfinex");
    for (const VenueMessage& message : messages) decoder->Decode(message.text, kReceipt, client);
    EXPECT_EQ(client.continuity.repeats(), 0);
    EXPECT_EQ(client.continuity.missing(),
              fault == VenueFault::kDrop || fault == VenueFault::kMalformed ? counts_.Of(fault) : 0)
        << faults;
    EXPECT_GT(counts_.Of(fault), 20) << faults;
    EXPECT_EQ(client.counts["book te"] > 1000, true);
  };
  gaps("drop=0.02", VenueFault::kDrop);
  gaps("malformed=0.02", VenueFault::kMalformed);
  gaps("disorder=0.1", VenueFault::kDisorder);
  gaps("duplicate=0.1", VenueFault::kDuplicate);
  gaps("delay=0.1,delay-seconds=60", VenueFault::kDelay);
}

TEST_F(VenueFeedTest, DuplicatesAreToldAgain) {
  Open("duplicate=0.02", "btcusdt@trade");
  const Client client = Read(Until(20));
  EXPECT_GT(counts_.Of(VenueFault::kDuplicate), 50);
  EXPECT_EQ(client.continuity.gaps(), 0);
  const std::set<int64_t> distinct(client.ids.begin(), client.ids.end());
  EXPECT_EQ(static_cast<int64_t>(distinct.size()), TradesBefore(20));
  EXPECT_GT(client.ids.size(), distinct.size() + 50);
}

TEST_F(VenueFeedTest, DisorderSwapsNeighbours) {
  Open("disorder=0.02", "btcusdt@trade");
  const Client client = Read(Until(20));
  EXPECT_GT(counts_.Of(VenueFault::kDisorder), 50);
  int back = 0;
  for (size_t i = 1; i < client.ids.size(); ++i) {
    if (client.ids[i] > client.ids[i - 1]) continue;
    ++back;
    EXPECT_LT(client.ids[i - 1] - client.ids[i], 8);  // of one time: those behind it too
  }
  EXPECT_GT(back, 50);
  EXPECT_EQ(static_cast<int64_t>(client.ids.size()), TradesBefore(20));
}

TEST_F(VenueFeedTest, DelayedTradesComeLate) {
  Open("delay=0.02,delay-seconds=20", "btcusdt@trade");
  Client client = Read(Until(20));
  EXPECT_GT(counts_.Of(VenueFault::kDelay), 50);
  int64_t greatest = 0, late = 0;
  for (const int64_t id : client.ids) {
    if (id < greatest) late = std::max(late, greatest - id);
    greatest = std::max(greatest, id);
  }
  EXPECT_GT(late, 30);
  // All have come 20 seconds later.
  const int64_t told = static_cast<int64_t>(client.ids.size());
  EXPECT_LE(told, TradesBefore(20));
  EXPECT_GT(told, TradesBefore(20) - 100);
}

TEST_F(VenueFeedTest, MalformedMessagesAreRejectedAndLackTheirTrade) {
  Open("malformed=0.02", "btcusdt@trade/btcusdt@kline_1m");
  Client client = Read(Until(20));
  EXPECT_GT(counts_.Of(VenueFault::kMalformed), 50);
  EXPECT_EQ(client.counts["reject"], counts_.Of(VenueFault::kMalformed)) << client.first_reject;
  EXPECT_LT(static_cast<int64_t>(client.ids.size()), TradesBefore(20) - 50);
}

TEST_F(VenueFeedTest, ARestatedCandleIsToldAgainWithWhatRestSays) {
  Open("restate=0.5", "btcusdt@kline_1m");
  const Client client = Read(Until(32));
  EXPECT_GT(counts_.Of(VenueFault::kRestate), 5);
  std::map<int64_t, std::vector<double>> told;
  for (const auto& [open, volume] : client.closed) told[open].push_back(volume);
  int again = 0;
  for (const auto& [open, volumes] : told) {
    if (open > kStart.us + 29 * kMicrosPerMinute) continue;  // may still come
    ASSERT_LE(volumes.size(), 2u);
    const double truth = static_cast<double>(market_->Bar(0, {open}).volume) / 1e8;
    EXPECT_EQ(volumes.back(), truth);
    if (volumes.size() == 1) continue;
    ++again;
    EXPECT_LT(volumes.front(), truth);
  }
  EXPECT_GT(again, 5);
  // Another connection is told the same story.
  Open("restate=0.5", "btcusdt@kline_1m", "", kStart, 2);
  EXPECT_EQ(Read(Until(32)).closed, client.closed);
}

TEST_F(VenueFeedTest, ADisconnectedFeedSaysNothingMore) {
  Open("disconnect=0.01", "btcusdt@trade");
  const auto messages = Until(20);
  ASSERT_FALSE(messages.empty());
  EXPECT_GE(messages.back().kind, VenueMessage::Kind::kReset);
  EXPECT_LE(messages.back().kind, VenueMessage::Kind::kGoodbye);
  EXPECT_TRUE(feed_->ended());
  EXPECT_TRUE(Until(30).empty());
  // The next connection meets others.
  Open("disconnect=0.01", "btcusdt@trade", "", kStart, 2);
  EXPECT_NE(Until(20).size(), messages.size());
}

TEST_F(VenueFeedTest, SilenceAndSplitsAreTold) {
  Open("silence=0.002,split=0.2", "btcusdt@trade");
  const auto messages = Until(60);
  EXPECT_EQ(messages.back().kind, VenueMessage::Kind::kSilence);
  EXPECT_GT(counts_.Of(VenueFault::kSplit), 0);
  const Client client = Read(messages);
  EXPECT_EQ(client.continuity.gaps(), 0);
  EXPECT_EQ(client.counts.count("reject"), 0u);
}

TEST_F(VenueFeedTest, TheScriptIsObeyed) {
  Open("", "btcusdt@trade", "at 2m drop for 1m\nat 5m shutdown");
  std::vector<VenueMessage> messages = Until(10);
  Client client = Read(messages);
  EXPECT_EQ(client.continuity.gaps(), 1);
  EXPECT_EQ(client.continuity.missing(), TradesBefore(3) - TradesBefore(2));
  EXPECT_EQ(client.counts["control notice "], 1);
  EXPECT_GE(messages.back().kind, VenueMessage::Kind::kReset);
  // It goes on for ten seconds.
  EXPECT_EQ(client.ids.back(),
            market_->FirstIdAt(0, kStart + 5 * kMicrosPerMinute + 10 * kMicrosPerSecond + 1) - 1);
  // A connection that opens later does not meet it.
  Open("", "btcusdt@trade", "at 5m silence", kStart + 6 * kMicrosPerMinute);
  EXPECT_EQ(Until(8).back().kind, VenueMessage::Kind::kText);
}

TEST_F(VenueFeedTest, ASkewedClockIsToldBesideTheTradesTimes) {
  Open("skew=5", "btcusdt@trade");
  const auto messages = Until(1);
  const SimulatedTrade first = market_->TradeOf(0, 1);
  EXPECT_NE(messages[0].text.find(fmt::format("\"E\":{}", first.time_us / 1000 + 5000)),
            std::string::npos);
  EXPECT_NE(messages[0].text.find(fmt::format("\"T\":{}", first.time_us / 1000)),
            std::string::npos);
}

}  // namespace
}  // namespace tidemark

// What simulated venues say against what the real ones were recorded saying: the same JSON, key by
// key and type by type.
#include <gtest/gtest.h>

#include <set>

#include "tidemark/base/json.h"
#include "tidemark/source/feed/feed_testing.h"
#include "tidemark/source/simulator/venue_feed.h"

namespace tidemark {
namespace {

constexpr EventTime kStart{1'704'067'200'000'000};

// "{type:"trade" price:s}": keys in order, numbers n, texts s but for the words of `type` and
// `event`; of neighbours in a list that look alike one stands for all.
std::string ShapeOf(const Json& value, std::string_view key = "") {
  std::string shape;
  switch (value.kind()) {
    case Json::Kind::kNull:
      return "null";
    case Json::Kind::kBool:
      return "b";
    case Json::Kind::kNumber:
      return "n";
    case Json::Kind::kString:
      return key == "type" || key == "event" ? value.Dump() : "s";
    case Json::Kind::kObject:
      for (const auto& [name, member] : value.members()) {
        shape += (shape.empty() ? "" : " ") + name + ":" + ShapeOf(member, name);
      }
      return "{" + shape + "}";
    case Json::Kind::kArray:
      std::string before;
      for (const Json& item : value.items()) {
        const std::string next = ShapeOf(item);
        const bool rows = item.kind() == Json::Kind::kArray || item.kind() == Json::Kind::kObject;
        if (!rows || next != before) shape += (shape.empty() ? "" : " ") + next;
        before = next;
      }
      return "[" + shape + "]";
  }
  return shape;
}

struct Case {
  std::string venue, recording, path;
  std::vector<std::string> texts;
  std::vector<std::string> unrecorded;  // shapes that no recording has
};
const Case kCases[] = {
    {"bitfinex",
     "bitfinex/BITFINEX.ws.11.0",
     "/ws/2",
     {R"({"event":"conf","flags":65536})",
      R"({"event":"subscribe","channel":"trades","symbol":"tBTCUSD"})"},
     {"[n s [n n n n] n]"}},  // te, tu
    {"gemini",
     "gemini/GEMINI.ws.1.0.gz",
     "/v2/marketdata/",
     {R"({"type":"subscribe","subscriptions":[{"name":"l2","symbols":["BTCUSD"]}]})"},
     {}},
    {"bitstamp",
     "bitstamp/BITSTAMP.ws.1.0",
     "/",
     {R"({"event":"bts:subscribe","data":{"channel":"live_trades_btcusd"}})"},
     {}},
};

TEST(VenueRecordings, SimulatedMessagesHaveTheShapesOfRecordedOnes) {
  for (const Case& one : kCases) {
    TM_NEEDS_RECORDING(one.recording);
    SCOPED_TRACE(one.venue);
    std::set<std::string> recorded, simulated;
    const auto read = ReadRecording(kRecordings + one.recording, [&](const RecordedLine& line) {
      if (line.kind == RecordedLine::Kind::kReceived) {
        recorded.insert(ShapeOf(*Json::Parse(line.text)));
      }
      return Status();
    });
    ASSERT_TRUE(read) << read.error().message();

    MarketOptions options{.seed = 3, .start = kStart, .time_step_us = kMicrosPerMilli};
    options.symbols = {*ParseMarketSymbol("BTC-USD")};
    SimulatedMarket market(options);
    const auto venue = *MakeSimulatedVenue(one.venue, market);
    const FaultPlan plan(1, kStart, {}, {});
    VenueCounts counts;
    const EventTime opened = kStart + 5 * kMicrosPerMinute;
    VenueFeed feed(market, *venue, plan, counts, 1, opened, kMicrosPerSecond);
    std::vector<VenueMessage> messages;
    const auto take = [&](const VenueAnswer& answer) {
      for (const std::string& text : answer.texts) messages.push_back({{}, text});
      for (const VenueStream& stream : answer.add) feed.Add(stream, opened);
    };
    take(*venue->OnOpen(HttpTarget::Parse(one.path), opened));
    for (const std::string& text : one.texts) take(venue->OnText(text, feed.streams(), opened));
    feed.Collect(opened + kMicrosPerMinute, &messages);
    for (const VenueMessage& message : messages) {
      const auto json = Json::Parse(message.text);
      ASSERT_TRUE(json) << message.text;
      simulated.insert(ShapeOf(*json));
    }
    EXPECT_GT(simulated.size(), 1u);
    std::vector<std::string> unrecorded;
    std::ranges::set_difference(simulated, recorded, std::back_inserter(unrecorded));
    EXPECT_EQ(unrecorded, one.unrecorded);
  }
}

TEST(VenueRecordings, TradesOfGeminiByRestHaveTheRecordedFields) {
  const std::string path = "../shared/data/trades/rest/gemini.trades.BTCUSD.json";
  if (!FileExists(path)) GTEST_SKIP() << "needs " << path;
  MarketOptions options{.seed = 3, .start = kStart, .time_step_us = kMicrosPerMilli};
  options.symbols = {*ParseMarketSymbol("BTC-USD")};
  SimulatedMarket market(options);
  const EventTime now = kStart + 5 * kMicrosPerMinute;
  const RestAnswer answer = (*MakeSimulatedVenue("gemini", market))
                                ->OnRequest(HttpTarget::Parse("/v1/trades/btcusd"), now, now);
  // The collection has its keys in alphabetical order.
  const auto fields = [](const std::string& text) {
    std::set<std::string> shapes;
    const Json rows = *Json::Parse(text);
    for (const Json& row : rows.items()) {
      for (const auto& [name, member] : row.members()) {
        shapes.insert(name + ":" + ShapeOf(member, name));
      }
    }
    return shapes;
  };
  EXPECT_EQ(fields(answer.body), fields(*ReadFile(path)));
}

}  // namespace
}  // namespace tidemark

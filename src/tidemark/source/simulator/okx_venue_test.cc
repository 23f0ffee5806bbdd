#include "tidemark/source/simulator/okx_venue.h"

#include <fmt/format.h>

#include <set>

#include "tidemark/base/json.h"
#include "tidemark/source/simulator/simulated_venue_testing.h"
#include "tidemark/source/simulator/venue_feed.h"

namespace tidemark {
namespace {

TEST(OkxVenue, OurPagesLoseNoTradeAndNoCandle) {
  SimulatedMarket market = MillisMarket();
  const auto venue = *MakeSimulatedVenue("okx", market);
  VenueRows rows = Pages(*venue, "okx", BackfillRange::Ids(7, 1200));
  ASSERT_GE(rows.history.size(), 1193u);
  for (int64_t id = 7; id < 1200; ++id) EXPECT_TRUE(rows.history.contains(id)) << id;
  EXPECT_LT(rows.history.rbegin()->first, 1200);
  const TimeRange minutes{kStart + 2 * kMicrosPerMinute, kStart + 5 * kMicrosPerMinute};
  rows = Pages(*venue, "okx", BackfillRange::Times(minutes));
  EXPECT_EQ(rows.history.rbegin()->first, market.FirstIdAt(0, minutes.end) - 1);
  EXPECT_LT(rows.history.begin()->first, market.FirstIdAt(0, minutes.start));
  rows = Pages(*venue, "okx", BackfillRange::Candles(*Interval::Parse("1m"), minutes));
  ASSERT_GE(rows.candles.size(), 3u);
  EXPECT_EQ(rows.candles[0].open_time, minutes.end - kMicrosPerMinute);
}

// What `channel` tells of five minutes.
std::vector<std::string> ToldOf(SimulatedMarket& market, std::string_view path,
                                std::string_view channel) {
  const auto venue = *MakeSimulatedVenue("okx", market);
  EXPECT_TRUE(venue->OnOpen(HttpTarget::Parse(path), kStart));
  const VenueAnswer answer = venue->OnText(
      fmt::format(R"({{"op":"subscribe","args":[{{"channel":"{}","instId":"BTC-USDT"}}]}})",
                  channel),
      {}, kStart);
  EXPECT_EQ(answer.add.size(), 1u) << answer.texts[0];
  const FaultPlan plan(1, kStart, {}, {});
  VenueCounts counts;
  VenueFeed feed(market, *venue, plan, counts, 1, kStart, kMicrosPerSecond);
  for (const VenueStream& stream : answer.add) feed.Add(stream, kStart);
  std::vector<VenueMessage> messages;
  feed.Collect(kStart + 5 * kMicrosPerMinute, &messages);
  std::vector<std::string> texts = answer.texts;
  for (VenueMessage& message : messages) texts.push_back(std::move(message.text));
  return texts;
}

TEST(OkxVenue, TradesAreThoseOfTradesAllPutTogether) {
  SimulatedMarket market = MillisMarket();
  VenueRows each, together;
  const auto decoder = *MakeFeedDecoder("okx");
  for (const auto& text : ToldOf(market, "/ws/v5/business", "trades-all")) {
    decoder->Decode(text, kReceipt, each);
  }
  for (const auto& text : ToldOf(market, "/ws/v5/public", "trades")) {
    decoder->Decode(text, kReceipt, together);
  }
  EXPECT_EQ(together.counts["reject"] + each.counts["reject"], 0) << together.first_reject;
  EXPECT_EQ(together.continuity.gaps() + each.continuity.gaps(), 0);
  EXPECT_LT(together.live.size(), each.live.size());
  EXPECT_EQ(together.live.rbegin()->first, each.live.rbegin()->first);
  double size = 0, expected = 0;
  for (const auto& [id, told] : together.live) size += told.size;
  for (const auto& [id, told] : each.live) expected += told.size;
  EXPECT_NEAR(size, expected, 1e-6);
}

TEST(OkxVenue, AnswersEachChannelByItself) {
  SimulatedMarket market = MillisMarket();
  const auto okx = *MakeSimulatedVenue("okx", market);
  ASSERT_TRUE(okx->OnOpen(HttpTarget::Parse("/ws/v5/public"), kStart));
  EXPECT_EQ(okx->OnText("ping", {}, kStart).texts[0], "pong");
  const VenueAnswer elsewhere = okx->OnText(
      R"({"op":"subscribe","args":[{"channel":"candle1m","instId":"BTC-USDT"}]})", {}, kStart);
  EXPECT_TRUE(elsewhere.add.empty()) << "candles are told on the business address";
  EXPECT_NE(elsewhere.texts[0].find("60018"), std::string::npos);
  const VenueAnswer some =
      okx->OnText(R"({"op":"subscribe","args":[{"channel":"trades","instId":"NONE-SUCH"},)"
                  R"({"channel":"trades","instId":"BTC-USDT"}]})",
                  {}, kStart);
  EXPECT_EQ(some.add.size(), 1u);
  EXPECT_EQ(some.texts.size(), 2u);
}

// "arg.instId string", "data.tradeId string": every name of a message with the kind of its value.
void AddShape(const Json& json, const std::string& name, std::set<std::string>* shape) {
  constexpr const char* kKinds[] = {"null", "bool", "number", "string", "array", "object"};
  shape->insert(name + " " + kKinds[static_cast<size_t>(json.kind())]);
  for (const Json& item : json.items()) AddShape(item, name, shape);
  for (const auto& [key, value] : json.members()) AddShape(value, name + "." + key, shape);
}

// The recording is of 2022: since then there are a connection's id, count, source and seqId.
TEST(OkxVenue, SpeaksAsRecorded) {
  TM_NEEDS_RECORDING("okx/OKX.ws.1.0.gz");
  SimulatedMarket market = MillisMarket();
  std::set<std::string> ours, recorded;
  for (const auto& text : ToldOf(market, "/ws/v5/public", "trades")) {
    AddShape(*Json::Parse(text), "", &ours);
  }
  const Status read = ReadRecording(std::string(kRecordings) + "okx/OKX.ws.1.0.gz",
                                    [&](const RecordedLine& line) -> Status {
                                      if (line.kind != RecordedLine::Kind::kReceived) return {};
                                      const Json json = *Json::Parse(line.text);
                                      if (json["arg"]["channel"].AsString() != "trades") return {};
                                      AddShape(json, "", &recorded);
                                      return {};
                                    });
  ASSERT_TRUE(read);
  EXPECT_GE(recorded.size(), 11u);
  for (const std::string& name : recorded) EXPECT_TRUE(ours.contains(name)) << name;
  for (const char* added :
       {".connId string", ".data.count string", ".data.source string", ".data.seqId number"}) {
    EXPECT_EQ(ours.erase(added), 1u) << added;
  }
  EXPECT_EQ(ours, recorded);
}

}  // namespace
}  // namespace tidemark

#include "tidemark/source/simulator/bybit_venue.h"

#include "tidemark/source/simulator/simulated_venue_testing.h"

namespace tidemark {
namespace {

TEST(BybitVenue, OurPagesHaveTheLastTradesAndAllCandles) {
  SimulatedMarket market = MillisMarket();
  const auto venue = *MakeSimulatedVenue("bybit", market);
  const TimeRange minutes{kStart + 2 * kMicrosPerMinute, kStart + 5 * kMicrosPerMinute};
  const VenueRows trades = Pages(*venue, "bybit", BackfillRange::Times(minutes));
  EXPECT_EQ(trades.history.size(), 60u);
  const VenueRows rows =
      Pages(*venue, "bybit", BackfillRange::Candles(*Interval::Parse("1m"), minutes));
  ASSERT_EQ(rows.candles.size(), 3u);
  EXPECT_EQ(rows.candles[0].open_time, minutes.end - kMicrosPerMinute);
  EXPECT_EQ(rows.candles[2].open_time, minutes.start);
}

TEST(BybitVenue, TakesOrRefusesARequestAsAWhole) {
  SimulatedMarket market = MillisMarket();
  const auto bybit = *MakeSimulatedVenue("bybit", market);
  ASSERT_TRUE(bybit->OnOpen(HttpTarget::Parse("/v5/public/spot"), kStart));
  EXPECT_NE(bybit->OnText(R"({"req_id":"5","op":"ping"})", {}, kStart).texts[0].find("pong"),
            std::string::npos);
  const VenueAnswer whole = bybit->OnText(
      R"({"op":"subscribe","args":["publicTrade.BTCUSDT","publicTrade.NONESUCH"]})", {}, kStart);
  EXPECT_TRUE(whole.add.empty()) << "a request is refused as a whole";
  const VenueAnswer taken =
      bybit->OnText(R"({"op":"subscribe","args":["publicTrade.BTCUSDT"]})", {}, kStart);
  ASSERT_EQ(taken.add.size(), 1u);
  EXPECT_NE(bybit->OnText(R"({"op":"subscribe","args":["publicTrade.BTCUSDT"]})", taken.add, kStart)
                .texts[0]
                .find("already subscribed"),
            std::string::npos);
}

}  // namespace
}  // namespace tidemark

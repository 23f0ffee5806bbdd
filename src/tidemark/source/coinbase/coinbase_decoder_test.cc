#include "tidemark/source/coinbase/coinbase_decoder.h"

#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_testing.h"

namespace tidemark {
namespace {

Strings Decoded(std::string_view message) {
  CoinbaseDecoder decoder;
  return EventsOf(decoder, message);
}

std::string Match(std::string_view type, std::string_view side) {
  return fmt::format(
      R"({{"type":"{}","trade_id":280232,"maker_order_id":"2a","taker_order_id":"3c","side":"{}",)"
      R"("size":"985","price":"0.00001305","product_id":"SKL-BTC","sequence":177100030,)"
      R"("time":"2021-04-17T16:43:37.089723Z"}})",
      type, side);
}

TEST(CoinbaseDecoder, TheSideOfAMatchIsTheMakers) {
  EXPECT_EQ(
      Decoded(Match("match", "sell")),
      (Strings{"trade SKL-BTC 2021-04-17T16:43:37.089723Z id '280232' 985 @ 1.305e-05 buy live",
               "sequence trade SKL-BTC 280232 280233"}));
  EXPECT_EQ(Decoded(Match("match", "buy"))[0],
            "trade SKL-BTC 2021-04-17T16:43:37.089723Z id '280232' 985 @ 1.305e-05 sell live");
}

TEST(CoinbaseDecoder, TheLastMatchBeforeTheSubscriptionIsHistory) {
  EXPECT_EQ(Decoded(Match("last_match", "sell")),
            (Strings{"trade SKL-BTC 2021-04-17T16:43:37.089723Z id '280232' 985 @ 1.305e-05 buy "
                     "history",
                     "sequence trade SKL-BTC 280232 280233"}));
}

TEST(CoinbaseDecoder, AHeartbeatTellsTheLatestTrade) {
  EXPECT_EQ(
      Decoded(R"({"type":"heartbeat","sequence":90,"last_trade_id":20,)"
              R"("product_id":"BTC-USD","time":"2014-11-07T08:19:28.464459Z"})"),
      (Strings{"control heartbeat none [heartbeat] [BTC-USD] ", "sequence trade BTC-USD 21 21"}));
}

TEST(CoinbaseDecoder, AMessageOfSeveralTradesLosesOnlyTheBadOne) {
  EXPECT_EQ(
      Decoded(R"({"channel":"market_trades","client_id":"","timestamp":)"
              R"("2023-02-09T20:19:35.39625135Z","sequence_num":7,"events":[{"type":"update",)"
              R"("trades":[{"trade_id":"12","product_id":"ETH-USD","price":"1260.01","size":"0.3",)"
              R"("side":"BUY","time":"2019-08-14T20:42:27.265000123Z"},{"trade_id":"11",)"
              R"("product_id":"ETH-USD","price":"1260.02","size":"0.0","side":"SELL",)"
              R"("time":"2019-08-14T20:42:27.264Z"},{"trade_id":"10","product_id":"ETH-USD",)"
              R"("price":"1260.03","size":"0.5","side":"SELL","time":"2019-08-31T20:42:27Z"}]}]})"),
      (Strings{"trade ETH-USD 2019-08-14T20:42:27.265Z id '12' 0.3 @ 1260.01 sell live",
               "reject not_positive 1 size 0 is not above 0",
               "trade ETH-USD 2019-08-31T20:42:27Z id '10' 0.5 @ 1260.03 buy live",
               "sequence connection  7 8"}));
}

TEST(CoinbaseDecoder, AdvancedCandlesAreOfFiveMinutes) {
  EXPECT_EQ(Decoded(R"({"channel":"candles","client_id":"","timestamp":"2023-06-09T20:19:35Z",)"
                    R"("sequence_num":0,"events":[{"type":"snapshot","candles":[{"start":)"
                    R"("1686340800","high":"1867.72","low":"1865.63","open":"1867.38","close":)"
                    R"("1866.81","volume":"0.20269406","product_id":"ETH-USD"}]}]})"),
            (Strings{"candle ETH-USD 5m 2023-06-09T20:00:00Z o 1867.38 h 1867.72 l 1865.63 c "
                     "1866.81 v 0.20269406 unknown at 2023-06-09T20:19:35Z history",
                     "sequence connection  0 1"}));
}

TEST(CoinbaseDecoder, ControlsOfBothFeeds) {
  EXPECT_EQ(Decoded(R"({"type":"subscriptions","channels":[{"name":"matches","product_ids":)"
                    R"(["A-B","C-D"]},{"name":"status"}]})"),
            (Strings{"control subscribed none [matches] [A-B] ",
                     "control subscribed none [matches] [C-D] ",
                     "control subscribed none [status] [] "}));
  EXPECT_EQ(Decoded(R"({"type":"subscriptions","channels":[]})"),
            Strings{"control unsubscribed none [] [] none is left"});
  EXPECT_EQ(Decoded(R"({"type":"error","message":"Failed to subscribe","reason":)"
                    R"("BTC-XYZ is not a valid product"})"),
            Strings{"control error drop_symbol [] [BTC-XYZ] Failed to subscribe: BTC-XYZ is not a "
                    "valid product"});
  EXPECT_EQ(Decoded(R"({"type":"error","message":"rate limit exceeded"})"),
            Strings{"control error slow_down [] [] rate limit exceeded"});
  EXPECT_EQ(Decoded(R"({"channel":"heartbeats","sequence_num":3,"events":[{"current_time":"x",)"
                    R"("heartbeat_counter":3049}]})"),
            (Strings{"control heartbeat none [heartbeats] [] ", "sequence connection  3 4"}));
  EXPECT_EQ(
      Decoded(R"({"channel":"subscriptions","sequence_num":1,"events":[{"subscriptions":)"
              R"({"market_trades":["BTC-USD"]}}]})"),
      (Strings{"control subscribed none [market_trades] [BTC-USD] ", "sequence connection  1 2"}));
}

TEST(CoinbaseDecoder, DamagedMessagesAreRejectedWithTheirReason) {
  EXPECT_EQ(Decoded(Match("match", "up"))[0],
            "reject bad_side -1 side 'up' is neither buy nor sell");
  EXPECT_EQ(Decoded(Match("mtch", "buy")),
            Strings{"reject unknown_message -1 a mtch of no known kind"});
  EXPECT_EQ(Decoded(R"({"type":"l2update","product_id":"A-B","time":"2021-04-17T16:43:37.0Z",)"
                    R"("changes":[["buy","1.2","x"]]})"),
            Strings{"reject bad_number -1 changes 'x' is not a number"});
  EXPECT_EQ(Decoded(R"({"type":"l2update","product_id":"A-B","time":"yesterday","changes":[]})"),
            Strings{"reject bad_time -1 time 'yesterday' is not a time in iso"});
  EXPECT_EQ(Decoded(R"({"channel":"market_trades","events":[]})"),
            (Strings{"control status none [market_trades] [] no rows",
                     "reject missing_value -1 sequence_num is missing"}));
  EXPECT_EQ(Decoded(R"({"channel":"rumours","sequence_num":1,"events":[{}]})")[0],
            "reject unknown_message -1 a rumours of no known kind");
}

TEST(CoinbaseDecoder, TheRecordingIsTakenWholeAndWithoutGaps) {
  const std::string name = "coinbase/COINBASE.ws.28.0.gz";
  TM_NEEDS_RECORDING(name);
  CoinbaseDecoder decoder;
  const EventCounts got = CountsOfRecording(decoder, name);
  // Three answers, each with the ten products of the one, two, three channels so far.
  const std::map<std::string, int> expected = {{"messages", 9946},
                                               {"book l2update", 9719},
                                               {"book ticker", 107},
                                               {"trade live", 97},
                                               {"trade history", 10},
                                               {"sequence", 107},
                                               {"book snapshot", 10},
                                               {"control subscribed level2", 30},
                                               {"control subscribed ticker", 20},
                                               {"control subscribed matches", 10}};
  EXPECT_EQ(got.counts, expected) << got.first_reject;
}

}  // namespace
}  // namespace tidemark

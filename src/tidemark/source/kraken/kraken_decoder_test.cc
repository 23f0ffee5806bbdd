#include "tidemark/source/kraken/kraken_decoder.h"

#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_testing.h"

namespace tidemark {
namespace {

Strings Decoded(std::string_view message) {
  KrakenDecoder decoder;
  return EventsOf(decoder, message);
}

TEST(KrakenDecoder, TradesOfTheFirstVersionHaveNoIdAndTheTakersSide) {
  EXPECT_EQ(
      Decoded(R"([993,[["354.04000000","0.28245396","1618678150.826417","s","m",""],)"
              R"(["353.81000000","0.00000000","1618678150.827816","s","m",""],)"
              R"(["353.8","1.5","1618678150.9","b","l",""]],"trade","XMR/USD"])"),
      (Strings{"trade XMR/USD 2021-04-17T16:49:10.826417Z id '' 0.28245396 @ 354.04 sell live",
               "reject not_positive 1 size 0 is not above 0",
               "trade XMR/USD 2021-04-17T16:49:10.900Z id '' 1.5 @ 353.8 buy live"}));
}

TEST(KrakenDecoder, ACandleOfTheFirstVersionOpensOneIntervalBeforeItsEnd) {
  EXPECT_EQ(
      Decoded(R"([42,["1542057314.748456","1542057360.000000","3586.70000","3586.80000",)"
              R"("3586.60000","3586.70000","3586.68894","0.03373000",2],"ohlc-5","XBT/USD"])"),
      Strings{"reject time_misaligned -1 time 2018-11-12T21:11:00Z is not a start of 5m "
              "candles"});
  EXPECT_EQ(
      Decoded(R"([42,["1542057314.748456","1542057360.000000","3586.70000","3586.80000",)"
              R"("3586.60000","3586.70000","3586.68894","0.03373000",2],"ohlc-1","XBT/USD"])"),
      Strings{"candle XBT/USD 1m 2018-11-12T21:15:00Z o 3586.7 h 3586.8 l 3586.6 c 3586.7 v "
              "0.03373 trades 2 unknown at 2018-11-12T21:15:14.748456Z live"});
  EXPECT_EQ(Decoded(R"([42,[],"ohlc-21600","XBT/USD"])"),
            Strings{"reject bad_interval -1 an interval '21600'"});
}

TEST(KrakenDecoder, TradesAndCandlesOfTheSecondVersion) {
  EXPECT_EQ(Decoded(R"({"channel":"trade","type":"update","data":[{"symbol":"MATIC/USD",)"
                    R"("side":"sell","price":0.5117,"qty":40.0,"ord_type":"market",)"
                    R"("trade_id":4665906,"timestamp":"2023-09-25T07:49:37.708706Z"}]})"),
            Strings{"trade MATIC/USD 2023-09-25T07:49:37.708706Z id '4665906' 40 @ 0.5117 sell "
                    "live"});
  EXPECT_EQ(Decoded(R"({"channel":"trade","type":"snapshot","data":[{"symbol":"MATIC/USD",)"
                    R"("side":"buy","price":0.5117,"qty":40,"ord_type":"market",)"
                    R"("trade_id":4665905,"timestamp":"2023-09-25T07:48:36.925533Z"}]})"),
            Strings{"trade MATIC/USD 2023-09-25T07:48:36.925533Z id '4665905' 40 @ 0.5117 buy "
                    "history"});
  EXPECT_EQ(Decoded(R"({"channel":"ohlc","type":"update","timestamp":"2023-10-04T16:26:30Z",)"
                    R"("data":[{"symbol":"MATIC/USD","open":0.5624,"high":0.5628,"low":0.5622,)"
                    R"("close":0.5627,"trades":12,"volume":30927.68066226,"vwap":0.5626,)"
                    R"("interval_begin":"2023-10-04T16:25:00.000000000Z","interval":5,)"
                    R"("timestamp":"2023-10-04T16:30:00.000000Z"}]})"),
            Strings{"candle MATIC/USD 5m 2023-10-04T16:25:00Z o 0.5624 h 0.5628 l 0.5622 c 0.5627 "
                    "v 30927.68066226 trades 12 unknown live"});
}

TEST(KrakenDecoder, ControlsOfBothVersions) {
  EXPECT_EQ(Decoded(R"({"event":"heartbeat"})"), Strings{"control heartbeat none [] [] "});
  EXPECT_EQ(Decoded(R"({"channel":"heartbeat"})"), Strings{"control heartbeat none [] [] "});
  EXPECT_EQ(Decoded(R"({"event":"pong","reqid":42})"), Strings{"control pong none [] [] "});
  EXPECT_EQ(Decoded(R"({"method":"pong","req_id":42,"time_in":"x"})"),
            Strings{"control pong none [] [] "});
  EXPECT_EQ(Decoded(R"({"connectionID":18239578009413566319,"event":"systemStatus",)"
                    R"("status":"maintenance","version":"1.8.3"})"),
            Strings{"control notice none [] [] maintenance"});
  EXPECT_EQ(Decoded(R"({"channelName":"trade","errorMessage":"Currency pair not supported X/Y",)"
                    R"("event":"subscriptionStatus","pair":"X/Y","status":"error"})"),
            Strings{"control error drop_symbol [trade] [X/Y] Currency pair not supported X/Y"});
  EXPECT_EQ(Decoded(R"({"event":"error","errorMessage":"Exceeded msg rate"})"),
            Strings{"control error slow_down [] [] Exceeded msg rate"});
  EXPECT_EQ(Decoded(R"({"method":"subscribe","result":{"channel":"trade","symbol":"A/B"},)"
                    R"("success":true,"time_in":"x"})"),
            Strings{"control subscribed none [trade] [A/B] "});
  EXPECT_EQ(Decoded(R"({"error":"Currency pair not supported A/X","method":"subscribe",)"
                    R"("success":false,"symbol":"A/X"})"),
            Strings{"control error drop_symbol [] [A/X] Currency pair not supported A/X"});
  EXPECT_EQ(Decoded(R"({"channel":"status","type":"update","data":[{"api_version":"v2",)"
                    R"("connection_id":13834774380200032777,"system":"online"}]})"),
            Strings{"control status none [status] [] online"});
}

TEST(KrakenDecoder, DamagedMessagesAreRejectedWithTheirReason) {
  EXPECT_EQ(Decoded("[1,2]"), Strings{"reject field_count -1 a list of 2"});
  EXPECT_EQ(Decoded(R"([1,[],"trade",""])"), Strings{"reject bad_symbol -1 pair is missing"});
  EXPECT_EQ(Decoded(R"([1,[],"trade","A/B"])"),
            Strings{"control status none [trade] [A/B] no rows"});
  EXPECT_EQ(Decoded(R"([1,[["1","1","now","b","l",""]],"trade","A/B"])"),
            Strings{"reject bad_time 0 time 'now' is not a time in s"});
  EXPECT_EQ(Decoded(R"([1,{"c":"1"},"book-10","A/B"])"),
            Strings{"reject bad_record -1 neither snapshot nor update"});
  EXPECT_EQ(Decoded(R"([1,{"a":[["1","1"]]},"book-10","A/B"])"),
            Strings{"reject field_count -1 a level of a has 2 fields"});
  EXPECT_EQ(Decoded(R"({"event":"x"})"), Strings{"reject unknown_message -1 a x of no known kind"});
  EXPECT_EQ(Decoded(R"({"channel":"trade","type":"update","data":{}})"),
            Strings{"reject missing_value -1 data is not a list"});
}

TEST(KrakenDecoder, TheRecordingsAreTakenWhole) {
  using Counts = std::map<std::string, int>;
  const std::pair<std::string, Counts> recordings[] = {
      {"kraken/KRAKEN.ws.48.0",
       {{"messages", 49},
        {"control heartbeat ", 30},
        {"control subscribed trade", 10},
        {"trade live", 10},
        {"control status ", 1}}},
      {"kraken/KRAKEN.ws.49.0",
       {{"messages", 60},
        {"control heartbeat ", 31},
        {"control subscribed ticker", 10},
        {"book ticker", 18},
        {"control status ", 1}}},
      {"kraken/KRAKEN.ws.50.0.gz",
       {{"messages", 4321},
        {"control heartbeat ", 31},
        {"control subscribed book-1000", 10},
        {"book book update", 4269},
        {"book book snapshot", 10},
        {"control status ", 1}}},
  };
  for (const auto& [name, expected] : recordings) {
    TM_NEEDS_RECORDING(name);
    KrakenDecoder decoder;
    const EventCounts got = CountsOfRecording(decoder, name);
    EXPECT_EQ(got.counts, expected) << name << " " << got.first_reject;
  }
}

}  // namespace
}  // namespace tidemark

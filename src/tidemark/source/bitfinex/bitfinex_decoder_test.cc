#include "tidemark/source/bitfinex/bitfinex_decoder.h"

#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_testing.h"

namespace tidemark {
namespace {

class BitfinexDecoderTest : public testing::Test {
 protected:
  Strings Decoded(std::string_view message) { return EventsOf(decoder_, message); }
  void Open(std::string_view rest) {
    (void)Decoded(fmt::format(R"({{"event":"subscribed","chanId":5,{}}})", rest));
  }
  BitfinexDecoder decoder_;
};

TEST_F(BitfinexDecoderTest, ATradeCountsWhenItIsBookedAndItsSignIsTheTakersSide) {
  Open(R"("channel":"trades","symbol":"tBTCUSD","pair":"BTCUSD")");
  EXPECT_EQ(Decoded(R"([5,"te",[401597395,1574694478808,0.005,7245.3]])"),
            Strings{"book te tBTCUSD"});
  EXPECT_EQ(Decoded(R"([5,"tu",[401597395,1574694478808,0.005,7245.3]])"),
            Strings{"trade tBTCUSD 2019-11-25T15:07:58.808Z id '401597395' 0.005 @ 7245.3 buy "
                    "live"});
  EXPECT_EQ(Decoded(R"([5,"tu",[401597396,1574694478808,-2.5,7245]])"),
            Strings{"trade tBTCUSD 2019-11-25T15:07:58.808Z id '401597396' 2.5 @ 7245 sell live"});
}

TEST_F(BitfinexDecoderTest, ASnapshotIsHistoryAndLosesOnlyItsBadRows) {
  Open(R"("channel":"trades","symbol":"tBTCUSD")");
  EXPECT_EQ(Decoded(R"([5,[[1,1574694478808,0.005,7245.3],[2,1574694478808,0,7245.3],)"
                    R"([3,1574694478809,-1,7245.3]]])"),
            (Strings{"trade tBTCUSD 2019-11-25T15:07:58.808Z id '1' 0.005 @ 7245.3 buy history",
                     "reject not_positive 1 amount is 0",
                     "trade tBTCUSD 2019-11-25T15:07:58.809Z id '3' 1 @ 7245.3 sell history"}));
  EXPECT_EQ(Decoded("[5,[]]"), Strings{"control status none [trades] [tBTCUSD] no rows"});
}

TEST_F(BitfinexDecoderTest, CandlesNameIntervalAndSymbolInTheirKey) {
  EXPECT_EQ(Decoded(R"({"event":"subscribed","channel":"candles","chanId":5,)"
                    R"("key":"trade:1m:tBTCUSD"})"),
            Strings{"control subscribed none [candles] [tBTCUSD] "});
  EXPECT_EQ(Decoded(R"([5,[1574698260000,7379.785,7383.8,7388.3,7379.7,1.68829482]])"),
            Strings{"candle tBTCUSD 1m 2019-11-25T16:11:00Z o 7379.785 h 7388.3 l 7379.7 c 7383.8 "
                    "v 1.68829482 unknown live"});
  EXPECT_EQ(Decoded(R"([5,[[1574698200000,7399.9,7379.7,7399.9,7371.8,41.63633658]]])"),
            Strings{"candle tBTCUSD 1m 2019-11-25T16:10:00Z o 7399.9 h 7399.9 l 7371.8 c 7379.7 v "
                    "41.63633658 unknown history"});
  EXPECT_EQ(Decoded(R"({"event":"subscribed","channel":"candles","chanId":6,)"
                    R"("key":"trade:14D:tBTCUSD"})"),
            Strings{"reject bad_interval -1 an interval '14D'"});
}

TEST_F(BitfinexDecoderTest, SequenceNumbersAreReadOnceTheVenueConfirmedThem) {
  EXPECT_EQ(Decoded(R"([7,"hb"])"), Strings{"control heartbeat none [] [] "});
  EXPECT_EQ(Decoded(R"({"event":"conf","status":"OK","flags":65536})"),
            Strings{"control status none [] [] conf"});
  Open(R"("channel":"trades","symbol":"tBTCUSD")");
  EXPECT_EQ(Decoded(R"([7,"hb",12])"),
            (Strings{"control heartbeat none [] [] ", "sequence connection  12 13"}));
  EXPECT_EQ(Decoded(R"([5,"tu",[1,1574694478808,1,1],13])")[1], "sequence connection  13 14");
  EXPECT_EQ(Decoded(R"([5,"hb"])"),
            (Strings{"control heartbeat none [trades] [tBTCUSD] ",
                     "reject missing_value -1 the sequence number is missing"}));
}

TEST_F(BitfinexDecoderTest, ControlsSayWhatToDo) {
  EXPECT_EQ(Decoded(R"({"event":"info","version":2,"serverId":"x","platform":{"status":1}})"),
            Strings{"control status none [] [] info"});
  EXPECT_EQ(Decoded(R"({"event":"info","version":2,"platform":{"status":0}})"),
            Strings{"control notice slow_down [] [] maintenance"});
  EXPECT_EQ(Decoded(R"({"event":"info","code":20051,"msg":"Stopping"})"),
            Strings{"control notice reconnect [] [] 20051: Stopping"});
  EXPECT_EQ(Decoded(R"({"event":"info","code":20060,"msg":"Maintenance"})"),
            Strings{"control notice slow_down [] [] 20060: Maintenance"});
  EXPECT_EQ(Decoded(R"({"event":"info","code":20061,"msg":"Done"})"),
            Strings{"control notice resubscribe [] [] 20061: Done"});
  EXPECT_EQ(Decoded(R"({"event":"error","code":10300,"msg":"symbol: invalid","channel":"trades",)"
                    R"("symbol":"tXXXYYY"})"),
            Strings{"control error drop_symbol [trades] [tXXXYYY] 10300: symbol: invalid"});
  EXPECT_EQ(Decoded(R"({"event":"pong","ts":1511545528111,"cid":1})"),
            Strings{"control pong none [] [] "});
  Open(R"("channel":"trades","symbol":"tBTCUSD")");
  EXPECT_EQ(Decoded(R"({"event":"unsubscribed","status":"OK","chanId":5})"),
            Strings{"control unsubscribed none [trades] [tBTCUSD] "});
  EXPECT_EQ(Decoded(R"([5,"tu",[1,1574694478808,1,1]])"),
            Strings{"reject unknown_message -1 channel 5 was not named"});
}

TEST_F(BitfinexDecoderTest, DamagedMessagesAreRejectedWithTheirReason) {
  Open(R"("channel":"book","symbol":"tBTCUSD")");
  EXPECT_EQ(Decoded(R"([5,[7254.7,3,3.3]])"), Strings{"book book update tBTCUSD"});
  EXPECT_EQ(Decoded(R"([5,[7254.7,3]])"),
            Strings{"reject field_count -1 a level of book has 2 fields"});
  EXPECT_EQ(Decoded(R"([5,[[1,2,-3],[1,"x",3]]])"),
            Strings{"reject bad_number -1 book 'x' is not a number"});
  (void)Decoded(R"({"event":"subscribed","channel":"trades","chanId":9})");
  EXPECT_EQ(Decoded(R"([9,"tu",[1,1574694478808,1,1]])"),
            Strings{"reject bad_symbol -1 no symbol"});
  EXPECT_EQ(Decoded("[]"), Strings{"reject field_count -1 no channel id and payload"});
  EXPECT_EQ(Decoded(R"([5,"zz",[]])"), Strings{"reject unknown_message -1 a zz of no known kind"});
  EXPECT_EQ(Decoded(R"({"event":"subscribed","channel":"trades"})"),
            Strings{"reject missing_value -1 chanId is missing"});
}

TEST_F(BitfinexDecoderTest, TheRecordingIsTakenWholeAndWithoutGaps) {
  const std::string name = "bitfinex/BITFINEX.ws.11.0";
  TM_NEEDS_RECORDING(name);
  const EventCounts got = CountsOfRecording(decoder_, name);
  // 30 trades in each of the seven snapshots; two heartbeats come before their channel's name.
  const std::map<std::string, int> expected = {{"messages", 1693},
                                               {"book book update", 1593},
                                               {"book book snapshot", 7},
                                               {"book ticker", 21},
                                               {"trade history", 210},
                                               {"control subscribed book", 7},
                                               {"control subscribed ticker", 7},
                                               {"control subscribed trades", 7},
                                               {"control heartbeat trades", 14},
                                               {"control heartbeat ticker", 14},
                                               {"control heartbeat book", 12},
                                               {"control heartbeat ", 2},
                                               {"control status ", 2},
                                               {"sequence", 1670}};
  EXPECT_EQ(got.counts, expected) << got.first_reject;
}

}  // namespace
}  // namespace tidemark

#include "tidemark/source/bybit/bybit_decoder.h"

#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_testing.h"

namespace tidemark {
namespace {

Strings Decoded(std::string_view message) {
  BybitDecoder decoder;
  return EventsOf(decoder, message);
}

TEST(BybitDecoder, TradesOfBothVersionsHaveTheTakersSideAndTheVenuesSequence) {
  EXPECT_EQ(Decoded(R"({"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,)"
                    R"("data":[{"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001",)"
                    R"("p":"16578.50","L":"PlusTick","i":"20f43950","BT":false,"seq":178316}]})"),
            Strings{"trade BTCUSDT 2022-12-29T09:01:26.865Z id '20f43950' sequence 178316 0.001 @ "
                    "16578.5 buy live"});
  EXPECT_EQ(Decoded(R"({"topic":"trade.BTCUSD","data":[{"trade_time_ms":1618677786614,)"
                    R"("timestamp":"2021-04-17T16:43:06.000Z","symbol":"BTCUSD","side":"Sell",)"
                    R"("size":4,"price":60621.5,"trade_id":"5f-b","cross_seq":59389},)"
                    R"({"trade_time_ms":"1618677786614","symbol":"BTCUSDT","side":"Buy",)"
                    R"("size":0.14,"price":"1053.90","trade_id":"6"},)"
                    R"({"trade_time_ms":0,"symbol":"BTCUSDT","side":"Buy","size":1,)"
                    R"("price":"1","trade_id":"7"}]})"),
            (Strings{"trade BTCUSD 2021-04-17T16:43:06.614Z id '5f-b' sequence 59389 4 @ 60621.5 "
                     "sell live",
                     "trade BTCUSDT 2021-04-17T16:43:06.614Z id '6' 0.14 @ 1053.9 buy live",
                     "reject time_out_of_range 2 trade_time_ms 0 is before 2009-01-03"}));
}

TEST(BybitDecoder, AKlineSaysWhetherItIsClosed) {
  EXPECT_EQ(Decoded(R"({"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,)"
                    R"("end":1672325099999,"interval":"5","open":"16649.5","close":"16677",)"
                    R"("high":"16677","low":"16608","volume":"2.081","turnover":"34666.4005",)"
                    R"("confirm":false,"timestamp":1672324988882}],"ts":1672324988882,)"
                    R"("type":"snapshot"})"),
            Strings{"candle BTCUSDT 5m 2022-12-29T14:40:00Z o 16649.5 h 16677 l 16608 c 16677 v "
                    "2.081 open at 2022-12-29T14:43:08.882Z live"});
}

TEST(BybitDecoder, ControlsSayWhatToDo) {
  EXPECT_EQ(Decoded(R"({"success":true,"ret_msg":"subscribe","conn_id":"x","req_id":"9",)"
                    R"("op":"subscribe"})"),
            Strings{"control subscribed none [] [] 9"});
  EXPECT_EQ(Decoded(R"({"success":true,"ret_msg":"","conn_id":"x","request":{"op":"subscribe",)"
                    R"("args":["trade.BCHUSDT"]}})"),
            Strings{"control subscribed none [trade] [BCHUSDT] "});
  EXPECT_EQ(Decoded(R"({"success":true,"ret_msg":"pong","conn_id":"x","op":"ping"})"),
            Strings{"control pong none [] [] "});
  EXPECT_EQ(Decoded(R"({"req_id":"t","op":"pong","args":["1675418560633"],"conn_id":"c"})"),
            Strings{"control pong none [] [] "});
  EXPECT_EQ(Decoded(R"({"success":false,"ret_msg":"error:handler not found","op":"subscribe"})"),
            Strings{"control error drop_symbol [] [] error:handler not found"});
  EXPECT_EQ(Decoded(R"({"success":false,"ret_msg":"Too many visits!","op":"subscribe"})"),
            Strings{"control error slow_down [] [] Too many visits!"});
}

TEST(BybitDecoder, BooksAreCheckedAndDamageIsNamed) {
  EXPECT_EQ(Decoded(R"({"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1,"data":)"
                    R"({"s":"BTCUSDT","b":[["1","0"]],"a":[],"u":17,"seq":3}})"),
            Strings{"book orderbook BTCUSDT"});
  EXPECT_EQ(Decoded(R"({"topic":"orderBookL2_25.X","type":"delta","cross_seq":1,"data":)"
                    R"({"delete":[],"update":[{"price":"1","id":1}],"insert":[]}})"),
            Strings{"reject missing_value -1 size is missing"});
  EXPECT_EQ(Decoded(R"({"topic":"publicTrade.BTCUSDT","data":{}})"),
            Strings{"reject missing_value -1 data is not a list"});
  EXPECT_EQ(Decoded(R"({"topic":"rumour.X"})"),
            Strings{"reject unknown_message -1 a rumour of no known kind"});
  EXPECT_EQ(Decoded(R"({"success":1})"),
            Strings{"reject unknown_message -1 a message of no known kind"});
}

TEST(BybitDecoder, TheRecordingsAreTakenWhole) {
  using Counts = std::map<std::string, int>;
  // Trades come several a message: 101 in 66, 150 in 76.
  const std::pair<std::string, Counts> recordings[] = {
      {"bybit/BYBIT.ws.25.0.gz",
       {{"messages", 3342},
        {"book orderBookL2 delta", 3252},
        {"book orderBookL2 snapshot", 8},
        {"trade live", 101},
        {"control subscribed trade", 8},
        {"control subscribed orderBookL2_25", 8}}},
      {"bybit/BYBIT.ws.26.0.gz",
       {{"messages", 1098},
        {"book orderBookL2 delta", 1016},
        {"book orderBookL2 snapshot", 2},
        {"trade live", 150},
        {"control subscribed trade", 2},
        {"control subscribed orderBookL2_25", 2}}},
  };
  for (const auto& [name, expected] : recordings) {
    TM_NEEDS_RECORDING(name);
    BybitDecoder decoder;
    const EventCounts got = CountsOfRecording(decoder, name);
    EXPECT_EQ(got.counts, expected) << name << " " << got.first_reject;
  }
}

}  // namespace
}  // namespace tidemark

#include "tidemark/source/gemini/gemini_decoder.h"

#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_testing.h"

namespace tidemark {
namespace {

Strings Decoded(std::string_view message, std::string symbol = "") {
  GeminiDecoder decoder(std::move(symbol));
  return EventsOf(decoder, message);
}

TEST(GeminiDecoder, ATradeIsLiveAndPastTradesBesideABookAreHistory) {
  constexpr std::string_view kTrade =
      R"({"type":"trade","symbol":"ANKRUSD","event_id":45465818387,"timestamp":1624493670759,)"
      R"("price":"0.07946","quantity":"1020.482111","side":"buy"})";
  EXPECT_EQ(Decoded(kTrade),
            Strings{"trade ANKRUSD 2021-06-24T00:14:30.759Z id '45465818387' 1020.482111 @ 0.07946 "
                    "buy live"});
  EXPECT_EQ(Decoded(fmt::format(R"({{"type":"l2_updates","symbol":"ANKRUSD","changes":[["buy",)"
                                R"("1","2"]],"trades":[{},{{"type":"trade"}}]}})",
                                kTrade)),
            (Strings{"book l2_updates ANKRUSD",
                     "trade ANKRUSD 2021-06-24T00:14:30.759Z id '45465818387' 1020.482111 @ "
                     "0.07946 buy history",
                     "reject bad_symbol 1 symbol is missing"}));
}

TEST(GeminiDecoder, TheFirstCandlesOfASymbolAreHistory) {
  GeminiDecoder decoder;
  constexpr char kCandle[] =
      R"({"type":"candles_15m_updates","symbol":"BTCUSD","changes":[[1561054500000,9350.18,)"
      R"(9358.35,9350.18,9355.51,2.07]]})";
  EXPECT_EQ(EventsOf(decoder, kCandle),
            Strings{"candle BTCUSD 15m 2019-06-20T18:15:00Z o 9350.18 h 9358.35 l 9350.18 c "
                    "9355.51 v 2.07 unknown history"});
  EXPECT_EQ(EventsOf(decoder, kCandle),
            Strings{"candle BTCUSD 15m 2019-06-20T18:15:00Z o 9350.18 h 9358.35 l 9350.18 c "
                    "9355.51 v 2.07 unknown live"});
}

TEST(GeminiDecoder, TheFirstVersionTellsTheMakersSideAndCountsItsMessages) {
  constexpr char kUpdate[] =
      R"({"type":"update","eventId":5375547515,"timestamp":1547760288,"timestampms":1547760288001,)"
      R"("socket_sequence":15,"events":[{"type":"trade","tid":5375547515,"price":"3632.54",)"
      R"("amount":"0.1362819142","makerSide":"ask"},{"type":"change","side":"ask",)"
      R"("price":"3632.54","remaining":"0","reason":"trade","delta":"-0.1"}]})";
  EXPECT_EQ(Decoded(kUpdate, "btcusd"),
            (Strings{"trade btcusd 2019-01-17T21:24:48.001Z id '5375547515' 0.1362819142 @ 3632.54 "
                     "buy live",
                     "book change btcusd", "sequence connection  15 16"}));
  EXPECT_EQ(Decoded(kUpdate)[0], "reject bad_symbol 0 symbol is missing");
  EXPECT_EQ(Decoded(R"({"type":"update","timestampms":1547760288001,"socket_sequence":0,"events":)"
                    R"([{"type":"trade","symbol":"ETHUSD","tid":1,"price":"1","amount":"2",)"
                    R"("makerSide":"auction"}]})"),
            (Strings{"trade ETHUSD 2019-01-17T21:24:48.001Z id '1' 2 @ 1  history",
                     "sequence connection  0 1"}));
  EXPECT_EQ(Decoded(R"({"type":"heartbeat","socket_sequence":16})"),
            (Strings{"control heartbeat none [] [] ", "sequence connection  16 17"}));
}

TEST(GeminiDecoder, RefusalsSayWhatToDoAndDamageIsNamed) {
  EXPECT_EQ(Decoded(R"({"result":"error","reason":"InvalidSymbol","message":"no such"})"),
            Strings{"control error drop_symbol [] [] InvalidSymbol: no such"});
  EXPECT_EQ(Decoded(R"({"result":"error","reason":"Maintenance","message":"x"})"),
            Strings{"control error reconnect [] [] Maintenance: x"});
  EXPECT_EQ(Decoded(R"({"type":"l2_updates","symbol":"A","changes":[["buy","1"]]})"),
            Strings{"reject field_count -1 a level of changes has 2 fields"});
  EXPECT_EQ(Decoded(R"({"type":"candles_2y_updates","symbol":"A","changes":[[1]]})"),
            Strings{"reject bad_interval 0 an interval '2y'"});
  EXPECT_EQ(Decoded(R"({"type":"update","events":[]})"),
            (Strings{"control status none [update] [] no rows",
                     "reject missing_value -1 socket_sequence is missing"}));
  EXPECT_EQ(Decoded(R"({"type":"x"})"), Strings{"reject unknown_message -1 a x of no known kind"});
}

TEST(GeminiDecoder, TheRecordingIsTakenWhole) {
  const std::string name = "gemini/GEMINI.ws.1.0.gz";
  TM_NEEDS_RECORDING(name);
  GeminiDecoder decoder;
  const EventCounts got = CountsOfRecording(decoder, name);
  const std::map<std::string, int> expected = {{"messages", 678},
                                               {"book l2_updates", 655},
                                               {"trade history", 500},
                                               {"trade live", 16},
                                               {"control heartbeat ", 7}};
  EXPECT_EQ(got.counts, expected) << got.first_reject;
}

}  // namespace
}  // namespace tidemark

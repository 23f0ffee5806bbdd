#include "tidemark/source/okx/okx_decoder.h"

#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_testing.h"

namespace tidemark {
namespace {

Strings Decoded(std::string_view message) {
  OkxDecoder decoder;
  return EventsOf(decoder, message);
}

std::string Data(std::string_view channel, std::string_view symbol, std::string_view rows) {
  return fmt::format(R"({{"arg":{{"channel":"{}","instId":"{}"}},"data":[{}]}})", channel, symbol,
                     rows);
}

TEST(OkxDecoder, ARowOfTradesStandsForAllIdsItCounts) {
  EXPECT_EQ(Decoded(Data("trades", "BTC-USDT",
                         R"({"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9",)"
                         R"("sz":"0.12060306","side":"buy","ts":"1630048897897","count":"3"})")),
            (Strings{"trade BTC-USDT 2021-08-27T07:21:37.897Z id '130639474' 0.12060306 @ 42219.9 "
                     "buy live",
                     "sequence trade BTC-USDT 130639472 130639475"}));
  EXPECT_EQ(Decoded(Data("trades-all", "BTC-USDT",
                         R"({"instId":"BTC-USDT","tradeId":"7","px":"1","sz":"x","side":"sell",)"
                         R"("ts":"1630048897897"},{"instId":"BTC-USDT","tradeId":"8","px":"1",)"
                         R"("sz":"2","side":"sell","ts":"1630048897897"})")),
            (Strings{"reject bad_number 0 sz 'x' is not a number", "sequence trade BTC-USDT 7 8",
                     "trade BTC-USDT 2021-08-27T07:21:37.897Z id '8' 2 @ 1 sell live",
                     "sequence trade BTC-USDT 8 9"}));
}

TEST(OkxDecoder, ACandlesVolumeIsInBaseCurrency) {
  constexpr char kRow[] = R"(["1629993600000","42500","48199.9","41006.1","41006.1","3587.4",)"
                          R"("166741.02","166741","1"])";
  EXPECT_EQ(Decoded(Data("candle1Dutc", "BTC-USDT",
                         R"(["1630022400000","1","2","1","2","3","4",)"
                         R"("5","0"])")),
            Strings{"candle BTC-USDT 1d 2021-08-27T00:00:00Z o 1 h 2 l 1 c 2 v 3 open live"});
  EXPECT_EQ(Decoded(Data("candle1H", "BTC-USDT-SWAP", kRow)),
            Strings{"candle BTC-USDT-SWAP 1h 2021-08-26T16:00:00Z o 42500 h 48199.9 l 41006.1 c "
                    "41006.1 v 166741.02 closed live"});
  EXPECT_EQ(Decoded(Data("candle1D", "BTC-USDT", kRow))[0].substr(0, 22), "reject time_misaligned");
  EXPECT_EQ(Decoded(Data("candle3Mutc", "BTC-USDT", kRow)),
            Strings{"reject bad_interval 0 an interval '3Mutc'"});
}

TEST(OkxDecoder, ControlsSayWhatToDo) {
  EXPECT_EQ(Decoded("pong"), Strings{"control pong none [] [] "});
  EXPECT_EQ(Decoded(R"({"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"},)"
                    R"("connId":"a4d3ae55"})"),
            Strings{"control subscribed none [trades] [BTC-USDT] "});
  EXPECT_EQ(Decoded(R"({"event":"unsubscribe","arg":{"channel":"trades","instId":"BTC-USDT"}})"),
            Strings{"control unsubscribed none [trades] [BTC-USDT] "});
  EXPECT_EQ(Decoded(R"({"event":"error","code":"60018","msg":"no such channel","connId":"a"})"),
            Strings{"control error drop_symbol [] [] 60018: no such channel"});
  EXPECT_EQ(Decoded(R"({"event":"error","code":"60014","msg":"Requests too frequent"})"),
            Strings{"control error slow_down [] [] 60014: Requests too frequent"});
  EXPECT_EQ(Decoded(R"({"event":"notice","code":"64008","msg":"service upgrade","connId":"a"})"),
            Strings{"control notice reconnect [] [] 64008: service upgrade"});
  EXPECT_EQ(Decoded(R"({"event":"channel-conn-count","channel":"orders","connCount":"2"})"),
            Strings{"control status none [orders] [] 2"});
}

TEST(OkxDecoder, DamagedMessagesAreRejectedWithTheirReason) {
  EXPECT_EQ(Decoded("ping")[0].substr(0, 25), "reject bad_record -1 not ");
  EXPECT_EQ(Decoded(R"({"event":"x"})"), Strings{"reject unknown_message -1 a x of no known kind"});
  EXPECT_EQ(Decoded(Data("trades", "BTC-USDT", "")),
            Strings{"control status none [trades] [BTC-USDT] no rows"});
  EXPECT_EQ(Decoded(Data("books5", "BTC-USDT",
                         R"({"asks":[["1","2"]],"bids":[],)"
                         R"("ts":"1630048897897"})")),
            Strings{"reject field_count 0 a level of asks has 2 fields"});
}

TEST(OkxDecoder, TheRecordingIsTakenWholeAndWithoutGaps) {
  const std::string name = "okx/OKX.ws.1.0.gz";
  TM_NEEDS_RECORDING(name);
  OkxDecoder decoder;
  const EventCounts got = CountsOfRecording(decoder, name);
  const std::map<std::string, int> expected = {{"messages", 410},
                                               {"book books update", 287},
                                               {"book books snapshot", 3},
                                               {"book tickers", 28},
                                               {"trade live", 74},
                                               {"sequence", 74},
                                               {"control subscribed tickers", 9},
                                               {"control subscribed trades", 6},
                                               {"control subscribed books", 3}};
  EXPECT_EQ(got.counts, expected) << got.first_reject;
}

}  // namespace
}  // namespace tidemark

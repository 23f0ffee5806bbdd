#include "tidemark/source/binance/binance_decoder.h"

#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_testing.h"

namespace tidemark {
namespace {

Strings Decoded(std::string_view message) {
  BinanceDecoder decoder;
  return EventsOf(decoder, message);
}

constexpr char kTrade[] =
    R"({"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100",)"
    R"("T":1672515782136,"m":true,"M":true})";

TEST(BinanceDecoder, ATradeWhoseBuyerIsTheMakerIsASell) {
  EXPECT_EQ(Decoded(kTrade),
            (Strings{"trade BNBBTC 2022-12-31T19:43:02.136Z id '12345' 100 @ 0.001 sell live",
                     "sequence trade BNBBTC 12345 12346"}));
}

TEST(BinanceDecoder, AnAggregateOfACombinedStreamInMicroseconds) {
  EXPECT_EQ(Decoded(R"({"stream":"bnbbtc@aggTrade","data":{"e":"aggTrade","E":1672515782136123,)"
                    R"("s":"BNBBTC","a":7,"p":"0.00100000","q":"2.5","f":100,"l":105,)"
                    R"("T":1672515782136999,"m":false,"M":true}})"),
            (Strings{"trade BNBBTC 2022-12-31T19:43:02.136999Z id '7' 2.5 @ 0.001 buy live",
                     "sequence aggregate BNBBTC 7 8"}));
}

TEST(BinanceDecoder, AKlineSaysItsTradesAndWhetherItIsClosed) {
  const auto kline = [](std::string_view interval, std::string_view closed,
                        std::string_view open = "13.72", std::string_view t = "1633998240000") {
    return fmt::format(
        R"({{"e":"kline","E":1633998288469,"s":"OMGBUSD","k":{{"t":{},"T":1633998299999,)"
        R"("s":"OMGBUSD","i":"{}","f":439572,"L":439577,"o":"{}","c":"13.80","h":"13.90",)"
        R"("l":"13.60","v":"183.49000000","n":6,"x":{},"q":"2519.85"}}}})",
        t, interval, open, closed);
  };
  EXPECT_EQ(Decoded(kline("1m", "false")),
            Strings{"candle OMGBUSD 1m 2021-10-12T00:24:00Z o 13.72 h 13.9 l 13.6 c 13.8 v 183.49 "
                    "trades 6 open at 2021-10-12T00:24:48.469Z live"});
  EXPECT_EQ(Decoded(kline("1m", "true"))[0].find("closed") != std::string::npos, true);
  EXPECT_EQ(Decoded(kline("3d", "true")), Strings{"reject bad_interval -1 an interval '3d'"});
  EXPECT_EQ(Decoded(kline("1m", "true", "14"))[0].substr(0, 22), "reject high_below_body");
  EXPECT_EQ(Decoded(kline("1h", "true"))[0].substr(0, 22), "reject time_misaligned");
  EXPECT_EQ(Decoded(kline("1M", "true", "13.7", "1633046400000"))[0].substr(0, 18),
            "candle OMGBUSD 1mo");
}

TEST(BinanceDecoder, ControlsSayWhatToDo) {
  EXPECT_EQ(Decoded(R"({"result":null,"id":3})"), Strings{"control subscribed none [] [] 3"});
  EXPECT_EQ(Decoded(R"({"result":["btcusdt@aggTrade"],"id":3})"),
            Strings{"control status none [] [] [\"btcusdt@aggTrade\"]"});
  EXPECT_EQ(Decoded(R"({"error":{"code":2,"msg":"Invalid request"},"id":"a"})"),
            Strings{"control error drop_symbol [] [] 2: Invalid request (request a)"});
  EXPECT_EQ(Decoded(R"({"code":-1003,"msg":"Too many requests"})"),
            Strings{"control error slow_down [] [] -1003: Too many requests (request )"});
  EXPECT_EQ(Decoded(R"({"e":"serverShutdown","E":1770123456789})"),
            Strings{"control notice reconnect [] [] serverShutdown"});
  EXPECT_EQ(Decoded(R"({"event":{"e":"serverShutdown","E":1770123456789}})"),
            Strings{"control notice reconnect [] [] serverShutdown"});
}

TEST(BinanceDecoder, BooksAndTickersAreCheckedAndCounted) {
  EXPECT_EQ(Decoded(R"({"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":157,"u":160,)"
                    R"("b":[["0.0024","10"]],"a":[]})"),
            Strings{"book depthUpdate BNBBTC"});
  EXPECT_EQ(Decoded(R"({"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":161,"u":160,)"
                    R"("b":[],"a":[]})"),
            Strings{"reject bad_record -1 update ids 161 to 160"});
  EXPECT_EQ(Decoded(R"({"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":157,"u":160,)"
                    R"("b":[["0.0024"]],"a":[]})"),
            Strings{"reject field_count -1 a level of b has 1 fields"});
  EXPECT_EQ(Decoded(R"({"u":400,"s":"BNBUSDT","b":"25.3","B":"31.2","a":"25.4","A":"40.6"})"),
            Strings{"book bookTicker BNBUSDT"});
  EXPECT_EQ(Decoded(R"({"stream":"btcusdt@depth5","data":{"lastUpdateId":160,)"
                    R"("bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}})"),
            Strings{"book depth btcusdt"});
  EXPECT_EQ(Decoded(R"({"e":"24hrTicker","E":123456789,"s":"BNBBTC"})"),
            Strings{"book 24hrTicker BNBBTC"});
  EXPECT_EQ(Decoded(R"([{"e":"24hrMiniTicker","s":"BNBBTC"}])"), Strings{"book 24hrMiniTicker "});
}

TEST(BinanceDecoder, ADamagedFieldRejectsTheTradeWithItsReason) {
  const auto with = [](std::string_view from, std::string_view to) {
    std::string text = kTrade;
    text.replace(text.find(from), from.size(), to);
    return Decoded(text)[0];
  };
  EXPECT_EQ(with(R"("0.001")", R"("0")"), "reject not_positive -1 p 0 is not above 0");
  EXPECT_EQ(with(R"("0.001")", R"("x")"), "reject bad_number -1 p 'x' is not a number");
  EXPECT_EQ(with(R"("0.001")", R"("nan")"), "reject bad_number -1 p 'nan' is not a number");
  EXPECT_EQ(with(R"("p":"0.001",)", ""), "reject missing_value -1 p is missing");
  EXPECT_EQ(with(R"("100")", R"("17592186044416")"),
            "reject out_of_range -1 q 17592186044416 is 2^44 or more");
  EXPECT_EQ(with(R"("T":1672515782136)", R"("T":1230000000000)"),
            "reject time_out_of_range -1 T 1230000000000000 is before 2009-01-03");
  EXPECT_EQ(with(R"("T":1672515782136)", R"("T":"soon")"),
            "reject bad_time -1 T 'soon' is not a time in ms or us");
  EXPECT_EQ(with(R"("m":true)", R"("m":1)"), "reject missing_value -1 m is neither true nor false");
  EXPECT_EQ(with(R"("s":"BNBBTC")", R"("s":"")"), "reject bad_symbol -1 s is missing");
  EXPECT_EQ(with(R"("e":"trade")", R"("e":"tirade")"),
            "reject unknown_message -1 a tirade of no known kind");
  EXPECT_EQ(with(R"({"e")", R"("e")").substr(0, 29), "reject bad_record -1 not JSON");
  EXPECT_EQ(Decoded("")[0], "reject bad_record -1 a message of 0 bytes");
  EXPECT_EQ(Decoded("{}")[0], "reject unknown_message -1 a message of no known kind");
  EXPECT_EQ(Decoded(R"({"stream":"a@trade"})")[0], "reject missing_value -1 data is missing");
}

TEST(BinanceDecoder, TheRecordingsAreTakenWholeAndWithoutGaps) {
  using Counts = std::map<std::string, int>;
  const std::pair<std::string, Counts> recordings[] = {
      {"binance/BINANCE.ws.1.0",
       {{"messages", 265},
        {"book depthUpdate", 177},
        {"book bookTicker", 84},
        {"trade live", 2},
        {"sequence", 2},
        {"candle open", 2}}},
      {"binance_us/BINANCE_US.ws.1.0",
       {{"messages", 480},
        {"book depthUpdate", 336},
        {"book bookTicker", 128},
        {"trade live", 11},
        {"sequence", 11},
        {"candle open", 4},
        {"candle closed", 1}}},
      {"binance_futures/BINANCE_FUTURES.ws.1.0.gz",
       {{"messages", 1535},
        {"book depthUpdate", 764},
        {"book bookTicker", 613},
        {"trade live", 91},
        {"sequence", 91},
        {"candle open", 63},
        {"candle closed", 4}}},
  };
  for (const auto& [name, expected] : recordings) {
    TM_NEEDS_RECORDING(name);
    BinanceDecoder decoder;
    const EventCounts got = CountsOfRecording(decoder, name);
    EXPECT_EQ(got.counts, expected) << name << " " << got.first_reject;
  }
}

}  // namespace
}  // namespace tidemark

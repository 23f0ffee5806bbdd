// Every layout a file of trades may have, small: the rows field by field.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tidemark/source/file/reader_testing.h"

namespace tidemark {
namespace {

using testing_support::Read;
using testing_support::ReadResult;
using testing_support::TestOptions;
using testing_support::TradeOf;

// "series time id price size side sequence" of every trade.
std::vector<std::string> Shown(const ReadResult& got) {
  EXPECT_TRUE(got.summary) << got.summary.error().message();
  EXPECT_EQ(got.rejects.size(), 0u) << (got.rejects.empty() ? "" : got.rejects[0].message);
  EXPECT_TRUE(got.summary && got.summary->trades);
  std::vector<std::string> shown;
  for (const TradeOf& t : got.trades) {
    shown.push_back(fmt::format("{} {} {} {} {} {}{}", t.series.ToString(), FormatTime(t.time),
                                t.id.empty() ? "-" : t.id, t.price, t.size,
                                t.side == Side::kUnknown ? "?" : NameOf(t.side),
                                t.sequence == kNullInt ? "" : fmt::format(" #{}", t.sequence)));
  }
  return shown;
}
using Lines = std::vector<std::string>;

const Lines kBinance = {"binance BTC-USDT 2024-11-01T00:00:00.123Z 41 70000.5 0.01 sell",
                        "binance BTC-USDT 2024-11-01T00:00:01Z 42 70001 2 buy"};

TEST(TradeFormats, BinanceTradesOfTheSpotMarket) {
  const ReadResult got =
      Read("BTCUSDT-trades-2024-11-01.csv",
           "41,70000.50000000,0.01000000,700.00500000,1730419200123,True,True\n"
           "42,70001.00000000,2.00000000,140002.00000000,1730419201000,False,True\n");
  EXPECT_EQ(Shown(got), kBinance);
  EXPECT_EQ(got.summary->layout, "csv, no header, id price size time side, trades");
  EXPECT_TRUE(got.summary->with_ids);
  // Microseconds since 2025.
  EXPECT_EQ(Shown(Read("BTCUSDT-trades-2025-01.csv",
                       "41,70000.5,0.01,700,1735689600123456,true,true\n"
                       "42,70001,2,140002,1735689601000000,false,true\n")),
            (Lines{"binance BTC-USDT 2025-01-01T00:00:00.123456Z 41 70000.5 0.01 sell",
                   "binance BTC-USDT 2025-01-01T00:00:01Z 42 70001 2 buy"}));
}

TEST(TradeFormats, BinanceAggregateTradesAndFutures) {
  EXPECT_EQ(Shown(Read("BTCUSDT-aggTrades-2024-11.csv",
                       "41,70000.5,0.01,7,9,1730419200123,True,True\n"
                       "42,70001,2,10,10,1730419201000,False,True\n")),
            kBinance);
  EXPECT_EQ(Shown(Read("BTCUSDT-trades-2024-11-01.csv",
                       "id,price,qty,quote_qty,time,is_buyer_maker\n"
                       "41,70000.5,0.01,700.005,1730419200123,true\n"
                       "42,70001,2,140002,1730419201000,false\n")),
            kBinance);
  const std::string aggregate =
      "41,70000.5,0.01,7,9,1730419200123,true\n42,70001,2,10,10,1730419201000,false\n";
  EXPECT_EQ(Shown(Read("BTCUSDT-aggTrades-2024-11-01.csv",
                       "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,"
                       "is_buyer_maker\n" +
                           aggregate)),
            kBinance);
  EXPECT_EQ(Shown(Read("BTCUSDT-aggTrades-2024-11-01.csv", aggregate)), kBinance);
  EXPECT_EQ(Shown(Read("BTCUSDT-trades-2024-11-01.csv",
                       "41,70000.5,0.01,700.005,1730419200123,true\n"
                       "42,70001,2,140002,1730419201000,false\n")),
            kBinance);
}

TEST(TradeFormats, BinanceReplies) {
  // `M`, the best match, is not the side, wherever it stands.
  EXPECT_EQ(Shown(Read("binance_BTCUSDT.json",
                       R"([{"M":true,"T":1730419200123,"a":41,"f":7,"l":9,"m":true,)"
                       R"("p":"70000.5","q":"0.01"},)"
                       R"({"M":true,"T":1730419201000,"a":42,"f":7,"l":9,"m":false,)"
                       R"("p":"70001","q":"2"}])")),
            kBinance);
  EXPECT_EQ(Shown(Read("binance_BTCUSDT.json",
                       R"([{"id":41,"isBestMatch":true,"isBuyerMaker":true,"price":"70000.5",)"
                       R"("qty":"0.01","quoteQty":"700","time":1730419200123},)"
                       R"({"id":42,"isBestMatch":true,"isBuyerMaker":false,"price":"70001",)"
                       R"("qty":"2","quoteQty":"140002","time":1730419201000}])")),
            kBinance);
}

TEST(TradeFormats, KrakenHasNeitherIdsNorSides) {
  const ReadResult got =
      Read("BCHEUR.csv", "1672531436,90.54,1.1\n1672531471.5,90.45,1\n1672531471.1234567,90,2\n");
  EXPECT_EQ(Shown(got), (Lines{"unknown BCH-EUR 2023-01-01T00:03:56Z - 90.54 1.1 ?",
                               "unknown BCH-EUR 2023-01-01T00:04:31.500Z - 90.45 1 ?",
                               "unknown BCH-EUR 2023-01-01T00:04:31.123456Z - 90 2 ?"}));
  EXPECT_FALSE(got.summary->with_ids);
  EXPECT_EQ(got.summary->layout, "csv, no header, time price size, trades");
}

TEST(TradeFormats, AFourthColumnIsTheSide) {
  EXPECT_EQ(Shown(Read("BTCUSDT_24h-trades_2020_11_16.csv",
                       "1605499846,15993.5,0.026,ANY\n1605499847,15994,0.2,BUY\n"
                       "1605499848,15995,0.3,sell\n1605499849,15996,0.4,\n")),
            (Lines{"unknown BTC-USDT 2020-11-16T04:10:46Z - 15993.5 0.026 ?",
                   "unknown BTC-USDT 2020-11-16T04:10:47Z - 15994 0.2 buy",
                   "unknown BTC-USDT 2020-11-16T04:10:48Z - 15995 0.3 sell",
                   "unknown BTC-USDT 2020-11-16T04:10:49Z - 15996 0.4 ?"}));
}

TEST(TradeFormats, BitstampAndFreqtradeTables) {
  EXPECT_EQ(Shown(Read("bitstamp_BTCUSD_trades.csv",
                       "time,price,amount,id\n1430438404645,236.47,0.21144331,8111041\n")),
            Lines{"bitstamp BTC-USD 2015-05-01T00:00:04.645Z 8111041 236.47 0.21144331 ?"});
  EXPECT_EQ(Shown(Read("ETHUSDT.csv",
                       ",timestamp,id,type,side,price,amount,cost,date\n"
                       "0,1675329600138,1206419187,,buy,1666.8,26.062,43440.1416,"
                       "2023-02-02 09:20:00.138000+00:00\n"
                       "1,1675329600214,1206419188,,sell,1666.79,0.152,253.35208,"
                       "2023-02-02 09:20:00.214000+00:00\n")),
            (Lines{"unknown ETH-USDT 2023-02-02T09:20:00.138Z 1206419187 1666.8 26.062 buy",
                   "unknown ETH-USDT 2023-02-02T09:20:00.214Z 1206419188 1666.79 0.152 sell"}));
  EXPECT_EQ(Shown(Read("btcusd.json",
                       R"([{"date":"1560481868","tid":"90574283","price":"8194.79","type":"1",)"
                       R"("amount":"0.5"}])")),
            Lines{"unknown BTC-USD 2019-06-14T03:11:08Z 90574283 8194.79 0.5 sell"});
}

constexpr char kListA[] = R"([1570752011620,"13519807",null,"sell",0.00141342,23.0,0.03250866])";
constexpr char kListB[] = R"([1570752028907, "x-9", "limit", "buy", 0.00141379, 581, 0.82])";
constexpr char kObjectA[] =
    R"({"info":{"a":1,"p":"9","m":true},"timestamp":1570752011620,"datetime":"2019-10-11T00:00:11.620Z",)"
    R"("symbol":"XRP/ETH","id":"13519807","order":null,"type":null,"side":"sell","price":0.00141342,)"
    R"("amount":23.0,"cost":0.03250866,"fee":null})";
constexpr char kObjectB[] =
    R"({"info":{},"timestamp":1570752028907,"datetime":"","symbol":"XRP/ETH","id":"x-9","order":null,)"
    R"("type":"limit","side":"buy","price":0.00141379,"amount":581,"cost":0.82,"fee":null})";

TEST(TradeFormats, CcxtArraysAndObjectsInDocumentsAndLines) {
  const Lines expected = {"unknown XRP-ETH 2019-10-11T00:00:11.620Z 13519807 0.00141342 23 sell",
                          "unknown XRP-ETH 2019-10-11T00:00:28.907Z x-9 0.00141379 581 buy"};
  for (const std::string shape :
       {"[{},{}]", "{}\n{}\n", "[\n {},\n {}\n]\n", "{{\"trades\": [{}, {}], \"next\": null}}"}) {
    SCOPED_TRACE(shape);
    EXPECT_EQ(Shown(Read("XRP_ETH-trades.json", fmt::format(fmt::runtime(shape), kListA, kListB))),
              expected);
    EXPECT_EQ(Shown(Read("trades.json", fmt::format(fmt::runtime(shape), kObjectA, kObjectB))),
              expected);
  }
}

TEST(TradeFormats, TardisNamesVenueAndSymbolInTheirColumns) {
  const std::string text =
      "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"
      "bitmex,XBTUSD,1585699200245000,1585699200300000,d2dab3e6-0a36-b3a6-ac79-b2f5a7b2f1ce,sell,"
      "6425.5,12\n"
      "Deribit,BTC-PERPETUAL,1585699202957000,1585699203089980,75924,buy,6423.5,2\n"
      ",XBTUSD,1585699202957001,1585699203089980,,unknown,6423.5,2\n";
  EXPECT_EQ(
      Shown(Read("datasets.csv", text)),
      (Lines{"bitmex XBT-USD 2020-04-01T00:00:00.245Z d2dab3e6-0a36-b3a6-ac79-b2f5a7b2f1ce 6425.5 "
             "12 sell",
             "deribit BTC-PERPETUAL 2020-04-01T00:00:02.957Z 75924 6423.5 2 buy",
             "unknown XBT-USD 2020-04-01T00:00:02.957001Z - 6423.5 2 ?"}));
  CandleFileOptions options = TestOptions();
  options.venue = "here";
  options.symbol = *Symbol::Parse("A-B");
  EXPECT_EQ(Read("datasets.csv", text, options).trades.at(1).series.ToString(), "here A-B");
}

TEST(TradeFormats, NamedColumnsInAnyWording) {
  const std::string row = "unknown LTC-USD 2014-05-13T16:54:00.250Z 7 10.5 3 buy";
  for (const std::string text :
       {"ts,p,volume,direction,tid\n1400000040250,10.5,3,BUY,7\n",
        "date;price;qty;side;trade_id\n2014-05-13 16:54:00.25;10,5;3;bid;7\n",
        "t\tprice\tvol\ttaker_side\ta\n1400000040.25\t10.5\t3\tb\t7\n",
        "\"time\",\"price\",\"quantity\",\"m\",\"id\"\n\"1400000040250\",\"10.5\",\"3\",\"False\","
        "\"7\"\n",
        "timestamp,price,size,type,id\n1400000040250000999,10.5,3,0,7\n",
        "{\"timestamp\":\"2014-05-13T16:54:00.250000Z\",\"price\":10.5,\"size\":\"3\",\"side\":"
        "\"B\","
        "\"id\":7}\n",
        "{\"t\":[1400000040250],\"p\":[10.5],\"q\":[3],\"side\":[\"buy\"],\"id\":[\"7\"]}",
        "{\"columns\":[\"time\",\"price\",\"amount\",\"side\",\"id\"],\"index\":[0],"
        "\"data\":[[1400000040250,10.5,3,\"buy\",7]]}"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(Shown(Read("ltcusd.txt", text)), Lines{row});
  }
  EXPECT_EQ(Shown(Read("ltcusd.csv", "time,price,size,sequence\n1400000040.25,10.5,3,-4\n")),
            Lines{"unknown LTC-USD 2014-05-13T16:54:00.250Z - 10.5 3 ? #-4"});
}

TEST(TradeFormats, ColumnsCanBeNamedAndThenSayTheKind) {
  CandleFileOptions options = TestOptions();
  options.columns = {{"time", "Zeit"}, {"price", "Kurs"}, {"size", "Menge"}, {"side", "m"}};
  const std::string text = "Zeit,Kurs,Menge,m\n1400000040,10.5,3,true\n";
  EXPECT_EQ(Shown(Read("ltcusd.csv", text, options)),
            Lines{"unknown LTC-USD 2014-05-13T16:54:00Z - 10.5 3 sell"});
  options.columns["open"] = "Kurs";
  EXPECT_EQ(Read("ltcusd.csv", text, options).summary.error().code(), ErrorCode::kInvalidArgument);
}

TEST(TradeFormats, WhatCouldBeEitherIsCandlesUnlessTheKindIsStated) {
  const std::string text =
      "time,open,high,low,close,volume,price\n1400000040,1,1,1,1,1,1\n1400000100,2,2,2,2,2,2\n";
  const ReadResult candles = Read("ltcusd.csv", text);
  EXPECT_EQ(candles.rows.size(), 2u);
  EXPECT_NE(candles.summary->layout.find("taken for candles"), std::string::npos);
  EXPECT_FALSE(candles.summary->trades);
  CandleFileOptions options = TestOptions();
  options.kind = FileKind::kTrades;
  EXPECT_EQ(Read("ltcusd.csv", text, options).trades.size(), 2u);
  options.kind = FileKind::kCandles;
  EXPECT_EQ(Read("ltcusd.csv", text, options).rows.size(), 2u);
  EXPECT_EQ(Read("ltcusd.csv", "1400000040,1,1\n", options).summary.error().code(),
            ErrorCode::kParse);
  // A damaged header of candles does not make them trades.
  const ReadResult damaged =
      Read("ltcusd.csv", "time,open,high,low,clothes,volume,price\n1400000040,1,1,1,1,1,1\n");
  EXPECT_EQ(damaged.trades.size(), 0u);
}

TEST(TradeFormats, OptionsOfCandlesMeanCandles) {
  CandleFileOptions interval = TestOptions(), close = TestOptions();
  interval.interval = Interval();
  close.time_is = TimeIs::kClose;
  for (CandleFileOptions options : {interval, close}) {
    EXPECT_EQ(Read("ltcusd.csv", "1400000040,1,1\n", options).summary.error().code(),
              ErrorCode::kParse);
    options.kind = FileKind::kTrades;
    EXPECT_EQ(Read("ltcusd.csv", "1400000040,1,1\n", options).summary.error().code(),
              ErrorCode::kInvalidArgument);
  }
}

TEST(TradeFormats, HeaderlessShapesAreToldByTheirRowsNotByOneDamagedLine) {
  EXPECT_EQ(
      Read("ltcusd.csv", "1400000040,1,2,buy\n1400000041,1,2\n1400000042,1,2\n").trades.size(), 2u);
  const std::string ccxt = "1570752011620,5,,sell,0.5,23,1\n1570752011621,6,limit,buy,0.5,23,1\n";
  EXPECT_EQ(Shown(Read("ltcusd.csv", ccxt)),
            (Lines{"unknown LTC-USD 2019-10-11T00:00:11.620Z 5 0.5 23 sell",
                   "unknown LTC-USD 2019-10-11T00:00:11.621Z 6 0.5 23 buy"}));
  // Candles of seven and eight columns stay what they are.
  EXPECT_EQ(Read("LTCUSD_1.csv", "1400000040,10.5,11,10,10.75,3,17\n").rows.size(), 1u);
  EXPECT_EQ(Read("ltcusd.json", "[[1400000040,10.5,11,10,10.75,10.6,3,17]]").rows.size(), 1u);
}

TEST(TradeFormats, IdsAreKeptAsTheyAreSpelled) {
  const Lines ids = {"0",    "7",     "007", "123456789012345678", "1234567890123456789", "A-1",
                     "5e10", "12.50", "1E5"};
  std::string csv = "time,price,size,id\n", json;
  for (const std::string& id : ids) {
    csv += "1400000040,1,1," + id + "\n";
    json += R"({"time":1400000040,"price":1,"size":1,"id":")" + id + "\"}\n";
  }
  for (const auto& [name, text] : {std::pair{"ltcusd.csv", csv}, {"ltcusd.json", json}}) {
    const ReadResult got = Read(name, text);
    ASSERT_EQ(got.trades.size(), ids.size());
    for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(got.trades[i].id, ids[i]);
  }
}

TEST(TradeFormats, RejectReasonsAreNamedWithTheirPlace) {
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"1400000040,1,1,buy,1", ""},
      {"1.4E+12,1,1,buy,2", "damaged_time"},
      {"hello,1,1,buy,3", "bad_time"},
      {"1200000000,1,1,buy,4", "time_out_of_range"},
      {"1900000000,1,1,buy,5", "time_out_of_range"},
      {"1400000040,1x,1,buy,6", "bad_number"},
      {"1400000040,,1,buy,7", "missing_value"},
      {"1400000040,1,,buy,8", "missing_value"},
      {"1400000040,1,1,buy", "field_count"},
      {"1400000040,20000000000000,1,buy,9", "out_of_range"},
      {"1400000040,0,1,buy,10", "not_positive"},
      {"1400000040,1,0,buy,11", "not_positive"},
      {"1400000040,1,-1,buy,12", "not_positive"},
      {"1400000040,1,1,long,13", "bad_side"},
      {"1400000040,1,1,true,14", "bad_side"},
      {"1400000040,1,1,0,15", "bad_side"},
      {"1400000040,1,1,buy,1.2E+11", "damaged_id"},
      {"1400000040,1,1,buy,1E+11", "damaged_id"},
      {"1400000040,1,1,buy,\xFF\xFE\xFD", "damaged_id"},
      {"\"1400000040,1,1,buy,16", "bad_record"},
      {"1400000040,1,1,buy,1", ""},
      {"1400000039,1,1,sell,0", ""},
  };
  std::string text = "time,price,size,side,id\n";
  Lines expected;
  for (size_t i = 0; i < lines.size(); ++i) {
    text += lines[i].first + "\n";
    if (!lines[i].second.empty()) expected.push_back(fmt::format("{}@{}", lines[i].second, i + 2));
  }
  const ReadResult got = Read("ltcusd.csv", text);
  ASSERT_TRUE(got.summary) << got.summary.error().message();
  EXPECT_EQ(got.Reasons(), expected);
  ASSERT_EQ(got.trades.size(), 3u) << "equal rows and rows out of order are rows";
  EXPECT_EQ(got.trades[0], got.trades[1]);
  for (const auto& reject : got.rejects) {
    EXPECT_EQ(text.substr(static_cast<size_t>(reject.position), reject.bytes.size()), reject.bytes);
  }
}

TEST(TradeFormats, JsonRecordsWithoutAKeyOfTheOthersAreRejects) {
  const std::string good = R"({"time":1400000040,"price":1,"size":1,"id":"a1","side":"buy"})";
  const ReadResult got =
      Read("ltcusd.json", good + "\n" + good + "\n" +
                              R"({"time":1400000040,"price":1,"size":1,"side":"buy"}
{"time":1400000040,"price":1,"size":1,"id":{"x":1},"side":"buy"}
{"time":1400000040,"price":1,"size":1,"id":1.2E+11,"side":"buy"}
{"time":1400000040,"price":1,"size":1,"id":null,"side":null}
)");
  EXPECT_EQ(got.Reasons(), (Lines{"missing_value@3", "bad_record@4", "damaged_id@5"}));
  ASSERT_EQ(got.trades.size(), 3u);
  EXPECT_EQ(got.trades[2].id, "");
  EXPECT_EQ(got.trades[2].side, Side::kUnknown);
}

TEST(TradeFormats, SymbolsAndVenuesThatAreNoneAreRejects) {
  const ReadResult got = Read("trades.csv",
                              "exchange,symbol,time,price,size\nbitmex,XBTUSD,1400000040,1,1\n"
                              ",,1400000040,1,1\nbit mex,XBTUSD,1400000040,1,1\n"
                              "bitmex,???,1400000040,1,1\n");
  EXPECT_EQ(got.Reasons(), (Lines{"bad_symbol@3", "bad_symbol@4", "bad_symbol@5"}));
  EXPECT_EQ(got.trades.size(), 1u);
  const ReadResult candles =
      Read("candles.csv",
           "symbol,time,open,high,low,close\nLTCUSD,1400000040,1,1,1,1\n,1400000100,1,1,1,1\n");
  EXPECT_EQ(candles.Reasons(), Lines{"bad_symbol@3"}) << "nothing says which symbol it is";
}

// A document of columns that is damaged is not read as trades of its columns.
TEST(TradeFormats, AColumnOfTimesIsNoTrade) {
  const ReadResult got =
      Read("ltcusd.json",
           "{\"t\": [1508050200, 1508050500, 1508061300], \"o\": [3.5, 3.6, 3.5], "
           "\"h\": [3.7, 3.7,2021-01-01T00:00:00+25:00, \"l\": [3.4, 3.4, 3.4], "
           "\"c\": [3.6, 3.5, 3.5]}");
  EXPECT_FALSE(got.summary);
  EXPECT_TRUE(got.trades.empty());
}

}  // namespace
}  // namespace tidemark

#include "tidemark/source/feed/venues.h"

#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_testing.h"
#include "tidemark/source/file/content.h"

namespace tidemark {
namespace {

using Kind = RestQuery::Kind;

Strings Decoded(std::string_view venue, Kind kind, std::string_view body,
                std::string_view symbol = "BTCUSD", std::string_view interval = "1m") {
  const auto decoder = *MakeRestDecoder(venue);
  return EventsOf(*decoder, {kind, symbol, *Interval::Parse(interval)}, body);
}

TEST(FeedVenues, EachHasADecoderOfBothKindsAndNoOtherHas) {
  for (const std::string_view venue : kFeedVenues) {
    EXPECT_TRUE(MakeFeedDecoder(venue)) << venue;
    EXPECT_TRUE(MakeRestDecoder(venue)) << venue;
  }
  EXPECT_EQ(MakeFeedDecoder("mtgox").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(MakeRestDecoder("mtgox").error().code(), ErrorCode::kNotFound);
}

TEST(FeedVenues, AreKnownByTheirHosts) {
  EXPECT_EQ(VenueOfUrl("wss://stream.binance.com:9443/stream?streams=a@trade"), "binance");
  EXPECT_EQ(VenueOfUrl("wss://stream.binance.us:9443/ws"), "binance_us");
  EXPECT_EQ(VenueOfUrl("wss://fstream.binance.com/stream"), "binance_futures");
  EXPECT_EQ(VenueOfUrl("wss://ws-feed.pro.coinbase.com"), "coinbase");
  EXPECT_EQ(VenueOfUrl("www.bitstamp.net"), "bitstamp");
  for (const char* other : {"", "://", "wss://notkraken.com", "ws://127.0.0.1:9000/kraken.com"}) {
    EXPECT_EQ(VenueOfUrl(other), "") << other;
  }
}

TEST(FeedRest, CandlesOfEachVenue) {
  constexpr std::string_view kRow = " o 2 h 4 l 1 c 3 v 5";
  const auto candle = [&](std::string_view trades, std::string_view state) {
    return Strings{
        fmt::format("candle BTCUSD 1m 2020-05-06T04:42:00Z{}{} {} history", kRow, trades, state)};
  };
  const std::tuple<std::string_view, std::string_view, Strings> replies[] = {
      {"binance", R"([[1588740120000,"2","4","1","3","5",1588740179999,"9",282,"6","5","0"]])",
       candle(" trades 282", "unknown")},
      {"coinbase", "[[1588740120,1,4,2,3,5.0]]", candle("", "unknown")},
      {"coinbase",
       R"({"candles":[{"start":"1588740120","low":"1","high":"4","open":"2","close":"3",)"
       R"("volume":"5"}]})",
       candle("", "unknown")},
      {"kraken",
       R"({"error":[],"result":{"XXBTZUSD":[[1588740120,"2","4","1","3","2.2","5",7]],)"
       R"("last":1588740120}})",
       candle(" trades 7", "open")},
      {"bitfinex", "[[1588740120000,2,3,4,1,5]]", candle("", "unknown")},
      {"bitstamp",
       R"({"data":{"ohlc":[{"close":"3","high":"4","low":"1","open":"2",)"
       R"("timestamp":"1588740120","volume":"5"}],"pair":"BTC/USD"}})",
       candle("", "unknown")},
      {"okx", R"({"code":"0","msg":"","data":[["1588740120000","2","4","1","3","5","9","9","1"]]})",
       candle("", "closed")},
      {"bybit",
       R"({"retCode":0,"retMsg":"OK","result":{"symbol":"BTCUSD","list":)"
       R"([["1588740120000","2","4","1","3","5","9"]]}})",
       candle("", "unknown")},
      {"gemini", "[[1588740120000,2,4,1,3,5]]", candle("", "unknown")},
  };
  for (const auto& [venue, body, expected] : replies) {
    EXPECT_EQ(Decoded(venue, Kind::kCandles, body), expected) << venue;
  }
}

TEST(FeedRest, TradesOfEachVenueHaveTheTakersSide) {
  const auto trade = [](std::string_view id, std::string_view side, std::string_view time = ".305Z",
                        std::string_view sequence = "") {
    return Strings{
        fmt::format("trade BTCUSD 2020-01-02T15:10:23{} id '{}'{} 0.5 @ 7139.89 {} "
                    "history",
                    time, id, sequence, side)};
  };
  const std::tuple<std::string_view, Kind, std::string_view, Strings> replies[] = {
      {"binance", Kind::kAggregates,
       R"([{"M":true,"T":1577977823305,"a":2,"f":3,"l":3,"m":false,"p":"7139.89","q":"0.5"}])",
       trade("2", "buy")},
      {"binance", Kind::kTrades,
       R"([{"id":4,"isBuyerMaker":true,"price":"7139.89","qty":"0.5","time":1577977823305}])",
       trade("4", "sell")},
      {"coinbase", Kind::kTrades,
       R"([{"trade_id":74,"side":"buy","size":"0.5","price":"7139.89",)"
       R"("time":"2020-01-02T15:10:23.305Z"}])",
       trade("74", "sell")},
      {"kraken", Kind::kTrades,
       R"({"error":[],"result":{"XXBTZUSD":[["7139.89","0.5",1577977823.305,"b","m","",77]],)"
       R"("last":"1577977823305000000"}})",
       trade("77", "buy")},
      {"bitfinex", Kind::kTrades, "[[5,1577977823305,-0.5,7139.89]]", trade("5", "sell")},
      {"bitstamp", Kind::kTrades,
       R"([{"date":"1577977823","tid":"9","price":"7139.89","type":"1","amount":"0.5"}])",
       trade("9", "sell", "Z")},
      {"okx", Kind::kTrades,
       R"({"code":"0","msg":"","data":[{"instId":"X","tradeId":"6","px":"7139.89","sz":"0.5",)"
       R"("side":"sell","ts":"1577977823305"}]})",
       trade("6", "sell")},
      {"bybit", Kind::kTrades,
       R"({"retCode":0,"result":{"list":[{"execId":"u-1","symbol":"X","price":"7139.89",)"
       R"("size":"0.5","side":"Buy","time":"1577977823305","seq":"12"}]}})",
       trade("u-1", "buy", ".305Z", " sequence 12")},
      {"gemini", Kind::kTrades,
       R"([{"amount":"0.5","exchange":"gemini","price":"7139.89","tid":8,"timestamp":1577977823,)"
       R"("timestampms":1577977823305,"type":"buy"}])",
       trade("8", "buy")},
  };
  for (const auto& [venue, kind, body, expected] : replies) {
    EXPECT_EQ(Decoded(venue, kind, body), expected) << venue;
  }
}

TEST(FeedRest, RefusalsSayWhatToDoAndNoRowsAreAStatus) {
  const std::tuple<std::string_view, std::string_view, std::string_view> replies[] = {
      {"binance", R"({"code":-1121,"msg":"Invalid symbol."})", "drop_symbol"},
      {"binance", R"({"code":-1003,"msg":"Too much weight"})", "slow_down"},
      {"coinbase", R"({"message":"NotFound"})", "drop_symbol"},
      {"coinbase", R"({"message":"Public rate limit exceeded"})", "slow_down"},
      {"kraken", R"({"error":["EQuery:Unknown asset pair"]})", "drop_symbol"},
      {"kraken", R"({"error":["EGeneral:Too many requests"]})", "slow_down"},
      {"kraken", R"({"error":["EService:Unavailable"]})", "resubscribe"},
      {"bitfinex", R"(["error",11010,"ratelimit: error"])", "slow_down"},
      {"bitfinex", R"(["error",10020,"symbol: invalid"])", "drop_symbol"},
      {"bitstamp", R"({"code":"404","errors":"x"})", "drop_symbol"},
      {"okx", R"({"code":"51001","msg":"no instrument","data":[]})", "drop_symbol"},
      {"okx", R"({"code":"50011","msg":"Too Many Requests","data":[]})", "slow_down"},
      {"bybit", R"({"retCode":10001,"retMsg":"params error"})", "drop_symbol"},
      {"bybit", R"({"retCode":10006,"retMsg":"x"})", "slow_down"},
      {"gemini", R"({"result":"error","reason":"RateLimit","message":"x"})", "slow_down"},
      {"gemini", R"({"result":"error","reason":"Bad Request","message":"x"})", "drop_symbol"},
  };
  for (const auto& [venue, body, action] : replies) {
    const Strings got = Decoded(venue, Kind::kTrades, body);
    ASSERT_EQ(got.size(), 1u) << venue;
    EXPECT_EQ(got[0].substr(0, got[0].find(" [")), fmt::format("control error {}", action))
        << venue << " " << body;
  }
  EXPECT_EQ(Decoded("binance", Kind::kTrades, "[]"),
            Strings{"control status none [rest] [BTCUSD] no rows"});
  EXPECT_EQ(Decoded("binance", Kind::kTrades, "<html>")[0].substr(0, 17), "reject bad_record");
  EXPECT_EQ(Decoded("gemini", Kind::kTrades, "{}"),
            Strings{"reject bad_record -1 the reply holds no list of rows"});
}

// Rows of a reply on disk; -1: it is not there.
int RowsOf(std::string_view venue, Kind kind, const std::string& path, std::string_view interval) {
  const std::string full = "../shared/data/" + path;
  if (!FileExists(full)) return -1;
  const Content body = *Content::FromFile(full);
  EventCounts sink;
  const auto decoder = *MakeRestDecoder(venue);
  decoder->Decode({kind, "X", *Interval::Parse(interval)}, body.bytes(), kTestReceipt, sink);
  int rows = 0;
  for (const auto& [type, count] : sink.counts) {
    EXPECT_TRUE(type.starts_with("trade history") || type.starts_with("candle"))
        << path << " " << type << " " << sink.first_reject;
    rows += count;
  }
  return rows;
}

TEST(FeedRest, RepliesOnDiskAreTakenWhole) {
  const std::tuple<std::string_view, Kind, std::string, std::string_view, int> replies[] = {
      {"binance", Kind::kCandles, "recordings/rest/binance.klines.BTCUSDT.1m.json", "1m", 60},
      {"binance", Kind::kCandles, "recordings/rest/binance.klines.BTCUSDT.1h.json", "1h", 1000},
      {"binance", Kind::kCandles, "recordings/rest/binance.klines.BTCUSDT.1d.2019.json", "1d", 366},
      {"binance", Kind::kCandles, "recordings/rest/binance.klines.ETHBTC.1d.2019.json", "1d", 366},
      {"bitstamp", Kind::kCandles, "recordings/rest/bitstamp.ohlc.btcusd.1m.json", "1m", 10},
      {"bitstamp", Kind::kCandles, "recordings/rest/bitstamp.ohlc.btcusd.1d.json", "1d", 1000},
      {"binance", Kind::kAggregates, "trades/rest/binance.aggTrades.BTCUSDT.json", "1m", 1000},
      {"binance", Kind::kTrades, "trades/rest/binance.trades.ETHBTC.json", "1m", 1000},
      {"binance_futures", Kind::kAggregates, "trades/rest/binance_futures.aggTrades.LTCUSDT.json",
       "1m", 500},
      {"bitstamp", Kind::kTrades, "trades/rest/bitstamp.transactions.btcusd.hour.json", "1m", 383},
      {"bitstamp", Kind::kTrades, "trades/rest/bitstamp.transactions.ltcusd.json", "1m", 62},
      {"gemini", Kind::kTrades, "trades/rest/gemini.trades.BTCUSD.json", "1m", 500},
  };
  for (const auto& [venue, kind, path, interval, expected] : replies) {
    const int rows = RowsOf(venue, kind, path, interval);
    if (rows < 0) GTEST_SKIP() << "needs ../shared/data/" << path;
    EXPECT_EQ(rows, expected) << path;
  }
}

TEST(Venues, SayWhetherARangeOfTheirHistoryWasToldWhole) {
  const EventTime start{1'700'000'000'000'000};
  const BackfillRange range = BackfillRange::Times({start, start + kMicrosPerMinute});
  BackfillProgress progress;
  progress.now = start + kMicrosPerHour;
  progress.replies = 1;
  EXPECT_TRUE(CoversRange("kraken", range, progress)) << "asked for from its start on";
  EXPECT_TRUE(CoversRange("bitstamp", range, progress)) << "a quiet day is told too";
  EXPECT_FALSE(CoversRange("bybit", range, progress));
  progress.last.Add(start + 1, kNullInt);
  EXPECT_FALSE(CoversRange("bybit", range, progress)) << "what came before its oldest trade?";
  progress.last.Add(start - 1, kNullInt);
  EXPECT_TRUE(CoversRange("bybit", range, progress));
  progress.now = start + 25 * kMicrosPerHour;
  EXPECT_TRUE(CoversRange("bitstamp", range, progress));
  progress.last = {};
  EXPECT_FALSE(CoversRange("bitstamp", range, progress)) << "before the day it tells of";
  EXPECT_TRUE(CoversRange("gemini", range, progress));
  progress.now = start + 7 * kMicrosPerDay;
  EXPECT_FALSE(CoversRange("gemini", range, progress)) << "before the seven days it tells of";
  EXPECT_TRUE(CoversRange("okx", BackfillRange::Ids(1, 5), {}));
  EXPECT_TRUE(CoversRange("okx", range, progress)) << "nothing older, and not too old";
  progress.last.Add(start + 1, 1);
  EXPECT_FALSE(CoversRange("okx", range, progress)) << "older ones may be asked for";
  EXPECT_TRUE(CoversRange("coinbase", range, progress)) << "the first of all";
  progress.last = {};
  progress.last.Add(start + 1, 2);
  EXPECT_FALSE(CoversRange("coinbase", range, progress));
  progress.last = {};
  progress.now = start + 92 * kMicrosPerDay;
  EXPECT_FALSE(CoversRange("okx", range, progress)) << "before the months it tells of";
  EXPECT_TRUE(CountsTrades("binance_us"));
  EXPECT_FALSE(CountsTrades("kraken"));
}

TEST(Venues, AHistoryThatDoesNotTellWhatIsKnownIsBehind) {
  const EventTime start{1'700'000'000'000'000}, end = start + kMicrosPerMinute;
  BackfillProgress progress;
  progress.now = end + kMicrosPerMinute;
  progress.replies = 1;
  progress.last.Add(start - 1, kNullInt);
  const auto covers = [&](std::string_view venue, EventTime told, EventTime reached) {
    progress.reached = reached;
    const Status covered =
        CoversRange(venue, SureRange(venue, BackfillRange::Times({start, end}), told), progress);
    return std::string(covered ? "yes" : InfoOf(covered.error().code()).name);
  };
  for (const std::string_view venue :
       {"binance", "coinbase", "kraken", "bitfinex", "bitstamp", "okx", "bybit", "gemini"}) {
    EXPECT_EQ(covers(venue, kMinTime, kMinTime), "yes") << venue << ": nothing is known";
    EXPECT_EQ(covers(venue, start - 1, kMinTime), "yes") << venue << ": nothing of the range";
    EXPECT_EQ(covers(venue, end - 9'000'000, end - 9'000'000), "yes") << venue;
    EXPECT_EQ(covers(venue, end - 9'000'000, end - 9'000'999), "yes") << venue << ": its step";
    EXPECT_EQ(covers(venue, end - 9'000'000, end - 10'000'000), "unavailable") << venue;
    EXPECT_EQ(covers(venue, end - 9'000'000, kMinTime), "unavailable") << venue;
    EXPECT_EQ(covers(venue, end + kMicrosPerSecond, end - kMicrosPerSecond), "unavailable")
        << venue;
    EXPECT_EQ(covers(venue, end + kMicrosPerSecond, end + kMicrosPerSecond), "yes") << venue;
  }
  EXPECT_EQ(covers("bitstamp", end - 9'000'000, end - 9'999'999), "yes") << "in seconds";
  EXPECT_EQ(covers("gemini", end - 9'000'000, end - 9'001'000), "unavailable");
  // Some are asked for no more than the range: of what lies far beyond it nothing shows.
  const EventTime far = end + kMicrosPerHour;
  EXPECT_EQ(covers("bitfinex", far, end - kMicrosPerMinute), "yes");
  EXPECT_EQ(covers("gemini", far, end - kMicrosPerMinute), "unavailable");
  EXPECT_EQ(covers("gemini", far, end), "yes") << "it goes on to beyond the range";
  progress.now = end - kMicrosPerSecond;
  EXPECT_EQ(covers("bitfinex", far, kMinTime), "yes") << "dates have no parts of a second";
  progress.now = end - kMicrosPerSecond - 1;
  EXPECT_EQ(covers("bitfinex", far, kMinTime), "unavailable") << "by its date it is earlier";
}

TEST(Venues, CandlesOfAHistoryThatIsBehindAreNotAll) {
  const EventTime start{1'700'000'040'000'000}, end = start + 5 * kMicrosPerMinute;
  BackfillProgress progress;
  progress.now = end + kMicrosPerHour;
  progress.replies = 1;
  const auto covers = [&](std::string_view venue, EventTime told, int64_t last) {
    progress.reached = start + last * kMicrosPerMinute;
    const auto range = BackfillRange::Candles(Interval(), {start, end});
    return CoversRange(venue, SureRange(venue, range, told), progress).has_value();
  };
  for (const std::string_view venue :
       {"binance", "coinbase", "kraken", "bitfinex", "okx", "bybit", "gemini"}) {
    EXPECT_TRUE(covers(venue, kMinTime, 2)) << venue << ": nothing is known";
    EXPECT_TRUE(covers(venue, end, 5)) << venue << ": the one that is open";
    EXPECT_FALSE(covers(venue, end, 4)) << venue << ": that may not be whole";
  }
  EXPECT_TRUE(covers("kraken", end + kMicrosPerHour, 5)) << "it tells all up to the newest";
  EXPECT_FALSE(covers("kraken", end + kMicrosPerHour, 4));
  EXPECT_TRUE(covers("okx", end + kMicrosPerHour, 4)) << "it is not asked for so much";
  // Minutes that trades are held against: the one of the last trade must be there.
  const EventTime told = end + 90 * kMicrosPerSecond;
  EXPECT_EQ(CheckRange("bybit", {start, end}, told).told, end + kMicrosPerMinute);
  EXPECT_EQ(CheckRange("bybit", {start, end}, told).times.end, end + kMicrosPerMinute + 1);
}

TEST(Venues, AreAskedForALittleMoreToSeeThatTheyAreNotBehind) {
  const EventTime start{1'700'000'000'000'000}, end = start + kMicrosPerMinute;
  const auto asked = [&](std::string_view venue, EventTime told) {
    return SureRange(venue, BackfillRange::Times({start, end}), told).times.end;
  };
  EXPECT_EQ(asked("bitfinex", end - 1), end);
  EXPECT_EQ(asked("bitfinex", end + 7), end + 8);
  EXPECT_EQ(asked("bitfinex", end + kMicrosPerHour), end) << "it would be much more";
  EXPECT_EQ(asked("kraken", end + 7), end) << "its pages go on";
  EXPECT_FALSE(CheckRange("kraken", {start, end}, kMinTime).candles);
  EXPECT_TRUE(CheckRange("bybit", {start, end}, kMinTime).candles) << "of the last sixty trades";
}

}  // namespace
}  // namespace tidemark

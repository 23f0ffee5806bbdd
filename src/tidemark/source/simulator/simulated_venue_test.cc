// Every simulated venue against our own decoders of it: neither knows the other's code.
#include "tidemark/source/simulator/simulated_venue.h"

#include <gtest/gtest.h>

#include "tidemark/source/simulator/simulated_venue_testing.h"
#include "tidemark/source/simulator/venue_feed.h"

namespace tidemark {
namespace {

struct Case {
  std::string venue, symbol, path, subscribe, refused;
  std::string trades, candles;  // REST requests for the latest
  bool whole_seconds = false;   // of REST trades
  bool empty_minutes = true;    // REST tells candles of minutes without trades
  size_t page = 1000;           // so many trades are told at least
};

// `symbol`: as the venue spells it in messages of rows.
const Case kCases[] = {
    {"binance", "BTCUSDT", "/ws",
     R"({"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@kline_1m"],"id":1})",
     R"({"method":"SUBSCRIBE","params":["nonesuch@trade"],"id":1})",
     "/api/v3/historicalTrades?symbol=BTCUSDT&limit=1000",
     "/api/v3/klines?symbol=BTCUSDT&interval=1m"},
    {"coinbase", "BTC-USDT", "/",
     R"({"type":"subscribe","product_ids":["BTC-USDT"],"channels":["matches","heartbeat"]})",
     R"({"type":"subscribe","product_ids":["NONE-SUCH"],"channels":["matches"]})",
     "/products/BTC-USDT/trades", "/products/BTC-USDT/candles?granularity=60", false, false},
    {"kraken", "BTC/USDT", "/v2",
     R"({"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USDT"]},"req_id":4})",
     R"({"method":"subscribe","params":{"channel":"trade","symbol":["NONE/SUCH"]}})",
     "/0/public/Trades?pair=XBTUSDT", "/0/public/OHLC?pair=BTC/USDT&interval=1"},
    {"bitstamp", "btcusdt", "/",
     R"({"event":"bts:subscribe","data":{"channel":"live_trades_btcusdt"}})",
     R"({"event":"bts:subscribe","data":{"channel":"live_trades_nonesuch"}})",
     "/api/v2/transactions/btcusdt/?time=hour", "/api/v2/ohlc/btcusdt/?step=60&limit=1000", true},
    {"okx", "BTC-USDT", "/ws/v5/business",
     R"({"id":"1","op":"subscribe","args":[{"channel":"trades-all","instId":"BTC-USDT"},)"
     R"({"channel":"candle1m","instId":"BTC-USDT"}]})",
     R"({"id":"1","op":"subscribe","args":[{"channel":"trades-all","instId":"NONE-SUCH"}]})",
     "/api/v5/market/trades?instId=BTC-USDT&limit=500",
     "/api/v5/market/history-candles?instId=BTC-USDT&bar=1m", false, true, 500},
    {"bybit", "BTCUSDT", "/v5/public/spot",
     R"({"req_id":"1","op":"subscribe","args":["publicTrade.BTCUSDT","kline.1.BTCUSDT"]})",
     R"({"req_id":"1","op":"subscribe","args":["publicTrade.NONESUCH"]})",
     "/v5/market/recent-trade?category=spot&symbol=BTCUSDT",
     "/v5/market/kline?category=spot&symbol=BTCUSDT&interval=1", false, true, 60},
    {"bitfinex", "tBTCUST", "/ws/2",
     R"({"event":"subscribe","channel":"trades","symbol":"tBTCUST"})",
     R"({"event":"subscribe","channel":"trades","symbol":"tNONE:SUCH"})",
     "/v2/trades/tBTCUST/hist?limit=10000", "/v2/candles/trade:1m:tBTCUST/hist", false, false},
    {"gemini", "BTCUSDT", "/v2/marketdata",
     R"({"type":"subscribe","subscriptions":[{"name":"l2","symbols":["BTCUSDT"]}]})",
     R"({"type":"subscribe","subscriptions":[{"name":"l2","symbols":["BTCUSDT","NONESUCH"]}]})",
     "/v1/trades/btcusdt?limit_trades=500", "/v2/candles/btcusdt/1m", false, true, 500},
};

class SimulatedVenueTest : public testing::TestWithParam<Case> {
 protected:
  SimulatedVenueTest()
      : market_(Options()), venue_(*MakeSimulatedVenue(GetParam().venue, market_)) {}
  static MarketOptions Options() {
    MarketOptions options{.seed = 23, .start = kStart};
    options.symbols = {*ParseMarketSymbol("BTC-USDT"), *ParseMarketSymbol("ETH-USDT")};
    SimulatedMarket none(options);
    options.time_step_us = (*MakeSimulatedVenue(GetParam().venue, none))->time_step_us();
    return options;
  }
  ToldTrade TruthOf(int64_t id) {
    const SimulatedTrade trade = market_.TradeOf(0, id);
    const int decimals = market_.symbols()[0].price_decimals;
    const double scale[] = {1, 10, 100, 1000};
    return {trade.time_us, static_cast<double>(trade.price) / scale[decimals],
            static_cast<double>(trade.size) / 1e8, trade.buyer_is_maker ? Side::kSell : Side::kBuy};
  }
  VenueRows Ask(RestQuery::Kind kind, const std::string& target) {
    VenueRows rows;
    const RestAnswer answer = venue_->OnRequest(HttpTarget::Parse(target), kNow, kNow);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto decoder = *MakeRestDecoder(GetParam().venue);
    decoder->Decode({kind, "X", Interval()}, answer.body, kReceipt, rows);
    EXPECT_EQ(rows.counts["reject"], 0) << rows.first_reject;
    return rows;
  }

  SimulatedMarket market_;
  std::unique_ptr<SimulatedVenue> venue_;
};

TEST_P(SimulatedVenueTest, OurDecoderTakesEveryMessage) {
  const EventTime opened = kStart + 3 * kMicrosPerMinute + 1'234'567;
  const FaultPlan plan(1, kStart, {}, {});
  VenueCounts counts;
  VenueFeed feed(market_, *venue_, plan, counts, 1, opened, kMicrosPerSecond);
  auto opening = venue_->OnOpen(HttpTarget::Parse(GetParam().path), opened);
  ASSERT_TRUE(opening);
  const VenueAnswer answer = venue_->OnText(GetParam().subscribe, feed.streams(), opened);
  ASSERT_FALSE(answer.add.empty());
  std::vector<VenueMessage> messages;
  for (const VenueAnswer& said : {*opening, answer}) {
    for (const std::string& text : said.texts) {
      messages.push_back({VenueMessage::Kind::kText, text});
    }
  }
  for (const VenueStream& stream : answer.add) feed.Add(stream, opened);
  for (EventTime now = opened; now < kNow; now = now + 333'333) feed.Collect(now, &messages);
  feed.Collect(kNow, &messages);

  VenueRows rows;
  const auto decoder = *MakeFeedDecoder(GetParam().venue);
  for (const VenueMessage& message : messages) decoder->Decode(message.text, kReceipt, rows);
  EXPECT_EQ(rows.counts["reject"], 0) << rows.first_reject;
  EXPECT_EQ(rows.continuity.gaps(), 0);
  EXPECT_EQ(rows.symbol, GetParam().symbol);
  const int64_t first = market_.FirstIdAt(0, opened), end = market_.FirstIdAt(0, kNow);
  ASSERT_EQ(static_cast<int64_t>(rows.live.size()), end - first);
  for (const auto& [id, told] : rows.live) {
    EXPECT_GE(id, first);
    EXPECT_EQ(told, TruthOf(id)) << id;
  }
  for (const auto& [id, told] : rows.history) {
    EXPECT_LT(id, first);
    EXPECT_EQ(told, TruthOf(id)) << id;
  }
}

TEST_P(SimulatedVenueTest, AnUnknownSymbolIsRefused) {
  ASSERT_TRUE(venue_->OnOpen(HttpTarget::Parse(GetParam().path), kNow));
  const VenueAnswer answer = venue_->OnText(GetParam().refused, {}, kNow);
  EXPECT_TRUE(answer.add.empty());
  ASSERT_EQ(answer.texts.size(), 1u);
  VenueRows rows;
  (*MakeFeedDecoder(GetParam().venue))->Decode(answer.texts[0], kReceipt, rows);
  EXPECT_EQ(rows.control, "drop_symbol") << answer.texts[0];
  EXPECT_FALSE(venue_->OnOpen(HttpTarget::Parse("/no/such/place"), kNow));
}

TEST_P(SimulatedVenueTest, RestTellsTheSameTrades) {
  VenueRows rows = Ask(RestQuery::Kind::kTrades, GetParam().trades);
  const int64_t end = market_.FirstIdAt(0, kNow);
  ASSERT_GE(rows.history.size(), GetParam().page);
  EXPECT_EQ(rows.history.rbegin()->first, end - 1);
  EXPECT_EQ(rows.history.begin()->first, end - static_cast<int64_t>(rows.history.size()));
  for (auto& [id, told] : rows.history) {
    ToldTrade truth = TruthOf(id);
    if (GetParam().whole_seconds) truth.time_us -= truth.time_us % kMicrosPerSecond;
    EXPECT_EQ(told, truth) << id;
  }
}

TEST_P(SimulatedVenueTest, RestTellsTheCandles) {
  const VenueRows rows = Ask(RestQuery::Kind::kCandles, GetParam().candles);
  int64_t expected = 0;
  for (int m = 0; m < 10; ++m) {
    const bool empty = market_.Bar(0, kStart + m * kMicrosPerMinute).trades == 0;
    expected += GetParam().empty_minutes || !empty;
  }
  EXPECT_EQ(static_cast<int64_t>(rows.candles.size()), expected);
  for (const Candle& candle : rows.candles) {
    const SimulatedBar bar = market_.Bar(0, candle.open_time);
    EXPECT_EQ(candle.volume, static_cast<double>(bar.volume) / 1e8);
    EXPECT_EQ(candle.close, static_cast<double>(bar.close) / 10);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryVenue, SimulatedVenueTest, testing::ValuesIn(kCases),
                         [](const auto& one) { return one.param.venue; });

TEST(SimulatedVenues, AreAllTested) {
  std::vector<std::string_view> tested;
  for (const Case& one : kCases) tested.push_back(one.venue);
  EXPECT_EQ(SimulatedVenues(), tested);
}

// Goes through all trades as the venue's own pages do.
TEST(SimulatedVenues, PagesOfCoinbaseAndKrakenLoseNoTrade) {
  MarketOptions options{.seed = 5, .start = kStart, .time_step_us = 1};
  options.symbols = {*ParseMarketSymbol("BTC-USDT")};
  SimulatedMarket market(options);
  const int64_t end = market.FirstIdAt(0, kNow);
  const auto kraken = *MakeSimulatedVenue("kraken", market);
  VenueRows rows;
  std::string since = "0";
  for (int page = 0; page < 1000 && static_cast<int64_t>(rows.history.size()) < end - 1; ++page) {
    const RestAnswer answer = kraken->OnRequest(
        HttpTarget::Parse("/0/public/Trades?pair=BTC/USDT&count=37&since=" + since), kNow, kNow);
    const size_t before = rows.history.size();
    (*MakeRestDecoder("kraken"))
        ->Decode({RestQuery::Kind::kTrades, "X", Interval()}, answer.body, kReceipt, rows);
    EXPECT_GT(rows.history.size(), before);
    const size_t last = answer.body.rfind("\"last\":\"") + 8;
    since = answer.body.substr(last, answer.body.find('"', last) - last);
  }
  EXPECT_EQ(static_cast<int64_t>(rows.history.size()), end - 1);
  EXPECT_EQ(rows.counts["reject"], 0);

  const auto coinbase = *MakeSimulatedVenue("coinbase", market);
  VenueRows others;
  std::string after;
  for (int page = 0; page < 1000; ++page) {
    const RestAnswer answer = coinbase->OnRequest(
        HttpTarget::Parse("/products/BTC-USDT/trades?limit=99" + after), kNow, kNow);
    if (answer.headers.empty()) break;
    (*MakeRestDecoder("coinbase"))
        ->Decode({RestQuery::Kind::kTrades, "X", Interval()}, answer.body, kReceipt, others);
    after = "&after=" + answer.headers[1].second;
  }
  EXPECT_EQ(static_cast<int64_t>(others.history.size()), end - 1);
}

// As above, by what our own protocol asks for.
TEST(SimulatedVenues, PagesOfBitfinexAndGeminiLoseNoTrade) {
  MarketOptions options{.seed = 5, .start = kStart, .time_step_us = kMicrosPerMilli};
  options.symbols = {*ParseMarketSymbol("BTC-USD")};
  options.trades_per_second = 60;
  SimulatedMarket market(options);
  const TimeRange times{kStart + kMicrosPerMinute, kNow - kMicrosPerMinute};
  for (const char* name : {"bitfinex", "gemini"}) {
    const auto venue = *MakeSimulatedVenue(name, market);
    const auto protocol = *MakeVenueProtocol(name);
    VenueRows rows;
    BackfillProgress progress;
    for (; progress.replies < 1000; ++progress.replies) {
      const auto page =
          protocol->NextPage(options.symbols[0].symbol, BackfillRange::Times(times), progress);
      ASSERT_TRUE(page);
      if (!*page) break;
      const RestAnswer answer = venue->OnRequest(HttpTarget::Parse((*page)->path), kNow, kNow);
      VenueRows of_page;
      (*MakeRestDecoder(name))
          ->Decode({RestQuery::Kind::kTrades, "X", Interval()}, answer.body, kReceipt, of_page);
      progress.last = {};
      for (const auto& [id, told] : of_page.history) progress.last.Add({told.time_us}, id);
      rows.history.merge(of_page.history);
    }
    EXPECT_GT(progress.replies, 2) << name;
    EXPECT_EQ(rows.counts["reject"], 0);
    const int64_t begin = market.FirstIdAt(0, times.start), end = market.FirstIdAt(0, times.end);
    for (int64_t id = begin; id < end; ++id) ASSERT_TRUE(rows.history.contains(id)) << name << id;
  }
}

TEST(SimulatedVenues, GeminiTellsSevenDays) {
  MarketOptions options{.seed = 5, .start = kStart, .time_step_us = kMicrosPerMilli};
  options.symbols = {*ParseMarketSymbol("BTC-USD")};
  options.trades_per_second = 0.01;
  SimulatedMarket market(options);
  const EventTime now = kStart + 9 * kMicrosPerDay;
  const auto venue = *MakeSimulatedVenue("gemini", market);
  for (const char* from : {"since_tid=0", "timestamp=0", "since=1704067200"}) {
    const RestAnswer answer = venue->OnRequest(
        HttpTarget::Parse(std::string("/v1/trades/btcusd?limit_trades=500&") + from), now, now);
    VenueRows rows;
    (*MakeRestDecoder("gemini"))
        ->Decode({RestQuery::Kind::kTrades, "X", Interval()}, answer.body, {now.us}, rows);
    ASSERT_EQ(rows.history.size(), 500u);
    EXPECT_EQ(rows.history.begin()->first, market.FirstIdAt(0, now - 7 * kMicrosPerDay)) << from;
  }
}

TEST(SimulatedVenues, CandlesOfCoinbaseAreThoseThatOpenInTheWindow) {
  MarketOptions options{.seed = 5, .start = kStart, .time_step_us = 1};
  options.symbols = {*ParseMarketSymbol("BTC-USD")};
  options.trades_per_second = 20;
  SimulatedMarket market(options);
  const auto venue = *MakeSimulatedVenue("coinbase", market);
  const auto opens = [&](const std::string& window) {
    VenueRows rows;
    const RestAnswer answer = venue->OnRequest(
        HttpTarget::Parse("/products/BTC-USD/candles?granularity=60" + window), kNow, kNow);
    (*MakeRestDecoder("coinbase"))
        ->Decode({RestQuery::Kind::kCandles, "X", Interval()}, answer.body, kReceipt, rows);
    std::vector<int64_t> minutes;
    for (const Candle& candle : rows.candles) {
      if (market.Bar(0, candle.open_time).trades > 0) {
        minutes.push_back((candle.open_time - kStart) / kMicrosPerMinute);
      }
    }
    return minutes;
  };
  EXPECT_EQ(opens("&start=2024-01-01T00:03:00Z&end=2024-01-01T00:04:59.999999Z"),
            (std::vector<int64_t>{4, 3}));
  EXPECT_EQ(opens("&start=2024-01-01T00:03:01Z&end=1704067500"), (std::vector<int64_t>{5, 4}));
  EXPECT_TRUE(opens("&start=2023-01-01T00:00:00Z&end=2023-01-01T01:00:00Z").empty());
  EXPECT_TRUE(opens("&start=2024-01-01T00:00:00Z&end=2024-01-01T05:00:00Z").empty());
}

TEST(HttpTarget, IsReadWhateverItIs) {
  const HttpTarget target = HttpTarget::Parse("/a%20b?x=1&y=%5B2%5D&z&=&x=3#f");
  EXPECT_EQ(target.path, "/a b");
  EXPECT_EQ(target.Find("x"), "1");
  EXPECT_EQ(target.Find("y"), "[2]");
  EXPECT_EQ(target.Find("z"), "");
  EXPECT_EQ(target.Find("w"), std::nullopt);
  EXPECT_EQ(target.Number("x"), 1);
  EXPECT_EQ(target.Number("y"), std::nullopt);
  EXPECT_EQ(HttpTarget::Parse("/?a=-5&b=99999999999999").Number("a"), 0);
  EXPECT_EQ(HttpTarget::Parse("/?a=-5&b=99999999999999").Number("b"), 10'000'000'000'000);
  EXPECT_EQ(HttpTarget::Parse("%zz%4").path, "%zz%4");
  EXPECT_EQ(HttpTarget::Parse("").path, "");
  EXPECT_EQ(IsoMicros(kStart.us + 5), "2024-01-01T00:00:00.000005Z");
}

}  // namespace
}  // namespace tidemark

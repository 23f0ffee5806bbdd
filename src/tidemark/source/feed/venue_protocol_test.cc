#include "tidemark/source/feed/venue_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemark/source/feed/feed_testing.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Symbol S(const char* text) { return *Symbol::Parse(text); }
Interval I(const char* text) { return *Interval::Parse(text); }
constexpr EventTime kFrom{1'700'000'000 * kMicrosPerSecond};
const TimeRange kHour{kFrom, kFrom + kMicrosPerHour};

std::unique_ptr<VenueProtocol> Of(std::string_view venue) { return *MakeVenueProtocol(venue); }

std::string SubscribeText(std::string_view venue, std::vector<const char*> symbols,
                          const char* candles = nullptr) {
  const auto protocol = Of(venue);
  std::vector<FeedTopic> topics;
  for (const char* symbol : symbols) {
    topics.push_back(candles == nullptr ? *protocol->Trades(S(symbol))
                                        : *protocol->Candles(S(symbol), I(candles)));
  }
  return protocol->Subscribe(topics, 7);
}

TEST(VenueProtocol, MessagesAreThoseOfTheRecordingsAndPages) {
  EXPECT_EQ(SubscribeText("binance", {"NKN-USDT", "BLZ-ETH"}),
            R"({"method":"SUBSCRIBE","params":["nknusdt@aggTrade","blzeth@aggTrade"],"id":7})");
  EXPECT_EQ(SubscribeText("binance_us", {"CRV-USDT"}, "1m"),
            R"({"method":"SUBSCRIBE","params":["crvusdt@kline_1m"],"id":7})");
  EXPECT_EQ(SubscribeText("coinbase", {"SKL-USD", "BAND-GBP"}),
            R"({"type":"subscribe","channels":[{"name":"matches","product_ids":["SKL-USD",)"
            R"("BAND-GBP"]},{"name":"heartbeat","product_ids":["SKL-USD","BAND-GBP"]}]})");
  EXPECT_EQ(SubscribeText("kraken", {"BTC-USD", "DOGE-EUR"}),
            R"({"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","DOGE/EUR"],)"
            R"("snapshot":true},"req_id":7})");
  EXPECT_EQ(SubscribeText("kraken", {"BTC-USD"}, "1h"),
            R"({"method":"subscribe","params":{"channel":"ohlc","symbol":["BTC/USD"],)"
            R"("interval":60,"snapshot":true},"req_id":7})");
  EXPECT_EQ(SubscribeText("bitfinex", {"BFT-USD"}),
            R"({"event":"subscribe","channel":"trades","symbol":"tBFTUSD"})");
  EXPECT_EQ(SubscribeText("bitfinex", {"BTC-USD"}, "1d"),
            R"({"event":"subscribe","channel":"candles","key":"trade:1D:tBTCUSD"})");
  EXPECT_EQ(SubscribeText("bitstamp", {"SGB-EUR"}),
            R"({"event":"bts:subscribe","data":{"channel":"live_trades_sgbeur"}})");
  EXPECT_EQ(SubscribeText("okx", {"BTC-USDT", "ETH-USDT"}),
            R"({"id":"7","op":"subscribe","args":[{"channel":"trades-all","instId":"BTC-USDT"},)"
            R"({"channel":"trades-all","instId":"ETH-USDT"}]})");
  EXPECT_EQ(SubscribeText("bybit", {"BCH-USDT"}),
            R"({"req_id":"7","op":"subscribe","args":["publicTrade.BCHUSDT"]})");
  EXPECT_EQ(SubscribeText("bybit", {"BCH-USDT"}, "4h"),
            R"({"req_id":"7","op":"subscribe","args":["kline.240.BCHUSDT"]})");
  EXPECT_EQ(
      SubscribeText("gemini", {"BTC-GBP", "LINK-ETH"}),
      R"({"type":"subscribe","subscriptions":[{"name":"l2","symbols":["BTCGBP","LINKETH"]}]})");
}

TEST(VenueProtocol, SpellingsAreTheVenues) {
  EXPECT_EQ(Of("bitfinex")->Spelling(S("DOGE-USD")), "tDOGE:USD");
  EXPECT_EQ(Of("bitfinex")->Spelling(S("BTC-USDT")), "tBTCUST");
  EXPECT_EQ(Of("kraken")->Spelling(S("XBT-USD")), "BTC/USD");
  EXPECT_EQ(Of("bitstamp")->Spelling(S("BTC-USD")), "btcusd");
  EXPECT_EQ(Of("coinbase")->Spelling(S("BTC-USD")), "BTC-USD");
  EXPECT_EQ(Of("gemini")->Spelling(S("BTC-USD")), "BTCUSD");
}

TEST(VenueProtocol, AddressesAndWhatIsNotOffered) {
  EXPECT_EQ(Of("binance_futures")->Trades(S("BTC-USDT"))->url,
            "wss://fstream.binance.com/market/stream");
  EXPECT_EQ(Of("okx")->Trades(S("BTC-USDT"))->url, "wss://ws.okx.com:8443/ws/v5/business");
  EXPECT_EQ(Of("okx")->Candles(S("BTC-USDT"), I("1d"))->url,
            "wss://ws.okx.com:8443/ws/v5/business");
  EXPECT_EQ(Of("okx")->Candles(S("BTC-USDT"), I("1d"))->channel, "candle1Dutc");
  for (const char* venue : {"coinbase", "bitstamp"}) {
    EXPECT_EQ(Of(venue)->Candles(S("BTC-USD"), I("1m")).error().code(), ErrorCode::kUnsupported);
  }
  EXPECT_THAT(Of("kraken")->Candles(S("BTC-USD"), I("3m")).error().message(), HasSubstr("1m, 5m"));
  EXPECT_FALSE(MakeVenueProtocol("nowhere"));
  EXPECT_FALSE(MakeVenueProtocol("binance_moon"));
  for (const std::string_view venue : kFeedVenues) {
    const auto protocol = Of(venue);
    EXPECT_GT(protocol->rules().topics_per_connection, 0u) << venue;
    EXPECT_TRUE(protocol->rules().rest_url.starts_with("https://")) << venue;
    EXPECT_TRUE(protocol->Trades(S("BTC-USD"))->url.starts_with("wss://")) << venue;
  }
}

// A history of trades 0, 1, 2 … one each `step` microseconds, as a venue gives its pages.
struct History {
  int64_t trades = 10'000;
  int64_t step = kMicrosPerSecond;
  EventTime begin = kFrom - kMicrosPerHour / 2;

  int64_t Number(const std::string& path, const std::string& name, int64_t otherwise) const {
    const size_t at = path.find(name + "=");
    return at == path.npos ? otherwise : std::stoll(path.substr(at + name.size() + 1));
  }
  EventTime TimeOf(int64_t id) const { return begin + id * step; }
  int64_t FirstAt(int64_t us) const {  // the first trade at or after
    return std::clamp<int64_t>((us - begin.us + step - 1) / step, 0, trades);
  }
  PageSeen Page(int64_t from, int64_t to) const {
    PageSeen page;
    for (int64_t id = std::max<int64_t>(from, 0); id < std::min(to, trades); ++id) {
      page.Add(TimeOf(id), id);
    }
    return page;
  }
};

// Asks until there is no more; true for each trade that came.
std::vector<bool> Walk(const VenueProtocol& protocol, const BackfillRange& range,
                       const History& history,
                       const std::function<PageSeen(const std::string&)>& answer, int* pages) {
  std::vector<bool> seen(static_cast<size_t>(history.trades));
  BackfillProgress progress;
  progress.now = history.TimeOf(history.trades);
  std::string before;
  for (*pages = 0; *pages < 2000; ++*pages) {
    const auto next = protocol.NextPage(S("BTC-USD"), range, progress);
    EXPECT_TRUE(next) << next.error().message();
    if (!next || !*next) break;
    EXPECT_NE((*next)->path, before);
    before = (*next)->path;
    progress.last = answer(before);
    ++progress.replies;
    progress.rows += progress.last.rows;
    if (progress.last.rows == 0) continue;
    for (int64_t id = progress.last.id_min; id <= progress.last.id_max; ++id) {
      seen[static_cast<size_t>(id)] = true;
    }
  }
  return seen;
}

// Every trade of [begin, end) came.
void ExpectAll(const std::vector<bool>& seen, int64_t begin, int64_t end) {
  for (int64_t id = begin; id < end; ++id) {
    ASSERT_TRUE(seen[static_cast<size_t>(id)]) << "trade " << id;
  }
}

// How each venue pages, as its documentation says.
PageSeen AnswerOf(std::string_view venue, const History& h, const std::string& path) {
  const auto number = [&](const char* name, int64_t otherwise) {
    return h.Number(path, name, otherwise);
  };
  const int64_t limit = number("limit", 100);
  if (venue.starts_with("binance")) {
    if (const int64_t from = number("fromId", -1); from >= 0) return h.Page(from, from + limit);
    const int64_t from = h.FirstAt(number("startTime", 0) * 1000);
    const int64_t to = h.FirstAt((number("endTime", 0) + 1) * 1000);
    return h.Page(from, std::min(to, from + limit));
  }
  if (venue == "coinbase" || venue == "okx") {
    int64_t after = number("after", h.trades);
    if (path.find("type=2") != path.npos) after = h.FirstAt(after * 1000);
    after = std::min(after, h.trades);
    return h.Page(after - limit, after);
  }
  if (venue == "kraken") {
    const int64_t from = h.FirstAt(number("since", 0) / 1000 + 1);
    return h.Page(from, from + number("count", 0));
  }
  if (venue == "bitfinex") {
    const int64_t from = h.FirstAt(number("start", 0) * 1000);
    const int64_t to = h.FirstAt((number("end", 0) + 1) * 1000);
    return h.Page(from, std::min(to, from + limit));
  }
  EXPECT_EQ(venue, "gemini");
  int64_t from = number("since_tid", -1) + 1;
  if (path.find("timestamp=") != path.npos) from = h.FirstAt(number("timestamp", 0) * 1000 + 1000);
  return h.Page(from, from + number("limit_trades", 0));
}

TEST(VenueProtocol, PagesOfARangeOfTimesHoldAllItsTrades) {
  for (const std::string_view venue :
       {"binance", "binance_futures", "coinbase", "kraken", "bitfinex", "okx", "gemini"}) {
    for (const int64_t step : {kMicrosPerSecond, kMicrosPerSecond / 7, kMicrosPerMinute}) {
      const History history{.trades = 40'000, .step = step};
      const auto protocol = Of(venue);
      int pages = 0;
      const auto seen = Walk(
          *protocol, BackfillRange::Times(kHour), history,
          [&](const std::string& path) { return AnswerOf(venue, history, path); }, &pages);
      SCOPED_TRACE(fmt::format("{} step {} pages {}", venue, step, pages));
      EXPECT_LT(pages, 1000);
      ExpectAll(seen, history.FirstAt(kHour.start.us), history.FirstAt(kHour.end.us));
    }
  }
}

TEST(VenueProtocol, PagesOfARangeOfIdsHoldAllItsTrades) {
  for (const std::string_view venue : {"binance", "binance_us", "coinbase", "okx", "gemini"}) {
    for (const auto& [begin, end] :
         {std::pair{500, 501}, {1, 3000}, {2999, 5210}, {9990, 10'000}}) {
      const History history;
      const auto protocol = Of(venue);
      int pages = 0;
      const auto seen = Walk(
          *protocol, BackfillRange::Ids(begin, end), history,
          [&](const std::string& path) { return AnswerOf(venue, history, path); }, &pages);
      SCOPED_TRACE(fmt::format("{} ids {} to {}", venue, begin, end));
      EXPECT_LT(pages, 60);
      ExpectAll(seen, begin, end);
    }
  }
}

TEST(VenueProtocol, AVenueWithoutIdsSaysSo) {
  for (const std::string_view venue : {"kraken", "bitfinex", "bitstamp", "bybit"}) {
    const auto next = Of(venue)->NextPage(S("BTC-USD"), BackfillRange::Ids(1, 2), {});
    ASSERT_FALSE(next) << venue;
    EXPECT_EQ(next.error().code(), ErrorCode::kUnsupported);
  }
}

TEST(VenueProtocol, CandlePagesCoverTheRange) {
  const TimeRange day{*ParseTime("2023-11-14"), *ParseTime("2023-11-17")};
  for (const std::string_view venue : kFeedVenues) {
    const auto protocol = Of(venue);
    BackfillProgress progress;
    std::vector<bool> seen(3 * 1440);
    int pages = 0;
    for (; pages < 100; ++pages) {
      const auto next =
          protocol->NextPage(S("BTC-USD"), BackfillRange::Candles(I("1m"), day), progress);
      ASSERT_TRUE(next) << venue << next.error().message();
      if (!*next) break;
      EXPECT_EQ((*next)->kind, RestQuery::Kind::kCandles);
      // Every venue's answer, whatever its order: from one end of what was asked, a page of it.
      const std::string& path = (*next)->path;
      const History h;
      const auto at = [&](const char* name, int64_t unit, EventTime otherwise) {
        const int64_t value = h.Number(path, name, -1);
        return value < 0 ? otherwise : EventTime{value * unit};
      };
      EventTime from = day.start, to = day.end;
      int64_t limit = 1440 * 3;
      bool newest = false;
      if (venue.starts_with("binance")) {
        from = at("startTime", 1000, from), to = at("endTime", 1000, to), limit = 1000;
      } else if (venue == "coinbase") {
        from = *ParseTime(path.substr(path.find("start=") + 6, 20)),
        to = from + 300 * kMicrosPerMinute;
        limit = 300;
      } else if (venue == "bitfinex") {
        from = at("?limit=10000&sort=1&start", 1000, from), limit = 10'000;
      } else if (venue == "bitstamp") {
        from = at("start", kMicrosPerSecond, from), limit = 1000;
      } else if (venue == "okx") {
        to = at("after", 1000, to), limit = 100, newest = true;
      } else if (venue == "bybit") {
        to = at("end", 1000, to), limit = 1000, newest = true;
      }
      progress.last = {};
      const int64_t first = (from - day.start + kMicrosPerMinute - 1) / kMicrosPerMinute;
      const int64_t last = std::min<int64_t>((to - day.start - 1) / kMicrosPerMinute + 1, 3 * 1440);
      const int64_t begin = newest ? std::max(first, last - limit) : first;
      for (int64_t i = begin; i < std::min(last, begin + limit); ++i) {
        seen[static_cast<size_t>(i)] = true;
        progress.last.Add(day.start + i * kMicrosPerMinute, kNullInt);
      }
      ++progress.replies;
      progress.rows += progress.last.rows;
    }
    EXPECT_LT(pages, 60) << venue;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), false), 0) << venue;
  }
}

TEST(QueryText, ReadsBackAsItself) {
  for (const char* text :
       {"trades tBTCUSD", "aggregates BTCUSDT", "candles BTC/USD 1m", "candles BTC-USD 1mo"}) {
    const auto query = ParseQueryText(text);
    ASSERT_TRUE(query) << text;
    EXPECT_EQ(QueryText(query->query()), text);
  }
  for (const char* text :
       {"", "trades", "trades ", "trades a b", "candles BTCUSD", "candles x 7y", "books BTCUSD"}) {
    EXPECT_FALSE(ParseQueryText(text)) << text;
  }
}

// The latest minute, hour or day by its own clock: what was asked may begin too late.
TEST(VenueProtocol, BitstampIsAskedFurtherBackUntilItsTradesReach) {
  const EventTime start = StartOf({2024, 5, 1});
  const BackfillRange range = BackfillRange::Times({start, start + kMicrosPerSecond});
  BackfillProgress progress;
  progress.now = start + 10 * kMicrosPerSecond;
  std::vector<std::string> asked;
  const auto ask = [&] {
    const auto page = Of("bitstamp")->NextPage(S("BTC-USD"), range, progress);
    if (!page || !*page) return false;
    progress.path = (*page)->path;
    ++progress.replies;
    asked.push_back(progress.path.substr(progress.path.find('=')));
    return true;
  };
  EXPECT_TRUE(ask());
  progress.last.Add(start + 1, 7);
  EXPECT_TRUE(ask());
  EXPECT_TRUE(ask());
  EXPECT_FALSE(ask());
  EXPECT_EQ(asked, (std::vector<std::string>{"=minute", "=hour", "=day"}));
  progress.path = "/?time=minute";
  progress.last.Add(start, 6);
  EXPECT_FALSE(ask()) << "it reaches back to the start";
}

}  // namespace
}  // namespace tidemark

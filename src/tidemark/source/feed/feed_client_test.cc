// A whole client against a venue on loopback: real sockets, the machine's clock.
#include "tidemark/source/feed/feed_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "testkit/scripted_venue.h"
#include "tidemark/base/file.h"
#include "tidemark/source/feed/feed_testing.h"
#include "tidemark/source/net/url.h"

namespace tidemark {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Symbol S(const char* text) { return *Symbol::Parse(text); }

// Frames and rows in the order they came, each a line.
struct Kept : FeedClient::Listener {
  explicit Kept(EventLoop& the_loop) : loop(the_loop) {}
  EventLoop& loop;
  EventText text;
  std::vector<std::string> notes, gaps;
  std::string_view expected_reason = kByDisconnect;
  int64_t longest_us = 0;  // of the gaps
  std::function<void()> on_frame;

  void OnFrame(const FeedFrame& frame) override {
    static constexpr std::string_view kNames[] = {"opened", "received", "closed", "reply"};
    text.events.push_back(fmt::format("{} {} {}{}", kNames[static_cast<size_t>(frame.kind)],
                                      frame.connection, frame.about, frame.bytes));
    if (on_frame) on_frame();
  }
  FeedSink& rows() override { return text; }
  void OnNote(const LogEvent& note) override { notes.push_back(note.message); }
  void OnGap(const FeedTopic& topic, std::string_view reason, ReceiveTime from,
             ReceiveTime to) override {
    EXPECT_LE(from, to);
    EXPECT_EQ(reason, expected_reason);
    longest_us = std::max(longest_us, to.us - from.us);
    gaps.push_back(topic.symbol.text());
  }
  size_t Count(std::string_view start) const {
    return static_cast<size_t>(
        std::count_if(text.events.begin(), text.events.end(),
                      [&](const std::string& line) { return line.starts_with(start); }));
  }
  bool Until(const std::function<bool()>& done) const {
    for (int i = 0; i < 1500 && !done(); ++i) loop.RunFor(10'000);
    return done();
  }
};

// Timings for tests that do not want to wait.
FeedTimings Quick() {
  FeedTimings timings;
  timings.ack_timeout_us = 500 * kMicrosPerMilli;
  timings.backoff_min_us = 50 * kMicrosPerMilli;
  timings.backoff_max_us = 200 * kMicrosPerMilli;
  return timings;
}

std::string AggTrade(const char* symbol, int id) {
  return fmt::format(
      R"({{"stream":"x@aggTrade","data":{{"e":"aggTrade","E":1700000000000,"s":"{}","a":{},)"
      R"("p":"1.5","q":"2","f":1,"l":1,"T":{},"m":false,"M":true}}}})",
      symbol, id, 1'700'000'000'000 + id);
}

std::string RequestId(const std::string& text) {
  const size_t at = text.find("\"id\":");
  return text.substr(at + 5, text.size() - at - 6);
}

struct Client {
  explicit Client(FeedSettings settings) : kept(loop) {
    settings.timings = Quick();
    auto made = FeedClient::Make(loop, SystemClock(), std::move(settings), 1, kept);
    EXPECT_TRUE(made) << made.error().message();
    client = *std::move(made);
  }
  EventLoop loop;
  Kept kept;
  std::unique_ptr<FeedClient> client;
};

TEST(FeedClient, KeepsTheFrameThenGivesItsRows) {
  ScriptedVenue server(
      [](ScriptedVenue::Peer& peer) {
        peer.Send(R"({"result":null,"id":)" + RequestId(peer.Receive()) + "}");
        peer.Send(AggTrade("BTCUSDT", 7));
        peer.Stay();
      },
      nullptr);
  Client c(
      {.venue = "binance", .symbols = {S("BTC-USDT"), S("ETH-USDT")}, .ws_url = server.ws_url()});
  EXPECT_EQ(c.client->state().symbols[0].problem, "stopped");
  c.client->Start();
  ASSERT_TRUE(c.kept.Until([&] { return c.kept.Count("trade") == 1; }));
  EXPECT_THAT(c.kept.text.events,
              ElementsAre("opened 1 " + server.ws_url(), "received 1 {\"result\":null,\"id\":1}",
                          "control subscribed none [] [] 1", "received 1 " + AggTrade("BTCUSDT", 7),
                          StartsWith("trade BTCUSDT 2023-11-14T22:13:20.007Z id '7'"),
                          "sequence aggregate BTCUSDT 7 8"));
  const FeedState state = c.client->state();
  EXPECT_EQ(state.connections, 1);
  ASSERT_EQ(state.symbols.size(), 2u);
  EXPECT_TRUE(state.symbols[0].subscribed);
  EXPECT_GT(state.symbols[0].last_row.us, 0);
  EXPECT_TRUE(state.symbols[1].subscribed);
  EXPECT_EQ(state.symbols[1].last_row.us, 0);
  EXPECT_EQ(*c.client->SymbolOf("BTCUSDT"), S("BTC-USDT"));
  EXPECT_EQ(c.client->SymbolOf("XRPUSDT"), nullptr);
  c.client->Stop();
  EXPECT_EQ(c.kept.text.events.back(), "closed 1 stopped");
}

TEST(FeedClient, ComesBackAfterADropAndTellsTheGap) {
  ScriptedVenue server(
      [](ScriptedVenue::Peer& peer) {
        peer.Send(R"({"result":null,"id":)" + RequestId(peer.Receive()) + "}");
        peer.Send(AggTrade("BTCUSDT", peer.number()));
        if (peer.number() < 3) return peer.Drop();
        peer.Stay();
      },
      nullptr);
  Client c({.venue = "binance", .symbols = {S("BTC-USDT")}, .ws_url = server.ws_url()});
  c.client->Start();
  ASSERT_TRUE(c.kept.Until([&] { return c.kept.Count("trade") == 3; }));
  EXPECT_EQ(c.kept.Count("opened"), 3u);
  EXPECT_EQ(c.kept.Count("closed"), 2u);
  EXPECT_THAT(c.kept.gaps, ElementsAre("BTC-USDT", "BTC-USDT"));
  EXPECT_THAT(c.kept.notes, Contains(HasSubstr("next attempt in")));
  EXPECT_EQ(c.client->state().symbols[0].drops, 2);
  EXPECT_EQ(c.client->state().symbols[0].reconnects, 2);
  EXPECT_EQ(c.client->state().drops, 2);
  EXPECT_EQ(c.client->state().reconnects, 2);
  EXPECT_GT(c.client->state().heard.us, 0);
}

TEST(FeedClient, OneBadSymbolDoesNotStopOthers) {
  ScriptedVenue server(
      [](ScriptedVenue::Peer& peer) {
        while (!peer.gone()) {
          const std::string text = peer.Receive();
          const bool bad = text.find("BAD-USD") != text.npos;
          if (bad) {
            peer.Send(R"({"type":"error","message":"Failed to subscribe",)"
                      R"("reason":"BAD-USD is not a valid product"})");
          } else if (text.find("BTC-USD") != text.npos) {
            peer.Send(R"({"type":"subscriptions","channels":[{"name":"matches",)"
                      R"("product_ids":["BTC-USD"]}]})");
            peer.Send(
                R"({"type":"match","trade_id":5,"side":"buy","size":"1","price":"2",)"
                R"("product_id":"BTC-USD","sequence":1,"time":"2023-11-14T00:00:00.000000Z"})");
          }
        }
      },
      nullptr);
  Client c(
      {.venue = "coinbase", .symbols = {S("BAD-USD"), S("BTC-USD")}, .ws_url = server.ws_url()});
  c.client->Start();
  ASSERT_TRUE(c.kept.Until([&] { return c.kept.Count("trade") == 1; }));
  const FeedState state = c.client->state();
  EXPECT_FALSE(state.symbols[0].subscribed);
  EXPECT_THAT(state.symbols[0].problem, HasSubstr("BAD-USD is not a valid product"));
  EXPECT_TRUE(state.symbols[1].subscribed);
}

TEST(FeedClient, MoreTopicsThanAConnectionHoldsTakeMoreConnections) {
  std::atomic<int> messages = 0;
  ScriptedVenue server(
      [&](ScriptedVenue::Peer& peer) {
        int number = 0;
        while (!peer.gone()) {
          const std::string text = peer.Receive();
          if (text.find("subscribe") == text.npos) continue;
          ++messages;
          const size_t key = text.rfind("\"t");
          peer.Send(fmt::format(
              R"({{"event":"subscribed","channel":"trades","chanId":{},"symbol":"{}"}})", ++number,
              text.substr(key + 1, text.size() - key - 3)));
        }
      },
      nullptr);
  FeedSettings settings{.venue = "bitfinex", .ws_url = server.ws_url()};
  for (int i = 0; i < 30; ++i) settings.symbols.push_back(S(fmt::format("A{:02}-USD", i).c_str()));
  settings.symbols.push_back(settings.symbols[0]);  // said twice, wanted once
  Client c(std::move(settings));
  c.client->Start();
  ASSERT_TRUE(c.kept.Until([&] {
    const FeedState state = c.client->state();
    return std::all_of(state.symbols.begin(), state.symbols.end(),
                       [](const auto& symbol) { return symbol.subscribed; });
  }));
  EXPECT_EQ(c.client->state().symbols.size(), 30u);
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(messages, 30);
}

// The message that shows the loss speaks of the symbol, so the symbol was just heard; what is
// missing was told before it.
TEST(FeedClient, AHoleInNumbersIsAGapSinceTheLastNumber) {
  ScriptedVenue server(
      [&](ScriptedVenue::Peer& peer) {
        peer.Receive();
        peer.Send(R"({"event":"conf","status":"OK","flags":65536})");
        peer.Receive();
        peer.Send(R"({"event":"subscribed","channel":"trades","chanId":7,"symbol":"tBTCUSD"})");
        peer.Send(R"([7,"tu",[1,1700000000000,1,100],1])");
        std::this_thread::sleep_for(std::chrono::milliseconds(1500));
        peer.Send("damaged");  // number 2
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        peer.Send(R"([7,"tu",[3,1700000001600,1,100],3])");
        peer.Stay();
      },
      nullptr);
  Client c({.venue = "bitfinex", .symbols = {S("BTC-USD")}, .ws_url = server.ws_url()});
  c.kept.expected_reason = kByLoss;
  c.client->Start();
  ASSERT_TRUE(c.kept.Until([&] { return !c.kept.gaps.empty(); }));
  EXPECT_GE(c.kept.longest_us, 1'550'000);
  EXPECT_LT(c.kept.longest_us, 5'000'000);
}

TEST(FeedClient, PausedTheVenueIsHeldBackAndNothingIsDropped) {
  constexpr int kTrades = 30'000;
  std::atomic<int> told = 0;
  ScriptedVenue server(
      [&](ScriptedVenue::Peer& peer) {
        peer.Send(R"({"result":null,"id":)" + RequestId(peer.Receive()) + "}");
        for (int i = 0; i < kTrades && !peer.gone(); ++i) {
          peer.Send(AggTrade("BTCUSDT", i) + std::string(1000, ' '));
          told = i + 1;
        }
        peer.Stay();
      },
      nullptr, {.deflate = false});
  Client c({.venue = "binance", .symbols = {S("BTC-USDT")}, .ws_url = server.ws_url()});
  bool paused = false;
  c.kept.on_frame = [&] {
    if (paused || c.kept.Count("trade") < 10) return;
    paused = true;
    c.client->PauseReading(true);
  };
  c.client->Start();
  ASSERT_TRUE(c.kept.Until([&] { return paused; }));
  c.kept.on_frame = nullptr;
  c.loop.RunFor(500'000);
  const size_t while_paused = c.kept.Count("trade");
  EXPECT_LE(while_paused, 11u);
  EXPECT_LT(told, kTrades);
  c.client->PauseReading(false);
  ASSERT_TRUE(c.kept.Until([&] { return c.kept.Count("trade") == kTrades; }));
  EXPECT_EQ(c.kept.Count("reject"), 0u);
  EXPECT_EQ(c.kept.Count("closed"), 0u);
}

TEST(FeedClient, StopsInsideItsOwnCalls) {
  ScriptedVenue server(
      [](ScriptedVenue::Peer& peer) {
        for (int i = 0; i < 5; ++i) peer.Send(AggTrade("BTCUSDT", i));
        peer.Stay();
      },
      nullptr);
  Client c({.venue = "binance", .symbols = {S("BTC-USDT")}, .ws_url = server.ws_url()});
  c.kept.on_frame = [&] {
    if (c.kept.Count("received") == 2) c.client->Stop();
  };
  c.client->Start();
  ASSERT_TRUE(c.kept.Until([&] { return c.kept.Count("closed") == 1; }));
  c.loop.RunFor(200'000);
  EXPECT_EQ(c.kept.Count("received"), 2u);
  EXPECT_EQ(c.client->state().connections, 0);
}

TEST(FeedClient, SecureConnectionsAndHistoryWithACertificateOfOnesOwn) {
  const TestCertificate certificate = TestCertificate::Make();
  const std::string folder = *MakeTemporaryDirectory("feed");
  ASSERT_TRUE(WriteFileSynced(folder + "/ca.pem", certificate.certificate));
  ScriptedVenue server(
      [](ScriptedVenue::Peer& peer) {
        peer.Send(AggTrade("BTCUSDT", 7));
        peer.Stay();
      },
      [](const std::string&) {
        return ScriptedVenue::Answer{200,
                                     R"([{"a":1,"p":"1","q":"1","f":1,"l":1,"T":1600000000000,)"
                                     R"("m":true,"M":true}])"};
      },
      {.tls = &certificate});
  Client c({.venue = "binance",
            .symbols = {S("BTC-USDT")},
            .ws_url = server.ws_url(),
            .rest_url = server.http_url(),
            .ca_file = folder + "/ca.pem"});
  c.client->Start();
  std::optional<Status> done;
  c.client->Backfill(S("BTC-USDT"), BackfillRange::Ids(1, 2),
                     [&](Status status) { done = status; });
  ASSERT_TRUE(c.kept.Until([&] { return done && c.kept.Count("trade") == 2; }));
  EXPECT_TRUE(*done) << done->error().message();
  EXPECT_TRUE(RemoveTree(folder));
}

std::string TradeList(int64_t from, int64_t limit) {
  std::string body = "[";
  for (int64_t id = from; id < from + limit; ++id) {
    body += fmt::format(R"({}{{"a":{},"p":"1","q":"1","f":1,"l":1,"T":{},"m":true,"M":true}})",
                        id == from ? "" : ",", id, 1'600'000'000'000 + id);
  }
  return body + "]";
}

TEST(FeedClient, BackfillAsksPageByPageAndWaitsWhenTold) {
  std::mutex mutex;
  std::vector<std::string> asked;
  ScriptedVenue server(nullptr, [&](const std::string& target) {
    const std::lock_guard lock(mutex);
    asked.push_back(target);
    if (asked.size() == 2) return ScriptedVenue::Answer{429, "too fast", "1"};
    if (asked.size() == 3) return ScriptedVenue::Answer{502, "<html>"};
    const int64_t from = std::stoll(target.substr(target.find("fromId=") + 7));
    const int64_t limit = std::stoll(target.substr(target.find("limit=") + 6));
    return ScriptedVenue::Answer{200, TradeList(from, limit)};
  });
  Client c({.venue = "binance", .symbols = {S("BTC-USDT")}, .rest_url = server.http_url() + "/"});
  std::optional<Status> done;
  const int64_t begin = SystemClock().MonotonicNanos();
  c.client->Backfill(S("BTC-USDT"), BackfillRange::Ids(100, 2600), [&](Status s) { done = s; });
  EXPECT_FALSE(done);
  EXPECT_EQ(c.client->state().backfills, 1u);
  ASSERT_TRUE(c.kept.Until([&] { return done.has_value(); }));
  ASSERT_TRUE(*done) << done->error().message();
  EXPECT_GE(SystemClock().MonotonicNanos() - begin, 1'500'000'000);
  EXPECT_EQ(c.kept.Count("trade"), 2500u);
  EXPECT_EQ(c.kept.Count("reply 0 aggregates BTCUSDT["), 3u);
  EXPECT_THAT(asked, ElementsAre("/api/v3/aggTrades?symbol=BTCUSDT&fromId=100&limit=1000",
                                 "/api/v3/aggTrades?symbol=BTCUSDT&fromId=1100&limit=1000",
                                 "/api/v3/aggTrades?symbol=BTCUSDT&fromId=1100&limit=1000",
                                 "/api/v3/aggTrades?symbol=BTCUSDT&fromId=1100&limit=1000",
                                 "/api/v3/aggTrades?symbol=BTCUSDT&fromId=2100&limit=500"));
  EXPECT_THAT(c.kept.notes, Contains(HasSubstr("the server answered 429 Too Many Requests")));
  EXPECT_EQ(c.client->state().refused, 2);
}

TEST(FeedClient, ALookIsNoFrameAndLetsBackfillsGoFirst) {
  std::mutex mutex;
  std::vector<int64_t> asked;
  ScriptedVenue server(nullptr, [&](const std::string& target) {
    const std::lock_guard lock(mutex);
    const int64_t from = std::stoll(target.substr(target.find("fromId=") + 7));
    const int64_t limit = std::stoll(target.substr(target.find("limit=") + 6));
    asked.push_back(from);
    if (asked.size() == 2) return ScriptedVenue::Answer{429, "too fast", "1"};
    return ScriptedVenue::Answer{200, TradeList(from, limit)};
  });
  Client c({.venue = "binance", .symbols = {S("BTC-USDT")}, .rest_url = server.http_url()});
  std::vector<std::string> done;
  const auto keep = [&](const char* what) {
    return [&done, what](const Status& s) { done.emplace_back(s ? what : s.error().message()); };
  };
  EventText looked;
  c.client->Look(S("BTC-USDT"), BackfillRange::Ids(5000, 7000), looked, keep("look"));
  const auto first_page = [&] {
    const std::lock_guard lock(mutex);
    return asked.size() == 1;
  };
  ASSERT_TRUE(c.kept.Until(first_page));
  c.client->Backfill(S("BTC-USDT"), BackfillRange::Ids(100, 1100), keep("backfill"));
  EXPECT_EQ(c.client->state().backfills, 1u);
  ASSERT_TRUE(c.kept.Until([&] { return done.size() == 2; }));
  EXPECT_THAT(done, ElementsAre("backfill", "look"));
  EXPECT_THAT(asked, ElementsAre(5000, 100, 100, 6000));
  EXPECT_EQ(c.kept.Count("trade"), 1000u);
  EXPECT_EQ(c.kept.Count("reply"), 1u);
  EXPECT_EQ(std::ranges::count_if(
                looked.events, [](const std::string& line) { return line.starts_with("trade"); }),
            2000);
}

TEST(FeedClient, HowFarBackAVenueTellsIsCountedByItsClock) {
  const EventTime start{1'700'000'000'000'000};
  std::atomic<bool> dated = false;  // the replies
  ScriptedVenue server(nullptr, [&](const std::string&) {
    const std::string date = dated ? FormatHttpDate(start + 6 * kMicrosPerDay) : "";
    return ScriptedVenue::Answer{.status = 200, .body = "[]", .date = date};
  });
  Client c({.venue = "gemini", .symbols = {S("BTC-USD")}, .rest_url = server.http_url()});
  std::vector<std::string> done;
  const auto asked = [&] {
    const size_t before = done.size();
    c.client->Backfill(S("BTC-USD"), BackfillRange::Times({start, start + kMicrosPerMinute}),
                       [&](Status s) { done.push_back(s ? "ok" : s.error().message()); });
    return c.kept.Until([&] { return done.size() > before; });
  };
  ASSERT_TRUE(asked());
  dated = true;
  ASSERT_TRUE(asked());
  EXPECT_THAT(done, ElementsAre(HasSubstr("no trades of so long ago"), "ok"));
}

TEST(FeedClient, AHistoryThatIsBehindIsNotTakenForWhole) {
  const EventTime start{1'700'000'000'000'000};
  std::atomic<int> asked = 0;
  ScriptedVenue server(nullptr, [&](const std::string&) {
    // Its first trade at once, another one 50 s later when it is asked for the third time.
    const int64_t ms = start.us / 1000 + (asked++ < 2 ? 1 : 50'000);
    const std::string row =
        fmt::format(R"([{{"timestamp":{},"timestampms":{},"tid":{},"price":"1.5","amount":"2",)"
                    R"("exchange":"gemini","type":"buy"}}])",
                    ms / 1000, ms, asked < 3 ? 1 : 2);
    return ScriptedVenue::Answer{.status = 200,
                                 .body = asked == 2 ? "[]" : row,
                                 .date = FormatHttpDate(start + kMicrosPerMinute)};
  });
  Client c({.venue = "gemini", .symbols = {S("BTC-USD")}, .rest_url = server.http_url()});
  BackfillRange range = BackfillRange::Times({start, start + 50 * kMicrosPerSecond});
  range.told = start + 40 * kMicrosPerSecond;
  std::vector<std::string> done;
  const auto ask = [&] {
    const size_t before = done.size();
    c.client->Backfill(S("BTC-USD"), range,
                       [&](Status s) { done.push_back(s ? "ok" : s.error().message()); });
    return c.kept.Until([&] { return done.size() > before; });
  };
  ASSERT_TRUE(ask());
  ASSERT_TRUE(ask());
  EXPECT_THAT(done, ElementsAre(HasSubstr("has not reached 2023-11-14T22:14:10Z yet"), "ok"));
}

TEST(FeedClient, AClosedCandleShowsTheHistoryUpToItsEnd) {
  const EventTime start{1'700'000'040'000'000}, end = start + kMicrosPerMinute;
  std::string closed = "0";
  ScriptedVenue server(nullptr, [&](const std::string&) {
    return ScriptedVenue::Answer{
        .status = 200,
        .body = fmt::format(R"({{"code":"0","data":[["{}","1","2","1","2","3","4","5","{}"]]}})",
                            start.us / 1000, closed),
        .date = FormatHttpDate(end + kMicrosPerMinute)};
  });
  Client c({.venue = "okx", .symbols = {S("BTC-USDT")}, .rest_url = server.http_url()});
  std::vector<std::string> done;
  for (const char* state : {"0", "1"}) {
    closed = state;
    BackfillRange range = BackfillRange::Candles(Interval(), {start, end});
    range.told = end;  // open now, and not in the reply
    range.times.end = end + 1;
    const size_t before = done.size();
    c.client->Backfill(S("BTC-USDT"), range,
                       [&](Status s) { done.push_back(s ? "ok" : s.error().message()); });
    ASSERT_TRUE(c.kept.Until([&] { return done.size() > before; }));
  }
  EXPECT_THAT(done, ElementsAre(HasSubstr("has not reached"), "ok"));
}

TEST(FeedClient, UpToNowEndsThoughTradesGoOn) {
  std::atomic<int64_t> asked = 0;
  const EventTime start{1'700'000'000'000'000};
  // Each page has one trade, of ten seconds later; the first is of two seconds ago.
  ScriptedVenue server(nullptr, [&](const std::string&) {
    const int64_t page = asked++;
    const int64_t ms = start.us / 1000 + 10'000 * page;
    return ScriptedVenue::Answer{
        .status = 200,
        .body = fmt::format(R"([{{"timestamp":{},"timestampms":{},"tid":{},"price":"1.5",)"
                            R"("amount":"2","exchange":"gemini","type":"buy"}}])",
                            ms / 1000, ms, 100 + page),
        .date = FormatHttpDate(start + (10 * page + 2) * kMicrosPerSecond)};
  });
  Client c({.venue = "gemini", .symbols = {S("BTC-USD")}, .rest_url = server.http_url()});
  std::vector<std::string> done;
  c.client->Backfill(S("BTC-USD"), BackfillRange::Since(start - kMicrosPerMinute),
                     [&](Status s) { done.push_back(s ? "ok" : s.error().message()); });
  ASSERT_TRUE(c.kept.Until([&] { return !done.empty(); }));
  EXPECT_THAT(done, ElementsAre("ok"));
  EXPECT_EQ(c.kept.Count("trade"), 2u) << "the second came after the first reply";
}

TEST(FeedClient, BackfillsThatCannotBeSayWhy) {
  ScriptedVenue server(nullptr, [&](const std::string& target) {
    if (target.find("ETHUSDT") != target.npos) return ScriptedVenue::Answer{200, TradeList(1, 1)};
    return ScriptedVenue::Answer{400, R"({"code":-1121,"msg":"Invalid symbol."})"};
  });
  Client c({.venue = "binance", .symbols = {S("BAD-USDT")}, .rest_url = server.http_url()});
  std::vector<std::string> done;
  const auto keep = [&](Status s) { done.push_back(s ? "ok" : s.error().message()); };
  c.client->Backfill(S("BAD-USDT"), BackfillRange::Ids(0, 10), keep);
  c.client->Backfill(S("ETH-USDT"), BackfillRange::Ids(1, 2), keep);
  c.client->Backfill(
      S("ETH-USDT"),
      BackfillRange::Candles(Interval::Fixed(90 * kMicrosPerSecond), {EventTime{0}, EventTime{1}}),
      keep);
  ASSERT_TRUE(c.kept.Until([&] { return done.size() == 3; }));
  EXPECT_THAT(done, ElementsAre(HasSubstr("400 Bad Request: {\"code\":-1121"), "ok",
                                HasSubstr("has no candles of 90s")));
  c.client->Backfill(S("ETH-USDT"), BackfillRange::Ids(0, 10), keep);
  c.client->Stop();
  EXPECT_EQ(done.back(), "stopped");
}

TEST(FeedClient, WhatCannotBeConfiguredIsRefused) {
  EventLoop loop;
  Kept kept(loop);
  const auto code = [&](FeedSettings settings) {
    const auto made = FeedClient::Make(loop, SystemClock(), std::move(settings), 1, kept);
    return made ? ErrorCode::kInternal : made.error().code();
  };
  EXPECT_EQ(code({.venue = "nowhere", .symbols = {S("BTC-USD")}}), ErrorCode::kNotFound);
  EXPECT_EQ(code({.venue = "kraken"}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.venue = "kraken", .symbols = {S("BTC-USD")}, .trades = false}),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.venue = "bitstamp", .symbols = {S("BTC-USD")}, .candles = {Interval()}}),
            ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tidemark

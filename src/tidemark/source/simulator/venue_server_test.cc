// A plain client over loopback against the simulated venue: what it receives must be what our own
// decoders understand.
#include "tidemark/source/simulator/venue_server.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <map>
#include <thread>

#include "tidemark/base/file.h"
#include "tidemark/source/feed/feed_testing.h"
#include "tidemark/source/feed/venues.h"
#include "tidemark/source/file/row_reader.h"
#include "tidemark/source/simulator/simulated_market.h"

namespace tidemark {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

// A trade as rows of all kinds have it.
struct Row {
  int64_t time_us = 0, sequence = 0;
  double price = 0, size = 0;
  Side side = Side::kUnknown;
  bool operator==(const Row&) const = default;
};
using Tape = std::map<std::string, std::map<std::string, Row>>;  // by symbol, by id

class Collector : public EventCounts {
 public:
  Tape tape;
  std::vector<Candle> candles;

  void OnTrade(std::string_view symbol, const Trade& t, TradeOrigin origin) override {
    EventCounts::OnTrade(symbol, t, origin);
    const Row row{t.time.us, t.sequence, t.price, t.size, t.side};
    const auto [at, fresh] = tape[std::string(symbol)].try_emplace(std::string(t.id), row);
    EXPECT_TRUE(fresh || at->second == row) << symbol << " " << t.id;
  }
  void OnCandle(const CandleUpdate& update) override {
    EventCounts::OnCandle(update);
    if (update.state != CandleState::kOpen) candles.push_back(update.candle);
  }
};

class FileRows : public RowSink {
 public:
  Tape tape;
  CandleColumns candles;
  std::string venue;
  int64_t rejects = 0;

  Status OnCandles(const SeriesId& series, const CandleColumns& rows) override {
    venue = series.venue;
    candles.Append(rows, 0, rows.size());
    return {};
  }
  Status OnTrades(const TradeSeriesId& series, const TradeColumns& rows) override {
    venue = series.venue;
    auto& trades = tape[series.symbol.base() + series.symbol.quote()];
    for (size_t i = 0; i < rows.rows(); ++i) {
      trades[rows.IdText(i)] = {rows.time[i], rows.sequence[i], rows.price[i], rows.size[i],
                                rows.side[i]};
    }
    return {};
  }
  Status OnRejects(std::span<const RejectedRow> rows) override {
    rejects += static_cast<int64_t>(rows.size());
    return {};
  }
};

class VenueServerTest : public testing::Test {
 protected:
  void Serve(const std::string& faults = "", double speed = 120, int64_t minutes = 10,
             const std::string& script = "") {
    options_.symbols = {*ParseMarketSymbol("BTC-USDT"), *ParseMarketSymbol("ETH-USDT")};
    options_.speed = speed;
    options_.duration_us = minutes * kMicrosPerMinute;
    options_.faults = *ParseVenueFaults(faults);
    options_.script = *ParseFaultScript(script);
    auto server = VenueServer::Open(options_, SystemClock());
    ASSERT_TRUE(server) << server.error().message();
    server_ = *std::move(server);
    thread_ = std::thread([this] { EXPECT_TRUE(server_->Run()); });
  }
  void TearDown() override { Stop(); }
  void Stop() {
    if (!thread_.joinable()) return;
    server_->Stop();
    thread_.join();
  }

  asio::ip::tcp::endpoint endpoint() const {
    return {asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(server_->port())};
  }
  struct HttpAnswer {
    int status = 0;
    std::string body, retry_after;
    bool whole = true;
  };
  HttpAnswer Get(const std::string& target, http::verb method = http::verb::get) {
    asio::io_context context;
    beast::tcp_stream stream(context);
    beast::error_code error;
    stream.connect(endpoint(), error);
    http::request<http::string_body> request{method, target, 11};
    request.set(http::field::host, "localhost");
    http::write(stream, request, error);
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(stream, buffer, response, error);
    return {static_cast<int>(response.result_int()), response.body(),
            std::string(response[http::field::retry_after]), !error};
  }
  // A REST reply's rows, without rejects.
  void ReadRest(RestQuery::Kind kind, const std::string& symbol, const std::string& target,
                Collector& into) {
    const HttpAnswer answer = Get(target);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto decoder = *MakeRestDecoder("binance");
    decoder->Decode({kind, symbol, Interval()}, answer.body, kReceipt, into);
    ASSERT_EQ(into.counts["reject"], 0) << into.first_reject;
  }

  // Everything a websocket says until `done`, or until it ends.
  struct Talk {
    Collector rows;
    std::string error;
    std::vector<std::string> answers;
  };
  Talk Listen(const std::string& target, const std::vector<std::string>& says,
              const std::function<bool(Talk&)>& done) {
    Talk talk;
    asio::io_context context;
    beast::websocket::stream<beast::tcp_stream> socket(context);
    beast::error_code error;
    socket.next_layer().connect(endpoint(), error);
    socket.handshake("localhost", target, error);
    for (const std::string& text : says) {
      if (!error) socket.write(asio::buffer(text), error);
    }
    const auto decoder = *MakeFeedDecoder("binance");
    while (!error && !done(talk)) {
      // A read that nothing answers for four seconds is silence, on a busy machine too.
      beast::flat_buffer buffer;
      bool read = false;
      socket.async_read(buffer, [&](beast::error_code wrong, size_t) {
        error = wrong;
        read = true;
      });
      context.restart();
      context.run_for(std::chrono::seconds(4));
      if (!read) {
        talk.error = "silence";
        socket.next_layer().socket().close(error);
        context.restart();
        context.run();
        return talk;
      }
      if (error) break;
      const std::string text = beast::buffers_to_string(buffer.data());
      if (text.find("\"id\":") != text.npos) talk.answers.push_back(text);
      decoder->Decode(text, kReceipt, talk.rows);
    }
    if (error) talk.error = error.message();
    return talk;
  }
  std::function<bool(Talk&)> ClosedCandles(int count) {
    return [count](Talk& talk) { return talk.rows.counts["candle closed"] >= count; };
  }

  static constexpr ReceiveTime kReceipt{1'704'067'200'000'000 + kMicrosPerDay};
  VenueServerOptions options_;
  std::unique_ptr<VenueServer> server_;
  std::thread thread_;
};

TEST_F(VenueServerTest, LiveRestAndFilesTellTheSameTrades) {
  options_.truth_folder = *MakeTemporaryDirectory("tidemark-venue");
  Serve("", 300);
  Talk talk = Listen("/ws",
                     {R"({"method":"SUBSCRIBE","params":["btcusdt@trade","ethusdt@trade",)"
                      R"("btcusdt@kline_1m"],"id":7})"},
                     ClosedCandles(10));
  ASSERT_EQ(talk.error, "");
  EXPECT_EQ(talk.answers, std::vector<std::string>{R"({"result":null,"id":7})"});
  EXPECT_EQ(talk.rows.counts["reject"], 0) << talk.rows.first_reject;
  EXPECT_EQ(talk.rows.continuity.gaps(), 0);
  EXPECT_EQ(talk.rows.continuity.repeats(), 0);

  // The venue stands still now. REST has what was told before the subscription too.
  Collector rest;
  for (const std::string symbol : {"BTCUSDT", "ETHUSDT"}) {
    size_t before = 1;
    for (size_t id = 1; before != id || id == 1;) {
      before = id;
      ReadRest(RestQuery::Kind::kTrades, symbol,
               fmt::format("/api/v3/historicalTrades?symbol={}&fromId={}&limit=1000", symbol, id),
               rest);
      id = rest.tape[symbol].size() + 1;
    }
  }
  for (auto& [symbol, trades] : talk.rows.tape) {
    EXPECT_GT(trades.size(), 1000u);
    for (const auto& [id, row] : trades) EXPECT_EQ(rest.tape[symbol][id], row) << symbol << id;
  }
  Collector bars;
  ReadRest(RestQuery::Kind::kCandles, "BTCUSDT", "/api/v3/klines?symbol=BTCUSDT&interval=1m", bars);
  EXPECT_EQ(bars.candles.size(), 10u);
  Stop();

  for (const std::string symbol : {"BTCUSDT", "ETHUSDT"}) {
    for (const std::string what : {"trades", "1m"}) {
      const std::string path =
          fmt::format("{}/{}-{}-simulated.csv", options_.truth_folder, symbol, what);
      FileRows file;
      CandleFileOptions reading;
      reading.venue = "binance";
      InputFile input;
      input.uri = path;
      input.size = *FileSize(path);
      reading.now = kReceipt;
      const auto summary = ReadRows(input, reading, {}, nullptr, file);
      ASSERT_TRUE(summary) << summary.error().message();
      EXPECT_EQ(file.rejects, 0);
      EXPECT_EQ(file.venue, "binance");
      if (what == "trades") {
        EXPECT_TRUE(summary->with_ids);
        EXPECT_EQ(file.tape[symbol], rest.tape[symbol]) << summary->layout;
      } else if (symbol == "BTCUSDT") {
        ASSERT_EQ(file.candles.size(), bars.candles.size()) << summary->layout;
        for (size_t i = 0; i < bars.candles.size(); ++i) {
          const Candle candle = file.candles.At(i);
          EXPECT_EQ(candle.open_time, bars.candles[i].open_time);
          EXPECT_EQ(candle.close, bars.candles[i].close);
          EXPECT_EQ(candle.volume, bars.candles[i].volume);
        }
      }
    }
  }
  EXPECT_TRUE(RemoveTree(options_.truth_folder));
}

TEST_F(VenueServerTest, CombinedStreamsFromTheAddressAndAggregates) {
  Serve();
  Talk talk = Listen("/stream?streams=btcusdt@aggTrade/nonesuch@trade/ethusdt@kline_1m",
                     {R"({"method":"LIST_SUBSCRIPTIONS","id":"x"})"}, ClosedCandles(3));
  ASSERT_EQ(talk.error, "");
  EXPECT_EQ(talk.answers, std::vector<std::string>{
                              R"({"result":["btcusdt@aggTrade","ethusdt@kline_1m"],"id":"x"})"});
  EXPECT_EQ(talk.rows.counts["reject"], 0) << talk.rows.first_reject;
  EXPECT_EQ(talk.rows.tape.count("ETHUSDT"), 0u);
  Collector rest;
  ReadRest(RestQuery::Kind::kAggregates, "BTCUSDT", "/api/v3/aggTrades?symbol=BTCUSDT&fromId=1",
           rest);
  EXPECT_EQ(rest.tape["BTCUSDT"].size(), 500u);
  for (const auto& [id, row] : rest.tape["BTCUSDT"]) {
    const auto live = talk.rows.tape["BTCUSDT"].find(id);
    if (live != talk.rows.tape["BTCUSDT"].end()) {
      EXPECT_EQ(live->second, row);
    }
  }
}

TEST_F(VenueServerTest, RequestsAreAnsweredById) {
  Serve();
  const auto answers = [&](size_t count) {
    return [count](Talk& talk) { return talk.answers.size() >= count; };
  };
  Talk talk =
      Listen("/ws",
             {R"({"method":"SUBSCRIBE","params":["btcusdt@trade","nonesuch@trade"],"id":1})",
              R"({"method":"LIST_SUBSCRIPTIONS","id":2})", "nonsense",
              R"({"method":"JUMP","id":null})", R"({"method":"SUBSCRIBE","id":5})"},
             answers(5));
  ASSERT_EQ(talk.answers.size(), 5u) << talk.error;
  EXPECT_EQ(talk.answers[0], R"({"error":{"code":-1121,"msg":"Invalid symbol."},"id":1})");
  EXPECT_EQ(talk.answers[1], R"({"result":[],"id":2})");
  EXPECT_TRUE(talk.answers[2].starts_with(R"({"error":{"code":3,)"));
  EXPECT_TRUE(talk.answers[3].starts_with(R"({"error":{"code":2,)"));
  EXPECT_TRUE(talk.answers[4].ends_with(R"("id":5})"));
  EXPECT_EQ(talk.rows.counts["control error "], 4);
  // The sixth message within a second is one too many.
  const std::vector<std::string> hasty(6, R"({"method":"LIST_SUBSCRIPTIONS","id":2})");
  EXPECT_NE(Listen("/ws", hasty, answers(7)).error, "");
  EXPECT_NE(Listen("/elsewhere", {}, answers(1)).error, "");
}

TEST_F(VenueServerTest, RestRefusesInTheVenuesWords) {
  Serve();
  EXPECT_EQ(Get("/api/v3/trades?symbol=NONE").body, R"({"code":-1121,"msg":"Invalid symbol."})");
  EXPECT_EQ(Get("/api/v3/trades?symbol=NONE").status, 400);
  EXPECT_EQ(Get("/api/v3/trades").status, 400);
  EXPECT_EQ(Get("/api/v3/klines?symbol=BTCUSDT&interval=7m").body,
            R"({"code":-1120,"msg":"Invalid interval."})");
  EXPECT_EQ(Get("/api/v3/aggTrades?symbol=BTCUSDT&fromId=x").status, 400);
  EXPECT_EQ(Get("/api/v3/nothing").status, 404);
  EXPECT_EQ(Get("/").status, 404);
  EXPECT_TRUE(Get("/api/v3/time").body.starts_with(R"({"serverTime":1704067)"));
  EXPECT_NE(Get("/api/v3/exchangeInfo").body.find(R"("symbol":"ETHUSDT","status":"TRADING")"),
            std::string::npos);
  EXPECT_NE(Get("/simulator/status").body.find(R"("venue":"binance")"), std::string::npos);
  EXPECT_EQ(Get("/simulator/truth", http::verb::post).status, 500);
}

TEST_F(VenueServerTest, RestKnowsTimesAndLimits) {
  Serve("", 100'000, 60);
  while (server_->Now() < options_.start + 60 * kMicrosPerMinute) std::this_thread::yield();
  const int64_t start_ms = options_.start.us / 1000;
  Collector rows;
  ReadRest(RestQuery::Kind::kAggregates, "BTCUSDT",
           fmt::format("/api/v3/aggTrades?symbol=BTCUSDT&startTime={}&endTime={}&limit=1000",
                       start_ms + 60'000, start_ms + 89'999),
           rows);
  EXPECT_GT(rows.tape["BTCUSDT"].size(), 5u);
  for (const auto& [id, row] : rows.tape["BTCUSDT"]) {
    EXPECT_GE(row.time_us, options_.start.us + 60 * kMicrosPerSecond);
    EXPECT_LT(row.time_us, options_.start.us + 90 * kMicrosPerSecond);
  }
  Collector bars;
  ReadRest(RestQuery::Kind::kCandles, "BTCUSDT",
           fmt::format("/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime={}&endTime={}&limit=5",
                       start_ms + 60'001, start_ms + 600'000),
           bars);
  ASSERT_EQ(bars.candles.size(), 5u);
  EXPECT_EQ(bars.candles[0].open_time, options_.start + 2 * kMicrosPerMinute);
  Collector latest;
  ReadRest(RestQuery::Kind::kTrades, "BTCUSDT", "/api/v3/trades?symbol=BTCUSDT&limit=3", latest);
  EXPECT_EQ(latest.tape["BTCUSDT"].size(), 3u);
  Collector none;
  ReadRest(RestQuery::Kind::kTrades, "BTCUSDT",
           "/api/v3/historicalTrades?symbol=BTCUSDT&fromId=99999999", none);
  EXPECT_EQ(none.tape["BTCUSDT"].size(), 0u);
}

TEST_F(VenueServerTest, TooMuchWeightIsRefusedUntilTheMinuteIsOver) {
  options_.weight_per_minute = 60;
  Serve();
  int refused = 0;
  for (int i = 0; i < 5; ++i) {
    const HttpAnswer answer = Get("/api/v3/trades?symbol=BTCUSDT");
    if (answer.status == 200) continue;
    ++refused;
    EXPECT_EQ(answer.status, 429);
    EXPECT_GE(std::stoi(answer.retry_after), 1);
    EXPECT_LE(std::stoi(answer.retry_after), 61);
    EXPECT_TRUE(answer.body.starts_with(R"({"code":-1003,)"));
  }
  EXPECT_GE(refused, 1);
}

TEST_F(VenueServerTest, FaultsOfRequestsAreSeen) {
  Serve("rest429=0.2,rest5xx=0.2,truncate=0.2");
  std::map<int, int> statuses;
  int cut = 0;
  for (int i = 0; i < 60; ++i) {
    const HttpAnswer answer = Get("/api/v3/exchangeInfo");
    ++statuses[answer.status / 100 == 5 ? 500 : answer.status];
    cut += !answer.whole;
  }
  Stop();
  const VenueCounts counts = server_->counts();
  const auto planted = [&](VenueFault fault) { return counts.faults[static_cast<size_t>(fault)]; };
  EXPECT_EQ(statuses[429], planted(VenueFault::kRest429));
  EXPECT_EQ(statuses[500], planted(VenueFault::kRest5xx));
  EXPECT_EQ(cut, planted(VenueFault::kTruncate));
  EXPECT_GT(statuses[429], 0);
  EXPECT_GT(statuses[500], 0);
  EXPECT_GT(cut, 0);
}

TEST_F(VenueServerTest, EveryWayAConnectionEndsIsSeen) {
  Serve("disconnect=0.01", 600, 0);
  std::map<std::string, int> errors;
  for (int i = 0; i < 40; ++i) {
    ++errors[Listen("/ws/btcusdt@trade", {}, [](Talk&) { return false; }).error];
  }
  EXPECT_EQ(errors.size(), 3u) << "reset, end of file, closed";
  EXPECT_EQ(errors.count("silence"), 0u);
}

TEST_F(VenueServerTest, ASilentConnectionStaysOpen) {
  Serve("silence=0.02,split=0.3", 300, 0);
  Talk talk = Listen("/ws/btcusdt@trade", {}, [](Talk&) { return false; });
  EXPECT_EQ(talk.error, "silence");
  EXPECT_EQ(talk.rows.counts["reject"], 0) << talk.rows.first_reject;
  EXPECT_GT(talk.rows.tape["BTCUSDT"].size(), 0u);
  Stop();
  EXPECT_GT(server_->counts().faults[static_cast<size_t>(VenueFault::kSplit)], 0);
}

TEST_F(VenueServerTest, WhatAFaultyFeedLacksRestHas) {
  Serve("drop=0.05,malformed=0.05,disorder=0.05,duplicate=0.05,delay=0.05,delay-seconds=5", 300, 6);
  Talk talk = Listen("/ws/btcusdt@trade/btcusdt@kline_1m", {},
                     [](Talk& t) { return t.rows.candles.size() >= 4; });
  ASSERT_EQ(talk.error, "");
  EXPECT_GT(talk.rows.counts["reject"], 10);
  EXPECT_GT(talk.rows.continuity.gaps(), 10);
  auto& live = talk.rows.tape["BTCUSDT"];
  Collector rest;
  for (const auto& [id, row] : live) {
    if (rest.tape["BTCUSDT"].count(id)) continue;
    ReadRest(RestQuery::Kind::kTrades, "BTCUSDT",
             "/api/v3/historicalTrades?symbol=BTCUSDT&limit=1000&fromId=" + id, rest);
    if (HasFatalFailure()) return;
  }
  for (const auto& [id, row] : live) EXPECT_EQ(rest.tape["BTCUSDT"][id], row) << id;
  EXPECT_GT(rest.tape["BTCUSDT"].size(), live.size());
}

// Reconnects whenever a connection ends or says nothing, and asks REST, which fails often, for
// every id it has not seen: what every client must come to is the truth.
TEST_F(VenueServerTest, AClientThatMendsComesToTheTruthThroughAllFaults) {
  Serve(
      "disconnect=0.002,silence=0.0005,duplicate=0.02,disorder=0.02,delay=0.02,drop=0.02,"
      "malformed=0.02,split=0.05,restate=0.3,rest429=0.2,rest5xx=0.2,truncate=0.2,skew=2",
      200, 20);
  Collector rows;
  int connections = 0;
  while (server_->Now() < options_.start + 20 * kMicrosPerMinute) {
    ++connections;
    Talk talk = Listen("/ws/btcusdt@trade/ethusdt@trade/btcusdt@kline_1m", {}, [&](Talk&) {
      return server_->Now() >= options_.start + 20 * kMicrosPerMinute;
    });
    for (const auto& [symbol, trades] : talk.rows.tape) {
      for (const auto& [id, row] : trades) {
        const auto [at, fresh] = rows.tape[symbol].try_emplace(id, row);
        EXPECT_TRUE(fresh || at->second == row) << symbol << " " << id;
      }
    }
  }
  EXPECT_GT(connections, 3);
  SimulatedMarket truth(
      {.seed = options_.seed, .start = options_.start, .symbols = options_.symbols});
  int failures = 0;
  for (size_t s = 0; s < 2; ++s) {
    const std::string symbol = s == 0 ? "BTCUSDT" : "ETHUSDT";
    auto& trades = rows.tape[symbol];
    EXPECT_GT(trades.size(), 500u);
    const int64_t end = truth.FirstIdAt(s, options_.start + 20 * kMicrosPerMinute);
    for (int64_t id = 1; id < end;) {
      if (trades.count(std::to_string(id))) {
        ++id;
        continue;
      }
      const HttpAnswer answer =
          Get(fmt::format("/api/v3/aggTrades?symbol={}&fromId={}&limit=1000", symbol, id));
      if (!answer.whole || answer.status != 200) {
        ++failures;
        continue;
      }
      Collector page;
      (*MakeRestDecoder("binance"))
          ->Decode({RestQuery::Kind::kAggregates, symbol, Interval()}, answer.body, kReceipt, page);
      for (const auto& [name, row] : page.tape[symbol]) {
        const auto [at, fresh] = trades.try_emplace(name, row);
        EXPECT_TRUE(fresh || at->second == row) << symbol << " " << name;
      }
      ASSERT_TRUE(trades.count(std::to_string(id)));
    }
    ASSERT_EQ(static_cast<int64_t>(trades.size()), end - 1);
    for (const SimulatedTrade& trade : truth.Trades(s, 1, end)) {
      const Row& row = trades[std::to_string(trade.id)];
      EXPECT_EQ(row.time_us, trade.time_us);
      EXPECT_EQ(row.size, static_cast<double>(trade.size) / 1e8);
      EXPECT_EQ(row.side, trade.buyer_is_maker ? Side::kSell : Side::kBuy);
    }
  }
  EXPECT_GT(failures, 0);
}

TEST_F(VenueServerTest, AClientThatDoesNotReadLosesNothing) {
  options_.trades_per_second = 100;
  Serve("", 600, 10);
  bool slept = false;
  Talk talk = Listen("/ws/btcusdt@trade/btcusdt@kline_1m", {}, [&](Talk& t) {
    // All of the market's time passes meanwhile: some 9 MB of messages.
    if (!slept) std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    slept = true;
    return t.rows.counts["candle closed"] >= 10;
  });
  ASSERT_EQ(talk.error, "");
  EXPECT_EQ(talk.rows.continuity.gaps(), 0);
  EXPECT_EQ(talk.rows.counts["reject"], 0);
  EXPECT_GT(talk.rows.tape["BTCUSDT"].size(), 25'000u);
}

TEST_F(VenueServerTest, OneConnectionAsksManyTimes) {
  Serve();
  asio::io_context context;
  beast::tcp_stream stream(context);
  stream.connect(endpoint());
  for (int i = 0; i < 20; ++i) {
    http::request<http::string_body> request{http::verb::get, "/api/v3/ping", 11};
    http::write(stream, request);
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(stream, buffer, response);
    EXPECT_EQ(response.body(), "{}");
    EXPECT_TRUE(response.keep_alive());
  }
  EXPECT_EQ(Get("/api/v3/ping", http::verb::post).status, 405);
}

TEST_F(VenueServerTest, AnOutageEndsEveryConnectionAndTakesNone) {
  Serve("", 60, 0, "at 1m outage for 2m");
  const auto never = [](Talk&) { return false; };
  Talk talk = Listen("/ws/btcusdt@trade", {}, never);
  EXPECT_NE(talk.error, "");
  EXPECT_GT(talk.rows.tape["BTCUSDT"].size(), 0u);
  EXPECT_FALSE(Get("/api/v3/time").whole);
  while (server_->Now() < options_.start + 3 * kMicrosPerMinute) std::this_thread::yield();
  EXPECT_EQ(Get("/api/v3/time").status, 200);
}

TEST_F(VenueServerTest, WrongOptionsAreRefused) {
  const auto code = [&](auto change) {
    VenueServerOptions options;
    options.symbols = {*ParseMarketSymbol("BTC-USDT")};
    change(options);
    const auto server = VenueServer::Open(options, SystemClock());
    return server ? "none" : std::string(InfoOf(server.error().code()).name);
  };
  EXPECT_EQ(code([](auto&) {}), "none");
  const auto invalid = code([](auto& o) { o.speed = 0; });
  EXPECT_EQ(invalid, InfoOf(ErrorCode::kInvalidArgument).name);
  EXPECT_EQ(code([](auto& o) { o.symbols.clear(); }), invalid);
  EXPECT_EQ(code([](auto& o) { o.symbols.push_back(o.symbols[0]); }), invalid);
  EXPECT_EQ(code([](auto& o) { o.start = {1}; }), invalid);
  EXPECT_EQ(code([](auto& o) { o.trades_per_second = 0; }), invalid);
  EXPECT_EQ(code([](auto& o) { o.port = 70000; }), invalid);
  EXPECT_EQ(code([](auto& o) { o.address = "nowhere"; }), invalid);
  EXPECT_EQ(code([](auto& o) { o.venue = "nowhere"; }), InfoOf(ErrorCode::kNotFound).name);
  Serve();
  EXPECT_EQ(code([&](auto& o) { o.port = server_->port(); }), InfoOf(ErrorCode::kUnavailable).name);
}

}  // namespace
}  // namespace tidemark

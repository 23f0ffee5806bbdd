// One message to events, one thread. The messages are like those of the venues' protocol pages;
// every run checks what came of them, so a fast wrong decoder fails. At least a million trade or
// candle messages a second on one core are wanted. With TIDEMARK_BENCH_FRAMES the messages of that
// folder too, a file for each venue with one a line, which the peer decodes in the same run; with
// TIDEMARK_BENCH_RECORDINGS all that give rows in recorded conversations with each venue.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/source/feed/recording.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

constexpr ReceiveTime kAt{1'700'000'000 * kMicrosPerSecond};

class Counter : public FeedSink {
 public:
  void OnTrade(std::string_view, const Trade& trade, TradeOrigin) override {
    ++rows;
    benchmark::DoNotOptimize(trade.price);
  }
  void OnCandle(const CandleUpdate& update) override {
    ++rows;
    benchmark::DoNotOptimize(update.candle.close);
  }
  void OnControl(const ControlEvent&) override {}
  void OnBook(std::string_view, std::string_view) override { ++books; }
  void OnReject(const FeedReject&) override { ++rejects; }
  void OnSequence(const SequenceEvent&) override {}
  int64_t rows = 0, books = 0, rejects = 0;
};

void Decode(benchmark::State& state, std::string_view venue, std::string_view before,
            std::string_view text) {
  const auto decoder = *MakeFeedDecoder(venue);
  Counter counter;
  if (!before.empty()) decoder->Decode(before, kAt, counter);
  for (auto _ : state) decoder->Decode(text, kAt, counter);
  if (counter.rows + counter.books != state.iterations() || counter.rejects != 0) {
    state.SkipWithError("wrong rows");
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

struct Recording {
  std::string venue;
  std::string bytes;
  std::vector<std::string_view> messages;
};

std::vector<Recording> ReadRecordings(const std::string& folder) {
  std::vector<Recording> all;
  for (const char* venue :
       {"binance", "bitstamp", "bybit", "coinbase", "gemini", "kraken", "okx"}) {
    auto bytes = ReadFile(folder + "/" + venue + ".txt");
    if (bytes) all.push_back({venue, std::move(*bytes), {}});
  }
  for (Recording& recording : all) {
    std::string_view rest = recording.bytes;
    for (size_t end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      recording.messages.push_back(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
  }
  return all;
}

void Recorded(benchmark::State& state) {
  const std::vector<Recording> recordings = ReadRecordings(std::getenv("TIDEMARK_BENCH_FRAMES"));
  std::vector<std::unique_ptr<FeedDecoder>> decoders;
  int64_t messages = 0;
  for (const Recording& recording : recordings) {
    decoders.push_back(*MakeFeedDecoder(recording.venue));
    messages += static_cast<int64_t>(recording.messages.size());
  }
  Counter counter;
  for (auto _ : state) {
    for (size_t i = 0; i < recordings.size(); ++i) {
      for (const std::string_view text : recordings[i].messages) {
        decoders[i]->Decode(text, kAt, counter);
      }
    }
  }
  CHECK(counter.rejects == 0 && counter.rows % state.iterations() == 0);
  state.counters["rows"] = static_cast<double>(counter.rows / state.iterations());
  state.counters["messages"] = static_cast<double>(messages);
  state.SetItemsProcessed(state.iterations() * messages);
}

// The messages of one venue's recordings that give trades or candles, in order, again and again.
// What a connection has to know first (Bitfinex names its channels) is decoded before.
void RowsOf(benchmark::State& state, const std::string& folder) {
  const auto decoder = *MakeFeedDecoder(folder.substr(folder.rfind('/') + 1));
  std::vector<std::string> messages;
  Counter counter;
  const auto files = ListFilesBelow(folder);
  CHECK(files);
  for (const std::string& path : *files) {
    if (path.find(".ws.") == path.npos) continue;
    CHECK(ReadRecording(path, [&](const RecordedLine& line) -> Status {
      if (line.kind != RecordedLine::Kind::kReceived) return {};
      counter = {};
      decoder->Decode(line.text, kAt, counter);
      if (counter.rows > 0 && counter.books == 0) messages.emplace_back(line.text);
      return {};
    }));
  }
  counter = {};
  for (auto _ : state) {
    for (const std::string& text : messages) decoder->Decode(text, kAt, counter);
  }
  CHECK(counter.rejects == 0);
  state.counters["rows"] = static_cast<double>(counter.rows / state.iterations());
  state.counters["messages"] = static_cast<double>(messages.size());
  state.SetItemsProcessed(counter.rows);
}

#define TM_FEED_BENCH(name, venue, before, text) \
  BENCHMARK_CAPTURE(Decode, name, venue, before, text)

TM_FEED_BENCH(
    binance_trade, "binance", "",
    R"({"stream":"bnbbtc@trade","data":{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,)"
    R"("p":"0.00100000","q":"100.00000000","T":1672515782136,"m":true,"M":true}})");
TM_FEED_BENCH(
    binance_aggregate, "binance", "",
    R"({"stream":"omgbusd@aggTrade","data":{"e":"aggTrade","E":1633998288468,"s":"OMGBUSD",)"
    R"("a":425085,"p":"13.80480000","q":"2.10000000","f":439577,"l":439577,"T":1633998288467,)"
    R"("m":false,"M":true}})");
TM_FEED_BENCH(
    binance_kline, "binance", "",
    R"({"stream":"omgbusd@kline_1m","data":{"e":"kline","E":1633998288469,"s":"OMGBUSD","k":)"
    R"({"t":1633998240000,"T":1633998299999,"s":"OMGBUSD","i":"1m","f":439572,"L":439577,)"
    R"("o":"13.72120000","c":"13.80480000","h":"13.80480000","l":"13.72120000",)"
    R"("v":"183.49000000","n":6,"x":false,"q":"2519.85628300","V":"125.78000000",)"
    R"("Q":"1726.63719800","B":"0"}}})");
TM_FEED_BENCH(
    coinbase_match, "coinbase", "",
    R"({"type":"match","trade_id":280232,"maker_order_id":"2a0da34e-61f7-4c36-88e5-c9dd15927b16",)"
    R"("taker_order_id":"3c82abaa-c01e-4608-be59-6a1e69742891","side":"sell","size":"985",)"
    R"("price":"0.00001305","product_id":"SKL-BTC","sequence":177100030,)"
    R"("time":"2021-04-17T16:43:37.089723Z"})");
TM_FEED_BENCH(
    kraken_v1_trade, "kraken", "",
    R"([993,[["354.11000000","0.89594024","1618678142.557535","s","l",""]],"trade","XMR/USD"])");
TM_FEED_BENCH(kraken_v2_trade, "kraken", "",
              R"({"channel":"trade","type":"update","data":[{"symbol":"MATIC/USD","side":"sell",)"
              R"("price":0.5117,"qty":40.0,"ord_type":"market","trade_id":4665906,)"
              R"("timestamp":"2023-09-25T07:49:37.708706Z"}]})");
TM_FEED_BENCH(bitfinex_trade, "bitfinex",
              R"({"event":"subscribed","channel":"trades","chanId":5,"symbol":"tBTCUSD"})",
              R"([5,"tu",[401597395,1574694478808,0.005,7245.3]])");
TM_FEED_BENCH(bitfinex_candle, "bitfinex",
              R"({"event":"subscribed","channel":"candles","chanId":5,"key":"trade:1m:tBTCUSD"})",
              R"([5,[1574698260000,7379.785,7383.8,7388.3,7379.7,1.68829482]])");
TM_FEED_BENCH(
    bitstamp_trade, "bitstamp", "",
    R"({"data":{"id":216000477,"timestamp":"1641343699","amount":0.0792,"amount_str":)"
    R"("0.07920000","price":3805.44,"price_str":"3805.44","type":0,"microtimestamp":)"
    R"("1641343699596000","buy_order_id":1443875737346049,"sell_order_id":1443875731320832},)"
    R"("channel":"live_trades_ethusd","event":"trade"})");
TM_FEED_BENCH(
    okx_trade, "okx", "",
    R"({"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":)"
    R"("338476307","px":"30236","sz":"0.0002","side":"buy","ts":"1652459224818"}]})");
TM_FEED_BENCH(
    okx_candle, "okx", "",
    R"({"arg":{"channel":"candle1m","instId":"BTC-USDT"},"data":[["1629993600000",)"
    R"("42500","48199.9","41006.1","41006.1","3587.41204591","166741046.2","166741046.2",)"
    R"("0"]]})");
TM_FEED_BENCH(
    bybit_trade, "bybit", "",
    R"({"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":)"
    R"(1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":)"
    R"("20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"seq":1783284617}]})");
TM_FEED_BENCH(
    bybit_kline, "bybit", "",
    R"({"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,"end":1672325099999,)"
    R"("interval":"5","open":"16649.5","close":"16677","high":"16677","low":"16608","volume":)"
    R"("2.081","turnover":"34666.4005","confirm":false,"timestamp":1672324988882}],"ts":)"
    R"(1672324988882,"type":"snapshot"})");
TM_FEED_BENCH(
    gemini_trade, "gemini", "",
    R"({"type":"trade","symbol":"ANKRUSD","event_id":45465818387,"timestamp":1624493670759,)"
    R"("price":"0.07946","quantity":"1020.482111","side":"buy"})");
TM_FEED_BENCH(gemini_candle, "gemini", "",
              R"({"type":"candles_15m_updates","symbol":"BTCUSD","changes":[[1561054500000,)"
              R"(9350.18,9358.35,9350.18,9355.51,2.07]]})");
TM_FEED_BENCH(kraken_book, "kraken", "",
              R"([992,{"b":[["354.15000000","5.00000000","1618678133.365913"]],"c":"2583817756"},)"
              R"("book-1000","XMR/USD"])");

// Only where there are recordings: an error in the list of results would be a failure.
[[maybe_unused]] const bool kRecorded =
    std::getenv("TIDEMARK_BENCH_FRAMES") != nullptr &&
    benchmark::RegisterBenchmark("Recorded", Recorded) != nullptr;

[[maybe_unused]] const bool kRowsOf = [] {
  const char* recordings = std::getenv("TIDEMARK_BENCH_RECORDINGS");
  if (recordings == nullptr) return false;
  for (const char* venue : {"binance", "binance_futures", "binance_us", "bitfinex", "bitstamp",
                            "bybit", "coinbase", "gemini", "kraken", "okx"}) {
    const std::string folder = std::string(recordings) + "/" + venue;
    if (!ListFilesBelow(folder)) continue;
    benchmark::RegisterBenchmark((std::string("RowsOf/") + venue).c_str(),
                                 [=](benchmark::State& state) { RowsOf(state, folder); });
  }
  return true;
}();

}  // namespace
}  // namespace tidemark

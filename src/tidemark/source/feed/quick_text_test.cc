#include "tidemark/source/feed/quick_text.h"

#include <gtest/gtest.h>

#include <string>

#include "tidemark/base/file.h"
#include "tidemark/base/random.h"
#include "tidemark/source/binance/binance_decoder.h"
#include "tidemark/source/bitstamp/bitstamp_decoder.h"
#include "tidemark/source/bybit/bybit_decoder.h"
#include "tidemark/source/coinbase/coinbase_decoder.h"
#include "tidemark/source/feed/feed_testing.h"
#include "tidemark/source/feed/venues.h"
#include "tidemark/source/gemini/gemini_decoder.h"
#include "tidemark/source/kraken/kraken_decoder.h"
#include "tidemark/source/okx/okx_decoder.h"

namespace tidemark {
namespace {

// Whether the message is read without the JSON parser.
template <typename Decoder>
bool IsQuick(std::string_view text) {
  struct Opened : Decoder {
    using Decoder::DecodeQuick;
  } decoder;
  EventText sink;
  FeedMessage message(text, kTestReceipt, sink);
  return decoder.DecodeQuick(text, message) && !sink.events.empty();
}

struct Shape {
  std::string_view venue;
  bool (*is_quick)(std::string_view);
  std::string_view text;
};

constexpr Shape kShapes[] = {
    {"binance", IsQuick<BinanceDecoder>,
     R"({"stream":"bnbbtc@trade","data":{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,)"
     R"("p":"0.00100000","q":"100.00000000","T":1672515782136,"m":true,"M":true}})"},
    {"binance", IsQuick<BinanceDecoder>,
     R"({"e":"aggTrade","E":1633998288468,"a":425085,"s":"OMGBUSD","p":"13.8048","q":"2.1",)"
     R"("f":439577,"l":439577,"T":1633998288467,"m":false})"},
    {"binance", IsQuick<BinanceDecoder>,
     R"({"stream":"omgbusd@kline_1m","data":{"e":"kline","E":1633998288469,"s":"OMGBUSD","k":)"
     R"({"t":1633998240000,"T":1633998299999,"s":"OMGBUSD","i":"1m","f":439572,"L":439577,)"
     R"("o":"13.72120000","c":"13.80480000","h":"13.80480000","l":"13.72120000",)"
     R"("v":"183.49000000","n":6,"x":false,"q":"2519.85628300","V":"125.78000000",)"
     R"("Q":"1726.63719800","B":"0"}}})"},
    {"coinbase", IsQuick<CoinbaseDecoder>,
     R"({"type":"match","trade_id":280232,"maker_order_id":"2a0da34e-61f7-4c36-88e5-c9dd15927b16",)"
     R"("taker_order_id":"3c82abaa-c01e-4608-be59-6a1e69742891","side":"sell","size":"985",)"
     R"("price":"0.00001305","product_id":"SKL-BTC","sequence":177100030,)"
     R"("time":"2021-04-17T16:43:37.089723Z"})"},
    {"kraken", IsQuick<KrakenDecoder>,
     R"([993,[["354.11000000","0.89594024","1618678142.557535","s","l",""],)"
     R"(["354.12000000","1.5","1618678142.557536","b","m",""]],"trade","XMR/USD"])"},
    {"bitstamp", IsQuick<BitstampDecoder>,
     R"({"data":{"id":216000477,"timestamp":"1641343699","amount":0.0792,"amount_str":)"
     R"("0.07920000","price":3805.44,"price_str":"3805.44","type":0,"microtimestamp":)"
     R"("1641343699596000","buy_order_id":1443875737346049,"sell_order_id":1443875731320832},)"
     R"("channel":"live_trades_ethusd","event":"trade"})"},
    {"okx", IsQuick<OkxDecoder>,
     R"({"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":)"
     R"("338476307","px":"30236","sz":"0.0002","side":"buy","ts":"1652459224818"},{"instId":)"
     R"("BTC-USDT","tradeId":"338476309","px":"30236.1","sz":"7","side":"sell",)"
     R"("ts":"1652459224819","count":"2"}]})"},
    {"okx", IsQuick<OkxDecoder>,
     R"({"arg":{"channel":"trades-all","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT",)"
     R"("tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","source":"0",)"
     R"("ts":"1630048897897"}]})"},
    {"bybit", IsQuick<BybitDecoder>,
     R"({"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":)"
     R"(1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":)"
     R"("20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"seq":1783284617},{"T":1672304486866,)"
     R"("s":"BTCUSDT","S":"Sell","v":"0.25","p":"16578","i":"x1","BT":true}]})"},
    {"bybit", IsQuick<BybitDecoder>,
     R"({"topic":"publicTrade.BTCUSDT","ts":1661583474344,"type":"snapshot","data":[{"i":)"
     R"("2290000000923750370","T":1661583474343,"p":"115440.7","v":"0.00903","S":"Buy","seq":)"
     R"(89200463112,"s":"BTCUSDT","BT":false,"RPI":false},{"i":"2290000000923750371","T":)"
     R"(1661583474343,"p":"115440","v":"1","S":"Sell","s":"BTCUSDT","BT":true}]})"},
    {"gemini", IsQuick<GeminiDecoder>,
     R"({"type":"trade","symbol":"ANKRUSD","event_id":45465818387,"timestamp":1624493670759,)"
     R"("price":"0.07946","quantity":"1020.482111","side":"buy"})"},
};

std::string Digits(Random& random, uint64_t count_max) {
  std::string digits;
  for (uint64_t n = random.Below(count_max + 1); n > 0; --n) {
    digits += static_cast<char>('0' + random.Below(10));
  }
  return digits;
}

// A digit for a digit mostly, so that many stay rows; bytes lost, added and changed.
void Damage(Random& random, std::string& text) {
  constexpr std::string_view kBytes = "0123456789.-+eE\"\\,:{}[] \n\x01\x7f\xc3\xa9tfnbs";
  for (uint64_t n = 1 + random.Below(3); n > 0 && !text.empty(); --n) {
    const size_t at = random.Below(text.size());
    const char other = kBytes[random.Below(kBytes.size())];
    const uint64_t kind = random.Below(10);
    if (kind == 0) {
      text.erase(at, 1 + random.Below(3));
    } else if (kind == 1) {
      text.insert(at, 1, other);
    } else if (kind == 2) {
      text[at] = other;
    } else if (kind == 3) {
      text.resize(at + 1);
    } else if (const size_t digit = text.find_first_of("0123456789", at); digit != text.npos) {
      text.replace(digit, 1, Digits(random, kind == 4 ? 20 : 1));
    }
  }
}

TEST(QuickText, TheUsualShapesAreReadWithoutTheParser) {
  for (const Shape& shape : kShapes) {
    EXPECT_TRUE(shape.is_quick(shape.text)) << shape.text;
    const std::string blank = std::string(shape.text) + " ";
    EXPECT_FALSE(shape.is_quick(blank)) << blank;
  }
}

TEST(QuickText, EveryMessageGivesWhatTheParserGives) {
  const uint64_t seed = 20261128;
  SCOPED_TRACE(seed);
  Random random(seed);
  int quick = 0, sound = 0;
  for (const Shape& shape : kShapes) {
    const auto decoder = *MakeFeedDecoder(shape.venue);
    const auto parsing = *MakeFeedDecoder(shape.venue);
    for (int i = 0; i < 4'000; ++i) {
      std::string text(shape.text);
      if (i > 0) Damage(random, text);
      const Strings events = EventsOf(*decoder, text);
      ASSERT_TRUE(SameEvents(events, ParsedEventsOf(*parsing, text)))
          << text << "\n  gives " << fmt::format("{}", fmt::join(events, "; "));
      quick += shape.is_quick(text) ? 1 : 0;
      sound += !events.empty() && !events[0].starts_with("reject") ? 1 : 0;
    }
  }
  // Both kinds are there in number.
  EXPECT_GT(quick, 10'000);
  EXPECT_LT(quick, 30'000);
  EXPECT_GT(sound, quick);
}

TEST(QuickText, RecordingsGiveWhatTheParserGives) {
  TM_NEEDS_RECORDING("okx/OKX.ws.1.0.gz");
  const auto files = ListFilesBelow(kRecordings);
  ASSERT_TRUE(files);
  int messages = 0;
  for (const std::string& path : *files) {
    const std::string file = path.substr(std::string_view(kRecordings).size());
    const std::string venue = file.substr(0, file.find('/'));
    if (file.find(".ws.") == file.npos || !MakeFeedDecoder(venue)) continue;
    const auto decoder = *MakeFeedDecoder(venue), parsing = *MakeFeedDecoder(venue);
    const Status read = ReadRecording(kRecordings + file, [&](const RecordedLine& line) -> Status {
      if (line.kind != RecordedLine::Kind::kReceived) return {};
      ++messages;
      EXPECT_EQ(EventsOf(*decoder, line.text, line.at),
                ParsedEventsOf(*parsing, line.text, line.at))
          << line.text.substr(0, 500);
      return {};
    });
    EXPECT_TRUE(read) << read.error().message();
  }
  EXPECT_GT(messages, 1'000);
}

TEST(DigitBlock, DecimalsAreThoseOfTheReaderOfBytes) {
  const uint64_t seed = 5;
  SCOPED_TRACE(seed);
  Random random(seed);
  for (int i = 0; i < 300'000; ++i) {
    std::string text = Digits(random, 1 + random.Below(20));
    if (random.Below(3) != 0) text += '.' + Digits(random, 1 + random.Below(20));
    text += "\",e}E.x-"[random.Below(8)];
    if (random.Below(2) == 0) text += Digits(random, 20);
    text += '}';
    double value = 0, expected = 0;
    const char* const end = ParsePlainDecimal(text.data(), &expected);
    ASSERT_EQ(ParseDecimal(text.data(), text.data() + text.size(), &value), end) << text;
    if (end != nullptr) {
      ASSERT_EQ(value, expected) << text;
    }
  }
}

TEST(QuickText, WholeNumbersAreReadToEighteenDigits) {
  for (const std::string text : {"0", "7", "1234567890123456", "12345678901234567",
                                 "123456789012345678", "999999999999999999"}) {
    const std::string list = text + "]";
    QuickText in(list);
    int64_t number = -1;
    std::string_view digits;
    EXPECT_TRUE(in.Whole(&number, &digits)) << text;
    EXPECT_EQ(number, std::stoll(text));
    EXPECT_EQ(digits, text);
    EXPECT_TRUE(in.Word("]") && in.End());
  }
  for (const std::string text : {"", "01", "-1", "1234567890123456789", "x"}) {
    const std::string list = text + "]";
    QuickText in(list);
    int64_t number = -1;
    EXPECT_FALSE(in.Whole(&number)) << text;
  }
}

}  // namespace
}  // namespace tidemark

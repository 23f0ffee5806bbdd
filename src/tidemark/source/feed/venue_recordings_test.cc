// Spellings and messages against recorded conversations: what the recorder asked for by our names
// comes in the venue's spelling, and what it sent is what we would send.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tidemark/source/feed/feed_testing.h"
#include "tidemark/source/feed/venue_protocol.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

struct Recorded {
  const char* venue;
  const char* configuration;
  const char* conversation;
};
constexpr Recorded kRecorded[] = {
    {"binance", "binance/BINANCE.0.gz", "binance/BINANCE.ws.1.0"},
    {"binance_us", "binance_us/BINANCE_US.0", "binance_us/BINANCE_US.ws.1.0"},
    {"binance_futures", "binance_futures/BINANCE_FUTURES.0",
     "binance_futures/BINANCE_FUTURES.ws.1.0.gz"},
    {"coinbase", "coinbase/COINBASE.0", "coinbase/COINBASE.ws.28.0.gz"},
    {"bitfinex", "bitfinex/BITFINEX.0", "bitfinex/BITFINEX.ws.11.0"},
    {"bitstamp", "bitstamp/BITSTAMP.0", "bitstamp/BITSTAMP.ws.1.0"},
    {"gemini", "gemini/GEMINI.0", "gemini/GEMINI.ws.1.0.gz"},
};

// The names between the brackets behind "trades":
std::vector<std::string> TradesOf(std::string_view configuration) {
  std::vector<std::string> names;
  const size_t begin = configuration.find("\"trades\":[");
  if (begin == configuration.npos) return names;
  std::string_view list = configuration.substr(begin + 10);
  list = list.substr(0, list.find(']'));
  while (!list.empty()) {
    const size_t quote = list.find('"'), end = list.find('"', quote + 1);
    if (quote == list.npos || end == list.npos) break;
    std::string_view name = list.substr(quote + 1, end - quote - 1);
    if (name.ends_with("-PERP")) name.remove_suffix(5);  // a perpetual: the venue has nothing else
    names.emplace_back(name);
    list.remove_prefix(end + 1);
  }
  return names;
}

std::vector<std::string> ConfiguredIn(const std::string& name) {
  std::vector<std::string> symbols;
  const Status read = ReadRecording(kRecordings + name, [&](const RecordedLine& line) -> Status {
    if (line.kind == RecordedLine::Kind::kConfiguration) symbols = TradesOf(line.text);
    return {};
  });
  EXPECT_TRUE(read) << read.error().message();
  return symbols;
}

struct TradeSymbols : EventCounts {
  std::set<std::string> symbols;
  void OnTrade(std::string_view symbol, const Trade& trade, TradeOrigin origin) override {
    symbols.emplace(symbol);
    EventCounts::OnTrade(symbol, trade, origin);
  }
};

TEST(VenueRecordings, TradesComeUnderTheSpellingsWeExpect) {
  for (const Recorded& recorded : kRecorded) {
    TM_NEEDS_RECORDING(recorded.conversation);
    SCOPED_TRACE(recorded.venue);
    const auto protocol = *MakeVenueProtocol(recorded.venue);
    std::set<std::string> expected;
    for (const std::string& name : ConfiguredIn(recorded.configuration)) {
      const auto symbol = Symbol::Parse(name);
      ASSERT_TRUE(symbol) << name;
      expected.insert(protocol->Spelling(*symbol));
    }
    ASSERT_FALSE(expected.empty());
    TradeSymbols sink;
    const auto decoder = *MakeFeedDecoder(recorded.venue);
    const Status read = ReadRecording(kRecordings + std::string(recorded.conversation),
                                      [&](const RecordedLine& line) -> Status {
                                        if (line.kind == RecordedLine::Kind::kReceived)
                                          decoder->Decode(line.text, line.at, sink);
                                        return {};
                                      });
    ASSERT_TRUE(read);
    EXPECT_FALSE(sink.symbols.empty());
    for (const std::string& symbol : sink.symbols) EXPECT_TRUE(expected.contains(symbol)) << symbol;
  }
}

TEST(VenueRecordings, WhatTheRecorderSentForTradesIsWhatWeSend) {
  for (const Recorded& recorded : kRecorded) {
    const std::string_view venue = recorded.venue;
    if (venue != "bitfinex" && venue != "bitstamp") continue;  // one message a topic, as ours
    TM_NEEDS_RECORDING(recorded.conversation);
    const auto protocol = *MakeVenueProtocol(venue);
    std::set<std::string> sent;
    const Status read = ReadRecording(kRecordings + std::string(recorded.conversation),
                                      [&](const RecordedLine& line) -> Status {
                                        if (line.kind == RecordedLine::Kind::kSent)
                                          sent.emplace(line.text);
                                        return {};
                                      });
    ASSERT_TRUE(read);
    for (const std::string& greeting : protocol->Greeting()) EXPECT_TRUE(sent.contains(greeting));
    for (const std::string& name : ConfiguredIn(recorded.configuration)) {
      const FeedTopic topic = *protocol->Trades(*Symbol::Parse(name));
      EXPECT_TRUE(sent.contains(protocol->Subscribe({&topic, 1}, 1))) << name;
    }
  }
}

}  // namespace
}  // namespace tidemark

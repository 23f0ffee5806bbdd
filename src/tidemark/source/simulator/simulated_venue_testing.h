// What a simulated venue tells, as our own decoders understand it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/source/feed/feed_testing.h"
#include "tidemark/source/feed/venue_protocol.h"
#include "tidemark/source/feed/venues.h"
#include "tidemark/source/simulator/simulated_venue.h"

namespace tidemark {

inline constexpr EventTime kStart{1'704'067'200'000'000};
inline constexpr EventTime kNow = {kStart.us + 10 * kMicrosPerMinute};
inline constexpr ReceiveTime kReceipt{kStart.us + kMicrosPerDay};

struct ToldTrade {
  int64_t time_us = 0;
  double price = 0, size = 0;
  Side side = Side::kUnknown;
  bool operator==(const ToldTrade&) const = default;
};

class VenueRows : public EventCounts {
 public:
  std::map<int64_t, ToldTrade> live, history;
  std::vector<Candle> candles;
  std::string control, symbol;

  void OnTrade(std::string_view name, const Trade& t, TradeOrigin origin) override {
    EventCounts::OnTrade(name, t, origin);
    symbol = name;
    (origin == TradeOrigin::kLive ? live : history)[*IdNumber(t.id)] = {t.time.us, t.price, t.size,
                                                                        t.side};
  }
  void OnCandle(const CandleUpdate& update) override {
    EventCounts::OnCandle(update);
    candles.push_back(update.candle);
  }
  void OnControl(const ControlEvent& event) override {
    EventCounts::OnControl(event);
    control = NameOf(event.action);
  }
};

// Of whole milliseconds.
inline SimulatedMarket MillisMarket() {
  MarketOptions options{.seed = 5, .start = kStart, .time_step_us = kMicrosPerMilli};
  options.symbols = {*ParseMarketSymbol("BTC-USDT"), *ParseMarketSymbol("ETH-USDT")};
  return SimulatedMarket(options);
}

// All that our client asks the venue for, page after page.
inline VenueRows Pages(SimulatedVenue& venue, std::string_view name, const BackfillRange& range) {
  VenueRows rows;
  const auto protocol = *MakeVenueProtocol(name);
  const auto decoder = *MakeRestDecoder(name);
  BackfillProgress progress;
  for (int page = 0; page < 1000; ++page) {
    const auto next = protocol->NextPage(*Symbol::Parse("BTC-USDT"), range, progress);
    EXPECT_TRUE(next);
    if (!next || !*next) return rows;
    const RestRequest& asked = **next;
    const RestAnswer answer = venue.OnRequest(HttpTarget::Parse(asked.path), kNow, kNow);
    VenueRows told;
    decoder->Decode({asked.kind, asked.symbol, asked.interval}, answer.body, kReceipt, told);
    EXPECT_EQ(told.counts["reject"], 0) << told.first_reject;
    progress.last = {};
    for (const auto& [id, trade] : told.history) progress.last.Add({trade.time_us}, id);
    for (const Candle& candle : told.candles) progress.last.Add(candle.open_time, kNullInt);
    rows.history.merge(told.history);
    rows.candles.insert(rows.candles.end(), told.candles.begin(), told.candles.end());
    progress.path = asked.path;
    ++progress.replies;
  }
  ADD_FAILURE() << "it goes on for ever";
  return rows;
}

}  // namespace tidemark

// The venues there are decoders for, in one list.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/source/feed/backfill_range.h"
#include "tidemark/source/feed/feed_decoder.h"

namespace tidemark {

// The venues' names as in series; binance_us and binance_futures speak Binance's protocol.
constexpr std::array<std::string_view, 10> kFeedVenues = {
    "binance",  "binance_us", "binance_futures", "coinbase", "kraken", "bitfinex",
    "bitstamp", "okx",        "bybit",           "gemini"};

// Whose address this is, by its host: "wss://stream.binance.us:9443/…" is binance_us; "" for none
// of the venues.
std::string_view VenueOfUrl(std::string_view url);

// Whether the ids of its trades have no holes, symbol by symbol: then what is missing shows.
bool CountsTrades(std::string_view venue);
// Whether candles in which nothing was traded are told live; else they are told as they change, and
// only the venue's replies have them.
bool TellsEmptyCandles(std::string_view venue);
// What to ask a venue for, to have all of a range of times, when a trade of the time `told`, or a
// candle that opens then, is known: that it is told again shows that the history is not behind. So
// a little more may be asked for.
BackfillRange SureRange(std::string_view venue, BackfillRange range, EventTime told);
// What to ask a venue for, to know whether all trades of that time came: the same, or the minutes'
// candles where its trades are told of the last moments only.
BackfillRange CheckRange(std::string_view venue, const TimeRange& times, EventTime told = kMinTime);
// Whether the pages of a venue's history, which have ended, hold all that is in the range. Errors:
// kNotFound: it begins later; kUnavailable: it is behind what the venue's stream has told.
Status CoversRange(std::string_view venue, const BackfillRange& range,
                   const BackfillProgress& progress);

// `symbol`: of a Gemini v1 connection, whose messages name none; "" else. Errors: kNotFound.
Result<std::unique_ptr<FeedDecoder>> MakeFeedDecoder(std::string_view venue,
                                                     std::string symbol = "");
// Of alphavantage as well, which has nothing else. Errors: kNotFound.
Result<std::unique_ptr<RestDecoder>> MakeRestDecoder(std::string_view venue);

}  // namespace tidemark

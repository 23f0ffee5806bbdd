// The whole truth of a simulated market as Binance's public files, to compare with what a client
// made of the feed: <SYMBOL>-trades-simulated.csv (id, price, qty, quoteQty, time, isBuyerMaker,
// isBestMatch) and <SYMBOL>-1m-simulated.csv (klines), without headers.
#pragma once

#include <string>

#include "tidemark/base/result.h"
#include "tidemark/source/simulator/simulated_market.h"

namespace tidemark {

// Trades of [start, end) and the minutes that have closed by `end`, with those without trades or
// not; files of those names are replaced, each at once. Errors: those of base/file.h.
Status WriteVenueTruth(SimulatedMarket& market, EventTime end, bool empty_minutes,
                       const std::string& folder);

}  // namespace tidemark

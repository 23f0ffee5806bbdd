// The whole truth of a simulated market as Binance's public files, to compare with what a client
// made of the feed: <SYMBOL>-trades-simulated.csv (id, price, qty, quoteQty, time, isBuyerMaker,
// isBestMatch) and <SYMBOL>-1m-simulated.csv (klines), without headers.
#pragma once

#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/source/simulator/simulated_market.h"

namespace tidemark {

// Trades of [start, end) and the minutes that have closed by `end`; files of those names are
// replaced, each at once. Returns their paths. Errors: those of base/file.h.
Result<std::vector<std::string>> WriteVenueTruth(SimulatedMarket& market, EventTime end,
                                                 const std::string& folder);

}  // namespace tidemark

// Gemini as a server: /v2/marketdata with l2 (a book that is invented, trades with a snapshot of
// 50) and candles_1m, a heartbeat every 5 s; /v1/trades/<symbol> of the last seven days, the oldest
// after an id or a time, listed newest first; /v2/candles/<symbol>/1m of the last day; /v1/symbols.
//
// A message with a symbol or channel that there is not is refused whole.
#pragma once

#include "tidemark/source/simulator/simulated_venue.h"

namespace tidemark {

std::unique_ptr<SimulatedVenue> MakeSimulatedGemini(SimulatedMarket& market);

}  // namespace tidemark

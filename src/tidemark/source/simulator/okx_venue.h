// OKX as a server: v5, on two addresses: trades (the fills of one order at one price together) on
// /ws/v5/public; trades-all (each fill) and candle1m on /ws/v5/business. /api/v5/market/: trades,
// history-trades (three months), candles, history-candles (closed ones), newest first;
// /api/v5/public/: time, instruments. Each channel of a request is answered by itself.
#pragma once

#include "tidemark/source/simulator/simulated_venue.h"

namespace tidemark {

std::unique_ptr<SimulatedVenue> MakeSimulatedOkx(SimulatedMarket& market);

}  // namespace tidemark

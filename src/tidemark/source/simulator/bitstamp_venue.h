// Bitstamp as a server: live_trades_<pair>; /api/v2/transactions/<pair>/ (newest first, whole
// seconds), /api/v2/ohlc/<pair>/ of 60 s. There are no candles by websocket.
#pragma once

#include "tidemark/source/simulator/simulated_venue.h"

namespace tidemark {

std::unique_ptr<SimulatedVenue> MakeSimulatedBitstamp(SimulatedMarket& market);

}  // namespace tidemark

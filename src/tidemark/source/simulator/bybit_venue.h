// Bybit as a server: v5 spot, /v5/public/spot: publicTrade, kline.1; a request is taken or refused
// as a whole, of ten topics at most. /v5/market/: recent-trade (the last 60), kline, newest first;
// time, instruments-info.
#pragma once

#include "tidemark/source/simulator/simulated_venue.h"

namespace tidemark {

std::unique_ptr<SimulatedVenue> MakeSimulatedBybit(SimulatedMarket& market);

}  // namespace tidemark

// Bitfinex as a server: /ws/2 with the channels trades (a snapshot of 30; each trade as "te" and as
// "tu") and candles of 1 minute, a heartbeat of each channel every 15 s, and with flag 65536 a
// number behind each message of a channel; /v2/trades/<symbol>/hist,
// /v2/candles/trade:1m:<symbol>/hist.
//
// A message that is lost on its way takes its number with it.
#pragma once

#include "tidemark/source/simulator/simulated_venue.h"

namespace tidemark {

std::unique_ptr<SimulatedVenue> MakeSimulatedBitfinex(SimulatedMarket& market);

}  // namespace tidemark

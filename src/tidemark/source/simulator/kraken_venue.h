// Kraken as a server: v2 channels trade (with a snapshot of 50), ohlc of 1 minute, heartbeat,
// status; /0/public/Trades, OHLC, Time, AssetPairs. Each symbol of a subscription is answered by
// itself.
//
// A trade's place in time, for since and last, is its microsecond and its place within that, in
// nanoseconds: so pages neither lose nor repeat trades of one time.
#pragma once

#include "tidemark/source/simulator/simulated_venue.h"

namespace tidemark {

std::unique_ptr<SimulatedVenue> MakeSimulatedKraken(SimulatedMarket& market);

}  // namespace tidemark

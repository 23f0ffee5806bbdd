// Coinbase Exchange as a server: the channels matches (with last_match) and heartbeat; /products,
// /products/<id>/trades (newest first, pages by after and before), /products/<id>/candles of 60 s,
// /time. A subscription that names an unknown product is refused as a whole.
#pragma once

#include "tidemark/source/simulator/simulated_venue.h"

namespace tidemark {

std::unique_ptr<SimulatedVenue> MakeSimulatedCoinbase(SimulatedMarket& market);

}  // namespace tidemark

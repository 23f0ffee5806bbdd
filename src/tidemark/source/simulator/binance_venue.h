// Binance as a server: spot streams trade, aggTrade (one aggregate a trade, with its id) and
// kline_1m, raw and combined; /api/v3 (and /fapi/v1): aggTrades, trades, historicalTrades, klines
// of 1m, time, ping, exchangeInfo.
//
// A subscription that names an unknown symbol or stream is refused as a whole, by the request's id.
// In the address of a connection such a stream is taken and stays without a word.
#pragma once

#include "tidemark/source/simulator/simulated_venue.h"

namespace tidemark {

std::unique_ptr<SimulatedVenue> MakeSimulatedBinance(SimulatedMarket& market);

}  // namespace tidemark

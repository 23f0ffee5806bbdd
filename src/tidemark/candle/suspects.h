// Suspect rows: candles that are accepted and kept, and that a person should look at.
//
// A spike is a close that leaves the one before it by more than 5 % in log price and is undone by
// the next row, whose close is within 2 % of the one before the spike:
//   closes 100, 94, 99.5 → the second is a spike;  100, 94, 93 → none (the price moved)
#pragma once

#include <cstddef>
#include <vector>

#include "tidemark/market/candle.h"

namespace tidemark {

constexpr double kSpikeLogMove = 0.05;
constexpr double kSpikeUndoneWithin = 0.02;

// Indices of the spikes among rows in order, ascending. The first and the last row are never one.
std::vector<size_t> FindSpikes(const CandleColumns& rows);

}  // namespace tidemark

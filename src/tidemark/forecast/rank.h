// Orders and ranks of doubles.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tidemark {

// The order of `values`, smallest first, equal values (−0 and 0 are equal) in their old order.
// REQUIRES no NaN and fewer than 2^32 values. Radix sort: linear time.
std::vector<uint32_t> SortedOrder(std::span<const double> values);

// Ranks from 1, equal values share their mean rank.
std::vector<double> MeanRanks(std::span<const double> values);

// Pearson correlation of the mean ranks; NaN when either side is constant or n < 3.
double Spearman(std::span<const double> a, std::span<const double> b);

}  // namespace tidemark

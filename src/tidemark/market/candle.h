// Candles of one series as columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "tidemark/base/time.h"

namespace tidemark {

constexpr double kNull = std::numeric_limits<double>::quiet_NaN();

struct Candle {
  EventTime open_time;
  double open = 0, high = 0, low = 0, close = 0;
  double volume = kNull;  // base currency; null when the source has none
};

// Columns of equal length. Where "in order" is said: open_time strictly increasing.
struct CandleColumns {
  std::vector<int64_t> open_time;  // microseconds
  std::vector<double> open, high, low, close, volume;

  size_t size() const { return open_time.size(); }
  Candle At(size_t i) const {
    return {{open_time[i]}, open[i], high[i], low[i], close[i], volume[i]};
  }
  void Append(const Candle& c) {
    open_time.push_back(c.open_time.us);
    open.push_back(c.open);
    high.push_back(c.high);
    low.push_back(c.low);
    close.push_back(c.close);
    volume.push_back(c.volume);
  }
  void Append(const CandleColumns& other, size_t begin, size_t end) {
    const auto add = [&](auto& to, const auto& from) {
      to.insert(to.end(), from.begin() + static_cast<ptrdiff_t>(begin),
                from.begin() + static_cast<ptrdiff_t>(end));
    };
    add(open_time, other.open_time);
    add(open, other.open);
    add(high, other.high);
    add(low, other.low);
    add(close, other.close);
    add(volume, other.volume);
  }
  void Reserve(size_t n) {
    open_time.reserve(n);
    for (auto* column : {&open, &high, &low, &close, &volume}) column->reserve(n);
  }
  void Clear() { *this = CandleColumns(); }
};

}  // namespace tidemark

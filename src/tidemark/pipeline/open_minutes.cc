#include "tidemark/pipeline/open_minutes.h"

#include <algorithm>
#include <utility>

namespace tidemark {

void OpenMinutes::DropBefore(EventTime time) {
  from = std::max(from, time);
  TradeColumns later;
  for (size_t i = 0; i < trades.rows(); ++i) {
    if (trades.time[i] >= from.us) later.Append(trades, i, i + 1);
  }
  trades = std::move(later);
  CandleColumns closing_later;
  for (size_t i = 0; i < candles.size(); ++i) {
    if (candles.open_time[i] >= from.us) closing_later.Append(candles, i, i + 1);
  }
  candles = std::move(closing_later);
}

}  // namespace tidemark

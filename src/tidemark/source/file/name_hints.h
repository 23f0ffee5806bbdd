// What a file name says: Binance_BTCUSDT_1h.csv, bitfinex-ltcusd.csv.gz, XBTUSD_60.csv,
// LTC-USD.parquet.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tidemark/market/interval.h"
#include "tidemark/market/series.h"

namespace tidemark {

struct NameHints {
  std::string venue;  // "" when it says nothing
  std::optional<Symbol> symbol;
  std::optional<Interval> interval;
};

// Of the last part of a path or URI.
NameHints HintsFromName(std::string_view uri);

}  // namespace tidemark

// Trades that never were, for a simulated venue: per symbol an endless tape of trades with ids from
// 1 without holes, and one-minute candles made of exactly these trades.
//
// Every minute is drawn from hash(seed, symbol, minute) and tied to the one before by two numbers
// kept in an index: its first id and its first price. So the tape is the same however and in
// whatever order it is asked for, any id or time is found by a search in the index, and a minute
// costs what its own trades cost. The index grows by 16 bytes a minute as far as anyone has asked.
//
// Busy minutes, quiet ones without a trade, orders filled in several trades of one time, a price
// that walks. All numbers are integers: their text is exact.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tidemark/base/time.h"
#include "tidemark/market/series.h"

namespace tidemark {

struct MarketSymbol {
  Symbol symbol;
  double start_price = 100;  // quote currency
  int price_decimals = 2;    // a tick is 10^-price_decimals
};
// "BTC-USDT": known coins get a fitting price. Errors: kParse.
Result<MarketSymbol> ParseMarketSymbol(std::string_view text);

struct MarketOptions {
  uint64_t seed = 1;
  EventTime start = {};  // a whole minute; the first trade has id 1
  std::vector<MarketSymbol> symbols = {};
  double trades_per_second = 5;  // mean, of each symbol
  int64_t time_step_us = 1000;   // of trade times; divides a minute
  double annual_volatility = 0.6;
};

constexpr int kSizeDecimals = 8;

struct SimulatedTrade {
  int64_t id = 0;
  int64_t time_us = 0;          // grows with the id, or stays
  int64_t price = 0;            // ticks
  int64_t size = 0;             // 1e-8 of the base currency
  bool buyer_is_maker = false;  // the taker sold
};

// A minute without trades has the close before it as its prices, no volume, and ids of -1.
struct SimulatedBar {
  int64_t open_time_us = 0;
  int64_t open = 0, high = 0, low = 0, close = 0;  // ticks
  int64_t volume = 0, taker_buy_volume = 0;        // 1e-8 of the base currency
  int64_t quote_volume = 0, taker_buy_quote = 0;   // 1e-8 of the quote currency
  int64_t trades = 0;
  int64_t first_id = -1, last_id = -1;
};

class SimulatedMarket {
 public:
  explicit SimulatedMarket(MarketOptions options);

  const MarketOptions& options() const { return options_; }
  const std::vector<MarketSymbol>& symbols() const { return options_.symbols; }
  size_t IndexOf(const Symbol& symbol) const;  // symbols().size() when it is not traded here

  // The trades of the minute that holds `time`, oldest first; none before the start. Valid until
  // the next call for the symbol.
  std::span<const SimulatedTrade> Minute(size_t symbol, EventTime time);
  // The id of the first trade at or after `time`.
  int64_t FirstIdAt(size_t symbol, EventTime time);
  // REQUIRES id >= 1.
  SimulatedTrade TradeOf(size_t symbol, int64_t id);
  // Those with ids [begin, end), begin >= 1.
  std::vector<SimulatedTrade> Trades(size_t symbol, int64_t begin, int64_t end);
  // The minute that holds `open`, of its trades before `until` only.
  SimulatedBar Bar(size_t symbol, EventTime open, EventTime until = kMaxTime);
  // 1e-8 of the quote currency, cut.
  int64_t QuoteSize(size_t symbol, const SimulatedTrade& trade) const;

 private:
  struct Head {
    int64_t first_id = 1;
    double log_price = 0;  // of its start
  };
  struct Cached {
    int64_t minute = -1;
    std::vector<SimulatedTrade> trades;
  };
  struct Tape {
    uint64_t seed = 0;
    std::vector<Head> heads;  // of minutes from the start
    std::array<Cached, 4> cache;
  };
  void Reach(size_t symbol, int64_t minute);  // heads of minutes [0, minute + 1] are there
  int64_t MinuteOf(EventTime time) const;
  int64_t MinuteOfId(size_t symbol, int64_t id);
  const std::vector<SimulatedTrade>& Fill(size_t symbol, int64_t minute);
  void Draw(size_t symbol, int64_t minute, std::vector<SimulatedTrade>* trades) const;

  MarketOptions options_;
  double minute_sigma_;
  std::vector<Tape> tapes_;
};

// 421234567 with 4 decimals is "42123.4567": all decimals are written, as venues do.
void AppendFixed(int64_t value, int decimals, std::string* out);
// The same with zeros added up to `shown` decimals, shown >= decimals.
std::string FixedText(int64_t value, int decimals, int shown);
// The same without zeros at the end: "42123.5", "42123".
std::string ShortText(int64_t value, int decimals);

}  // namespace tidemark

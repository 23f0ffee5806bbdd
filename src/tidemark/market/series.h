// Symbols and series: what a row belongs to.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/market/interval.h"

namespace tidemark {

// "BASE-QUOTE" in upper case, as in LTC-USD. USD is never USDT.
class Symbol {
 public:
  Symbol() = default;
  // Accepts "LTC-USD", "LTC/USD", "LTC_USD", "ltcusd", "tLTCUSD" (Bitfinex); a spelling without a
  // separator is split before a known quote currency (longest first). Errors: kParse.
  static Result<Symbol> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  std::string base() const { return text_.substr(0, text_.find('-')); }
  std::string quote() const { return text_.substr(text_.find('-') + 1); }
  auto operator<=>(const Symbol&) const = default;

 private:
  explicit Symbol(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// A series of candles: rows in event-time order. Ordered by venue, symbol, interval.
struct SeriesId {
  std::string venue;  // lower case, "bitfinex"; "unknown" when nothing says
  Symbol symbol;
  Interval interval;
  auto operator<=>(const SeriesId&) const = default;
  // From what its columns hold, and from ToString's text. Errors: kParse.
  static Result<SeriesId> Parse(std::string_view venue, std::string_view symbol,
                                std::string_view interval);
  static Result<SeriesId> Parse(std::string_view text);
  // "bitfinex LTC-USD 1m"
  std::string ToString() const { return venue + " " + symbol.text() + " " + interval.ToString(); }
};

// A series of trades. Ordered by venue, symbol.
struct TradeSeriesId {
  std::string venue;
  Symbol symbol;
  auto operator<=>(const TradeSeriesId&) const = default;
  // From ToString's text. Errors: kParse.
  static Result<TradeSeriesId> Parse(std::string_view text);
  // "bitfinex LTC-USD"
  std::string ToString() const { return venue + " " + symbol.text(); }
};

}  // namespace tidemark

// What Alpha Vantage can be asked, as text: one request is one series, or one exchange rate.
#pragma once

#include <string>
#include <string_view>

#include "tidemark/base/result.h"
#include "tidemark/market/series.h"
#include "tidemark/source/feed/feed_decoder.h"

namespace tidemark {

inline constexpr std::string_view kAlphaVantage = "alphavantage";  // the venue's name in series
inline constexpr std::string_view kAlphaVantageUrl = "https://www.alphavantage.co";

struct AlphaVantageRequest {
  RestQuery::Kind kind = RestQuery::Kind::kCandles;  // or kRates
  Symbol symbol = {};
  Interval interval = {};  // of candles
  bool full = false;       // intraday: all there is, not the newest 100
  bool csv = false;

  // Path and query without the key: "/query?function=DIGITAL_CURRENCY_DAILY&symbol=BTC&market=EUR…"
  std::string Path() const;
  // The symbol is borrowed from `symbol`.
  RestQuery query() const { return {kind, symbol.text(), interval}; }
};

// Errors: kUnsupported for an interval other than 1m 5m 15m 30m 1h 1d 1w 1mo.
Result<AlphaVantageRequest> AlphaVantageCandles(const Symbol& symbol, const Interval& interval);
AlphaVantageRequest AlphaVantageRate(const Symbol& symbol);

// The end of a request's query, which belongs in no message: "&apikey=…".
std::string AlphaVantageKeyQuery(std::string_view key);
// Keys are 4 to 64 letters, digits, '-' and '_', one of them a letter: text that no number of a
// reply can hold and that a URL takes as it is. Errors: kInvalidArgument, without the key.
Status CheckAlphaVantageKey(std::string_view key);
// `body` with every whole word that is the key replaced by as many '*': the service repeats it in
// some refusals.
std::string WithoutAlphaVantageKey(std::string body, std::string_view key);

// "5min": how requests and replies call intervals below a day. "" for others.
std::string AlphaVantageIntraday(const Interval& interval);

}  // namespace tidemark

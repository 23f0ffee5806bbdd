#include "tidemark/market/series.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace tidemark {
namespace {

// Longest first, so that LTCUSDT is LTC-USDT and never LTCUSD-T.
constexpr std::array<std::string_view, 29> kQuotes = {
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USDP", "GUSD", "EURT", "USD", "EUR",
    "GBP",   "JPY",  "CNY",  "CNH",  "KRW",  "AUD",  "CAD",  "CHF",  "BRL", "SGD",
    "TRY",   "RUB",  "BTC",  "XBT",  "ETH",  "BNB",  "DAI",  "UST",  "LTC"};

bool IsAsset(std::string_view text) {
  return !text.empty() && text.size() <= 16 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

}  // namespace

Result<Symbol> Symbol::Parse(std::string_view text) {
  const auto fail = [&] {
    return Fail(ErrorCode::kParse,
                "not a symbol: '" + std::string(text) + "' (use BASE-QUOTE, as LTC-USD)");
  };
  std::string_view rest = text;
  // Bitfinex writes tLTCUSD: a lower-case t before capitals.
  if (rest.size() > 6 && rest[0] == 't' && std::isupper(static_cast<unsigned char>(rest[1]))) {
    rest.remove_prefix(1);
  }
  std::string upper(rest);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const size_t separator = upper.find_first_of("-/_:");
  if (separator != std::string::npos) {
    const std::string base = upper.substr(0, separator);
    const std::string quote = upper.substr(separator + 1);
    if (!IsAsset(base) || !IsAsset(quote)) return fail();
    return Symbol(base + "-" + quote);
  }
  for (const std::string_view quote : kQuotes) {
    if (upper.size() > quote.size() && upper.ends_with(quote)) {
      const std::string base = upper.substr(0, upper.size() - quote.size());
      if (!IsAsset(base)) return fail();
      if (quote == "TUSD" && base.size() < 3) continue;  // XBTUSD is XBT-USD
      return Symbol(base + "-" + std::string(quote));
    }
  }
  return fail();
}

Result<SeriesId> SeriesId::Parse(std::string_view venue, std::string_view symbol,
                                 std::string_view interval) {
  TM_ASSIGN(Symbol parsed_symbol, Symbol::Parse(symbol));
  TM_ASSIGN(const Interval parsed_interval, Interval::Parse(interval));
  return SeriesId{std::string(venue), std::move(parsed_symbol), parsed_interval};
}

Result<SeriesId> SeriesId::Parse(std::string_view text) {
  const size_t first = text.find(' '), last = text.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Fail(ErrorCode::kParse,
                "not a series: '" + std::string(text) + "' (venue, symbol and interval)");
  }
  return Parse(text.substr(0, first), text.substr(first + 1, last - first - 1),
               text.substr(last + 1));
}

Result<TradeSeriesId> TradeSeriesId::Parse(std::string_view text) {
  const size_t blank = text.find(' ');
  if (blank == std::string_view::npos || blank != text.rfind(' ')) {
    return Fail(ErrorCode::kParse,
                "not a series of trades: '" + std::string(text) + "' (venue and symbol)");
  }
  TM_ASSIGN(Symbol symbol, Symbol::Parse(text.substr(blank + 1)));
  return TradeSeriesId{std::string(text.substr(0, blank)), std::move(symbol)};
}

}  // namespace tidemark

#include "tidemark/source/file/name_hints.h"

#include <algorithm>
#include <array>
#include <vector>

#include "tidemark/base/text.h"

namespace tidemark {
namespace {

constexpr std::array<std::string_view, 28> kVenues = {
    "binanceus", "binance", "bitfinex", "bitstamp", "coinbase", "gemini",  "kraken",
    "okx",       "okex",    "okcoin",   "bybit",    "kucoin",   "huobi",   "poloniex",
    "bittrex",   "ftx",     "gateio",   "mexc",     "bitmex",   "deribit", "upbit",
    "bithumb",   "hitbtc",  "exmo",     "cexio",    "gdax",     "itbit",   "bitget"};
// Quotes a name may be split before without a separator; rarer ones make words into symbols
// ("august").
constexpr std::array<std::string_view, 18> kQuotes = {
    "fdusd", "usdt", "usdc", "busd", "tusd", "usd", "eur", "gbp", "jpy",
    "krw",   "btc",  "xbt",  "eth",  "bnb",  "chf", "aud", "brl", "dai"};
constexpr std::array<std::string_view, 14> kExtensions = {
    "csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet",
    "pq",  "gz",  "zst", "zip",  "bz2",   "xz",     "lz4"};

bool Contains(const auto& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool IsAsset(std::string_view text) {
  return text.size() >= 2 && text.size() <= 8 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }) &&
         std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

std::vector<std::string> Tokens(std::string_view name) {
  std::vector<std::string> tokens;
  while (!name.empty()) {
    const size_t stop = std::min(name.find_first_of("_-. ()"), name.size());
    if (stop > 0) tokens.push_back(std::string(name.substr(0, stop)));
    name.remove_prefix(std::min(stop + 1, name.size()));
  }
  while (tokens.size() > 1 && Contains(kExtensions, ToLower(tokens.back()))) tokens.pop_back();
  return tokens;
}

// "1m" "1h" "1d" "1min" "60min" "minute" "hourly" "d"; not months and bare numbers.
std::optional<Interval> IntervalOf(const std::string& token) {
  if (token == "1M" || token == "1mo") return Interval::Month();
  const std::string lower = ToLower(token);
  if (lower == "minute" || lower == "minutes" || lower == "1min" || lower == "1minute")
    return Interval();
  if (lower == "hour" || lower == "hourly") return Interval::Fixed(kMicrosPerHour);
  if (lower == "d" || lower == "day" || lower == "daily") return Interval::Fixed(kMicrosPerDay);
  std::string text = lower;
  if (text.ends_with("min")) text.resize(text.size() - 2);
  if (text.empty() || text[0] < '1' || text[0] > '9') return std::nullopt;
  if (auto interval = Interval::Parse(text)) return *interval;
  return std::nullopt;
}

std::optional<Symbol> SymbolOf(const std::string& token) {
  std::string lower = ToLower(token);
  // Bitfinex: tLTCUSD.
  if (token.size() > 6 && token[0] == 't' && token[1] >= 'A' && token[1] <= 'Z') lower.erase(0, 1);
  for (const std::string_view quote : kQuotes) {
    if (lower.size() < quote.size() + 2 || !lower.ends_with(quote)) continue;
    const std::string base = lower.substr(0, lower.size() - quote.size());
    if (!IsAsset(base) || Contains(kVenues, base)) continue;
    if (quote == "tusd" && base.size() < 3) continue;  // XBTUSD is XBT-USD
    if (auto symbol = Symbol::Parse(base + "-" + std::string(quote))) return *symbol;
  }
  return std::nullopt;
}

// BTCUSDT-trades-2025-01-01, BTCUSDT-aggTrades-2024-05: a symbol, what it is, year and month.
bool IsBinanceDump(const std::vector<std::string>& tokens) {
  const auto digits = [](const std::string& token, size_t count) {
    return token.size() == count && token.find_first_not_of("0123456789") == std::string::npos;
  };
  return tokens.size() >= 4 && tokens.size() <= 5 &&
         (tokens[1] == "trades" || tokens[1] == "aggTrades") && digits(tokens[2], 4) &&
         digits(tokens[3], 2) && (tokens.size() == 4 || digits(tokens[4], 2));
}

}  // namespace

NameHints HintsFromName(std::string_view uri) {
  const size_t slash = uri.find_last_of('/');
  const std::vector<std::string> tokens =
      Tokens(slash == std::string_view::npos ? uri : uri.substr(slash + 1));
  NameHints hints;
  size_t symbol_at = tokens.size();
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::string lower = ToLower(tokens[i]);
    if (hints.venue.empty() && Contains(kVenues, lower)) {
      hints.venue = lower;
      continue;
    }
    // bitcoincharts names its files "bitstampUSD": the venue's bitcoin market in that currency.
    for (const std::string_view venue : kVenues) {
      if (!hints.venue.empty() || hints.symbol || !lower.starts_with(venue)) continue;
      if (const std::string quote = lower.substr(venue.size()); Contains(kQuotes, quote)) {
        hints.venue = venue;
        hints.symbol = *Symbol::Parse("BTC-" + quote);
        symbol_at = i;
      }
    }
    if (!hints.symbol && i + 1 < tokens.size() && IsAsset(lower) && !IntervalOf(tokens[i]) &&
        Contains(kQuotes, ToLower(tokens[i + 1]))) {
      if (auto symbol = Symbol::Parse(lower + "-" + ToLower(tokens[i + 1]))) {
        hints.symbol = *symbol;
        symbol_at = ++i;
        continue;
      }
    }
    if (!hints.symbol) {
      if (auto symbol = SymbolOf(tokens[i])) {
        hints.symbol = *symbol;
        symbol_at = i;
        continue;
      }
    }
    if (!hints.interval) hints.interval = IntervalOf(tokens[i]);
    if (!hints.interval && tokens[i] == "1" && i + 1 < tokens.size() &&
        ToLower(tokens[i + 1]) == "min") {
      hints.interval = Interval();
    }
  }
  if (hints.venue.empty() && symbol_at == 0 && IsBinanceDump(tokens)) hints.venue = "binance";
  // Kraken: XBTUSD_60.csv, minutes after the symbol and nothing else.
  if (!hints.interval && symbol_at + 2 == tokens.size()) {
    static const std::array<std::string_view, 8> kMinutes = {"1",  "5",   "15",  "30",
                                                             "60", "240", "720", "1440"};
    if (Contains(kMinutes, tokens.back())) hints.interval = *Interval::Parse(tokens.back() + "m");
  }
  return hints;
}

}  // namespace tidemark

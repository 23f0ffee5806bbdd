#include "tidemark/source/alphavantage/alphavantage_request.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsWordByte(char c) { return IsLetter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

std::string_view FunctionOf(const Interval& interval) {
  if (interval.unit() == Interval::Unit::kWeek) return "DIGITAL_CURRENCY_WEEKLY";
  if (interval.unit() == Interval::Unit::kMonth) return "DIGITAL_CURRENCY_MONTHLY";
  return interval.nominal_micros() == kMicrosPerDay ? "DIGITAL_CURRENCY_DAILY" : "CRYPTO_INTRADAY";
}

}  // namespace

std::string AlphaVantageIntraday(const Interval& interval) {
  if (interval.unit() != Interval::Unit::kFixed) return "";
  for (const int minutes : {1, 5, 15, 30, 60}) {
    if (interval.nominal_micros() == minutes * kMicrosPerMinute) {
      return fmt::format("{}min", minutes);
    }
  }
  return "";
}

std::string AlphaVantageRequest::Path() const {
  const std::string base = symbol.base(), quote = symbol.quote();
  if (kind == RestQuery::Kind::kRates) {
    return fmt::format("/query?function=CURRENCY_EXCHANGE_RATE&from_currency={}&to_currency={}",
                       base, quote);
  }
  std::string path =
      fmt::format("/query?function={}&symbol={}&market={}", FunctionOf(interval), base, quote);
  if (const std::string intraday = AlphaVantageIntraday(interval); !intraday.empty()) {
    path += fmt::format("&interval={}&outputsize={}", intraday, full ? "full" : "compact");
  }
  return path + (csv ? "&datatype=csv" : "&datatype=json");
}

Result<AlphaVantageRequest> AlphaVantageCandles(const Symbol& symbol, const Interval& interval) {
  const bool fixed = interval.unit() == Interval::Unit::kFixed;
  if (fixed && interval.nominal_micros() != kMicrosPerDay &&
      AlphaVantageIntraday(interval).empty()) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("alphavantage has no candles of {}; it has 1m, 5m, 15m, 30m, 1h, 1d, "
                            "1w and 1mo",
                            interval.ToString()));
  }
  return AlphaVantageRequest{
      .kind = RestQuery::Kind::kCandles, .symbol = symbol, .interval = interval};
}

AlphaVantageRequest AlphaVantageRate(const Symbol& symbol) {
  return {.kind = RestQuery::Kind::kRates, .symbol = symbol};
}

std::string AlphaVantageKeyQuery(std::string_view key) { return fmt::format("&apikey={}", key); }

Status CheckAlphaVantageKey(std::string_view key) {
  if (key.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "alphavantage needs a key: write api_key, or set ALPHAVANTAGE_API_KEY in the "
                "environment");
  }
  if (key.size() < 4 || key.size() > 64 || !std::ranges::all_of(key, IsWordByte) ||
      std::ranges::none_of(key, IsLetter)) {
    return Fail(ErrorCode::kInvalidArgument,
                "the key of alphavantage is not one: 4 to 64 letters and digits");
  }
  return {};
}

std::string WithoutAlphaVantageKey(std::string body, std::string_view key) {
  if (key.empty()) return body;
  for (size_t at = body.find(key); at != body.npos; at = body.find(key, at + key.size())) {
    const size_t end = at + key.size();
    const bool begins = at == 0 || !IsWordByte(body[at - 1]);
    const bool ends = end == body.size() || !IsWordByte(body[end]);
    if (begins && ends) body.replace(at, key.size(), key.size(), '*');
  }
  return body;
}

}  // namespace tidemark

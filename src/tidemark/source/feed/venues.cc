#include "tidemark/source/feed/venues.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/source/alphavantage/alphavantage_decoder.h"
#include "tidemark/source/binance/binance_decoder.h"
#include "tidemark/source/binance/binance_rest.h"
#include "tidemark/source/bitfinex/bitfinex_decoder.h"
#include "tidemark/source/bitfinex/bitfinex_rest.h"
#include "tidemark/source/bitstamp/bitstamp_decoder.h"
#include "tidemark/source/bitstamp/bitstamp_rest.h"
#include "tidemark/source/bybit/bybit_decoder.h"
#include "tidemark/source/bybit/bybit_rest.h"
#include "tidemark/source/coinbase/coinbase_decoder.h"
#include "tidemark/source/coinbase/coinbase_rest.h"
#include "tidemark/source/gemini/gemini_decoder.h"
#include "tidemark/source/gemini/gemini_rest.h"
#include "tidemark/source/kraken/kraken_decoder.h"
#include "tidemark/source/kraken/kraken_rest.h"
#include "tidemark/source/okx/okx_decoder.h"
#include "tidemark/source/okx/okx_rest.h"

namespace tidemark {
namespace {

// A venue's history is no further behind.
constexpr int64_t kStaleMax = 10 * kMicrosPerMinute;
constexpr int64_t kOkxTold = 89 * kMicrosPerDay;  // three months, the shortest

std::unexpected<Error> NoVenue(std::string_view venue) {
  return Fail(ErrorCode::kNotFound, fmt::format("no decoder for venue '{}'", venue));
}

// Whether what was told reaches back to the start of the range.
bool BeginsBefore(std::string_view venue, const BackfillRange& range,
                  const BackfillProgress& progress) {
  // Behind the start, or a whole day, and nothing before it; a minute for its clock and ours.
  if (venue == "bitstamp") {
    if (progress.last.rows > 0 && progress.last.time_min <= range.times.start) return true;
    return progress.now - range.times.start < kMicrosPerDay - kMicrosPerMinute;
  }
  // Asked for what is older it tells the oldest that it has; a minute as above.
  if (venue == "gemini") {
    return progress.now - range.times.start < 7 * kMicrosPerDay - kMicrosPerMinute;
  }
  // From the newest back: the last page has to reach behind the start, or to the first of all.
  if (venue != "bybit" && venue != "okx" && venue != "coinbase") return true;
  const PageSeen& last = progress.last;
  if (last.rows > 0 && last.time_min < range.times.start) return true;
  if (venue == "coinbase") return last.id_min == 1;
  // Nothing older is there, and it is not too old to be.
  return venue == "okx" && last.rows == 0 && progress.now - range.times.start < kOkxTold;
}

// Whether what is told goes on beyond the range that is asked for, as far as the venue knows.
bool GoesOn(std::string_view venue, const BackfillRange& range) {
  if (range.candles) return venue == "kraken" || venue == "gemini";
  return venue != "bitfinex" && venue != "okx" && !venue.starts_with("binance");
}

// Whether the history ends before what is known, or before the range is over, by the venue's date.
// Streams may tell finer times.
bool IsBehind(std::string_view venue, const BackfillRange& range,
              const BackfillProgress& progress) {
  // Dates have no parts of a second.
  if (progress.now + kMicrosPerSecond < range.times.end) return true;
  if (range.told < range.times.start) return false;
  if (range.told >= range.times.end && !GoesOn(venue, range)) return false;
  const int64_t step_us = venue == "bitstamp" ? kMicrosPerSecond : kMicrosPerMilli;
  return progress.reached + step_us <= std::min(range.told, range.times.end);
}

}  // namespace

Result<std::unique_ptr<FeedDecoder>> MakeFeedDecoder(std::string_view venue, std::string symbol) {
  if (venue.starts_with("binance")) return std::make_unique<BinanceDecoder>();
  if (venue == "coinbase") return std::make_unique<CoinbaseDecoder>();
  if (venue == "kraken") return std::make_unique<KrakenDecoder>();
  if (venue == "bitfinex") return std::make_unique<BitfinexDecoder>();
  if (venue == "bitstamp") return std::make_unique<BitstampDecoder>();
  if (venue == "okx") return std::make_unique<OkxDecoder>();
  if (venue == "bybit") return std::make_unique<BybitDecoder>();
  if (venue == "gemini") return std::make_unique<GeminiDecoder>(std::move(symbol));
  return NoVenue(venue);
}

Result<std::unique_ptr<RestDecoder>> MakeRestDecoder(std::string_view venue) {
  if (venue.starts_with("binance")) return std::make_unique<BinanceRestDecoder>();
  if (venue == "coinbase") return std::make_unique<CoinbaseRestDecoder>();
  if (venue == "kraken") return std::make_unique<KrakenRestDecoder>();
  if (venue == "bitfinex") return std::make_unique<BitfinexRestDecoder>();
  if (venue == "bitstamp") return std::make_unique<BitstampRestDecoder>();
  if (venue == "okx") return std::make_unique<OkxRestDecoder>();
  if (venue == "bybit") return std::make_unique<BybitRestDecoder>();
  if (venue == "gemini") return std::make_unique<GeminiRestDecoder>();
  if (venue == "alphavantage") return std::make_unique<AlphaVantageDecoder>();
  return NoVenue(venue);
}

std::string_view VenueOfUrl(std::string_view url) {
  const size_t scheme = url.find("://");
  std::string_view host = scheme == url.npos ? url : url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/:?"));
  static constexpr std::pair<std::string_view, std::string_view> kHosts[] = {
      {"binance.us", "binance_us"},
      {"fstream.binance.com", "binance_futures"},
      {"fapi.binance.com", "binance_futures"},
      {"binance.com", "binance"},
      {"binance.vision", "binance"},
      {"coinbase.com", "coinbase"},
      {"kraken.com", "kraken"},
      {"bitfinex.com", "bitfinex"},
      {"bitstamp.net", "bitstamp"},
      {"okx.com", "okx"},
      {"okex.com", "okx"},
      {"bybit.com", "bybit"},
      {"gemini.com", "gemini"}};
  for (const auto& [domain, venue] : kHosts) {
    if (host == domain ||
        (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.')) {
      return venue;
    }
  }
  return "";
}

bool CountsTrades(std::string_view venue) {
  return venue.starts_with("binance") || venue == "coinbase" || venue == "okx";
}

bool TellsEmptyCandles(std::string_view venue) {
  return venue != "kraken" && venue != "bitfinex" && venue != "gemini";
}

BackfillRange SureRange(std::string_view venue, BackfillRange range, EventTime told) {
  range.told = told;
  const bool beyond = told >= range.times.end && !GoesOn(venue, range);
  if (beyond && told - range.times.end <= kStaleMax) range.times.end = told + 1;
  return range;
}

BackfillRange CheckRange(std::string_view venue, const TimeRange& times, EventTime told) {
  if (venue != "bybit") return SureRange(venue, BackfillRange::Times(times), told);
  const EventTime minute = told == kMinTime ? told : Interval().OpenOf(told);
  return SureRange(venue, BackfillRange::Candles(Interval(), times), minute);
}

Status CoversRange(std::string_view venue, const BackfillRange& range,
                   const BackfillProgress& progress) {
  if (range.by_id()) return {};
  if (!range.candles && !BeginsBefore(venue, range, progress)) {
    return Fail(ErrorCode::kNotFound, "the venue tells no trades of so long ago");
  }
  if (!IsBehind(venue, range, progress)) return {};
  return Fail(ErrorCode::kUnavailable, fmt::format("the venue's history has not reached {} yet",
                                                   FormatTime(range.times.end)));
}

}  // namespace tidemark

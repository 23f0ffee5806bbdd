#include "tidemark/source/feed/venue_protocol.h"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/source/binance/binance_protocol.h"
#include "tidemark/source/bitfinex/bitfinex_protocol.h"
#include "tidemark/source/bitstamp/bitstamp_protocol.h"
#include "tidemark/source/bybit/bybit_protocol.h"
#include "tidemark/source/coinbase/coinbase_protocol.h"
#include "tidemark/source/feed/venues.h"
#include "tidemark/source/gemini/gemini_protocol.h"
#include "tidemark/source/kraken/kraken_protocol.h"
#include "tidemark/source/okx/okx_protocol.h"

namespace tidemark {

std::string NameOf(const FeedTopic& topic) {
  if (topic.kind == FeedKind::kTrades) return topic.symbol.text() + " trades";
  return fmt::format("{} candles {}", topic.symbol.text(), topic.interval.ToString());
}

Result<FeedTopic> VenueProtocol::Trades(const Symbol& symbol) const {
  FeedTopic topic{.kind = FeedKind::kTrades, .symbol = symbol, .spelling = Spelling(symbol)};
  TM_TRY(SetTradeChannel(&topic));
  return topic;
}

Result<FeedTopic> VenueProtocol::Candles(const Symbol& symbol, const Interval& interval) const {
  FeedTopic topic{.kind = FeedKind::kCandles,
                  .symbol = symbol,
                  .interval = interval,
                  .spelling = Spelling(symbol)};
  TM_TRY(SetCandleChannel(&topic));
  return topic;
}

Result<std::unique_ptr<VenueProtocol>> MakeVenueProtocol(std::string_view venue) {
  if (std::find(kFeedVenues.begin(), kFeedVenues.end(), venue) != kFeedVenues.end()) {
    if (venue.starts_with("binance")) return std::make_unique<BinanceProtocol>(venue);
    if (venue == "coinbase") return std::make_unique<CoinbaseProtocol>();
    if (venue == "kraken") return std::make_unique<KrakenProtocol>();
    if (venue == "bitfinex") return std::make_unique<BitfinexProtocol>();
    if (venue == "bitstamp") return std::make_unique<BitstampProtocol>();
    if (venue == "okx") return std::make_unique<OkxProtocol>();
    if (venue == "bybit") return std::make_unique<BybitProtocol>();
    if (venue == "gemini") return std::make_unique<GeminiProtocol>();
  }
  return Fail(ErrorCode::kNotFound, fmt::format("no protocol for venue '{}'", venue));
}

}  // namespace tidemark

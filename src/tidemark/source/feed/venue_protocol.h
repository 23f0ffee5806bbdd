// How a venue is asked: addresses, spellings, messages, limits, pages of history. Pure text in and
// out; what comes back is read by its decoders.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/market/series.h"
#include "tidemark/source/feed/backfill_range.h"

namespace tidemark {

enum class FeedKind : uint8_t { kTrades, kCandles };

// One channel of one symbol: what is subscribed to.
struct FeedTopic {
  FeedKind kind = FeedKind::kTrades;
  Symbol symbol = {};
  Interval interval = {};     // of candles
  std::string spelling = {};  // the symbol as the venue's messages spell it
  std::string channel = {};   // as its answers name the channel; with Binance, of the stream's name
  std::string url = {};       // of the connection it is offered on
};
std::string NameOf(const FeedTopic& topic);  // "LTC-USD trades", "LTC-USD candles 1m"

// At least `gap_us` between two; no more than `burst` at once, one more each `refill_us`.
struct PaceLimit {
  int64_t gap_us = 0;
  int burst = 1;
  int64_t refill_us = 0;  // 0: no second limit
};

struct VenueRules {
  std::string rest_url;
  size_t topics_per_connection = 0;
  size_t topics_per_message = 1;
  bool one_channel_per_message = false;
  PaceLimit send;     // messages on one connection, pings included
  PaceLimit connect;  // new connections
  PaceLimit rest;     // requests
  int64_t ping_every_us = 20 * kMicrosPerSecond;
  int64_t silence_us = kMicrosPerMinute;  // nothing at all for so long: the connection is dead
  int64_t rotate_after_us = 0;            // 0: never
};

class VenueProtocol {
 public:
  explicit VenueProtocol(VenueRules rules) : rules_(std::move(rules)) {}
  virtual ~VenueProtocol() = default;

  const VenueRules& rules() const { return rules_; }
  virtual std::string Spelling(const Symbol& symbol) const = 0;
  // Errors: kUnsupported when the venue does not offer it.
  Result<FeedTopic> Trades(const Symbol& symbol) const;
  Result<FeedTopic> Candles(const Symbol& symbol, const Interval& interval) const;

  // Sent first on a new connection.
  virtual std::vector<std::string> Greeting() const { return {}; }
  // One message for topics that may share one. `id` > 0 comes back in the answer where the venue
  // has such ids.
  virtual std::string Subscribe(std::span<const FeedTopic> topics, int64_t id) const = 0;
  virtual std::string Unsubscribe(std::span<const FeedTopic> topics, int64_t id) const = 0;
  // The application's ping; "": a ping frame will do.
  virtual std::string Ping(int64_t /*id*/) const { return ""; }

  // The next page of `range`, from what the replies so far have shown; nullopt: there is no more.
  // Errors: kUnsupported, when the venue's history cannot be asked that way.
  virtual Result<std::optional<RestRequest>> NextPage(const Symbol& symbol,
                                                      const BackfillRange& range,
                                                      const BackfillProgress& progress) const = 0;

 protected:
  // Fill in channel and url. Errors: kUnsupported.
  virtual Status SetTradeChannel(FeedTopic* topic) const = 0;
  virtual Status SetCandleChannel(FeedTopic* topic) const = 0;

 private:
  VenueRules rules_;
};

// `venue`: one of kFeedVenues. Errors: kNotFound.
Result<std::unique_ptr<VenueProtocol>> MakeVenueProtocol(std::string_view venue);

}  // namespace tidemark

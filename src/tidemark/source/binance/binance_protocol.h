// Binance, Binance US and Binance Futures: combined streams, subscribed to by message; aggregate
// trades, whose REST history needs no key. An unknown stream is confirmed like any other.
#pragma once

#include "tidemark/source/feed/venue_protocol.h"

namespace tidemark {

class BinanceProtocol : public VenueProtocol {
 public:
  explicit BinanceProtocol(std::string_view venue);
  std::string Spelling(const Symbol& symbol) const override;
  std::string Subscribe(std::span<const FeedTopic> topics, int64_t id) const override;
  std::string Unsubscribe(std::span<const FeedTopic> topics, int64_t id) const override;
  Result<std::optional<RestRequest>> NextPage(const Symbol& symbol, const BackfillRange& range,
                                              const BackfillProgress& progress) const override;

 protected:
  Status SetTradeChannel(FeedTopic* topic) const override;
  Status SetCandleChannel(FeedTopic* topic) const override;

 private:
  Result<std::optional<RestRequest>> NextTrades(const std::string& symbol,
                                                const BackfillRange& range,
                                                const BackfillProgress& progress) const;
  bool futures_;
  std::string url_, path_;
};

}  // namespace tidemark

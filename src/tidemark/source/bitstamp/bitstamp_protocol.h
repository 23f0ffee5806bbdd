// Bitstamp v2: one message per topic; REST has the trades of the last day, and candles.
#pragma once

#include "tidemark/source/feed/venue_protocol.h"

namespace tidemark {

class BitstampProtocol : public VenueProtocol {
 public:
  BitstampProtocol();
  std::string Spelling(const Symbol& symbol) const override;
  std::string Subscribe(std::span<const FeedTopic> topics, int64_t id) const override;
  std::string Unsubscribe(std::span<const FeedTopic> topics, int64_t id) const override;
  std::string Ping(int64_t id) const override;
  Result<std::optional<RestRequest>> NextPage(const Symbol& symbol, const BackfillRange& range,
                                              const BackfillProgress& progress) const override;

 protected:
  Status SetTradeChannel(FeedTopic* topic) const override;
  Status SetCandleChannel(FeedTopic* topic) const override;
};

}  // namespace tidemark

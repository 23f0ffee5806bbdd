// Bitfinex v2: one message and one channel per topic, 25 of them on a connection; messages are
// numbered (flag 65536). USDT and USDC are UST and UDC.
#pragma once

#include "tidemark/source/feed/venue_protocol.h"

namespace tidemark {

class BitfinexProtocol : public VenueProtocol {
 public:
  BitfinexProtocol();
  std::string Spelling(const Symbol& symbol) const override;
  std::string Subscribe(std::span<const FeedTopic> topics, int64_t id) const override;
  std::string Unsubscribe(std::span<const FeedTopic> topics, int64_t id) const override;
  std::string Ping(int64_t id) const override;
  std::vector<std::string> Greeting() const override;
  Result<std::optional<RestRequest>> NextPage(const Symbol& symbol, const BackfillRange& range,
                                              const BackfillProgress& progress) const override;

 protected:
  Status SetTradeChannel(FeedTopic* topic) const override;
  Status SetCandleChannel(FeedTopic* topic) const override;
};

}  // namespace tidemark

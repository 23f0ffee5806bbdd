// OKX v5: each fill (trades-all) and candles, on the business address; history newest first.
#pragma once

#include "tidemark/source/feed/venue_protocol.h"

namespace tidemark {

class OkxProtocol : public VenueProtocol {
 public:
  OkxProtocol();
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

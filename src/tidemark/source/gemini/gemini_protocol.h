// Gemini v2: trades come with the book's channel, whose first message is the confirmation; REST
// trades go back seven days, candles are the newest.
#pragma once

#include "tidemark/source/feed/venue_protocol.h"

namespace tidemark {

class GeminiProtocol : public VenueProtocol {
 public:
  GeminiProtocol();
  std::string Spelling(const Symbol& symbol) const override;
  std::string Subscribe(std::span<const FeedTopic> topics, int64_t id) const override;
  std::string Unsubscribe(std::span<const FeedTopic> topics, int64_t id) const override;
  Result<std::optional<RestRequest>> NextPage(const Symbol& symbol, const BackfillRange& range,
                                              const BackfillProgress& progress) const override;

 protected:
  Status SetTradeChannel(FeedTopic* topic) const override;
  Status SetCandleChannel(FeedTopic* topic) const override;
};

}  // namespace tidemark

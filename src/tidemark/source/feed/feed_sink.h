// Where decoded messages go. Every message gives at least one call; views live as long as it.
#pragma once

#include <string_view>

#include "tidemark/market/trade.h"
#include "tidemark/source/feed/feed_event.h"

namespace tidemark {

class FeedSink {
 public:
  virtual ~FeedSink() = default;
  // The trade keeps the rules: time from 2009-01-03 to a day after its receipt, price and size
  // above 0 and below 2^44. `symbol` is never empty.
  virtual void OnTrade(std::string_view symbol, const Trade& trade, TradeOrigin origin) = 0;
  // The candle keeps the rules of a candle row and opens where its interval does.
  virtual void OnCandle(const CandleUpdate& update) = 0;
  virtual void OnControl(const ControlEvent& event) = 0;
  // A sound message whose rows are not taken: books, tickers, first notices of trades. `type` is
  // the venue's name for it.
  virtual void OnBook(std::string_view type, std::string_view symbol) = 0;
  // The rate keeps the rules of a price and a trade's time. Whoever keeps none counts it so.
  virtual void OnRate(std::string_view symbol, const ExchangeRate& /*rate*/) {
    OnBook("exchange_rate", symbol);
  }
  virtual void OnReject(const FeedReject& reject) = 0;
  virtual void OnSequence(const SequenceEvent& event) = 0;
};

}  // namespace tidemark

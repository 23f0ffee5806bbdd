// What every event must keep, whatever the bytes were: for the fuzz targets of decoders.
#pragma once

#include <cmath>
#include <cstdint>

#include "tidemark/base/check.h"
#include "tidemark/base/utf8.h"
#include "tidemark/source/feed/continuity.h"
#include "tidemark/source/feed/feed_sink.h"

namespace tidemark {

class CheckingSink : public FeedSink {
 public:
  explicit CheckingSink(ReceiveTime at) : at_(at) {}
  int64_t events() const { return events_; }

  void OnTrade(std::string_view symbol, const Trade& trade, TradeOrigin) override {
    ++events_;
    CHECK(!symbol.empty());
    CHECK(trade.price > 0 && trade.price < kNumberLimit);
    CHECK(trade.size > 0 && trade.size < kNumberLimit);
    CheckTime(trade.time);
  }
  void OnCandle(const CandleUpdate& update) override {
    ++events_;
    const Candle& c = update.candle;
    CHECK(!update.symbol.empty());
    CHECK(c.low > 0 && c.high < kNumberLimit && c.volume >= 0 && c.volume < kNumberLimit);
    CHECK(c.low <= c.open && c.low <= c.close && c.high >= c.open && c.high >= c.close);
    CHECK(update.interval.OpenOf(c.open_time) == c.open_time);
    CheckTime(c.open_time);
  }
  void OnControl(const ControlEvent& event) override {
    ++events_;
    CHECK(IsUtf8(event.message) && IsUtf8(event.channel) && IsUtf8(event.symbol));
  }
  void OnBook(std::string_view type, std::string_view symbol) override {
    ++events_;
    CHECK(!type.empty() && IsUtf8(type) && IsUtf8(symbol));
  }
  void OnReject(const FeedReject& reject) override {
    ++events_;
    CHECK(!reject.message.empty() && IsUtf8(reject.message));
    CHECK(!CodeOf(reject.reason).empty());
  }
  void OnSequence(const SequenceEvent& event) override {
    ++events_;
    CHECK(event.begin >= 0 && event.begin <= event.end);
    const auto gap = continuity_.Observe(event);
    CHECK(!gap || gap->begin < gap->end);
  }

 private:
  void CheckTime(EventTime time) const {
    CHECK(time >= kFirstTime && time.us <= at_.us + kMicrosPerDay);
  }
  ReceiveTime at_;
  int64_t events_ = 0;
  ContinuityTracker continuity_;
};

}  // namespace tidemark

// What silence says: a venue's clock by the frames of its feed, and how far a symbol that is not
// traded is complete. Pure: time is counted in the receive times that frames carry.
//
//   frames     10 s   20 s   30 s   40 s   50 s        (received)
//   BTC trade  10.0         30.0          50.0         the venue's clock: 10 20 30 40 50
//   ETH trade  10.0                                    with idle 30 s, lateness 2 s: at 40 s it is
//                                                      complete up to 40 − 30 − 2 = 8, at 50 s to
//                                                      18
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "tidemark/base/time.h"
#include "tidemark/market/interval.h"

namespace tidemark {

// The time of the latest live trade, of any symbol, and the receive time counted since. It never
// goes back. A pause between two frames longer than `pause_us_max` is ours, not the venue's: it
// counts for nothing, and nor do receive times that go back.
class FeedClock {
 public:
  struct Moment {
    int64_t heard_us = 0;        // receive time counted since the first frame
    EventTime venue = kMinTime;  // kMinTime before the first live trade
  };

  explicit FeedClock(int64_t pause_us_max) : pause_us_max_(pause_us_max) {}
  void OnFrame(ReceiveTime at);
  // In the current frame.
  void OnLiveTrade(EventTime time);

  // The venue's time at a receive time, by the latest live trade; kMinTime before one.
  EventTime At(ReceiveTime at) const {
    return trade_ == kMinTime ? kMinTime : trade_ + (at.us - traded_at_.us);
  }
  ReceiveTime traded_at() const { return traded_at_; }  // of that trade

  const Moment& now() const { return now_; }
  const Moment& before() const { return before_; }  // the current frame

 private:
  int64_t pause_us_max_;
  Moment now_, before_;
  ReceiveTime last_;
  bool any_ = false;
  EventTime trade_ = kMinTime;  // the greatest time of a live trade…
  int64_t trade_heard_us_ = 0;  // …and when it came
  ReceiveTime traded_at_;
};

struct IdleRule {
  int64_t idle_us = 0;  // 0: silence says nothing
  int64_t lateness_us = 0;
};

// How far the trades of one symbol of a feed are complete.
class FeedReach {
 public:
  // The lake has it complete up to `watermark`.
  void Begin(EventTime watermark) { given_ = watermark; }
  // A trade of whatever origin. `intervals`: of the candles that it is part of, minutes besides.
  void OnTrade(EventTime time, const std::vector<Interval>& intervals);
  // Before a live trade of the symbol counts, or when its connection was opened or lost: what
  // silence had said by then stays, and it begins anew.
  void OnHeard(const FeedClock& clock, const IdleRule& rule);
  // While held, silence says nothing: trades may have been missed.
  void Hold(bool held) { held_ = held; }

  EventTime reached() const { return reached_; }  // the greatest time of a trade
  // What the last epoch had.
  EventTime given() const { return given_; }
  // What it is now, and whether by silence.
  struct Watermark {
    EventTime at = kMinTime;
    bool idle = false;
  };
  Watermark Now(const FeedClock& clock, const IdleRule& rule) const;
  // True when a candle that has trades is closed by silence, and no epoch has that yet.
  bool Closes(const FeedClock& clock, const IdleRule& rule) const;
  void Give(EventTime watermark);

 private:
  EventTime Idle(const FeedClock::Moment& moment, const IdleRule& rule) const;

  EventTime reached_ = kMinTime, given_ = kMinTime, idle_ = kMinTime;
  bool held_ = false;
  int64_t heard_us_ = 0;  // of the clock's: since when nothing was heard
  EventTime minute_ = kMinTime;
  std::set<EventTime> open_;  // ends of candles that have trades and are not closed
};

}  // namespace tidemark

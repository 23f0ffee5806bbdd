#include "tidemark/pipeline/feed_clock.h"

#include <algorithm>

namespace tidemark {

void FeedClock::OnFrame(ReceiveTime at) {
  before_ = now_;
  const int64_t passed = any_ ? at.us - last_.us : 0;
  any_ = true;
  last_ = at;
  if (passed <= 0 || passed > pause_us_max_) return;
  now_.heard_us += passed;
  if (trade_ == kMinTime) return;
  now_.venue = std::max(now_.venue, trade_ + (now_.heard_us - trade_heard_us_));
}

void FeedClock::OnLiveTrade(EventTime time) {
  if (time <= trade_) return;
  trade_ = time;
  trade_heard_us_ = now_.heard_us;
  traded_at_ = last_;
  now_.venue = std::max(now_.venue, time);
}

EventTime FeedReach::Idle(const FeedClock::Moment& moment, const IdleRule& rule) const {
  const bool silent = !held_ && rule.idle_us > 0 && moment.heard_us - heard_us_ >= rule.idle_us;
  if (!silent || moment.venue == kMinTime) return idle_;
  return std::max(idle_, moment.venue - rule.idle_us - rule.lateness_us);
}

void FeedReach::OnTrade(EventTime time, const std::vector<Interval>& intervals) {
  reached_ = std::max(reached_, time);
  const EventTime minute = Interval().OpenOf(time);
  if (minute == minute_) return;
  minute_ = minute;
  const auto add = [&](const Interval& interval) {
    const EventTime close = interval.CloseOf(interval.OpenOf(time));
    if (given_ < close) open_.insert(close);
  };
  add(Interval());
  for (const Interval& interval : intervals) add(interval);
}

void FeedReach::OnHeard(const FeedClock& clock, const IdleRule& rule) {
  idle_ = Idle(clock.before(), rule);
  heard_us_ = clock.now().heard_us;
}

FeedReach::Watermark FeedReach::Now(const FeedClock& clock, const IdleRule& rule) const {
  const EventTime data = reached_ == kMinTime ? kMinTime : reached_ - rule.lateness_us;
  const EventTime idle = Idle(clock.now(), rule);
  return {std::max({given_, data, idle}), idle > data && idle > given_};
}

bool FeedReach::Closes(const FeedClock& clock, const IdleRule& rule) const {
  return !open_.empty() && *open_.begin() <= Idle(clock.now(), rule);
}

void FeedReach::Give(EventTime watermark) {
  given_ = watermark;
  open_.erase(open_.begin(), open_.upper_bound(watermark));
}

}  // namespace tidemark

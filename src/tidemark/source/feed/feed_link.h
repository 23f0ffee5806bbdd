// The subscriptions of one connection: asks for topics in messages the venue allows, hears what is
// confirmed or refused, asks again what is not. Pure: time comes in, texts go out.
//
// A topic: to ask -> asked -> live. Not confirmed in time, it is asked for again, alone and later
// each time; refused, it is asked for again after `refused_retry_us`. No topic waits for another.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tidemark/source/feed/feed_event.h"
#include "tidemark/source/feed/pace.h"
#include "tidemark/source/feed/topic_table.h"

namespace tidemark {

struct FeedTimings {
  int64_t open_timeout_us = 15 * kMicrosPerSecond;
  int64_t ack_timeout_us = 10 * kMicrosPerSecond;
  int64_t refused_retry_us = kMicrosPerHour;
  int64_t slow_down_us =
      10 * kMicrosPerSecond;  // doubled each time it is said again, at most 5 min
  int64_t backoff_min_us = kMicrosPerSecond, backoff_max_us = kMicrosPerMinute;
  int64_t healthy_us = 5 * kMicrosPerSecond;  // a connection that held so long clears the backoff
  // A topic is silent after 20 times the mean gap between its rows, within these.
  int64_t silence_min_us = kMicrosPerMinute, silence_max_us = 6 * kMicrosPerHour;
  int64_t first_row_us = 10 * kMicrosPerMinute;  // silent before its first row after this
  int64_t rotation_settle_us =
      kMicrosPerMinute;  // the old connection waits so long for the new one
};

class FeedLink {
 public:
  struct Output {
    std::vector<std::string> texts;  // to send, in order; "": a ping frame
    std::vector<std::string> notes;
    std::vector<size_t> live;   // topics that were confirmed now
    std::vector<size_t> ended;  // topics that were live, and are asked for again
  };
  enum class Wish : uint8_t { kNone, kReconnect };

  FeedLink(const VenueProtocol& protocol, const TopicTable& topics, const FeedTimings& timings,
           int64_t opened_at);

  // Both of these: what is due goes to `out`.
  Wish OnControl(const ControlEvent& event, int64_t now, Output* out);
  void OnTime(int64_t now, Output* out);
  // A row, or another message about the topic, has come: it is subscribed.
  void OnRow(size_t topic, int64_t now, Output* out);
  void Resubscribe(size_t topic, int64_t now, Output* out);
  // Time went by in which nothing was read.
  void Shift(int64_t micros);

  bool live(size_t topic) const { return states_[topic].state == State::kLive; }
  int64_t live_since(size_t topic) const { return states_[topic].since; }
  size_t live_count() const { return live_count_; }
  // "" or why the topic is not live: the venue's words.
  const std::string& problem(size_t topic) const { return states_[topic].problem; }
  // Every topic was confirmed, or asked for in vain at least once.
  bool settled() const;

 private:
  enum class State : uint8_t { kToAsk, kAsked, kLive };
  struct TopicState {
    State state = State::kToAsk;
    bool alone = false;   // not in one message with others any more
    int tries = 0;        // in vain since it was last live
    int64_t at = 0;       // to ask: from when on; asked: since when
    int64_t since = 0;    // live: since when
    int64_t request = 0;  // asked: in which message
    std::string problem;
  };

  void Ask(int64_t now, Output* out);
  std::vector<size_t> Named(const ControlEvent& event) const;
  void OnError(const ControlEvent& event, int64_t now, Output* out);
  void Acknowledge(size_t topic, int64_t now, Output* out);
  void Refuse(size_t topic, std::string_view words, int64_t now, Output* out);
  void Later(size_t topic, int64_t at, Output* out);
  void SlowDown(int64_t now, Output* out);

  const VenueProtocol& protocol_;
  const TopicTable& topics_;
  const FeedTimings& timings_;
  std::vector<TopicState> states_;
  std::vector<std::string> greeting_;  // still to be sent, the last first
  Pace pace_;
  int64_t last_request_ = 0;
  int64_t pinged_at_;
  int64_t held_until_ = 0;
  int slow_downs_ = 0;
  size_t live_count_ = 0;
};

}  // namespace tidemark

// The contract of one connection, and of the one that takes its place: connect, subscribe, watch,
// wait, come back. Pure: what happened comes in with its time, actions go out.
//
//   connecting -> subscribing -> streaming      (-> the next one is opened first, then this is
//   left)
//       \______________\____________\-> waiting, longer each time -> connecting
//
// Whatever comes in, it never stops for good between Start and Stop: every state has a time after
// which something else is tried. Times are microseconds of a clock that only grows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/log_event.h"
#include "tidemark/base/random.h"
#include "tidemark/source/feed/feed_link.h"
#include "tidemark/source/feed/rhythm.h"

namespace tidemark {

struct FeedAction {
  enum class Kind : uint8_t {
    kConnect,  // open `text`; tell OnOpened or OnClosed
    kSend,     // `text`; "": a ping frame
    kClose,    // leave it: nothing more is told of it. `text`: why
    kNote,     // `text`, for people; `event`, for programs
    kGap,      // rows of `topic` may be missing from the last `away_us`; `text`: the reason
  };
  Kind kind = Kind::kNote;
  int64_t connection = 0;
  std::string text = {};
  size_t topic = 0;
  int64_t away_us = 0;
  std::string_view event = {};  // the name of a LogEvent, and its level
  LogLevel level = LogLevel::kWarning;
};

// Reasons of gaps.
constexpr std::string_view kByDisconnect = "disconnect";  // a connection was lost
constexpr std::string_view kBySilence = "silence";  // it was open, and nothing was heard on it
constexpr std::string_view kByLoss = "loss";        // its messages have numbers, some are missing

enum class FeedPhase : uint8_t { kStopped, kConnecting, kSubscribing, kStreaming, kWaiting };
std::string_view NameOf(FeedPhase phase);

class FeedSession {
 public:
  // All `topics` share `url`. `connections`: the last number given to a connection, shared by the
  // sessions of a client. `protocol` and `connections` outlive the session.
  FeedSession(const VenueProtocol& protocol, std::vector<FeedTopic> topics, std::string url,
              const FeedTimings& timings, uint64_t seed, int64_t& connections);
  FeedSession(const FeedSession&) = delete;
  FeedSession& operator=(const FeedSession&) = delete;

  void Start(int64_t now);
  void Stop(int64_t now);

  // Of connections that are not, or no longer, ours nothing is heard.
  void OnOpened(int64_t connection, int64_t now);
  void OnMessage(int64_t connection, int64_t now);  // any message, ping or pong, before its parts:
  void OnControl(int64_t connection, const ControlEvent& event, int64_t now);
  void OnTrade(int64_t connection, std::string_view symbol, int64_t now);
  void OnCandle(int64_t connection, std::string_view symbol, const Interval& interval, int64_t now);
  void OnBook(int64_t connection, std::string_view symbol);
  // Messages of the connection were passed over, behind the last that came by `since`.
  void OnLoss(int64_t connection, int64_t since, int64_t now);
  // `retry_after_us` > 0: the venue wants to be left alone so long.
  void OnClosed(int64_t connection, std::string_view reason, int64_t retry_after_us, int64_t now);
  // Often; nothing happens later than the next call.
  void OnTime(int64_t now);
  // While paused nothing is read: silence means nothing.
  void SetPaused(bool paused, int64_t now);

  // What is to be done, in order; they are gone afterwards.
  std::vector<FeedAction> TakeActions();

  FeedPhase phase() const;
  const TopicTable& topics() const { return topics_; }
  bool live(size_t topic) const;
  std::string problem(size_t topic) const;
  int64_t reconnects() const { return reconnects_; }  // connections that were opened, but the first
  int64_t drops() const { return drops_; }            // connections that ended against our will

 private:
  struct Line {  // one connection
    int64_t connection = 0;
    int64_t started_at = 0, opened_at = 0, heard_at = 0;
    bool healthy = false;
    std::unique_ptr<FeedLink> link;  // once it is open
  };
  struct Watch {  // one topic, over connections
    Rhythm rhythm;
    int64_t heard_at = 0;      // the last row
    int64_t struck_at = 0;     // the last silence
    int64_t lost_at = -1;      // since when rows may be missing; -1: none
    std::string_view lost_by;  // why
    int strikes = 0;           // silences without a row between them
    bool any_row = false;
  };

  Line* LineOf(int64_t connection);
  Line Connect(int64_t now);
  void Lose(std::string_view reason, int64_t wait_us, int64_t now,
            std::string_view lost_by = kByDisconnect);
  void LoseNext(std::string_view reason, int64_t wait_us, int64_t now);
  // Rows of the topic may be missing since then, if not since earlier.
  void MarkLost(size_t topic, int64_t since, std::string_view by);
  void MarkAllLost(int64_t since, std::string_view by);
  bool LiveOnNext(size_t topic) const { return next_ && next_->link && next_->link->live(topic); }
  void WantRotation(std::string_view reason, int64_t now);
  void Promote(int64_t now);
  void OnRow(Line& line, size_t topic, int64_t now);
  void Watchdog(Line& line, int64_t now);
  void WatchTopics(int64_t now);
  void Apply(Line& line, FeedLink::Output output, int64_t now);
  int64_t Backoff();
  void Note(std::string_view event, std::string text, LogLevel level = LogLevel::kWarning);
  void Close(const Line& line, std::string_view reason);

  const VenueProtocol& protocol_;
  TopicTable topics_;
  std::string url_;
  FeedTimings timings_;
  Random random_;
  int64_t& connections_;
  bool running_ = false, paused_ = false, rotation_wanted_ = false;
  std::optional<Line> line_, next_;
  int64_t connect_at_ = 0;  // waiting, or a rotation that is wanted: not before
  int64_t paused_at_ = 0;
  int64_t silence_rotated_at_ = INT64_MIN / 2;
  int attempts_ = 0;  // connections since one was healthy
  std::vector<Watch> watches_;
  std::vector<FeedAction> actions_;
  int64_t reconnects_ = 0, drops_ = 0, opened_ = 0;
};

}  // namespace tidemark

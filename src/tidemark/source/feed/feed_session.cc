#include "tidemark/source/feed/feed_session.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark {
namespace {

// A connection for a topic's silence alone, no more often than this.
constexpr int64_t kSilenceRotationGap = 15 * kMicrosPerMinute;

}  // namespace

std::string_view NameOf(FeedPhase phase) {
  static constexpr std::string_view kNames[] = {"stopped", "connecting", "subscribing", "streaming",
                                                "waiting"};
  return kNames[static_cast<size_t>(phase)];
}

FeedSession::FeedSession(const VenueProtocol& protocol, std::vector<FeedTopic> topics,
                         std::string url, const FeedTimings& timings, uint64_t seed,
                         int64_t& connections)
    : protocol_(protocol),
      topics_(std::move(topics)),
      url_(std::move(url)),
      timings_(timings),
      random_(seed),
      connections_(connections),
      watches_(topics_.size()) {}

void FeedSession::Start(int64_t now) {
  if (running_) return;
  running_ = true;
  attempts_ = 0;
  line_ = Connect(now);
}

void FeedSession::Stop(int64_t now) {
  if (!running_) return;
  running_ = false;
  rotation_wanted_ = false;
  if (line_) MarkAllLost(line_->heard_at > 0 ? line_->heard_at : now, kByDisconnect);
  if (next_) Close(*next_, "stopped");
  if (line_) Close(*line_, "stopped");
  next_.reset();
  line_.reset();
}

FeedPhase FeedSession::phase() const {
  if (!running_) return FeedPhase::kStopped;
  if (!line_) return FeedPhase::kWaiting;
  if (!line_->link) return FeedPhase::kConnecting;
  return line_->link->live_count() == 0 ? FeedPhase::kSubscribing : FeedPhase::kStreaming;
}

bool FeedSession::live(size_t topic) const {
  return line_ && line_->link && line_->link->live(topic);
}

std::string FeedSession::problem(size_t topic) const {
  if (live(topic)) return "";
  if (line_ && line_->link && !line_->link->problem(topic).empty()) {
    return line_->link->problem(topic);
  }
  return std::string(NameOf(phase()));
}

std::vector<FeedAction> FeedSession::TakeActions() { return std::exchange(actions_, {}); }

FeedSession::Line* FeedSession::LineOf(int64_t connection) {
  if (line_ && line_->connection == connection) return &*line_;
  if (next_ && next_->connection == connection) return &*next_;
  return nullptr;
}

FeedSession::Line FeedSession::Connect(int64_t now) {
  Line line;
  line.connection = ++connections_;
  line.started_at = now;
  ++attempts_;
  actions_.push_back({FeedAction::Kind::kConnect, line.connection, url_});
  return line;
}

int64_t FeedSession::Backoff() {
  const int64_t full = std::min(timings_.backoff_min_us << std::clamp(attempts_ - 1, 0, 20),
                                timings_.backoff_max_us);
  return full / 2 + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(full / 2 + 1)));
}

void FeedSession::Note(std::string_view event, std::string text, LogLevel level) {
  actions_.push_back({.text = std::move(text), .event = event, .level = level});
}

void FeedSession::Close(const Line& line, std::string_view reason) {
  actions_.push_back({FeedAction::Kind::kClose, line.connection, std::string(reason)});
}

void FeedSession::MarkLost(size_t topic, int64_t since, std::string_view by) {
  Watch& watch = watches_[topic];
  if (watch.lost_at >= 0) return;
  watch.lost_at = since;
  watch.lost_by = by;
}

// All that is followed by the current connection alone.
void FeedSession::MarkAllLost(int64_t since, std::string_view by) {
  for (size_t i = 0; i < watches_.size(); ++i) {
    if (live(i) && !LiveOnNext(i)) MarkLost(i, since, by);
  }
}

// The current connection is gone. One that was to take its place takes it now.
void FeedSession::Lose(std::string_view reason, int64_t wait_us, int64_t now,
                       std::string_view lost_by) {
  ++drops_;
  if (line_->link) MarkAllLost(line_->heard_at, lost_by);
  line_ = std::exchange(next_, std::nullopt);
  rotation_wanted_ = false;
  if (line_) {
    return Note("connection_lost", fmt::format("{}; another connection is on its way", reason));
  }
  const int64_t wait = std::max(Backoff(), wait_us);
  connect_at_ = now + wait;
  Note("connection_lost", fmt::format("{}; next attempt in {:.1f} s", reason,
                                      static_cast<double>(wait) / kMicrosPerSecond));
}

void FeedSession::LoseNext(std::string_view reason, int64_t wait_us, int64_t now) {
  next_.reset();
  rotation_wanted_ = true;
  connect_at_ = now + std::max(Backoff(), wait_us);
  Note("next_connection_lost", fmt::format("the next connection: {}", reason));
}

void FeedSession::WantRotation(std::string_view reason, int64_t now) {
  if (next_ || rotation_wanted_) return;
  rotation_wanted_ = true;
  // At once, unless connections were made in vain just before.
  connect_at_ = attempts_ == 0 ? now : now + Backoff();
  Note("connection_changed", fmt::format("another connection: {}", reason), LogLevel::kInfo);
}

void FeedSession::Promote(int64_t now) {
  // What the old connection had and the new one has not, is lost from now on.
  for (size_t i = 0; i < watches_.size(); ++i) {
    if (live(i) && !LiveOnNext(i)) MarkLost(i, now, kByDisconnect);
  }
  Close(*line_, "another connection has taken its place");
  line_ = std::exchange(next_, std::nullopt);
}

void FeedSession::OnOpened(int64_t connection, int64_t now) {
  Line* line = LineOf(connection);
  if (line == nullptr || line->link) return;
  if (++opened_ > 1) ++reconnects_;
  line->opened_at = line->heard_at = now;
  line->link = std::make_unique<FeedLink>(protocol_, topics_, timings_, now);
  FeedLink::Output output;
  line->link->OnTime(now, &output);
  Apply(*line, std::move(output), now);
}

void FeedSession::OnMessage(int64_t connection, int64_t now) {
  if (Line* line = LineOf(connection)) line->heard_at = now;
}

void FeedSession::OnControl(int64_t connection, const ControlEvent& event, int64_t now) {
  Line* line = LineOf(connection);
  if (line == nullptr || !line->link) return;
  FeedLink::Output output;
  const FeedLink::Wish wish = line->link->OnControl(event, now, &output);
  Apply(*line, std::move(output), now);
  if (wish == FeedLink::Wish::kReconnect && line == &*line_) {
    WantRotation(fmt::format("the venue asks for it: {}", event.message), now);
  }
}

void FeedSession::OnTrade(int64_t connection, std::string_view symbol, int64_t now) {
  Line* line = LineOf(connection);
  const size_t topic = topics_.TradesOf(symbol);
  if (line != nullptr && topic != TopicTable::npos) OnRow(*line, topic, now);
}

void FeedSession::OnCandle(int64_t connection, std::string_view symbol, const Interval& interval,
                           int64_t now) {
  Line* line = LineOf(connection);
  const size_t topic = topics_.CandlesOf(symbol, interval);
  if (line != nullptr && topic != TopicTable::npos) OnRow(*line, topic, now);
}

void FeedSession::OnRow(Line& line, size_t topic, int64_t now) {
  Watch& watch = watches_[topic];
  // The gap over a time without connection says nothing about the symbol.
  if (watch.any_row && watch.lost_at < 0) watch.rhythm.Add(now - watch.heard_at);
  watch.any_row = true;
  watch.heard_at = now;
  watch.strikes = 0;
  if (!line.link || line.link->live(topic)) return;
  FeedLink::Output output;
  line.link->OnRow(topic, now, &output);
  Apply(line, std::move(output), now);
}

// A venue without confirmations shows by the book's messages that the channel is open.
void FeedSession::OnBook(int64_t connection, std::string_view symbol) {
  Line* line = LineOf(connection);
  const size_t topic = topics_.TradesOf(symbol);
  if (line == nullptr || !line->link || topic == TopicTable::npos) return;
  if (line->link->live(topic)) return;
  FeedLink::Output output;
  line->link->OnRow(topic, line->heard_at, &output);
  Apply(*line, std::move(output), line->heard_at);
}

void FeedSession::OnLoss(int64_t connection, int64_t since, int64_t now) {
  Line* line = LineOf(connection);
  // During a rotation the other connection carries the same rows.
  if (line == nullptr || line != &*line_ || !line->link || next_) return;
  for (size_t i = 0; i < watches_.size(); ++i) {
    if (!live(i)) continue;
    actions_.push_back({FeedAction::Kind::kGap, connection, std::string(kByLoss), i, now - since});
  }
}

void FeedSession::OnClosed(int64_t connection, std::string_view reason, int64_t retry_after_us,
                           int64_t now) {
  if (next_ && next_->connection == connection) return LoseNext(reason, retry_after_us, now);
  if (line_ && line_->connection == connection) return Lose(reason, retry_after_us, now);
}

void FeedSession::Apply(Line& line, FeedLink::Output output, int64_t now) {
  for (std::string& text : output.texts) {
    actions_.push_back({FeedAction::Kind::kSend, line.connection, std::move(text)});
  }
  for (std::string& note : output.notes) Note("venue_said", std::move(note));
  const bool current = line_ && &line == &*line_;
  // Whoever wanted that: rows may be missing until it is confirmed again.
  for (const size_t topic : output.ended) {
    if (current && !LiveOnNext(topic)) MarkLost(topic, line.heard_at, kByDisconnect);
  }
  for (const size_t topic : output.live) {
    Watch& watch = watches_[topic];
    if (watch.lost_at >= 0 && (current || !live(topic))) {
      actions_.push_back({FeedAction::Kind::kGap, line.connection, std::string(watch.lost_by),
                          topic, now - watch.lost_at});
      watch.lost_at = -1;
    }
  }
}

void FeedSession::SetPaused(bool paused, int64_t now) {
  if (paused == paused_) return;
  paused_ = paused;
  if (paused) {
    paused_at_ = now;
    return;
  }
  const int64_t away = now - paused_at_;
  for (std::optional<Line>* line : {&line_, &next_}) {
    if (!*line) continue;
    (*line)->heard_at = now;
    if (!(*line)->link) continue;
    (*line)->link->Shift(std::min(away, now - (*line)->opened_at));
  }
  for (Watch& watch : watches_) {
    if (watch.any_row) watch.heard_at = now;
  }
}

void FeedSession::OnTime(int64_t now) {
  if (!running_) return;
  if (!line_) {
    if (now >= connect_at_) line_ = Connect(now);
    return;
  }
  if (next_) Watchdog(*next_, now);
  Watchdog(*line_, now);
  if (!line_ || !line_->link) return;
  if (!paused_) WatchTopics(now);
  const int64_t rotate_after = protocol_.rules().rotate_after_us;
  if (rotate_after > 0 && now >= line_->opened_at + rotate_after) {
    WantRotation("this one is old", now);
  }
  if (rotation_wanted_ && !next_ && now >= connect_at_) {
    rotation_wanted_ = false;
    next_ = Connect(now);
  }
  if (next_ && next_->link &&
      (next_->link->settled() || now >= next_->opened_at + timings_.rotation_settle_us)) {
    Promote(now);
  }
}

// One connection: is it open in time, is it alive, is there something to send?
void FeedSession::Watchdog(Line& line, int64_t now) {
  const bool current = &line == &*line_;
  const auto lose = [&](const std::string& reason, std::string_view by) {
    Close(line, reason);
    if (current) {
      Lose(reason, 0, now, by);
    } else {
      LoseNext(reason, 0, now);
    }
  };
  if (!line.link) {
    // The driver ends an opening that takes too long; this is for one that is never answered, and
    // leaves time to wait for the venue's pace.
    if (now >= line.started_at + 10 * timings_.open_timeout_us)
      lose("it does not open", kByDisconnect);
    return;
  }
  const int64_t silence = protocol_.rules().silence_us;
  if (!paused_ && now >= line.heard_at + silence) {
    return lose(fmt::format("nothing was heard for {} s", silence / kMicrosPerSecond), kBySilence);
  }
  if (!line.healthy && line.link->live_count() > 0 && now >= line.opened_at + timings_.healthy_us) {
    line.healthy = true;
    attempts_ = 0;
  }
  if (paused_) return;  // answers are not read
  FeedLink::Output output;
  line.link->OnTime(now, &output);
  Apply(line, std::move(output), now);
}

// Topics that are silent for longer than is usual for them: asked for again first, then tried on
// another connection, if they ever had a row; each time after twice as long.
void FeedSession::WatchTopics(int64_t now) {
  for (size_t i = 0; i < watches_.size(); ++i) {
    Watch& watch = watches_[i];
    if (!live(i)) continue;
    const int64_t heard = std::max({watch.heard_at, watch.struck_at, line_->link->live_since(i)});
    const int64_t allowance = watch.rhythm.Allowance(timings_.first_row_us, timings_.silence_min_us,
                                                     timings_.silence_max_us);
    const int64_t due = std::min(allowance << std::min(watch.strikes, 20),
                                 std::max(allowance, timings_.silence_max_us));
    if (now < heard + due) continue;
    ++watch.strikes;
    watch.struck_at = now;
    if (watch.strikes == 2 && watch.any_row && now >= silence_rotated_at_ + kSilenceRotationGap) {
      silence_rotated_at_ = now;
      WantRotation(NameOf(topics_[i]) + " stays silent", now);
      continue;
    }
    Note("topic_silent", fmt::format("{}: silent for {} s, subscribed to again", NameOf(topics_[i]),
                                     due / kMicrosPerSecond));
    MarkLost(i, std::max(watch.heard_at, line_->link->live_since(i)), kBySilence);
    FeedLink::Output output;
    line_->link->Resubscribe(i, now, &output);
    Apply(*line_, std::move(output), now);
  }
}

}  // namespace tidemark

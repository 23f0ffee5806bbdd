#include "tidemark/source/feed/feed_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace tidemark {
namespace {

int64_t NumberOf(std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end && value > 0 ? value : 0;
}

// Bitfinex names a candle topic "trade:1m:tBTCUSD", the others by its symbol.
bool SpeaksOf(const FeedTopic& topic, std::string_view symbol) {
  return symbol == topic.spelling || symbol.ends_with(":" + topic.spelling);
}

// "kline" for "kline.1": Bybit's answers name the first word only.
bool IsChannel(const FeedTopic& topic, std::string_view channel) {
  return channel == topic.channel || topic.channel.starts_with(std::string(channel) + ".");
}

// As a word: "BTCUSDT" does not name BTCUSD.
bool Names(std::string_view words, std::string_view spelling) {
  const auto inside = [&](size_t at) {
    return at < words.size() && std::isalnum(static_cast<unsigned char>(words[at])) != 0;
  };
  for (size_t at = words.find(spelling); at != words.npos; at = words.find(spelling, at + 1)) {
    if (!inside(at - 1) && !inside(at + spelling.size())) return true;
  }
  return false;
}

}  // namespace

FeedLink::FeedLink(const VenueProtocol& protocol, const TopicTable& topics,
                   const FeedTimings& timings, int64_t opened_at)
    : protocol_(protocol),
      topics_(topics),
      timings_(timings),
      states_(topics.size()),
      greeting_(protocol.Greeting()),
      pace_(protocol.rules().send),
      pinged_at_(opened_at) {
  std::reverse(greeting_.begin(), greeting_.end());
}

bool FeedLink::settled() const {
  return std::all_of(states_.begin(), states_.end(), [](const TopicState& topic) {
    return topic.state == State::kLive || topic.tries > 0;
  });
}

void FeedLink::OnTime(int64_t now, Output* out) {
  for (size_t i = 0; i < states_.size(); ++i) {
    TopicState& topic = states_[i];
    if (topic.state != State::kAsked || now < topic.at + timings_.ack_timeout_us) continue;
    topic.problem =
        fmt::format("not confirmed within {} s", timings_.ack_timeout_us / kMicrosPerSecond);
    out->notes.push_back(NameOf(topics_[i]) + ": " + topic.problem);
    const int64_t wait = timings_.ack_timeout_us << std::min(topic.tries, 9);
    topic.alone = true;
    ++topic.tries;
    Later(i, now + std::min(wait, timings_.refused_retry_us), out);
  }
  while (!greeting_.empty() && pace_.Take(now)) {
    out->texts.push_back(std::move(greeting_.back()));
    greeting_.pop_back();
  }
  if (!greeting_.empty()) return;
  const int64_t ping_every = protocol_.rules().ping_every_us;
  if (ping_every > 0 && now >= pinged_at_ + ping_every) {
    if (!pace_.Take(now)) return;
    pinged_at_ = now;
    out->texts.push_back(protocol_.Ping(++last_request_));
  }
  if (now >= held_until_) Ask(now, out);
}

void FeedLink::Ask(int64_t now, Output* out) {
  const VenueRules& rules = protocol_.rules();
  for (size_t first = 0; first < states_.size(); ++first) {
    if (states_[first].state != State::kToAsk || now < states_[first].at) continue;
    if (!pace_.Take(now)) return;
    std::vector<FeedTopic> batch;
    ++last_request_;
    for (size_t i = first; i < states_.size() && batch.size() < rules.topics_per_message; ++i) {
      TopicState& topic = states_[i];
      if (topic.state != State::kToAsk || now < topic.at) continue;
      if (i != first) {
        if (topic.alone || states_[first].alone) continue;
        if (rules.one_channel_per_message && (topics_[i].channel != topics_[first].channel ||
                                              topics_[i].interval != topics_[first].interval)) {
          continue;
        }
      }
      topic.state = State::kAsked;
      topic.at = now;
      topic.request = last_request_;
      batch.push_back(topics_[i]);
    }
    out->texts.push_back(protocol_.Subscribe(batch, last_request_));
  }
}

// The topics an answer speaks of, as precisely as it says: by request, symbol, channel. Where it
// says too little to choose, the earliest message that waits for an answer is meant.
std::vector<size_t> FeedLink::Named(const ControlEvent& event) const {
  std::vector<size_t> found;
  const int64_t request = NumberOf(event.request);
  for (size_t i = 0; i < states_.size(); ++i) {
    const TopicState& topic = states_[i];
    if (request > 0 && (topic.request != request || topic.state != State::kAsked)) continue;
    if (!event.symbol.empty() && !SpeaksOf(topics_[i], event.symbol)) continue;
    if (!event.channel.empty() && !IsChannel(topics_[i], event.channel)) continue;
    if (request == 0 && event.symbol.empty() && topic.state != State::kAsked) continue;
    found.push_back(i);
  }
  if (found.empty()) return found;
  if (request == 0 && (event.symbol.empty() || protocol_.rules().topics_per_message == 1)) {
    int64_t earliest = INT64_MAX;
    for (const size_t i : found) {
      if (states_[i].state == State::kAsked) earliest = std::min(earliest, states_[i].request);
    }
    if (earliest != INT64_MAX) {
      std::erase_if(found, [&](size_t i) {
        return states_[i].state != State::kAsked || states_[i].request != earliest;
      });
    }
  }
  return found;
}

FeedLink::Wish FeedLink::OnControl(const ControlEvent& event, int64_t now, Output* out) {
  switch (event.kind) {
    case ControlKind::kSubscribed:
      if (event.symbol.empty() && event.request.empty()) break;  // confirms nothing in particular
      for (const size_t i : Named(event)) {
        if (states_[i].state == State::kAsked) Acknowledge(i, now, out);
      }
      break;
    case ControlKind::kUnsubscribed:
      if (event.symbol.empty()) break;
      for (const size_t i : Named(event)) {
        if (states_[i].state == State::kLive) Resubscribe(i, now, out);
      }
      break;
    case ControlKind::kError:
      OnError(event, now, out);
      break;
    case ControlKind::kNotice:
      out->notes.push_back(fmt::format("notice: {}", event.message));
      if (event.action == ControlAction::kSlowDown) SlowDown(now, out);
      if (event.action == ControlAction::kResubscribe) {
        for (size_t i = 0; i < states_.size(); ++i) Resubscribe(i, now, out);
      }
      break;
    default:
      break;
  }
  return event.action == ControlAction::kReconnect ? Wish::kReconnect : Wish::kNone;
}

void FeedLink::OnError(const ControlEvent& event, int64_t now, Output* out) {
  std::vector<size_t> named = Named(event);
  switch (event.action) {
    case ControlAction::kNone:  // "already subscribed"
      for (const size_t i : named) {
        if (states_[i].state == State::kAsked) Acknowledge(i, now, out);
      }
      return;
    case ControlAction::kSlowDown:
      out->notes.push_back(fmt::format("refused: {}", event.message));
      return SlowDown(now, out);
    case ControlAction::kReconnect:
      out->notes.push_back(fmt::format("error: {}", event.message));
      return;
    case ControlAction::kResubscribe:
      out->notes.push_back(fmt::format("error: {}", event.message));
      for (size_t i = 0; i < states_.size(); ++i) {
        const bool meant = named.empty() || std::find(named.begin(), named.end(), i) != named.end();
        if (meant && states_[i].state != State::kToAsk)
          Later(i, now + timings_.ack_timeout_us / 2, out);
      }
      return;
    case ControlAction::kDropSymbol:
      break;
  }
  // A message about several topics is refused for one of them. If the words name it, the others
  // are innocent; if not, each is asked for alone.
  if (named.size() > 1 && event.symbol.empty()) {
    std::vector<size_t> guilty;
    for (const size_t i : named) {
      if (Names(event.message, topics_[i].spelling)) guilty.push_back(i);
    }
    for (const size_t i : named) {
      states_[i].alone = true;
      Later(i, now, out);
    }
    named = guilty;
  } else if (!named.empty()) {
    // Those that shared its message get no answer of their own.
    for (size_t i = 0; i < states_.size(); ++i) {
      const bool shared =
          states_[i].state == State::kAsked && states_[i].request == states_[named[0]].request;
      if (!shared || std::find(named.begin(), named.end(), i) != named.end()) continue;
      if (event.request.empty()) Later(i, now, out);
    }
  }
  if (named.empty()) out->notes.push_back(fmt::format("refused: {}", event.message));
  for (const size_t i : named) Refuse(i, event.message, now, out);
}

void FeedLink::Acknowledge(size_t topic, int64_t now, Output* out) {
  TopicState& state = states_[topic];
  if (state.state == State::kLive) return;
  state.state = State::kLive;
  state.alone = false;
  state.tries = 0;
  state.since = now;
  state.problem.clear();
  slow_downs_ = 0;
  ++live_count_;
  out->live.push_back(topic);
}

void FeedLink::Refuse(size_t topic, std::string_view words, int64_t now, Output* out) {
  TopicState& state = states_[topic];
  state.problem = fmt::format("refused: {}", words);
  state.alone = true;
  ++state.tries;
  out->notes.push_back(NameOf(topics_[topic]) + ": " + state.problem);
  Later(topic, now + timings_.refused_retry_us, out);
}

void FeedLink::Later(size_t topic, int64_t at, Output* out) {
  TopicState& state = states_[topic];
  if (state.state == State::kLive) {
    --live_count_;
    out->ended.push_back(topic);
  }
  state.state = State::kToAsk;
  state.at = at;
}

void FeedLink::Resubscribe(size_t topic, int64_t now, Output* out) {
  if (states_[topic].state != State::kToAsk) Later(topic, now, out);
}

void FeedLink::SlowDown(int64_t now, Output* out) {
  const int64_t wait =
      std::min(timings_.slow_down_us << std::min(slow_downs_, 10), 5 * kMicrosPerMinute);
  ++slow_downs_;
  held_until_ = std::max(held_until_, now + wait);
  for (size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].state == State::kAsked) Later(i, held_until_, out);
  }
  out->notes.push_back(fmt::format("asks nothing for {} s", wait / kMicrosPerSecond));
}

void FeedLink::OnRow(size_t topic, int64_t now, Output* out) {
  if (states_[topic].state == State::kAsked) Acknowledge(topic, now, out);
}

void FeedLink::Shift(int64_t micros) {
  for (TopicState& topic : states_) {
    if (topic.state == State::kAsked) topic.at += micros;
    if (topic.state == State::kLive) topic.since += micros;
  }
}

}  // namespace tidemark

// For tests of decoders: events as text, and whole recordings counted by type.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tidemark/base/file.h"
#include "tidemark/source/feed/continuity.h"
#include "tidemark/source/feed/feed_decoder.h"
#include "tidemark/source/feed/recording.h"

namespace tidemark {

// 2023-11-14, after every time in the tests' messages that should be good.
constexpr ReceiveTime kTestReceipt{1'700'000'000 * kMicrosPerSecond};

inline std::string_view NameOf(TradeOrigin origin) {
  return origin == TradeOrigin::kLive ? "live" : "history";
}
inline std::string_view NameOf(CandleState state) {
  return state == CandleState::kOpen     ? "open"
         : state == CandleState::kClosed ? "closed"
                                         : "unknown";
}

// One line of text per event, in order.
class EventText : public FeedSink {
 public:
  std::vector<std::string> events;

  void OnTrade(std::string_view symbol, const Trade& t, TradeOrigin origin) override {
    const std::string sequence =
        t.sequence == kNullInt ? "" : fmt::format(" sequence {}", t.sequence);
    events.push_back(fmt::format("trade {} {} id '{}'{} {} @ {} {} {}", symbol, FormatTime(t.time),
                                 t.id, sequence, t.size, t.price, NameOf(t.side), NameOf(origin)));
  }
  void OnCandle(const CandleUpdate& u) override {
    const Candle& c = u.candle;
    const std::string trades = u.trades == kNullInt ? "" : fmt::format(" trades {}", u.trades);
    const std::string time = u.time == kMinTime ? "" : " at " + FormatTime(u.time);
    events.push_back(fmt::format("candle {} {} {} o {} h {} l {} c {} v {}{} {}{} {}", u.symbol,
                                 u.interval.ToString(), FormatTime(c.open_time), c.open, c.high,
                                 c.low, c.close, c.volume, trades, NameOf(u.state), time,
                                 NameOf(u.origin)));
  }
  void OnControl(const ControlEvent& e) override {
    events.push_back(fmt::format("control {} {} [{}] [{}] {}", tidemark::NameOf(e.kind),
                                 tidemark::NameOf(e.action), e.channel, e.symbol, e.message));
  }
  void OnBook(std::string_view type, std::string_view symbol) override {
    events.push_back(fmt::format("book {} {}", type, symbol));
  }
  void OnReject(const FeedReject& r) override {
    events.push_back(fmt::format("reject {} {} {}", CodeOf(r.reason), r.element, r.message));
  }
  void OnSequence(const SequenceEvent& e) override {
    static constexpr std::string_view kNames[] = {"trade", "aggregate", "connection"};
    events.push_back(fmt::format("sequence {} {} {} {}", kNames[static_cast<size_t>(e.kind)],
                                 e.symbol, e.begin, e.end));
  }
};

inline std::vector<std::string> EventsOf(FeedDecoder& decoder, std::string_view message,
                                         ReceiveTime at = kTestReceipt) {
  EventText sink;
  decoder.Decode(message, at, sink);
  return sink.events;
}

inline std::vector<std::string> EventsOf(RestDecoder& decoder, const RestQuery& query,
                                         std::string_view body, ReceiveTime at = kTestReceipt) {
  EventText sink;
  decoder.Decode(query, body, at, sink);
  return sink.events;
}

using Strings = std::vector<std::string>;

// What the JSON parser alone makes of a message: JSON may have white space behind it, the shapes
// that are read without the parser have none.
inline Strings ParsedEventsOf(FeedDecoder& decoder, std::string_view message,
                              ReceiveTime at = kTestReceipt) {
  return EventsOf(decoder, std::string(message) + " ", at);
}

// Whether they are equal but for the words about bytes that are not JSON, which may name a place.
inline bool SameEvents(const Strings& a, const Strings& b) {
  const auto same = [](const std::string& x, const std::string& y) {
    constexpr std::string_view kNotJson = "reject bad_record -1 ";
    return x == y || (x.starts_with(kNotJson) && y.starts_with(kNotJson));
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

// Counts events by type: "trade live", "candle", "book depthUpdate", "control heartbeat", "reject".
class EventCounts : public FeedSink {
 public:
  std::map<std::string, int> counts;
  ContinuityTracker continuity;
  std::string first_reject;

  void OnTrade(std::string_view, const Trade&, TradeOrigin origin) override {
    ++counts[fmt::format("trade {}", NameOf(origin))];
  }
  void OnCandle(const CandleUpdate& u) override {
    ++counts[fmt::format("candle {}", NameOf(u.state))];
  }
  void OnControl(const ControlEvent& e) override {
    ++counts[fmt::format("control {} {}", tidemark::NameOf(e.kind), e.channel)];
  }
  void OnBook(std::string_view type, std::string_view) override {
    ++counts[fmt::format("book {}", type)];
  }
  void OnReject(const FeedReject& r) override {
    if (first_reject.empty())
      first_reject = fmt::format("{}: {}", r.message, r.bytes.substr(0, 300));
    ++counts["reject"];
  }
  void OnSequence(const SequenceEvent& e) override {
    ++counts["sequence"];
    if (continuity.Observe(e)) ++counts["gap"];
  }
};

inline constexpr char kRecordings[] = "../shared/data/recordings/";

// Every received message of a recorded connection; "messages" is their number.
inline EventCounts CountsOfRecording(FeedDecoder& decoder, const std::string& name) {
  EventCounts sink;
  const Status read = ReadRecording(kRecordings + name, [&](const RecordedLine& line) -> Status {
    if (line.kind != RecordedLine::Kind::kReceived) return {};
    ++sink.counts["messages"];
    decoder.Decode(line.text, line.at, sink);
    return {};
  });
  if (!read) sink.first_reject = read.error().message();
  return sink;
}

}  // namespace tidemark

// Skips the test where the recordings are not there.
#define TM_NEEDS_RECORDING(name)                                            \
  if (!::tidemark::FileExists(::tidemark::kRecordings + std::string(name))) \
  GTEST_SKIP() << "needs the recording " << ::tidemark::kRecordings << name

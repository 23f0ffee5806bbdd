// A session by hand: its actions as text, time as the test says.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "tidemark/source/feed/feed_session.h"

namespace tidemark {

inline std::vector<FeedTopic> TradeTopics(const VenueProtocol& protocol, int count) {
  std::vector<FeedTopic> topics;
  for (int i = 0; i < count; ++i) {
    topics.push_back(*protocol.Trades(*Symbol::Parse(fmt::format("A{}-USD", i))));
  }
  return topics;
}

class SessionByHand {
 public:
  SessionByHand(std::string_view venue, int symbols, FeedTimings timings = {}, uint64_t seed = 1)
      : protocol(*MakeVenueProtocol(venue)),
        session(*protocol, TradeTopics(*protocol, symbols), "wss://venue", timings, seed, count) {}

  std::unique_ptr<VenueProtocol> protocol;
  int64_t count = 0;
  FeedSession session;
  int64_t now = 1'000 * kMicrosPerSecond;

  // What it wants, a line each: "connect 1", "send 1 TEXT", "ping 1", "close 1 WHY", "note TEXT",
  // "gap 0 5.0". Notes and gaps only when asked for.
  std::vector<std::string> Actions(bool all = false) {
    std::vector<std::string> lines;
    for (const FeedAction& a : session.TakeActions()) {
      switch (a.kind) {
        case FeedAction::Kind::kConnect:
          lines.push_back(fmt::format("connect {}", a.connection));
          break;
        case FeedAction::Kind::kSend:
          lines.push_back(a.text.empty() ? fmt::format("ping {}", a.connection)
                                         : fmt::format("send {} {}", a.connection, a.text));
          break;
        case FeedAction::Kind::kClose:
          lines.push_back(fmt::format("close {} {}", a.connection, a.text));
          break;
        case FeedAction::Kind::kNote:
          if (all) lines.push_back("note " + a.text);
          break;
        case FeedAction::Kind::kGap:
          if (all) {
            lines.push_back(fmt::format("gap {} {:.1f} {}", a.topic,
                                        static_cast<double>(a.away_us) / kMicrosPerSecond, a.text));
          }
      }
    }
    return lines;
  }
  void Control(int64_t connection, const ControlEvent& event) {
    session.OnMessage(connection, now);
    session.OnControl(connection, event, now);
  }
  void Trade(int64_t connection, int symbol) {
    session.OnMessage(connection, now);
    session.OnTrade(connection, session.topics()[static_cast<size_t>(symbol)].spelling, now);
  }
  void Open(int64_t connection) { session.OnOpened(connection, now); }
  // Time goes by, a tenth of a second at a time; the connection is heard unless it is 0.
  std::vector<std::string> Pass(int64_t micros, int64_t heard, bool all = false) {
    std::vector<std::string> lines;
    for (const int64_t end = now + micros; now < end;) {
      now += kMicrosPerSecond / 10;
      if (heard != 0) session.OnMessage(heard, now);
      session.OnTime(now);
      for (std::string& line : Actions(all)) lines.push_back(std::move(line));
    }
    return lines;
  }
};

}  // namespace tidemark

// Whatever happens, a session comes back, keeps to the limits, and lets no symbol suffer for
// another. Venues here confirm, refuse, forget, lie and die at random.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "tidemark/source/feed/feed_session_testing.h"
#include "tidemark/source/feed/venues.h"

namespace tidemark {
namespace {

constexpr int64_t kStep = kMicrosPerSecond / 5;

class RandomVenue {
 public:
  RandomVenue(std::string_view venue, uint64_t seed)
      : hand(venue, 12, {}, seed), random(seed), bad(random.Below(4)) {}

  SessionByHand hand;
  Random random;
  uint64_t bad;  // this symbol is always refused
  double chaos = 0;
  std::map<int64_t, bool> open;
  std::map<int64_t, std::deque<int64_t>> sent;  // times of messages
  std::map<int64_t, std::set<size_t>> subscribed;

  void Perform() {
    for (;;) {
      const std::vector<FeedAction> actions = hand.session.TakeActions();
      if (actions.empty()) return;
      for (const FeedAction& action : actions) Perform(action);
    }
  }

  void Perform(const FeedAction& a) {
    if (a.kind == FeedAction::Kind::kConnect) {
      ASSERT_FALSE(open.contains(a.connection));
      open[a.connection] = false;
    } else if (a.kind == FeedAction::Kind::kClose) {
      open.erase(a.connection);
    } else if (a.kind == FeedAction::Kind::kSend) {
      ASSERT_TRUE(open.contains(a.connection) && open[a.connection]) << "sent to what is not open";
      Sent(a.connection);
      if (!a.text.empty() && !random.Bernoulli(chaos)) Answer(a.connection, a.text);
    }
  }

  void Sent(int64_t connection) {
    const PaceLimit& limit = hand.protocol->rules().send;
    std::deque<int64_t>& times = sent[connection];
    if (!times.empty()) {
      ASSERT_GE(hand.now - times.back(), limit.gap_us);
    }
    times.push_back(hand.now);
    if (limit.refill_us == 0) return;
    while (times.front() < hand.now - kMicrosPerHour) times.pop_front();
    ASSERT_LE(static_cast<int64_t>(times.size()),
              limit.burst + kMicrosPerHour / limit.refill_us + 1);
  }

  // Confirms or refuses what the message asks for, by name and with the number it carries.
  void Answer(int64_t connection, const std::string& text) {
    std::string request;
    for (const char* name : {"\"id\":", "\"req_id\":"}) {
      const size_t at = text.find(name);
      if (at == text.npos) continue;
      for (const char c : text.substr(at + std::string_view(name).size())) {
        if (c >= '0' && c <= '9') request += c;
        if (c == ',' || c == '}') break;
      }
    }
    if (text.find("ubscribe") == text.npos && text.find("UBSCRIBE") == text.npos) return;
    std::vector<size_t> asked;
    for (size_t i = 0; i < hand.session.topics().size(); ++i) {
      const std::string& spelling = hand.session.topics()[i].spelling;
      for (const char* end : {"\"", "@", "_"}) {
        std::string low = spelling + end;
        for (char& c : low) c = static_cast<char>(std::tolower(c));
        std::string whole = text;
        for (char& c : whole) c = static_cast<char>(std::tolower(c));
        if (whole.find(low) != whole.npos) {
          asked.push_back(i);
          break;
        }
      }
    }
    const bool by_request = hand.protocol->Spelling(*Symbol::Parse("A-USD")) == "AUSD";
    const bool refused = std::find(asked.begin(), asked.end(), bad) != asked.end();
    if (by_request && refused) {  // names nobody, takes nothing
      return hand.Control(connection, {ControlKind::kError, ControlAction::kDropSymbol, "", "",
                                       "a bad request", request});
    }
    for (const size_t i : asked) {
      const std::string& spelling = hand.session.topics()[i].spelling;
      if (i == bad) {
        hand.Control(connection, {ControlKind::kError, ControlAction::kDropSymbol, "", spelling,
                                  "no such symbol", request});
        continue;
      }
      if (refused && hand.protocol->rules().topics_per_message > 1) continue;
      subscribed[connection].insert(i);
      hand.Control(connection, {ControlKind::kSubscribed, ControlAction::kNone, "",
                                by_request ? "" : spelling, "", request});
    }
  }

  void Chaos() {
    static constexpr ControlAction kActions[] = {
        ControlAction::kNone, ControlAction::kResubscribe, ControlAction::kReconnect,
        ControlAction::kDropSymbol, ControlAction::kSlowDown};
    const int64_t connection =
        1 + static_cast<int64_t>(random.Below(static_cast<uint64_t>(hand.count) + 1));
    const std::string request = fmt::format("{}", random.Below(40));
    const std::string symbol =
        random.Bernoulli(0.5) ? "" : hand.session.topics()[random.Below(12)].spelling;
    switch (random.Below(8)) {
      case 0:
        hand.session.OnClosed(connection, "chaos", 0, hand.now);
        open.erase(connection);
        break;
      case 1:
        hand.Control(connection, {static_cast<ControlKind>(random.Below(7)),
                                  kActions[random.Below(5)], "", symbol, "chaos", request});
        break;
      case 2:
        hand.session.OnLoss(
            connection, hand.now - static_cast<int64_t>(random.Below(kMicrosPerMinute)), hand.now);
        break;
      case 3:
        hand.session.SetPaused(random.Bernoulli(0.5), hand.now);
        break;
      case 4:
        hand.now += static_cast<int64_t>(random.Below(100 * kMicrosPerSecond));
        break;
      case 5:
        if (random.Bernoulli(0.1)) {
          hand.session.Stop(hand.now);
          hand.session.Start(hand.now);
        }
        break;
      case 6:
        hand.Control(connection,
                     {ControlKind::kUnsubscribed, ControlAction::kNone, "", symbol, ""});
        break;
      default:
        hand.session.OnOpened(connection, hand.now);
        if (const auto it = open.find(connection); it != open.end()) it->second = true;
    }
  }

  void Step() {
    hand.now += kStep;
    if (random.Bernoulli(chaos)) Chaos();
    std::vector<int64_t> ids;
    for (const auto& [id, is_open] : open) ids.push_back(id);
    for (const int64_t id : ids) {
      if (!open[id] && random.Bernoulli(0.3)) {
        if (random.Bernoulli(chaos)) {
          open.erase(id);
          hand.session.OnClosed(id, "refused", 0, hand.now);
        } else {
          open[id] = true;
          hand.session.OnOpened(id, hand.now);
        }
      } else if (open[id] && !random.Bernoulli(chaos)) {
        hand.session.OnMessage(id, hand.now);
        for (const size_t topic : subscribed[id]) {
          if (random.Bernoulli(0.05)) hand.Trade(id, static_cast<int>(topic));
        }
      }
      Perform();
    }
    hand.session.OnTime(hand.now);
    Perform();
  }
};

TEST(FeedSession, ComesBackFromAnythingAndKeepsToTheLimits) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const std::string_view venue = kFeedVenues[seed % kFeedVenues.size()];
    SCOPED_TRACE(fmt::format("seed {} venue {}", seed, venue));
    RandomVenue world(venue, seed);
    world.hand.session.Start(world.hand.now);
    world.Perform();
    for (int round = 0; round < 3; ++round) {
      world.chaos = 0.02 + 0.3 * world.random.Uniform();
      for (int i = 0; i < 3000; ++i) world.Step();
      ASSERT_FALSE(testing::Test::HasFatalFailure());
      // The venue is well again: every symbol but the bad one streams before long.
      world.chaos = 0;
      world.hand.session.SetPaused(false, world.hand.now);
      size_t live = 0;
      for (int i = 0; i < 5 * 3700 && live < 11; ++i) {  // refusals are asked again after an hour
        world.Step();
        live = 0;
        for (size_t topic = 0; topic < 12; ++topic) {
          live += topic != world.bad && world.hand.session.live(topic);
        }
      }
      ASSERT_FALSE(testing::Test::HasFatalFailure());
      EXPECT_EQ(live, 11u) << "round " << round << " phase " << NameOf(world.hand.session.phase());
    }
  }
}

}  // namespace
}  // namespace tidemark

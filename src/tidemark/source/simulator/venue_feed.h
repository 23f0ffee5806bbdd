// What one connection of a simulated venue is told, in order, with its faults. Pure: the time comes
// in, messages come out, and the same times give the same messages however often it is asked.
#pragma once

#include <cstdint>
#include <queue>
#include <string>
#include <vector>

#include "tidemark/source/simulator/simulated_market.h"
#include "tidemark/source/simulator/simulated_venue.h"
#include "tidemark/source/simulator/venue_faults.h"

namespace tidemark {

struct VenueMessage {
  enum class Kind : uint8_t {
    kText,
    kSplitText,  // in two frames
    kReset,      // the connection is reset: no goodbye at all
    kClose,      // its socket is closed
    kGoodbye,    // it is closed as websockets are
    kSilence,    // nothing any more
  };
  Kind kind = Kind::kText;
  std::string text;
};

class VenueFeed {
 public:
  // All borrowed. `connection`: from 1; faults depend on it. `heartbeat_us`: how far apart they
  // are.
  VenueFeed(SimulatedMarket& market, SimulatedVenue& venue, const FaultPlan& plan,
            VenueCounts& counts, int64_t connection, EventTime now, int64_t heartbeat_us);

  const std::vector<VenueStream>& streams() const { return streams_; }
  // A stream begins with what happens from `now` on. One that is there stays as it is.
  void Add(const VenueStream& stream, EventTime now);
  // By its name.
  void Remove(const VenueStream& stream);
  // Appends all that is told before `now`, oldest first. After a message that ends the connection
  // or silences it there is nothing any more.
  void Collect(EventTime now, std::vector<VenueMessage>* messages);
  bool ended() const { return ended_; }

 private:
  struct Cursor {
    int64_t next_id = 1;       // of a trade
    int64_t next_us = 0;       // of a candle's update or a heartbeat
    int64_t told_trades = -1;  // of the open candle
    uint64_t key = 0;
  };
  struct Pending {
    int64_t due_us = 0;
    int after = 0;  // behind all of its time that have less
    int64_t order = 0;
    uint64_t key = 0;
    uint64_t damage = 0;  // the key it is damaged by on its way; 0: it is not
    bool lost = false;    // on its way
    std::string text;
    bool operator>(const Pending& o) const {
      if (due_us != o.due_us) return due_us > o.due_us;
      return after != o.after ? after > o.after : order > o.order;
    }
  };
  void MakeTrades(const VenueStream& stream, Cursor& cursor, EventTime now);
  void MakeTrade(const VenueStream& stream, uint64_t key, const SimulatedTrade& trade);
  void MakeBars(const VenueStream& stream, Cursor& cursor, EventTime now);
  void MakeClosedBar(const VenueStream& stream, const Cursor& cursor, EventTime open);
  void MakeHeartbeats(const VenueStream& stream, Cursor& cursor, EventTime now);
  void MakeScripted(EventTime now);
  // With the faults of any message.
  void Push(uint64_t key, Pending pending);
  void Say(const Pending& pending, std::vector<VenueMessage>* messages);
  void End(VenueMessage::Kind kind, VenueFault fault, std::vector<VenueMessage>* messages);
  EventTime Told(int64_t us) const;

  SimulatedMarket& market_;
  SimulatedVenue& venue_;
  const FaultPlan& plan_;
  VenueCounts& counts_;
  uint64_t connection_;
  int64_t heartbeat_us_;
  EventTime scripted_;  // what the script says before it has been done
  std::vector<VenueStream> streams_;
  std::vector<Cursor> cursors_;  // as streams_
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending_;
  int64_t next_order_ = 0;
  bool ended_ = false;
};

}  // namespace tidemark
